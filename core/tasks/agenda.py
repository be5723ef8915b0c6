"""What the schedule shows: tasks, and what areas and plugins put beside them through `register_calendars`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from flask import url_for
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.i18n import p_
from core.plugin import CalendarEntry, CalendarSource
from core.registry import PluginFailed
from core.tasks.permissions import Perm
from core.tasks.queries.schedule import planned
from core.web import zhike


def tasks_between(
    session: Session, first: dt.date, last: dt.date, people: Sequence[int] | None, company_id: int | None
) -> Iterable[CalendarEntry]:
    """Give the tasks that are due in a span."""
    for one in planned(session, first, last, people, company_id):
        yield CalendarEntry(
            key=f"task-{one.id}",
            day=one.day,
            time=one.time,
            title=one.title,
            href=url_for("tasks.task_detail", id=one.id),
            note=one.company,
            by=one.person,
            done=not one.open,
            high=one.high,
            changed_at=one.changed_at,
            version=one.version,
        )


TASKS = CalendarSource(
    name="core.tasks", title=p_("tab", "Tasks"), load=tasks_between, permission=Perm.TASK_QUERY, order=10
)


def sources() -> list[CalendarSource]:
    """List the sources that the person who is looking may see."""
    access = current_access()
    found = zhike().registry.declared("register_calendars")
    return [one for one in found if one.permission is None or access.may(str(one.permission))]


def entries_between(
    session: Session,
    first: dt.date,
    last: dt.date,
    people: Sequence[int] | None,
    company_id: int | None = None,
    names: Sequence[str] = (),
) -> list[CalendarEntry]:
    """Gather a span, by day and time; `names` of sources limit it. A source that fails is left out."""
    registry = zhike().registry
    found: list[tuple[int, CalendarEntry]] = []
    for source in sources():
        if (names and source.name not in names) or (source.common and company_id is not None):
            continue
        owner = registry.owner_of("register_calendars", source)
        whose = None if source.common else people
        try:
            with registry.contained(owner, f"calendar {source.name}"):
                found += [(source.order, one) for one in source.load(session, first, last, whose, company_id)]
        except PluginFailed:
            continue
    found.sort(key=lambda one: (one[1].day, one[1].time is not None, one[1].time or dt.time(), one[0], one[1].key))
    return [one for _order, one in found]
