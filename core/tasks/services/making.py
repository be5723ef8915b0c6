"""Making tasks: for one person or many, by hand or by a rule, once or again and again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth.models import Department, Membership, User
from core.bus import publish
from core.calendar.queries import next_working_day
from core.clock import local_today, start_of, zone
from core.columns import utcnow
from core.customers.models import Company, Contact
from core.errors import Refused
from core.i18n import _
from core.tasks.models import Task, TaskStep
from core.tasks.recurring import EVERY, next_date

MOST_PEOPLE = 500
SECOND = dt.timedelta(seconds=1)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a task is to be. Without `at` it is due at the end of the day."""

    title: str
    due_on: dt.date
    at: dt.time | None = None
    text: str | None = None
    priority: str = "normal"
    source: str = "hand"
    company_id: int | None = None
    contact_id: int | None = None
    resource: str | None = None
    record_id: int | None = None
    reminder: str | None = None
    reminder_key: str | None = None
    kept: bool = False
    href: str = ""
    repeat: str = ""
    repeat_every: int = 1
    repeat_after: str = "done"
    repeat_until: dt.date | None = None


PLAIN = (
    "text", "priority", "source", "company_id", "contact_id", "resource", "record_id", "reminder", "reminder_key",
    "kept", "href", "repeat", "repeat_every", "repeat_after", "repeat_until",
)  # fmt: skip


def end_of(day: dt.date) -> dt.datetime:
    """Give the last second of a business date, when a task of a whole day is due."""
    return start_of(day + dt.timedelta(days=1)) - SECOND


def due_moment(day: dt.date, at: dt.time | None) -> dt.datetime:
    """Give the moment of a day and a time of the house's clock."""
    if at is None:
        return end_of(day)
    return dt.datetime.combine(day, at, tzinfo=zone()).astimezone(dt.UTC)


def check_wanted(session: Session, wanted: Wanted) -> Wanted:
    """Refuse what cannot stand; a contact brings its customer along."""
    title = wanted.title.strip()
    if not title:
        raise Refused(_("Say what is to be done."), fields={"title": _("Say what is to be done")})
    if wanted.repeat and (wanted.repeat not in EVERY or not 1 <= wanted.repeat_every <= 99):
        raise Refused(_("This repetition is not known."), fields={"repeat": _("Choose one of the list")})
    company_id = wanted.company_id
    if company_id is not None and session.get(Company, company_id) is None:
        raise Refused(_("There is no such customer."), fields={"company_id": _("There is no such customer")})
    if wanted.contact_id is not None:
        contact = session.get(Contact, wanted.contact_id)
        if contact is None or company_id not in (None, contact.company_id):
            raise Refused(
                _("This contact is not with the customer."), fields={"contact_id": _("Choose another contact")}
            )
        company_id = contact.company_id
    return replace(wanted, title=title[:200], company_id=company_id)


def _check_end(wanted: Wanted) -> None:
    """Refuse a repetition that is over before the task is due."""
    if wanted.repeat and wanted.repeat_until is not None and wanted.repeat_until <= wanted.due_on:
        words = _("This is not after the day on which the task is due")
        raise Refused(words, fields={"repeat_until": words})


def give_task(session: Session, wanted: Wanted, assignees: Sequence[int | None], *, by: int | None) -> list[Task]:
    """Give each of the people a task of his own; of several the giver sees how far they are. `by` of None: a rule."""
    wanted = check_wanted(session, wanted)
    _check_end(wanted)
    people = list(dict.fromkeys(assignees))
    if not people:
        raise Refused(_("Say who is to do it."), fields={"assignee_id": _("Say who is to do it")})
    if len(people) > MOST_PEOPLE:
        raise Refused(_("More than %(n)s people at once are too many.", n=MOST_PEOPLE))
    known = set(session.scalars(select(User.id).where(User.id.in_([p for p in people if p]), User.active)))
    if any(one is not None and one not in known for one in people):
        raise Refused(
            _("Tasks are only given to colleagues whose accounts are open."),
            fields={"assignee_id": _("This account is closed")},
        )
    made = [_make(session, wanted, person, giver_id=by) for person in people]
    session.flush()
    if len(made) > 1:
        for task in made:
            task.bundle = made[0].id
    for task in made:
        _tell_assigned(session, task, by)
    session.flush()
    return made


def _make(session: Session, wanted: Wanted, assignee_id: int | None, *, giver_id: int | None) -> Task:
    task = Task(title=wanted.title, due_at=due_moment(wanted.due_on, wanted.at), timed=wanted.at is not None)
    for name in PLAIN:
        setattr(task, name, getattr(wanted, name))
    task.assignee_id, task.giver_id = assignee_id, giver_id
    task.set_state("accepted" if giver_id is not None and giver_id == assignee_id else "new")
    if wanted.repeat:
        task.repeat_anchor = wanted.due_on
    task.steps.append(TaskStep(kind="created", by_id=giver_id))
    session.add(task)
    return task


