"""The page that hands over what a person who leaves looks after, with a preview."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from wtforms import BooleanField

from core.admin import handover
from core.admin.views import blueprint
from core.auth.access import current_access
from core.auth.forms.people import MultiCheckboxField
from core.auth.guard import require
from core.auth.models import User
from core.auth.permissions import Perm
from core.auth.queries.people import person_choices
from core.auth.services.accounts import set_active
from core.db import session, system_session, transaction
from core.errors import Forbidden, NotFound, Refused
from core.forms import BaseForm, TextField
from core.i18n import _, ngettext
from core.tasks.resources import TASK
from core.tasks.services import count_given, heir_of
from core.web import go_to, render, toast, zhike

__all__ = ["blueprint"]


class HandoverForm(BaseForm):
    """To whom, why, and whether the account is closed with it."""

    successors = MultiCheckboxField(
        _("Successors"), coerce=int, description=_("Several are dealt the records in turn; nobody: the public pool")
    )
    reason = TextField(_("Reason given"), max_length=200)
    close = BooleanField(_("Close the account with it"))

    def __init__(self, user: User) -> None:
        super().__init__(data={"reason": str(_("%(name)s leaves", name=user.name))})
        self.names = {int(key): name for key, name in person_choices(session(), but=user.id) if key}
        self.successors.choices = list(self.names.items())


@blueprint.route("/admin/users/<int:user_id>/handover", methods=["GET", "POST"])
@require(Perm.USER_ADMIN)
def user_handover(user_id: int) -> Any:
    """Show what a person looks after and what would become of it; hand it over when that was confirmed."""
    user = session().get(User, user_id)
    if user is None:
        raise NotFound(_("There is no such account."))
    form = HandoverForm(user)
    if request.method != "POST" or not form.validate():
        return _page(form, user, preview=False)
    chosen = list(form.successors.data or [])
    try:
        handover.check_successors(session(), user_id, chosen)
        found = _holdings(user_id)
        total = sum(one.count for one in found)
        if request.form.get("confirmed") != f"{total}:{chosen}":
            return _page(form, user, preview=True, mark=f"{total}:{chosen}")
        _hand_over(user_id, chosen, form.reason.data or "", found, close=form.close.data)
    except Forbidden:
        raise
    except Refused as refused:
        form.refuse(refused)
        return _page(form, user, preview=False)
    return go_to(url_for("auth.user_detail", user_id=user_id))


def _hand_over(user_id: int, chosen: list[int], reason: str, found: list[handover.Holding], *, close: bool) -> None:
    access = current_access()
    resources = _resources()
    for one in resources:
        access.demand(one.code("assign"))
    said: Any
    with transaction() as writing:
        if _by_worker(found):
            handover.start_hand_over(writing, user_id, chosen, reason)
            said = _("The worker hands the records over; the page of jobs shows how far it is")
        else:
            dealing = handover.Dealing(chosen)
            done = handover.hand_over(writing, resources, user_id, dealing, by=access.user_id, reason=reason)
            said = ngettext("%(num)d record handed over", "%(num)d records handed over", done)
        user = writing.get(User, user_id)
        if close and user is not None and user.active:
            set_active(writing, user, False, by=access)
    toast(said)


def _resources() -> list[Any]:
    return [one for one in zhike().registry.resources() if one.owner is not None]


def _holdings(user_id: int) -> list[handover.Holding]:
    """Count what he looks after, also what the administrator hands over without seeing it."""
    with system_session("count what is handed over") as reading:
        return handover.holdings(reading, _resources(), user_id)


def _shares(user_id: int, chosen: list[int]) -> list[Any]:
    if not chosen:
        return []
    with system_session("tell who would get what") as reading:
        return handover.shares(reading, _resources(), user_id, chosen)


def _left(user_id: int) -> tuple[int | None, int, int]:
    """Tell who stands in for him, how many tasks he gave to others, and how many are his own to do."""
    with system_session("count what is handed over") as reading:
        own = sum(one.count for one in handover.holdings(reading, [TASK], user_id))
        return heir_of(reading, user_id), count_given(reading, user_id), own


def _by_worker(found: list[handover.Holding]) -> bool:
    """Tell whether it is too much for one answer, or holds what the administrator himself does not find."""
    unseen = any(current_access().scope(one.resource.code("query")) != "all" for one in found)
    return unseen or sum(one.count for one in found) > handover.AT_ONCE


def _page(form: HandoverForm, user: User, *, preview: bool, mark: str = "") -> Any:
    found = _holdings(user.id)
    chosen = list(form.successors.data or []) if preview else []
    names = form.names
    total = sum(one.count for one in found)
    heir, given, tasks = _left(user.id)
    return render(
        "admin/handover.html",
        422 if form.all_errors else 200,
        form=form,
        person=user,
        holdings=found,
        views=handover.count_views(session(), user.id),
        segments=handover.count_segments(session(), user.id),
        people=handover.count_people(session(), user.id),
        preview=preview,
        mark=mark,
        total=total,
        heir=names.get(heir or 0, ""),
        given=given,
        tasks=tasks,
        tasks_title=TASK.title_plural,
        shares=[(names[key], parts) for key, parts in _shares(user.id, chosen)],
        by_worker=_by_worker(found),
    )
