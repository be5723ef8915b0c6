"""Tasks by day, for the schedule and its feed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

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
    time: str
    title: str
    open: bool
    high: bool
    company: str
    person: str


def planned(session: Session, first: dt.date, last: dt.date, people: Sequence[int] | None) -> list[Planned]:
    """List the tasks of people that are due in a span, by time; `people` of None are all whose tasks one finds."""
    rows = (
        select(
            Task.id, Task.due_at, Task.timed, Task.title, Task.open, Task.priority, Company.name.label("company"),
            User.name.label("person"),
        )
        .outerjoin(Company, Company.id == Task.company_id)
        .outerjoin(User, User.id == Task.assignee_id)
        .where(Task.due_at >= start_of(first), Task.due_at < start_of(last + DAY))
        .order_by(Task.due_at, Task.id)
        .limit(MOST)
    )  # fmt: skip
    if people is not None:
        rows = rows.where(Task.assignee_id.in_(people))
    found = []
    for row in session.execute(rows):
        local = to_local(row.due_at)
        time = local.strftime("%H:%M") if row.timed else ""
        found.append(
            Planned(
                row.id, local.date(), time, row.title, row.open, row.priority == "high", row.company or "",
                row.person or "",
            )
        )  # fmt: skip
    return found


def feed_of(session: Session, token_hash: str) -> tuple[User, Sequence[tuple[Task, str | None]]] | None:
    """Give the person of a private address and his open tasks with their customers; None where it is nobody's."""
    user = session.scalar(
        select(User).join(CalendarFeed, CalendarFeed.user_id == User.id).where(CalendarFeed.token_hash == token_hash)
    )
    if user is None or not user.active:
        return None
    rows = session.execute(
        select(Task, Company.name)
        .outerjoin(Company, Company.id == Task.company_id)
        .where(Task.assignee_id == user.id, Task.open)
        .order_by(Task.due_at, Task.id)
        .limit(MOST)
    )
    return user, [(task, company) for task, company in rows]
