"""How much each of a supervisor's people has to do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from core.auth.models import Department, User
from core.clock import local_today, start_of, to_local
from core.db import among
from core.tasks.models import Task


@dataclass(frozen=True)
class Load:
    """One person's line of the board."""

    id: int
    name: str
    department: str
    open: int
    overdue: int
    oldest: int
    to_accept: int
    done: int


def board(session: Session, people: Sequence[int] | None) -> list[Load]:
    """Count for each of the people what is open, overdue and done this week, the most overdue first.

    `people` of None are all open accounts. `oldest` tells by how many days the oldest is overdue.
    """
    today = local_today()
    now, monday = start_of(today), start_of(today - dt.timedelta(days=today.weekday()))
    persons = (
        select(User.id, User.name, Department.name)
        .outerjoin(Department, Department.id == User.department_id)
        .where(User.active)
    )
    if people is not None:
        persons = persons.where(User.id.in_(people))
    known = session.execute(persons).all()
    theirs = among(session, Task.assignee_id, [row[0] for row in known])
    waiting = (
        select(
            Task.assignee_id,
            func.count(),
            func.sum(case((Task.due_at < now, 1), else_=0)),
            func.min(Task.due_at),
            func.sum(case((Task.state == "new", 1), else_=0)),
        )
        .where(Task.open, theirs)
        .group_by(Task.assignee_id)
    )
    done = select(Task.assignee_id, func.count()).where(Task.done_at >= monday, theirs)
    counts = {row[0]: row for row in session.execute(waiting)}
    finished: dict[int | None, int] = {row[0]: row[1] for row in session.execute(done.group_by(Task.assignee_id))}
    found = []
    for key, name, department in known:
        _key, open_, overdue, first, unseen = counts.get(key, (key, 0, 0, None, 0))
        days = (today - to_local(first).date()).days if overdue and first is not None else 0
        found.append(
            Load(key, name, department or "", open_, int(overdue or 0), days, int(unseen or 0), finished.get(key, 0))
        )
    return sorted(found, key=lambda one: (-one.overdue, -one.open, one.id))
