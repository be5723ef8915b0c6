"""The engine of reminders: what a plugin finds due becomes a task of the program, once and until it is settled."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.bus import publish
from core.columns import utcnow
from core.customers.models import Company
from core.db import insert_into
from core.i18n import gettext
from core.plugin import Due, Reminder
from core.tasks.models import ReminderRun, Task, TaskStep
from core.tasks.services.heirs import present_of
from core.tasks.services.making import Wanted, give_task, who
from core.tasks.services.working import hand_over_task

FIRST_LOOK = dt.timedelta(days=7)
"""How far the first look of a reminder reaches back."""
LOOK_BACK = dt.timedelta(days=60)
"""How far each look of one whose tasks stay until they are settled reaches back: for what was entered after its day."""
KEY = 160


@dataclass(frozen=True)
class Window:
    """What one look covers: what became due after `since` up to `until`."""

    since: dt.date
    until: dt.date


def window_of(session: Session, reminder: Reminder, today: dt.date) -> Window | None:
    """Give the window of the next look: it begins where the last one ended. None where today was looked at."""
    ended = session.scalar(select(ReminderRun.until).where(ReminderRun.name == reminder.name))
    if ended is not None and ended >= today:
        return None
    since = ended if ended is not None else today - FIRST_LOOK
    if reminder.settled is not None and reminder.kept:
        since = min(since, today - LOOK_BACK)
    return Window(since, today)


def keep_window(session: Session, reminder: Reminder, window: Window, found: int) -> None:
    """Keep up to where a reminder has looked."""
    values = {"name": reminder.name, "until": window.until, "ran_at": utcnow(), "found": found}
    written = insert_into(session, ReminderRun).values(values)
    changed = {name: values[name] for name in ("until", "ran_at", "found")}
    session.execute(written.on_conflict_do_update(index_elements=["name"], set_=changed))


def key_of(due: Due) -> str:
    """Give the key of something due as it is stored; a very long one by its hash."""
    return due.key if len(due.key) <= KEY else hashlib.sha256(due.key.encode()).hexdigest()


def new_of(session: Session, reminder: Reminder, dues: Iterable[Due]) -> list[Due]:
    """Give those of what was found that nobody was reminded of before and that is not settled already."""
    by_key = {key_of(one): one for one in dues}
    keys = list(by_key)
    gone: set[str] = set()
    for start in range(0, len(keys), 500):
        part = keys[start : start + 500]
        gone.update(k for k in session.scalars(select(Task.reminder_key).where(Task.reminder_key.in_(part))) if k)
        left = [key for key in part if key not in gone]
        if left and reminder.settled is not None:
            gone.update(reminder.settled(session, left))
    return [one for key, one in by_key.items() if key not in gone]


def remind(session: Session, reminder: Reminder, dues: Sequence[Due]) -> int:
    """Make a task of each thing that is due, for the person named, else the customer's owner; tell how many.

    One whose account is closed is stood in for by his supervisor. What nobody is there for waits without assignee.
    """
    ids = {one.company_id for one in dues if one.company_id is not None}
    rows = session.execute(select(Company.id, Company.owner_id).where(Company.id.in_(ids), Company.alive()))
    owners: dict[int, int | None] = {row.id: row.owner_id for row in rows}
    made = 0
    for due in dues:
        if due.company_id is not None and due.company_id not in owners:
            continue  # in the bin, or merged into another
        key = key_of(due)
        if session.scalar(select(Task.id).where(Task.reminder_key == key)) is not None:
            continue
        wanted = Wanted(
            title=str(due.text),
            due_on=due.due_on,
            priority=due.priority,
            source="rule",
            company_id=due.company_id,
            reminder=reminder.name,
            reminder_key=key,
            kept=reminder.settled is not None and reminder.kept,
            href=due.href[:300],
            text=due.note or None,
        )
        owner = owners.get(due.company_id) if due.company_id is not None else None
        give_task(session, wanted, [present_of(session, due.user_id or owner)], by=None)
        made += 1
    return made


def waiting_for(session: Session, reminder: Reminder, after: int = 0, limit: int = 200) -> dict[int, str]:
    """List the open tasks of a reminder with their keys, some at a time."""
    rows = session.execute(
        select(Task.id, Task.reminder_key)
        .where(Task.open, Task.reminder == reminder.name, Task.id > after)
        .order_by(Task.id)
        .limit(limit)
    )
    return {key: str(reminder_key) for key, reminder_key in rows}


def close_settled(session: Session, keys: Iterable[str]) -> int:
    """Close the open tasks with these keys; tell how many."""
    closed = 0
    for task in session.scalars(select(Task).where(Task.open, Task.reminder_key.in_(list(keys)))).all():
        before = task.state
        task.set_state("closed")
        task.done_at = utcnow()
        note = gettext("What it asked for was recorded")
        task.steps.append(TaskStep(kind="closed", note=note, changes={"state": [before, "closed"]}))
        publish(session, "core.task_closed", who(task, None))
        closed += 1
    session.flush()
    return closed


def follow_owner(session: Session, company_id: int, before: int | None, after: int | None) -> int:
    """Let the open tasks of the program go along when a customer gets another owner; tell how many."""
    moved = 0
    of = select(Task).where(Task.company_id == company_id, Task.open, Task.source == "rule")
    for task in session.scalars(of.where(Task.assignee_id == before)).all():
        moved += hand_over_task(session, task, after, by=None, note=gettext("The customer has another owner"))
    return moved
