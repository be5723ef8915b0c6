"""What tasks add to the bell: those that are due today or were before."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import event, func, inspect, select
from sqlalchemy.orm import Session

from core.clock import local_today, start_of
from core.columns import UTCDateTime
from core.db import at_execution
from core.desk.live import tell
from core.plugin import Tally
from core.tasks.models import Task


def tally(user: Any) -> Tally:
    """Count the tasks of a user that are due, or were."""
    tomorrow = at_execution(lambda: start_of(local_today() + dt.timedelta(days=1)), UTCDateTime())
    due = (Task.assignee_id == user, Task.open, Task.due_at < tomorrow)
    return Tally(count=select(func.count(Task.id)).where(*due).scalar_subquery())


@event.listens_for(Session, "after_flush")
def _wake(session: Session, context: Any) -> None:
    """Wake the pages of those who got, finished or lost a task, whichever way it was written."""
    people: set[int] = set()
    for task in (*session.new, *session.dirty):
        if isinstance(task, Task):
            change = inspect(task).attrs.assignee_id.history
            people.update(one for one in (task.assignee_id, *(change.deleted or ())) if one is not None)
    tell(session, people)
