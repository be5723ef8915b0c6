"""Working on tasks: accept, start, feed back, close; put off, hand over, decline, open again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from core.attachments.queries import of_record
from core.attachments.services import erase_of_record
from core.auth.hosts import hosts
from core.auth.models import User
from core.bus import publish
from core.clock import local_today, zone
from core.columns import utcnow
from core.errors import Refused
from core.i18n import _, gettext
from core.tasks.models import OPEN, Task, TaskStep
from core.tasks.services.heirs import heir_of, waits_for_giver
from core.tasks.services.making import due_moment, follow_up, who

Settled = Callable[[Session, str, Sequence[str]], Iterable[str]]
"""Tells which of the keys of a reminder, by its name, are settled."""


def _step(task: Task, kind: str, by: int | None, note: str = "", **changes: list[str | int | None]) -> None:
    task.steps.append(TaskStep(kind=kind, by_id=by, note=note.strip(), changes=changes))


def _must_be_open(task: Task) -> None:
    if not task.open:
        raise Refused(_("This task is over already."))


def _must_be_mine(task: Task, by: int | None) -> None:
    if task.assignee_id != by:
        raise Refused(_("Only the person whose task it is can do this."))


def accept_task(session: Session, task: Task, *, by: int | None) -> None:
    """Say that one has taken notice and will do it."""
    _must_be_open(task)
    _must_be_mine(task, by)
    if task.state != "new":
        return
    task.set_state("accepted")
    _step(task, "accepted", by)
    publish(session, "core.task_accepted", who(task, by))
    session.flush()


def start_task(session: Session, task: Task, *, by: int | None) -> None:
    """Say that one is at it."""
    _must_be_open(task)
    _must_be_mine(task, by)
    if task.state == "working":
        return
    task.set_state("working")
    _step(task, "started", by)
    session.flush()


def finish_task(
    session: Session, task: Task, *, by: int | None, result: str = "", settled: bool = False
) -> Task | None:
    """Report a task as done, with what came of it; give the next one where it is repeated.

    One's own is closed with it; the giver of another closes it, unless he has left. A reminder's task that stays until
    something is recorded is only done when that was: `settled`.
    """
    _must_be_open(task)
    if task.kept and not settled:
        raise Refused(_("This task stays until what it asks for is recorded. Until then it can only be put off."))
    giver = session.get(User, task.giver_id) if task.giver_id is not None else None
    nobody_waits = task.is_own or giver is None or not giver.active or task.giver_id == by
    before = task.state
    task.set_state("closed" if nobody_waits else "done")
    task.done_at = utcnow()
    if result.strip():
        task.result = result.strip()
    _step(task, "done", by, result, state=[before, task.state])
    publish(session, "core.task_done", {**who(task, by), "title": task.title, "company_id": task.company_id})
    session.flush()
    return follow_up(session, task, by=by)


def reopen_task(session: Session, task: Task, *, by: int | None, reason: str = "") -> None:
    """Open a task again: what was done by mistake, or what its giver is not content with. Its next one goes away."""
    if task.open:
        return
    if task.kept:
        raise Refused(_("What it asked for is recorded: there is nothing left to do."))
    if task.state == "closed" and not task.is_own and by not in (None, task.giver_id):
        raise Refused(_("The person who gave this task has closed it."))
    before = task.state
    if task.followed_by is not None:
        following = session.get(Task, task.followed_by)
        itself = hosts()["task"]
        untouched = following is not None and following.state in ("new", "accepted") and len(following.steps) == 1
        if following is not None and untouched and not of_record(session, itself, following.id):
            erase_of_record(session, itself, following.id)
            session.delete(following)
            task.followed_by = None
    earlier = [step.changes["state"][0] for step in task.steps if "state" in step.changes]
    task.set_state(next((state for state in reversed(earlier) if state in OPEN), "accepted"))
    task.done_at = None
    _step(task, "reopened", by, reason, state=[before, task.state])
    publish(session, "core.task_reopened", who(task, by))
    session.flush()


def close_task(session: Session, task: Task, *, by: int | None, note: str = "") -> None:
    """Say as the giver that one has seen what came of it; of an open task, that it is no longer wanted."""
    if task.state == "closed":
        return
    if task.kept:
        raise Refused(_("This task stays until what it asks for is recorded. Until then it can only be put off."))
    if by is not None and by != task.giver_id:
        raise Refused(_("The person who gave this task closes it."))
    before = task.state
    task.set_state("closed")
    _step(task, "closed", by, note, state=[before, "closed"])
    publish(session, "core.task_closed", who(task, by))
    session.flush()


def decline_task(session: Session, task: Task, *, by: int | None, reason: str) -> None:
    """Give a task back to its giver, with the reason."""
    _must_be_open(task)
    _must_be_mine(task, by)
    if task.is_own:
        raise Refused(_("Nobody else gave you this task."))
    if not reason.strip():
        raise Refused(_("Say why."), fields={"reason": _("Say why")})
    before = task.state
    task.set_state("declined")
    _step(task, "declined", by, reason, state=[before, "declined"])
    publish(session, "core.task_declined", {**who(task, by), "title": task.title, "reason": reason.strip()})
    session.flush()


def put_off_task(session: Session, task: Task, day: dt.date, *, by: int | None, reason: str) -> None:
    """Put a task off to a later day, with the reason."""
    _must_be_open(task)
    if not reason.strip():
        raise Refused(_("Say why."), fields={"reason": _("Say why")})
    if day < local_today() or day <= task.due_on:
        raise Refused(_("Choose a later day."), fields={"day": _("Choose a later day")})
    before = task.due_on
    at = task.due_at.astimezone(zone()).time() if task.timed else None
    task.due_at = due_moment(day, at)
    task.put_off += 1
    _step(task, "put_off", by, reason, due_on=[before.isoformat(), day.isoformat()])
    publish(session, "core.task_put_off", {**who(task, by), "due_on": day, "reason": reason.strip()})
    session.flush()


def pass_on_task(session: Session, task: Task, to: int | None, *, by: int | None, note: str = "") -> bool:
    """Give an open task to a colleague; of one that is over it stays written whose it was. Tell whether it moved."""
    _must_be_open(task)
    return hand_over_task(session, task, to, by=by, note=note)


def hand_over_task(session: Session, task: Task, to: int | None, *, by: int | None, note: str = "") -> bool:
    """Give a task to a colleague; to nobody means who stands in for the one who had it. Tell whether it moved."""
    before = task.assignee_id
    if to is None:
        to = heir_of(session, before)
    if to == before:
        return False
    if to is not None:
        person = session.get(User, to)
        if person is None or not person.active:
            raise Refused(
                _("Tasks are only given to colleagues whose accounts are open."),
                fields={"assignee_id": _("This account is closed")},
            )
    task.assignee_id = to
    if task.giver_id == before and by != before:
        task.giver_id = to  # what he had set himself is his successor's own
    if task.open:
        task.set_state("accepted" if to is not None and to == task.giver_id else "new")
    _step(task, "handed", by, note, assignee_id=[before, to])
    publish(
        session,
        "core.task_assigned",
        {
            **who(task, by),
            "title": task.title,
            "due_on": task.due_on,
            "company_id": task.company_id,
            "source": task.source,
        },
    )
    session.flush()
    return True


def note_on_task(session: Session, task: Task, note: str, *, by: int | None) -> None:
    """Keep a word on how it goes."""
    if not note.strip():
        raise Refused(_("Write a word."), fields={"note": _("Write a word")})
    _step(task, "noted", by, note)
    task.updated_at = utcnow()
    session.flush()


def leave_to_supervisors(session: Session, limit: int = 500) -> int:
    """Give the open tasks of closed accounts to who stands in for them, with the reason; tell how many.

    So goes what they gave to others and did not close: somebody hears what became of it.
    """
    gone = aliased(User)
    rows = (
        select(Task)
        .join(gone, gone.id == Task.assignee_id)
        .where(Task.open, ~gone.active)
        .order_by(Task.id)
        .limit(limit)
    )
    moved = 0
    for task in session.scalars(rows).all():
        moved += hand_over_task(session, task, None, by=None, note=gettext("The account was closed"))
    given = select(Task).join(gone, gone.id == Task.giver_id).where(waits_for_giver(), ~gone.active)
    for task in session.scalars(given.order_by(Task.id).limit(limit)).all():
        _replace_giver(session, task)
        moved += 1
    return moved


def _replace_giver(session: Session, task: Task) -> None:
    """Let another stand in for a giver who left; what is his own then is open again, or over."""
    before, task.giver_id = task.giver_id, heir_of(session, task.giver_id)
    if task.is_own and not task.open:
        task.set_state("closed" if task.state == "done" else "accepted")
    _step(task, "changed", None, gettext("The account was closed"), giver_id=[before, task.giver_id])
    session.flush()
