"""The nightly look at the segments: how many are in each, and who entered the watched ones."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from core.auth.access import access_of
from core.clock import local_today
from core.db import work
from core.errors import NotFound, Refused
from core.i18n import _, ngettext
from core.plugin import Job
from core.tags.models import Segment
from core.tags.queries.segments import segment_ids
from core.tags.services.segments import note_members


def look_at_segments(turn: Any) -> str:
    """Count every segment as its owner may find its records, and tell who entered a watched one."""
    registry = turn.bus.registry
    with turn.reading() as reading:
        owned = reading.execute(select(Segment.id, Segment.owner_id).where(Segment.owner_id.is_not(None))).all()
        enabled = registry.enabled(reading)
        people = {
            owner: access_of(reading, owner, registry.permissions, enabled) for owner in {row.owner_id for row in owned}
        }
    entered = 0
    for row in owned:
        access = people[row.owner_id]
        if access is None:
            continue
        try:
            with work(turn.bus.database, actor=access) as unit:
                ids = segment_ids(unit.session, row.id)
        except (NotFound, Refused):  # gone meanwhile, or a condition that its owner may no longer use
            continue
        with turn.transaction() as session:
            segment = session.get(Segment, row.id)
            if segment is not None:
                entered += note_members(session, segment, ids, local_today())
    return str(ngettext("%(num)d record entered a segment", "%(num)d records entered a segment", entered))


JOBS = (
    Job(
        name="core.look_at_segments", title=_("Count the segments, and tell who entered them"), run=look_at_segments,
        schedule="40 4 * * *", chunked=True,
    ),
)  # fmt: skip
