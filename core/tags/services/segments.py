"""The rules of segments: making, changing, freezing one, members by hand, and who entered since the last look."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from core.auth.access import Access
from core.auth.models import Group, Membership
from core.auth.permissions import Perm as AuthPerm
from core.auth.words import AUDIENCES
from core.bus import publish
from core.columns import utcnow
from core.db import among, insert_into
from core.errors import Conflict, Forbidden, Refused
from core.i18n import _
from core.plugin import Resource
from core.state import bump
from core.tags.models import Segment, SegmentDay, SegmentMember
from core.tags.queries.segments import SEGMENT, conditions_of, resource_of, segment_ids
from core.tags.queries.tags import COUNTER, entity_of

MOST_MEMBERS = 200_000
"""More records than these are not frozen, and not watched one by one."""
TOLD = 500
"""The most entries that one look tells of: more are a change of the conditions, not news."""


def make_segment(
    session: Session,
    access: Access,
    resource: Resource,
    *,
    name: str,
    query: str,
    description: str = "",
    audience: str = "private",
    group_id: int | None = None,
    watched: bool = False,
    ids: Sequence[int] | None = None,
) -> Segment:
    """Make a segment of the conditions of a list, or of fixed records where `ids` are given. Raises Refused."""
    made = Segment(resource=resource.key, owner_id=access.user_id, frozen=ids is not None)
    _describe(session, access, made, name, description, audience, group_id)
    if ids is None:
        made.query = _checked(session, resource, query, None)
        _watch(made, watched)
    session.add(made)
    session.flush()
    if ids is not None:
        _put(session, made, ids, access.user_id)
    bump(session, COUNTER)
    return made


def change_segment(
    session: Session,
    access: Access,
    segment: Segment,
    *,
    name: str,
    description: str,
    audience: str,
    group_id: int | None,
    watched: bool = False,
    version: int | None = None,
) -> None:
    """Change what a segment is called, who may use it, and whether entries are told. Raises Forbidden, Conflict."""
    demand_change(access, segment)
    if version is not None and version != segment.version:
        raise Conflict(_("Somebody changed this segment meanwhile. Nothing was overwritten."))
    _describe(session, access, segment, name, description, audience, group_id)
    if not segment.frozen:
        _watch(segment, watched)
    session.flush()
    bump(session, COUNTER)


def redefine(session: Session, access: Access, segment: Segment, query: str) -> None:
    """Give a dynamic segment other conditions; who is in it now has not entered. Raises Forbidden, Refused."""
    demand_change(access, segment)
    if segment.frozen:
        raise Refused(_("A frozen segment has no conditions."))
    segment.query = _checked(session, resource_of(segment.resource), query, segment.id)
    _forget_members(session, segment)
    segment.watched_since = None
    session.flush()
    bump(session, COUNTER)


def freeze(session: Session, access: Access, segment: Segment, name: str) -> Segment:
    """Make a segment of today's members of another. Raises Refused."""
    ids = segment_ids(session, segment.id)
    resource = resource_of(segment.resource)
    text = _("Members of %(name)s", name=segment.name)
    return make_segment(session, access, resource, name=name, query="", description=str(text), ids=ids)


def delete_segment(session: Session, access: Access, segment: Segment) -> None:
    """Delete a segment; its records stay. Raises Forbidden, or Refused while another is defined by it."""
    demand_change(access, segment)
    for other in session.scalars(select(Segment).where(Segment.resource == segment.resource, ~Segment.frozen)):
        if segment.id in _named(session, resource_of(other.resource), other.query):
            raise Refused(_("The segment %(name)s is defined by this one.", name=other.name))
    session.delete(segment)
    session.flush()
    bump(session, COUNTER)


def add_members(session: Session, access: Access, segment: Segment, ids: Sequence[int]) -> int:
    """Put records into a frozen segment; give how many were new. The caller has found them for the person."""
    _demand_frozen(access, segment)
    return _put(session, segment, ids, access.user_id)


def remove_members(session: Session, access: Access, segment: Segment, ids: Sequence[int]) -> int:
    """Take records out of a frozen segment."""
    _demand_frozen(access, segment)
    done: Any = session.execute(
        delete(SegmentMember)
        .where(SegmentMember.segment_id == segment.id, among(session, SegmentMember.record_id, ids))
        .execution_options(synchronize_session=False)
    )
    return int(done.rowcount)


def may_change(access: Access, segment: Segment) -> bool:
    """Tell whether a person may change a segment: his own, and shared ones with the right to share."""
    return segment.owner_id == access.user_id or (segment.audience != "private" and access.may(AuthPerm.VIEW_SHARE))


def demand_change(access: Access, segment: Segment) -> None:
    """Raise Forbidden unless the person may change the segment."""
    if not may_change(access, segment):
        raise Forbidden(_("Only its owner may change this segment."), permission=str(AuthPerm.VIEW_SHARE))


def _demand_frozen(access: Access, segment: Segment) -> None:
    demand_change(access, segment)
    if not segment.frozen:
        raise Refused(_("Who is in this segment follows from its conditions."))


