"""A person's own account: profile, password, where he is signed in, what he may do."""

from __future__ import annotations

from typing import Any

from flask import session as flask_session
from flask_babel import get_locale
from sqlalchemy import select
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.again import confirm
from core.auth.audit import record
from core.auth.forms.account import PasswordForm, ProfileForm
from core.auth.guard import signed_in
from core.auth.models import User, WebSession
from core.auth.services import accounts
from core.auth.sessions import end_sessions, token_hash
from core.auth.views import blueprint
from core.auth.views.sign_in import server_session
from core.db import session, transaction
from core.errors import Refused
from core.i18n import _
from core.web import go, go_to, render, toast


def me() -> User:
    """Give the account of whoever asks."""
    return session().get_one(User, current_access().user_id)


@blueprint.get("/account")
@signed_in
def account() -> Response:
    """Show the own account."""
    user = me()
    form = ProfileForm(obj=user)
    if user.locale is None:  # never chosen here: what the screen speaks now stays when the rest is saved
        form.locale.data = str(get_locale())
    return _account(form, user)


def _account(form: ProfileForm, user: User, status: int = 200) -> Response:
    signed = session().scalars(
        select(WebSession).where(WebSession.user_id == user.id).order_by(WebSession.seen_at.desc())
    )
    mine = token_hash(server_session().token)
    places = [(row, row.token_hash == mine) for row in signed]
    return render("auth/account.html", status, form=form, person=user, places=places)


@blueprint.post("/account")
@signed_in
def account_save() -> Response:
    """Change the own profile and look."""
    form = ProfileForm()
    if not form.validate():
        return _account(form, me(), 422)
    with transaction():
        user = me()
        for name in ("phone", "email", "address", "own_note", "locale", "theme", "density"):
            setattr(user, name, form[name].data)
    flask_session.pop("look", None)
    flask_session["locale"] = user.locale
    toast(_("Saved"))
    return go("auth.account")


@blueprint.get("/account/password")
@signed_in
def password() -> Response:
    """Ask for the present password and a new one."""
    return _password(PasswordForm())


def _password(form: PasswordForm, status: int = 200, refused: Any = None) -> Response:
    forced = bool(flask_session.get("must_change_password"))
    plain: dict[str, Any] = {"shell": None} if forced else {}
    return render("auth/password.html", status, form=form, refused=refused, forced=forced, **plain)


@blueprint.post("/account/password")
@signed_in
def password_save() -> Response:
    """Change the own password and end the other sign-ins."""
    form = PasswordForm()
    if not form.validate():
        return _password(form, 422)
    try:
        confirmed = confirm(form.old.data or "", "old")
        with transaction() as writing:
            new, token = form.password.data or "", server_session().token
            accounts.change_own_password(writing, confirmed.user_id, new, token=token)
    except Refused as refused:
        form.refuse(refused)
        return _password(form, 422)
    forced = flask_session.pop("must_change_password", None)
    toast(_("Your password was changed. Sign-ins elsewhere have ended."))
    return go_to("/") if forced else go("auth.account")  # the first sign-in ends where every other does


@blueprint.post("/account/sign-out-everywhere")
@signed_in
def sign_out_everywhere() -> Response:
    """End every sign-in of this person but this one."""
    with transaction() as writing:
        user = me()
        end_sessions(writing, user.id, but=server_session().token)
        record(writing, "sign_out", entity="core_user", entity_id=user.id, note="everywhere else")
    toast(_("You are signed out everywhere else."))
    return go("auth.account")
