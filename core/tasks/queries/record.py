"""One task: its steps, those given with it, and its customer's timeline."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from core.auth.models import User
from core.auth.queries.names import names_of
from core.db import prepared
from core.tasks.models import Task, TaskStep

SHOWN = 100


@dataclass(frozen=True)
class Bundle:
    """How far those are to whom a task was given together: how many by state, and each person's own."""

    total: int
    done: int
    rows: Sequence[tuple[int, str, str, dt.datetime | None]]


def bundle_of(session: Session, task: Task) -> Bundle | None:
    """Give the progress of the tasks that were given together, as far as one finds them; None for a single one."""
    if task.bundle is None:
        return None
    of = Task.bundle == task.bundle
    total = session.scalar(select(func.count(Task.id)).where(of)) or 0
    done = session.scalar(select(func.count(Task.id)).where(of, Task.state.in_(("done", "closed")))) or 0
    rows = session.execute(
        select(Task.id, User.name, Task.state, Task.done_at)
        .outerjoin(User, User.id == Task.assignee_id)
        .where(of)
        .order_by(Task.open.desc(), Task.id)
        .limit(SHOWN)
    )
    return Bundle(total, done, [(key, name or "", state, moment) for key, name, state, moment in rows])


def steps_of(session: Session, task_id: int) -> list[dict[str, Any]]:
    """List what happened with a task, the newest first, with names."""
    rows = session.execute(
        select(TaskStep, User.name)
        .outerjoin(User, User.id == TaskStep.by_id)
        .where(TaskStep.task_id == task_id)
        .order_by(TaskStep.id.desc())
    ).all()
    people = {
        key
        for step, _name in rows
        for key in step.changes.get("assignee_id", ())
        if isinstance(key, int)
    }  # fmt: skip
    names = {row.id: row.name for row in session.execute(select(User.id, User.name).where(User.id.in_(people)))}
    return [
        {
            "kind": step.kind,
            "by": name or "",
            "moment": step.happened_at,
            "note": step.note,
            "changes": step.changes,
            "people": [names.get(key, "—") for key in step.changes.get("assignee_id", ())],
        }
        for step, name in rows
    ]


_ON_TIMELINE = prepared(
    select(TaskStep.happened_at, TaskStep.kind, TaskStep.note, Task.id, Task.title, Task.source, TaskStep.by_id)
    .join(Task, Task.id == TaskStep.task_id)
    .where(Task.company_id == bindparam("company"), TaskStep.kind.in_(("created", "done", "put_off", "handed")))
    .order_by(TaskStep.happened_at.desc(), TaskStep.id.desc())
    .limit(bindparam("limit"))
)


def tasks_on_timeline(session: Session, company_id: int, limit: int) -> list[dict[str, Any]]:
    """List what happened with a customer's tasks, the newest first: made and done."""
    rows = session.execute(_ON_TIMELINE, {"company": company_id, "limit": limit}).all()
    people = names_of(session, [row.by_id for row in rows])
    names = ("moment", "kind", "note", "id", "title", "source", "by")
    return [dict(zip(names, (*row[:-1], people.get(row.by_id)), strict=True)) for row in rows]