def _describe(
    session: Session, access: Access, segment: Segment, name: str, description: str, audience: str, group_id: int | None
) -> None:
    name = " ".join(name.split())
    if not name or len(name) > 60:
        text = _("Enter a name") if not name else _("At most %(n)s characters", n=60)
        raise Refused(text, fields={"name": text})
    if audience not in AUDIENCES:
        raise Refused(_("Choose who may use it"), fields={"shared": _("Choose who may use it")})
    if audience == "everybody" and not access.may(AuthPerm.VIEW_SHARE):
        raise Forbidden(_("You may not share segments with everybody."), permission=str(AuthPerm.VIEW_SHARE))
    if audience == "department" and access.department_id is None:
        raise Refused(_("You belong to no department"), fields={"shared": _("You belong to no department")})
    if audience == "group":
        mine = select(Membership.group_id).where(Membership.group_id == group_id, Membership.user_id == access.user_id)
        kept = segment.audience == "group" and segment.group_id == group_id
        if not kept and (group_id is None or session.get(Group, group_id) is None or session.scalar(mine) is None):
            raise Refused(_("Choose one of your groups"), fields={"shared": _("Choose one of your groups")})
    if audience != "department":
        segment.department_id = None
    elif segment.audience != "department":
        segment.department_id = access.department_id
    segment.name, segment.description = name, description.strip()[:2000]
    segment.audience, segment.group_id = audience, group_id if audience == "group" else None


def _watch(segment: Segment, watched: bool) -> None:
    if watched != segment.watched:
        segment.watched, segment.watched_since = watched, None


def _checked(session: Session, resource: Resource, query: str, segment_id: int | None) -> str:
    """Give the conditions of a list as they are kept. Raises Refused where they say nothing or lead in a circle."""
    state = conditions_of(resource, query)
    if state.problems:
        raise Refused(state.problems[0].text)
    if not state.q and not state.conditions:
        raise Refused(_("A segment needs a condition. Narrow the list first."))
    seen: set[int] = set()
    waiting = _named(session, resource, query)
    while waiting:
        number = waiting.pop()
        if number == segment_id:
            raise Refused(_("A segment cannot be defined by itself."))
        if number not in seen:
            seen.add(number)
            other = session.get(Segment, number)
            waiting |= _named(session, resource, other.query) if other is not None else set()
    return state.with_(size=20).query()


def _named(session: Session, resource: Resource, query: str) -> set[int]:
    """Give the ids of the segments by which conditions are defined, whoever may see them."""
    texts = [v for c in conditions_of(resource, query).conditions if c.field == SEGMENT for v in c.values]
    ids = {int(text) for text in texts if text.isascii() and text.isdecimal() and len(text) < 16}
    names = [text for text in texts if not text.isdecimal()]
    if names:
        ids |= set(session.scalars(select(Segment.id).where(Segment.name.in_(names))))
    return ids


def _put(session: Session, segment: Segment, ids: Sequence[int], by: int | None) -> int:
    if len(ids) > MOST_MEMBERS:
        raise Refused(_("More than %(n)s records are too many at once. Narrow the conditions.", n=f"{MOST_MEMBERS:,}"))
    held = select(SegmentMember.record_id).where(SegmentMember.segment_id == segment.id)
    had = set(session.scalars(held))
    entity, now = entity_of(resource_of(segment.resource)), utcnow()
    rows = [
        {"segment_id": segment.id, "entity": entity, "record_id": one, "by_id": by, "entered_at": now}
        for one in dict.fromkeys(ids)
        if one not in had
    ]
    for start in range(0, len(rows), 2000):
        session.execute(insert_into(session, SegmentMember).on_conflict_do_nothing(), rows[start : start + 2000])
    return len(rows)


def _forget_members(session: Session, segment: Segment) -> None:
    session.execute(
        delete(SegmentMember).where(SegmentMember.segment_id == segment.id).execution_options(synchronize_session=False)
    )


# --- the daily look


def note_members(session: Session, segment: Segment, ids: Sequence[int], day: dt.date) -> int:
    """Keep how many members a segment has today; of a watched one tell who entered since the last look.

    The first look at a watched segment tells of nobody: it only learns who is in it. Returns how many entered.
    """
    row = session.scalar(select(SegmentDay).where(SegmentDay.segment_id == segment.id, SegmentDay.day == day))
    if row is None:
        row = SegmentDay(segment_id=segment.id, day=day, members=len(ids))
        session.add(row)
    row.members = len(ids)
    if segment.frozen or not segment.watched or len(ids) > MOST_MEMBERS:
        return 0
    known = set(session.scalars(select(SegmentMember.record_id).where(SegmentMember.segment_id == segment.id)))
    present = set(ids)
    entered = [one for one in ids if one not in known]
    gone = sorted(known - present)
    for start in range(0, len(gone), 500):
        session.execute(
            delete(SegmentMember)
            .where(SegmentMember.segment_id == segment.id, SegmentMember.record_id.in_(gone[start : start + 500]))
            .execution_options(synchronize_session=False)
        )
    _put(session, segment, entered, None)
    first = segment.watched_since is None
    if first:
        segment.watched_since = utcnow()
        session.flush()
        return 0
    for one in entered[:TOLD]:
        payload = {
            "segment_id": segment.id,
            "resource": segment.resource,
            "record_id": one,
            "owner_id": segment.owner_id,
        }
        publish(session, "core.segment_entered", payload)
    return len(entered)
