"""Pages of requests for more rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from core.allowances import services
from core.allowances.forms import AnswerForm, AskForm
from core.allowances.models import Allowance
from core.allowances.permissions import Perm
from core.allowances.queries import left_alone, quota_choices
from core.allowances.resources import ALLOWANCE, STATES, TONES
from core.auth.access import current_access
from core.auth.again import confirm
from core.auth.guard import require
from core.auth.queries.names import names_of
from core.clock import local_today
from core.db import session, transaction
from core.errors import NotFound, Refused
from core.i18n import _
from core.listing.views import resource_views
from core.web import go, go_to, remember, render, repeated, toast

blueprint = Blueprint("allowances", __name__, template_folder="templates")
resource_views(blueprint, ALLOWANCE)


def _me() -> int:
    return current_access().user_id or 0


def _found(current: Session, id: int, code: str = Perm.ALLOWANCE_READ) -> Allowance:
    found = current.get(Allowance, id) if 0 < id < 2**53 else None
    if found is None or not current_access().may(code, found):
        raise NotFound(_("There is no such request, or it is not yours to see."))
    return found


@blueprint.route("/allowances/new", methods=["GET", "POST"])
@require(Perm.ALLOWANCE_CREATE)
def allowance_new() -> Response:
    """Ask for more rows; the page on which the limit was met says which, how many and of what."""
    given: dict[str, Any] = {name: request.args[name] for name in ("quota", "what") if name in request.args}
    if request.args.get("rows", "").isdigit():
        given["rows"] = request.args["rows"][:9]
    form = AskForm(**given) if request.method != "POST" else AskForm()
    form.quota.choices = quota_choices(session())
    if request.method == "POST" and form.validate():
        try:
            return go_to(_ask(form))
        except Refused as refused:
            form.refuse(refused)
    alone = {key: left_alone(session(), _me(), key, local_today()) for key, _title in form.quota.choices}
    return render("allowances/allowance_form.html", 422 if form.all_errors else 200, form=form, alone=alone)


def _ask(form: AskForm) -> str:
    confirmed, agreed = confirm(form.password.data or ""), False
    with transaction() as current:
        address = repeated(current)
        if address is None:
            made = services.ask(
                current,
                confirmed,
                quota=form.quota.data or "",
                rows=int(form.rows.data or 0),
                reason=form.reason.data or "",
                what=form.what.data or "",
            )
            agreed = made.state == "agreed"
            address = remember(current, url_for("allowances.allowance_detail", id=made.id))
    toast(_("They count at once, for today") if agreed else _("A second person is asked"))
    return address


@blueprint.get("/allowances/<int:id>")
@require(Perm.ALLOWANCE_READ)
def allowance_detail(id: int) -> Response:
    """Show what is asked for, and the answer."""
    return _page(_found(session(), id))


def _page(one: Allowance, form: AnswerForm | None = None, problem: Any = None) -> Response:
    current, access = session(), current_access()
    names = names_of(current, [one.owner_id, one.decided_by_id])
    if form is None:
        form = AnswerForm()
        form.version.data = one.version
    own = one.owner_id == access.user_id
    return render(
        "allowances/allowance_detail.html",
        422 if problem or form.all_errors else 200,
        one={
            "id": one.id, "state": one.state, "state_title": STATES[one.state], "tone": TONES[one.state],
            "limit": dict(quota_choices(current)).get(one.quota, one.quota), "rows": one.rows, "what": one.what,
            "reason": one.reason, "owner": names.get(one.owner_id, ""), "created_at": one.created_at,
            "decided_by": names.get(one.decided_by_id or 0, ""), "decided_at": one.decided_at, "day": one.day,
            "remark": one.remark, "alone": one.decided_by_id == one.owner_id,
        },
        form=form,
        problem=problem,
        own=own,
        may_decide=one.state == "asked" and not own and access.may(Perm.ALLOWANCE_REVIEW, one),
    )  # fmt: skip


def _step(id: int, code: str, act: Callable[[Session, Allowance], None], said: Any, form: AnswerForm) -> Response:
    try:
        with transaction() as current:
            act(current, _found(current, id, code))
    except NotFound:
        raise
    except Refused as refused:
        if refused.fields:
            form.refuse(refused)
            return _page(_found(session(), id), form)
        return _page(_found(session(), id), form, refused.message)
    toast(said)
    return go("allowances.allowance_detail", id=id)


@blueprint.post("/allowances/<int:id>/decide")
@require(Perm.ALLOWANCE_REVIEW)
def allowance_decide(id: int) -> Response:
    """Agree as the second person, or refuse."""
    form, agree = AnswerForm(), request.form.get("agree") == "1"

    def act(current: Session, one: Allowance) -> None:
        services.decide(current, one, agree=agree, by=_me(), remark=form.remark.data or "", version=form.version.data)

    return _step(id, Perm.ALLOWANCE_REVIEW, act, _("Agreed") if agree else _("Refused"), form)


@blueprint.post("/allowances/<int:id>/withdraw")
@require(Perm.ALLOWANCE_EDIT)
def allowance_withdraw(id: int) -> Response:
    """Take back what one asked for."""

    def act(current: Session, one: Allowance) -> None:
        services.withdraw(current, one, by=_me())

    return _step(id, Perm.ALLOWANCE_EDIT, act, _("Withdrawn"), AnswerForm())
