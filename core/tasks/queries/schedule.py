"""Tasks by day, for the schedule and its feed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth.audit import keyed_digest
from core.auth.models import User
from core.clock import start_of, to_local
from core.customers.models import Company
from core.tasks.models import CalendarFeed, Task

DAY = dt.timedelta(days=1)
MOST = 1_500


@dataclass(frozen=True)
class Planned:
    """A task on the schedule."""

    id: int
    day: dt.date
    time: dt.time | None
    title: str
    open: bool
    high: bool
    company: str
    person: str
    changed_at: dt.datetime
    version: int


def planned(
    session: Session, first: dt.date, last: dt.date, people: Sequence[int] | None, company_id: int | None = None
) -> list[Planned]:
    """List the tasks of people that are due in a span, by time; `people` of None are all whose tasks one finds."""
    rows = (
        select(
            Task.id, Task.due_at, Task.timed, Task.title, Task.open, Task.priority, Company.name.label("company"),
            User.name.label("person"), Task.updated_at, Task.version,
        )
        .outerjoin(Company, Company.id == Task.company_id)
        .outerjoin(User, User.id == Task.assignee_id)
        .where(Task.due_at >= start_of(first), Task.due_at < start_of(last + DAY))
        .order_by(Task.due_at, Task.id)
        .limit(MOST)
    )  # fmt: skip
    if people is not None:
        rows = rows.where(Task.assignee_id.in_(people))
    if company_id is not None:
        rows = rows.where(Task.company_id == company_id)
    found = []
    for row in session.execute(rows):
        local = to_local(row.due_at)
        time = local.time() if row.timed else None
        found.append(
            Planned(
                row.id, local.date(), time, row.title, row.open, row.priority == "high", row.company or "",
                row.person or "", row.updated_at, row.version,
            )
        )  # fmt: skip
    return found


def feed_owner(session: Session, token_hash: str) -> int | None:
    """Tell whose private address it is; None where it is nobody's. Ask with a session of the program."""
    feed = session.scalar(select(CalendarFeed).where(CalendarFeed.token_hash == token_hash))
    return feed.user_id if feed is not None and feed_stands(session, feed) else None


def feed_stands(session: Session, feed: CalendarFeed) -> bool:
    """Tell whether a private address still works: it ends when the password changes."""
    return feed.password_mark is None or feed.password_mark == password_mark(session, feed.user_id)


def password_mark(session: Session, user_id: int) -> str:
    """Give the mark of a person's present password, from which nothing of it can be told."""
    stored = session.scalar(select(User.password_hash).where(User.id == user_id)) or ""
    return keyed_digest("calendar feed", stored)


def feed_of(session: Session, user_id: int) -> Sequence[tuple[Task, str | None]]:
    """Give a person's open tasks with those of their customers that he finds: ask with his own session."""
    rows = session.execute(
        select(Task, Company.name)
        .outerjoin(Company, Company.id == Task.company_id)
        .where(Task.assignee_id == user_id, Task.open)
        .order_by(Task.due_at, Task.id)
        .limit(MOST)
    )
    return [(task, company) for task, company in rows]