def _tell_assigned(session: Session, task: Task, by: int | None) -> None:
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


def who(task: Task, by: int | None) -> dict[str, Any]:
    """Give the part that all events of tasks have."""
    return {"task_id": task.id, "assignee_id": task.assignee_id, "giver_id": task.giver_id, "by_id": by}


def people_meant(
    session: Session,
    *,
    people: Iterable[int] = (),
    departments: Iterable[int] = (),
    groups: Iterable[int] = (),
    everybody: bool = False,
) -> list[int]:
    """Give the open accounts that are meant: named ones, those of departments with all below, of groups, or all."""
    statement = select(User.id).where(User.active).order_by(User.id)
    if everybody:
        return list(session.scalars(statement))
    found: dict[int, None] = dict.fromkeys(people)
    for path in session.scalars(select(Department.path).where(Department.id.in_(list(departments)))):
        below = select(Department.id).where(Department.path.startswith(path, autoescape=True))
        found |= dict.fromkeys(session.scalars(statement.where(User.department_id.in_(below))))
    members = select(Membership.user_id).where(Membership.group_id.in_(list(groups)))
    found |= dict.fromkeys(session.scalars(statement.where(User.id.in_(members))))
    return list(found)


CHANGED = ("title", "text", "priority", "company_id", "contact_id", "repeat", "repeat_every", "repeat_after")


def change_task(session: Session, task: Task, wanted: Wanted, *, by: int | None) -> bool:
    """Change what an open task says and when it is due; tell whether anything differs."""
    if not task.open:
        raise Refused(_("This task is over. Open it again to change it."))
    if task.reminder is not None and (task.title, task.company_id) != (wanted.title.strip(), wanted.company_id):
        raise Refused(_("What the program asks for cannot be changed, only put off."))
    wanted = check_wanted(session, wanted)
    if wanted.repeat_until != task.repeat_until:
        _check_end(wanted)
    due = due_moment(wanted.due_on, wanted.at)
    if task.kept and due != task.due_at:
        raise Refused(
            _("This task stays until it is settled. Put it off, with the reason."),
            fields={"due_on": _("Put it off, with the reason")},
        )
    changes = {}
    for name in (*CHANGED, "repeat_until"):
        before, after = getattr(task, name), getattr(wanted, name)
        if (before or None) != (after or None):
            changes[name] = [_plain(before), _plain(after)]
            setattr(task, name, after)
    if due != task.due_at:
        changes["due_at"] = [_plain(task.due_at), _plain(due)]
        task.due_at, task.timed = due, wanted.at is not None
        task.repeat_anchor = wanted.due_on if task.repeat else None
    elif task.repeat and task.repeat_anchor is None:
        task.repeat_anchor = wanted.due_on
    if changes:
        task.steps.append(TaskStep(kind="changed", by_id=by, changes=changes))
        session.flush()
    return bool(changes)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, (dt.date, dt.datetime)) else value


# --- again and again


def follow_up(session: Session, task: Task, *, by: int | None) -> Task | None:
    """Make the next task of a repeated one, once; None where it ends. It falls on a day that is worked."""
    if not task.repeat or task.followed_by is not None or task.repeat_anchor is None:
        return None
    after = max(task.due_on, local_today()) if task.repeat_after == "done" else task.due_on
    day = next_date(task.repeat_anchor, task.repeat, task.repeat_every, after)
    if day is None or (task.repeat_until is not None and day > task.repeat_until):
        return None
    at = task.due_at.astimezone(zone()).time() if task.timed else None
    wanted = Wanted(
        title=task.title, due_on=next_working_day(session, day), at=at, **{name: getattr(task, name) for name in COPIED}
    )
    made = _make(session, wanted, task.assignee_id, giver_id=task.giver_id)
    made.repeat_anchor = task.repeat_anchor
    made.series = task.series or task.id
    session.flush()
    task.followed_by = made.id
    _tell_assigned(session, made, by)
    session.flush()
    return made


COPIED = (
    "text", "priority", "source", "company_id", "contact_id", "resource", "record_id", "href", "repeat",
    "repeat_every", "repeat_after", "repeat_until",
)  # fmt: skip


def make_due_repetitions(session: Session, limit: int = 500) -> int:
    """Make the next tasks of those that come again when they fall due, done or not; tell how many."""
    due = (
        select(Task)
        .where(
            Task.open, Task.repeat != "", Task.repeat_after == "due", Task.followed_by.is_(None),
            Task.due_at < utcnow(),
        )
        .order_by(Task.id)
        .limit(limit)
    )  # fmt: skip
    return sum(follow_up(session, task, by=None) is not None for task in session.scalars(due).all())
