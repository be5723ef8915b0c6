"""Events of tasks."""

from __future__ import annotations

import datetime as dt

from core.i18n import _
from core.plugin import EventType

WHO = {"task_id": int, "assignee_id": int | None, "giver_id": int | None, "by_id": int | None}

EVENTS = (
    EventType(
        name="core.task_assigned",
        title=_("A task was given to somebody"),
        fields={**WHO, "title": str, "due_on": dt.date, "company_id": int | None, "source": str},
    ),
    EventType(name="core.task_accepted", title=_("A task was accepted"), fields=WHO),
    EventType(name="core.task_declined", title=_("A task was declined"), fields={**WHO, "title": str, "reason": str}),
    EventType(
        name="core.task_done", title=_("A task was done"), fields={**WHO, "title": str, "company_id": int | None}
    ),
    EventType(name="core.task_reopened", title=_("A task was opened again"), fields=WHO),
    EventType(name="core.task_closed", title=_("A task was closed"), fields=WHO),
    EventType(
        name="core.task_put_off", title=_("A task was put off"), fields={**WHO, "due_on": dt.date, "reason": str}
    ),
)
