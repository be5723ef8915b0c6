"""Which segments a person may use, who is in one, and the condition that a record is in one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, func, not_, or_, select
from sqlalchemy.orm import Session

from core.auth.access import Access, current_access
from core.auth.models import Department, Group
from core.customers.text import sort_key
from core.db import current_work
from core.errors import NotFound, Refused
from core.i18n import _
from core.listing.binding import Binding
from core.listing.lists import field_names
from core.listing.state import Condition, ListState, read_query
from core.plugin import Resource
from core.state import kept, versions
from core.tags.models import Segment, SegmentDay, SegmentMember
from core.tags.queries.tags import COUNTER, entity_of

SEGMENT = "segment"
"""The name of the field by which lists are narrowed to a segment."""

_resources: dict[str, Callable[[], Resource]] = {}


def know(noun: str, resource: Callable[[], Resource]) -> None:
    """Keep that a Resource has tags and segments, under its noun; when its fields are declared."""
    _resources[noun] = resource


def tagged_resources() -> list[Resource]:
    """List the Resources whose records bear tags and make up segments."""
    return sorted((one() for one in _resources.values()), key=lambda one: one.order)


def resource_of(key: str) -> Resource:
    """Find one of them by its key or its noun. Raises NotFound."""
    for noun, one in _resources.items():
        found = one()
        if key in (noun, found.key):
            return found
    raise NotFound(_("There is no such list."))


class Known(NamedTuple):
    """A segment as far as conditions need it."""

    id: int
    name: str
    resource: str
    frozen: bool
    query: str


def shared_with(session: Session, access: Access) -> ColumnElement[bool]:
    """Give the condition of the segments that a person may use: his own and those shared with him."""
    above = select(Department.path).where(Department.id == access.department_id).scalar_subquery()
    groups = select(Group.id).where(Group.name.in_(access.groups))
    departments = select(Department.id).where(above.like(Department.path + "%"))
    return or_(
        Segment.owner_id == access.user_id,
        Segment.audience == "everybody",
        and_(Segment.audience == "group", Segment.group_id.in_(groups)),
        and_(Segment.audience == "department", Segment.department_id.in_(departments)),
    )


def _by_name(segment: Any) -> tuple[str, int]:
    return sort_key(segment.name), segment.id


def segments_of(session: Session, noun: str) -> Mapping[int, Known]:
    """Give the segments of a Resource that the person of this unit of work may use, by id."""
    access = current_access()
    if access.user_id is None:
        return {}
    key = resource_of(noun).key

    def load() -> dict[int, Known]:
        rows = select(Segment.id, Segment.name, Segment.resource, Segment.frozen, Segment.query).where(
            Segment.resource == key, shared_with(session, access)
        )
        return {row.id: Known(*row) for row in sorted(session.execute(rows), key=_by_name)}

    return kept(session, COUNTER, ("segments", key, access.user_id, versions(session).get("rights")), load)


def segment_choices(noun: str) -> Callable[[Session], Sequence[tuple[str, Any]]]:
    """Make the choices of the filter: id and name."""
    return lambda session: [(str(one.id), one.name) for one in segments_of(session, noun).values()]


def in_segment(noun: str, column: Callable[[], Any]) -> Callable[[Session, str, Sequence[str]], Any]:
    """Make the condition that the record of which a column holds the id is in one of some segments, by id or name."""

    def where(session: Session, op: str, values: Sequence[str]) -> ColumnElement[bool] | None:
        if op not in ("eq", "ne", "in"):
            return None
        resource = resource_of(noun)
        known = segments_of(session, noun)
        parts = [members(session, resource, _chosen(known, value)) for value in values]
        key = column()
        found = or_(*(key.in_(one) for one in parts))
        return or_(not_(found), key.is_(None)) if op == "ne" else found

    return where


def _chosen(known: Mapping[int, Known], text: str) -> Known:
    if text.isascii() and text.isdecimal() and len(text) < 16 and int(text) in known:
        return known[int(text)]
    found = next((one for one in known.values() if one.name == text), None)
    if found is None:
        raise Refused(_("This segment does not exist, or is not shared with you."))
    return found


def members(session: Session, resource: Resource, segment: Known | Segment) -> Select[Any]:
    """Give the select of the ids in a segment, within what the person may find; not correlated to what surrounds it."""
    if segment.frozen:
        rows = select(SegmentMember.record_id)
        return rows.where(SegmentMember.segment_id == segment.id, SegmentMember.entity == entity_of(resource))
    with _entered(segment.id):
        binding = Binding(resource, current_access(), session)
        state = conditions_of(resource, segment.query)
        if state.problems:
            raise Refused(
                _("The segment %(name)s cannot be read: %(problem)s", name=segment.name, problem=state.problems[0].text)
            )
        return binding.narrowed(select(resource.model.id), state).correlate(None)


@contextmanager
def _entered(segment_id: int) -> Iterator[None]:
    """Walk into a segment. Raises Refused where one leads back to itself."""
    info = current_work().info
    above: tuple[int, ...] = info.get("segments", ())
    if segment_id in above:
        raise Refused(_("A segment cannot be defined by itself."))
    info["segments"] = (*above, segment_id)
    try:
        yield
    finally:
        info["segments"] = above


def conditions_of(resource: Resource, query: str) -> ListState:
    """Read a stored query: key word and conditions are what counts."""
    state = read_query(query, field_names(resource))
    return state.with_(view="", edited=False, sort=())


def in_state(segment_id: int) -> ListState:
    """Give the state of a list that shows a segment."""
    return ListState(conditions=(Condition(SEGMENT, "eq", (str(segment_id),)),))


# --- what others ask


def segment_select(session: Session, segment_id: int) -> Select[Any]:
    """Give the select of the ids of a segment's records, within the rows of the person of this unit of work.

    Raises NotFound where there is no such segment for him, Refused where he may not see a field that defines it.
    """
    segment = find_segment(session, segment_id)
    resource = resource_of(segment.resource)
    narrowed = Binding(resource, current_access(), session)
    return narrowed.narrowed(select(resource.model.id), in_state(segment.id))


def segment_ids(session: Session, segment_id: int) -> list[int]:
    """Give the ids of a segment's records, as `segment_select` finds them, in ascending order."""
    rows = segment_select(session, segment_id)
    key = resource_of(find_segment(session, segment_id).resource).model.id
    return list(session.scalars(rows.order_by(key)))


