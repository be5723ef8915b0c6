"""Which tags there are, which a record bears, and which fit what somebody types."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select, true
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.customers.pinyin import read
from core.customers.text import name_key, sort_key
from core.db import among, prepared
from core.errors import Refused
from core.i18n import _
from core.plugin import Resource
from core.state import kept
from core.tags.models import Tag, Tagging

COUNTER = "tags"
"""The counter by which processes learn that the tags have changed."""


class Known(NamedTuple):
    """A tag as pages show it."""

    id: int
    name: str
    tone: str
    private: bool
    retired: bool


def all_tags(session: Session) -> Mapping[int, Known]:
    """Give the tags that the person of this unit of work may see, by id in the order of their names."""
    person = current_access().user_id

    def load() -> dict[int, Known]:
        mine = Tag.owner_id.is_(None) if person is None else or_(Tag.owner_id.is_(None), Tag.owner_id == person)
        found = session.execute(select(Tag.id, Tag.name, Tag.tone, Tag.owner_id, Tag.retired).where(mine))
        rows = sorted(found, key=lambda one: (sort_key(one.name), one.id))
        return {r.id: Known(r.id, r.name, r.tone, r.owner_id is not None, r.retired) for r in rows}

    return kept(session, COUNTER, ("tags", person), load)


def tag_choices(session: Session) -> Sequence[tuple[str, Any]]:
    """List the tags for a filter: id and name."""
    return [(str(one.id), one.name) for one in all_tags(session).values()]


_OF_ONE = prepared(
    select(Tagging.record_id, Tagging.tag_id).where(
        Tagging.entity == bindparam("entity"), Tagging.record_id == bindparam("record")
    )
)


def tags_of(session: Session, entity: str, ids: Sequence[int]) -> Mapping[int, list[Known]]:
    """Give the tags of records that the person may see, in the order of their names."""
    known = all_tags(session)
    found: defaultdict[int, list[Known]] = defaultdict(list)
    if not known:
        return found
    if len(ids) == 1:
        rows = session.execute(_OF_ONE, {"entity": entity, "record": ids[0]})
    else:
        borne = select(Tagging.record_id, Tagging.tag_id).where(Tagging.entity == entity)
        rows = session.execute(borne.where(among(session, Tagging.record_id, ids)))
    order = {tag_id: place for place, tag_id in enumerate(known)}
    pairs = [(record_id, tag_id) for record_id, tag_id in rows if tag_id in known]
    for record_id, tag_id in sorted(pairs, key=lambda pair: order[pair[1]]):
        found[record_id].append(known[tag_id])
    return found


def tag_ids_of(entity: str) -> Callable[[Session, Sequence[int]], Mapping[int, Any]]:
    """Make the loader of a list's column of tags."""

    def load(session: Session, ids: Sequence[int]) -> Mapping[int, Any]:
        return {key: [str(one.id) for one in found] for key, found in tags_of(session, entity, ids).items()}

    return load


def tagged(entity: str, column: Callable[[], Any]) -> Callable[[Session, str, Sequence[str]], Any]:
    """Make the condition that the record of which a column holds the id bears one of some tags, told by id or name."""

    def where(session: Session, op: str, values: Sequence[str]) -> ColumnElement[bool] | None:
        known = all_tags(session)
        key = column()
        rows = select(Tagging.record_id).where(Tagging.entity == entity)
        if op == "empty":
            found = key.in_(rows.where(Tagging.tag_id.in_(list(known))))
            return or_(~found, key.is_(None)) if values[0] == "1" else found
        if op not in ("eq", "ne", "in"):
            return None
        found = key.in_(rows.where(Tagging.tag_id.in_([find_tag(known, value).id for value in values])))
        return or_(~found, key.is_(None)) if op == "ne" else found

    return where


def find_tag(known: Mapping[int, Known], text: str) -> Known:
    """Find a tag by its id, else by its name. Raises Refused."""
    if text.isascii() and text.isdecimal() and len(text) < 16 and int(text) in known:
        return known[int(text)]
    found = tag_named(known, text)
    if found is None:
        raise Refused(_("There is no tag %(name)s.", name=text[:40]))
    return found


def tag_named(known: Mapping[int, Known], text: str) -> Known | None:
    """Find a tag by its name however it is written; the shared one before one's own."""
    key = name_key(text)[:40]
    same = [one for one in known.values() if name_key(one.name)[:40] == key]
    return min(same, key=lambda one: (one.private, one.retired), default=None)


def matching_tags(session: Session, text: str, limit: int, *, without: frozenset[int] = frozenset()) -> list[Known]:
    """Find tags by a part of the name, by pinyin or by its initials; those that begin so first."""
    wanted = name_key(text)
    ranked = []
    for one in all_tags(session).values():
        if one.retired or one.id in without:
            continue
        rank = _rank(name_key(one.name), wanted)
        if rank is not None:
            ranked.append((rank, one))
    return [one for _rank_, one in sorted(ranked, key=lambda pair: pair[0])][:limit]


def _rank(key: str, wanted: str) -> int | None:
    if not wanted or key.startswith(wanted):
        return 0
    if wanted in key:
        return 1
    if not wanted.isascii():
        return None
    reading = read(key)
    spoken = any(one.startswith(wanted) for one in (*reading.initials, *reading.pinyin))
    return 2 if spoken else None


def usual_tags(session: Session, entity: str, limit: int, *, without: frozenset[int]) -> list[Known]:
    """Give the shared tags that records of a kind bear most often, without some."""
    most = kept(session, COUNTER, ("usual", entity), lambda: _usual(session, entity))
    known = all_tags(session)
    return [known[one] for one in most if one in known and one not in without and not known[one].retired][:limit]


def _usual(session: Session, entity: str) -> list[int]:
    count = func.count()
    rows = select(Tagging.tag_id).join(Tag, Tag.id == Tagging.tag_id).where(Tagging.entity == entity)
    shared = rows.where(Tag.owner_id.is_(None), ~Tag.retired).group_by(Tagging.tag_id)
    return list(session.scalars(shared.order_by(count.desc(), Tagging.tag_id).limit(30)))


def counts(session: Session, resources: Sequence[Resource]) -> Mapping[int, Mapping[str, int]]:
    """Count the records of each resource that bear each tag, as far as the person finds them: tag, then resource."""
    found: defaultdict[int, dict[str, int]] = defaultdict(dict)
    for resource in resources:
        model = resource.model
        rows = select(Tagging.tag_id, func.count()).join(
            model, and_(model.id == Tagging.record_id, resource.only() if resource.only is not None else true())
        )
        rows = rows.where(Tagging.entity == entity_of(resource)).group_by(Tagging.tag_id)
        for tag_id, number in session.execute(rows):
            found[tag_id][resource.key] = number
    return found


def entity_of(resource: Resource) -> str:
    """Give the word by which loose references name a resource: its noun, a plugin's with the plugin's name."""
    return resource.name if resource.plugin == "core" else f"{resource.plugin}.{resource.name}"
