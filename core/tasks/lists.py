"""The Resource of tasks with what can be done to selected rows of its list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.i18n import _, gettext, ngettext, p_
from core.plugin import BatchAction
from core.tasks.forms import HandForm, PutOffForm
from core.tasks.models import Task
from core.tasks.permissions import Perm
from core.tasks.resources import TASK
from core.tasks.services import finish_task, hand_over_task, put_off_task


def _open_ones(session: Session, ids: Sequence[int]) -> list[Task]:
    rows = select(Task).where(Task.id.in_(ids), Task.open).order_by(Task.id)
    return list(session.scalars(rows))


def _said(done: str, left: int) -> str:
    if not left:
        return done
    rest = ngettext("%(num)d left as it was", "%(num)d left as they were", left)
    return gettext("%(done)s · %(rest)s", done=done, rest=rest)


def done(session: Session, ids: Sequence[int], form: Mapping[str, Any]) -> str:
    """Report the selected tasks as done; what stays until it is settled stays."""
    ready = [one for one in _open_ones(session, ids) if not one.kept]
    for task in ready:
        finish_task(session, task, by=current_access().user_id)
    return _said(ngettext("%(num)d task done", "%(num)d tasks done", len(ready)), len(ids) - len(ready))


def hand_over(session: Session, ids: Sequence[int], form: Mapping[str, Any]) -> str:
    """Give the selected tasks to a colleague."""
    to = int(form["assignee_id"])
    by, note = current_access().user_id, form.get("note") or ""
    moved = sum(hand_over_task(session, one, to, by=by, note=note) for one in _open_ones(session, ids))
    return _said(ngettext("%(num)d task handed over", "%(num)d tasks handed over", moved), len(ids) - moved)


def put_off(session: Session, ids: Sequence[int], form: Mapping[str, Any]) -> str:
    """Put the selected tasks off to one day, those that are not due later anyway."""
    day, reason = form["day"], form.get("reason") or ""
    ready = [one for one in _open_ones(session, ids) if one.due_on < day]
    for task in ready:
        put_off_task(session, task, day, by=current_access().user_id, reason=reason)
    return _said(ngettext("%(num)d task put off", "%(num)d tasks put off", len(ready)), len(ids) - len(ready))


TASKS = replace(
    TASK,
    actions=(
        BatchAction(name="done", title=_("Done"), permission=Perm.TASK_EDIT, run=done, icon="check", order=10),
        BatchAction(
            name="put_off", title=_("Put off"), permission=Perm.TASK_EDIT, run=put_off, form=PutOffForm, icon="clock",
            order=20,
        ),
        BatchAction(
            name="hand_over", title=p_("task", "Hand over"), permission=Perm.TASK_ASSIGN, run=hand_over, form=HandForm,
            icon="swap", order=30,
        ),
    ),
)  # fmt: skip