def find_segment(session: Session, segment_id: int) -> Segment:
    """Give a segment that the person may use. Raises NotFound."""
    access = current_access()
    found = None
    if 0 < segment_id < 2**53:
        found = session.scalar(select(Segment).where(Segment.id == segment_id, shared_with(session, access)))
    if found is None:
        raise NotFound(_("There is no such segment, or it is not shared with you."))
    return found


def count_members(session: Session, segment: Segment) -> int:
    """Count the records of a segment that the person finds, exactly."""
    rows = segment_select(session, segment.id).subquery()
    return session.scalar(select(func.count()).select_from(rows)) or 0


def visible_segments(session: Session) -> Sequence[Segment]:
    """List the segments that the person may use, by name."""
    keys = [one.key for one in tagged_resources()]
    rows = select(Segment).where(Segment.resource.in_(keys), shared_with(session, current_access()))
    return sorted(session.scalars(rows), key=_by_name)


def growth(session: Session, segment_id: int, since: dt.date) -> list[tuple[dt.date, int]]:
    """Give how many members a segment had, day by day."""
    rows = select(SegmentDay.day, SegmentDay.members).where(
        SegmentDay.segment_id == segment_id, SegmentDay.day >= since
    )
    return [(day, number) for day, number in session.execute(rows.order_by(SegmentDay.day))]


def own_frozen(session: Session, noun: str, access: Access) -> Sequence[Segment]:
    """List the frozen segments of a Resource that are a person's own."""
    rows = select(Segment).where(
        Segment.resource == resource_of(noun).key, Segment.frozen, Segment.owner_id == access.user_id
    )
    return sorted(session.scalars(rows), key=_by_name)
