"""Sign-in, sign-out, and the password that has to be changed first."""

from __future__ import annotations

import contextlib
import re
import secrets
from typing import Any, cast

from flask import g, make_response, redirect, request, url_for
from flask import session as flask_session
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.audit import record
from core.auth.guard import public
from core.auth.models import User
from core.auth.passwords import check_password
from core.auth.services import sign_in as rules
from core.auth.sessions import ServerSession
from core.auth.views import blueprint
from core.clock import local_now
from core.db import system_transaction
from core.i18n import LOCALES, speaking
from core.web import csrf_token, go_to, is_fragment, render

OWN_PATH = re.compile(r"^/(?![/\\])[^\\\x00-\x20\x7f]*$")
LOCALE_COOKIE = "zhike_locale"
OPEN_WITH_OLD_PASSWORD = frozenset(
    {"auth.login", "auth.login_over", "auth.sign_in", "auth.logout", "auth.password", "auth.password_save"}
)
YEAR = 31_536_000


def own_path(address: str) -> str:
    """Give an address to go on to when it is a path of ours, else the start page."""
    return address if OWN_PATH.match(address) else "/"


def server_session() -> ServerSession:
    """Give this browser's sign-in."""
    return cast("ServerSession", flask_session)


@blueprint.get("/login")
@public
def login() -> Response:
    """Show the sign-in page; `locale` changes its language."""
    chosen = request.args.get("locale")
    if chosen in LOCALES:
        answer = make_response(redirect(url_for("auth.login", next=own_path(request.args.get("next", "/"))), code=303))
        answer.set_cookie(LOCALE_COOKIE, chosen, max_age=YEAR, samesite="Lax", httponly=True, path="/")
        return answer
    return _page()


@blueprint.get("/login/over")
@public
def login_over() -> Response:
    """Answer 204 while a page's sign-in stands, else what opens over that page: the form, or just a new form token."""
    if current_access().user_id is None or not _same_person(current_access().user_id):
        return _page()
    if secrets.compare_digest(request.headers.get("X-CSRF-Token", "").encode(), csrf_token().encode()):
        return Response(status=204)
    return _over()


def _same_person(user_id: int | None) -> bool:
    """Tell whether a page over which somebody signs in was made for that person."""
    return request.values.get("over", "") == str(user_id)


def _over(status: int = 200, **context: Any) -> Response:
    """Answer with the content of the dialog over a page, in the language of that page."""
    spoken = request.values.get("locale", "")
    values: dict[str, Any] = {"username": "", "wrong": False, "wait": 0, "foreign": False, **context}
    with speaking(spoken) if spoken in LOCALES else contextlib.nullcontext():
        return render(
            "auth/login_over.html",
            status,
            over=request.values.get("over", "")[:20],
            locale=spoken,
            signed=server_session().user_id is not None and _same_person(server_session().user_id),
            password_first=bool(flask_session.get("must_change_password")),
            **values,
        )


def _page(status: int = 200, **context: Any) -> Response:
    if is_fragment():
        return _over(status, **context)
    values: dict[str, Any] = {"username": "", "wrong": False, "wait": 0, **context}
    target = own_path(request.values.get("next", "/"))
    return render("auth/login.html", status, next=target, now=local_now(), shell=None, **values)


@blueprint.post("/login")
@public
def sign_in() -> Response:
    """Let in whoever knows the password; everybody else gets one neutral sentence."""
    typed = request.form.get("username", "")[:200]
    password = request.form.get("password", "")
    username, address = rules.username_key(typed), (request.remote_addr or "")[:64]
    with system_transaction("sign-in") as session:
        candidate = rules.admit(session, username, address)
    if candidate.wait:
        answer = _page(429, username=typed, wait=candidate.wait)
        answer.headers["Retry-After"] = str(candidate.wait)
        return answer
    right = check_password(candidate.stored, password)
    if right and is_fragment() and not _same_person(candidate.user_id):
        return _page(422, username=typed, foreign=True)
    with system_transaction("sign-in") as session:
        if not right or candidate.user_id is None:
            rules.fail(session, candidate.user_id)
        else:
            user = rules.succeed(session, candidate.user_id, username, address, password)
    if not right or candidate.user_id is None:
        return _page(422, username=typed, wrong=True)
    server_session().sign_in(user.id, **look_of(user))
    if is_fragment():
        return _over()
    if user.must_change_password:
        return go_to(url_for("auth.password"))
    target = own_path(request.form.get("next", "/"))
    return go_to(url_for("desk.start") if target == "/" and (user.prefs or {}).get("start") else target)


def look_of(user: User) -> dict[str, Any]:
    """Give what a sign-in starts with: the language, and whether the password must be changed first."""
    # a page over which somebody signs in goes on in its language: what was typed is in it
    known = (request.form.get("locale"), user.locale, request.cookies.get(LOCALE_COOKIE))
    locale = next((one for one in known if one in LOCALES), None)
    kept: dict[str, Any] = {"locale": locale} if locale else {}
    if user.must_change_password:
        kept["must_change_password"] = True
    return kept


@blueprint.post("/logout")
@public
def logout() -> Response:
    """End this sign-in."""
    user_id = current_access().user_id
    if user_id is not None:
        with system_transaction("sign-out") as session:
            record(session, "sign_out", entity="core_user", entity_id=user_id, user_id=user_id)
        server_session().sign_out()
    return go_to(url_for("auth.login"))


@blueprint.before_app_request
def change_password_first() -> Response | None:
    """Lead to the password page while the password was set by somebody else."""
    if not flask_session.get("must_change_password") or request.endpoint in OPEN_WITH_OLD_PASSWORD:
        return None
    if "work" not in g or request.path.startswith("/static/"):
        return None
    return go_to(url_for("auth.password"))
