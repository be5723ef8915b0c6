"""What tasks add to the bell: those that are due today or were before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import event, func, inspect, select
from sqlalchemy.orm import Session

from core.clock import local_today
from core.db import among
from core.desk.live import tell
from core.plugin import Tally
from core.tasks.models import Task
from core.tasks.queries.lists import moments


def tallies(session: Session, user_ids: Sequence[int]) -> Mapping[int, Tally]:
    """Count the tasks that are due of each user, in one statement."""
    due = (among(session, Task.assignee_id, list(user_ids)), moments(local_today())["today"])
    rows = session.execute(select(Task.assignee_id, func.count(Task.id)).where(*due).group_by(Task.assignee_id))
    return {user: Tally(count=number) for user, number in rows if user is not None}


@event.listens_for(Session, "after_flush")
def _wake(session: Session, context: Any) -> None:
    """Wake the pages of those who got, finished or lost a task, whichever way it was written."""
    people: set[int] = set()
    for task in (*session.new, *session.dirty):
        if isinstance(task, Task):
            change = inspect(task).attrs.assignee_id.history
            people.update(one for one in (task.assignee_id, *(change.deleted or ())) if one is not None)
    tell(session, people)
