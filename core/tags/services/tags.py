"""The rules of tags: who makes one, putting them on records and taking them off, renaming and merging."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import parse_qsl

from sqlalchemy import delete, null, select
from sqlalchemy.orm import Session

from core.auth.access import Access
from core.auth.audit import record_many
from core.columns import utcnow
from core.customers.text import name_key
from core.db import among, insert_into
from core.errors import Conflict, Forbidden, NotFound, Refused
from core.i18n import _
from core.listing.models import ListView
from core.listing.renaming import change_conditions
from core.state import bump
from core.tags.models import Segment, SegmentMember, Tag, Tagging
from core.tags.permissions import Perm
from core.tags.queries.segments import resource_of
from core.tags.queries.tags import COUNTER, all_tags, tag_named

TONES = ("", "p", "ok", "w", "bad", "v", "te", "i", "o")
"""The colours of a tag, as the marks of pages have them."""
LONGEST = 40
FIELDS = ("tags", "customer_tags")
"""How lists name the condition on tags: of the record itself, and of its customer."""
MOST = 20
"""More tags at once than these are a mistake."""
BETWEEN = re.compile(r"[,，、;；\n\r\t|]+")


def names_in(text: str) -> list[str]:
    """Read the names of tags as people write them in one line, parted by commas and the like."""
    found: dict[str, str] = {}
    for part in BETWEEN.split(text):
        name = " ".join(part.split())
        if name:
            found.setdefault(name_key(name), name)
    return list(found.values())


def make_tag(session: Session, access: Access, name: str, *, private: bool = False, tone: str = "") -> Tag:
    """Make a tag. Raises Refused where the name is taken, Forbidden where the person may only use what is there."""
    name = checked_name(name)
    if tone not in TONES:
        raise Refused(_("Choose one of the colours"), fields={"tone": _("Choose one of the colours")})
    if not private and not access.may(Perm.TAG_CREATE):
        text = _("There is no tag %(name)s, and you may not add one for everybody.", name=name)
        raise Forbidden(text, permission=str(Perm.TAG_CREATE))
    _demand_free(session, name, access.user_id if private else None)
    made = Tag(name=name, tone=tone)
    if private:
        made.owner_id, made.owner_key = access.user_id, access.user_id or 0
    session.add(made)
    session.flush()
    bump(session, COUNTER)
    return made


def checked_name(name: str) -> str:
    """Give a name as it is kept. Raises Refused."""
    name = " ".join(name.split())
    problem = None
    if not name:
        problem = _("Enter a name")
    elif len(name) > LONGEST:
        problem = _("At most %(n)s characters", n=LONGEST)
    elif BETWEEN.search(name):
        problem = _("A tag has no comma in it")
    if problem is not None:
        raise Refused(problem, fields={"name": problem})
    return name


def _demand_free(session: Session, name: str, owner_id: int | None, besides: int | None = None) -> None:
    key = name_key(name)[:LONGEST]
    rows = select(Tag.id).where(Tag.name_key == key, Tag.owner_key == (owner_id or 0))
    found = session.scalar(rows)
    if found is not None and found != besides:
        text = _("There is a tag of this name already")
        raise Refused(text, fields={"name": text})


def shared_tag(session: Session, name: str) -> int:
    """Give the shared tag of a name that a file brings, made where there is none; cut where it is too long.

    It is for the program's own work: whoever may import may bring tags along.
    """
    name = BETWEEN.sub(" ", " ".join(name.split()))[:LONGEST].strip()
    found = session.scalar(select(Tag.id).where(Tag.name_key == name_key(name)[:LONGEST], Tag.owner_key == 0))
    if found is not None:
        return found
    made = Tag(name=name)
    session.add(made)
    session.flush()
    bump(session, COUNTER)
    return made.id


# --- on records


def add_tags(
    session: Session, access: Access, entity: str, ids: Sequence[int], names: Iterable[str], *, private: bool = False
) -> int:
    """Put tags on records, made where there are none of the name; give how many were put on.

    The caller has judged whether the records may be changed; a private tag only needs them to be found.
    Raises Refused or Forbidden.
    """
    names = list(names)
    if not names:
        raise Refused(_("Enter a tag"), fields={"tags": _("Enter a tag")})
    if len(names) > MOST:
        text = _("At most %(n)s tags at once", n=MOST)
        raise Refused(text, fields={"tags": text})
    tag_ids = [_usable(session, access, name, private=private) for name in names]
    put = 0
    for tag_id in tag_ids:
        put += _put(session, tag_id, entity, ids, access.user_id)
    bump(session, COUNTER)
    return put


def _usable(session: Session, access: Access, name: str, *, private: bool) -> int:
    """Give the tag of a name, made where it is missing; one that was retired is not put on anything new."""
    known = all_tags(session)
    found = tag_named({one.id: one for one in known.values() if one.private == private}, checked_name(name))
    if found is None:
        return make_tag(session, access, name, private=private).id
    if found.retired:
        text = _("The tag %(name)s was retired.", name=found.name)
        raise Refused(text, fields={"tags": text})
    return found.id


def _put(session: Session, tag_id: int, entity: str, ids: Sequence[int], by: int | None) -> int:
    held = select(Tagging.record_id).where(
        Tagging.tag_id == tag_id, Tagging.entity == entity, among(session, Tagging.record_id, ids)
    )
    had = set(session.scalars(held))
    now = utcnow()
    rows = [
        {"tag_id": tag_id, "entity": entity, "record_id": one, "by_id": by, "tagged_at": now}
        for one in dict.fromkeys(ids)
        if one not in had
    ]
    if rows:
        session.execute(insert_into(session, Tagging).on_conflict_do_nothing(), rows)
        _note(session, entity, {one: [tag_id] for one in ids if one not in had}, put=True)
    return len(rows)


def _note(session: Session, entity: str, tags: Mapping[int, Sequence[int]], *, put: bool) -> None:
    """Put on record which shared tags were put on or taken off which records; private ones are nobody's business."""
    known = all_tags(session)
    resource = resource_of(entity)
    model = resource.model
    customer = getattr(model, resource.customer) if resource.customer else null()
    homes = session.execute(select(model.id, customer).where(among(session, model.id, list(tags))))
    lines = []
    for record_id, company_id in homes:
        names = "、".join(known[one].name for one in tags[record_id] if one in known and not known[one].private)
        if names:
            changes = {"tags": [None, names] if put else [names, None]}
            line = {"entity": model.__tablename__, "entity_id": record_id, "company_id": company_id}
            lines.append({**line, "changes": changes})
    record_many(session, "edit", lines)


def remove_tags(session: Session, entity: str, ids: Sequence[int], tag_ids: Sequence[int]) -> int:
    """Take tags off records; give how many were taken off. Only those that the person sees are taken."""
    seen = [one for one in tag_ids if one in all_tags(session)]
    borne = (Tagging.tag_id.in_(seen), Tagging.entity == entity, among(session, Tagging.record_id, ids))
    found: dict[int, list[int]] = {}
    for record_id, tag_id in session.execute(select(Tagging.record_id, Tagging.tag_id).where(*borne)):
        found.setdefault(record_id, []).append(tag_id)
    if found:
        session.execute(delete(Tagging).where(*borne).execution_options(synchronize_session=False))
        _note(session, entity, found, put=False)
        bump(session, COUNTER)
    return sum(len(one) for one in found.values())


def forget_records(session: Session, entity: str, ids: Sequence[int]) -> None:
    """Take records that are deleted or erased out of all tags and frozen segments. The program's own work."""
    for model in (Tagging, SegmentMember):
        gone = delete(model).where(model.entity == entity, among(session, model.record_id, ids))
        session.execute(gone.execution_options(synchronize_session=False))


# --- the tags themselves


def find_tag_row(session: Session, access: Access, tag_id: int) -> Tag:
    """Give a tag that the person may change: a shared one with the right to, or his own. Raises NotFound, Forbidden."""
    tag = session.get(Tag, tag_id)
    if tag is None or tag.owner_id not in (None, access.user_id):
        raise NotFound(_("There is no such tag."))
    if tag.owner_id is None:
        access.demand(Perm.TAG_ADMIN)
    return tag


def change_tag(session: Session, tag: Tag, *, name: str, tone: str, retired: bool, version: int | None = None) -> None:
    """Rename a tag, colour it, retire it or take it back. Raises Refused, Conflict."""
    if version is not None and version != tag.version:
        raise Conflict(_("Somebody changed this tag meanwhile. Nothing was overwritten."))
    if tone not in TONES:
        raise Refused(_("Choose one of the colours"), fields={"tone": _("Choose one of the colours")})
    name = checked_name(name)
    _demand_free(session, name, tag.owner_id, tag.id)
    tag.name, tag.tone, tag.retired = name, tone, retired
    session.flush()
    bump(session, COUNTER)


def merge_tags(session: Session, source: Tag, target: Tag) -> int:
    """Let the records of one tag bear another, and take the first away; give how many records it concerns.

    Saved views and segments ask for the other one from then on.
    """
    if source.id == target.id:
        text = _("Choose another tag")
        raise Refused(text, fields={"into": text})
    if source.owner_id is None and target.owner_id is not None:
        text = _("A tag of everybody is not merged into one that only you see")
        raise Refused(text, fields={"into": text})
    rows = session.execute(select(Tagging.entity, Tagging.record_id).where(Tagging.tag_id == source.id)).all()
    by_entity: dict[str, list[int]] = {}
    for entity, record_id in rows:
        by_entity.setdefault(entity, []).append(record_id)
    for entity, ids in by_entity.items():
        _put(session, target.id, entity, ids, None)
    _ask_for(session, source, target)
    delete_tag(session, source)
    return len(rows)


def _ask_for(session: Session, source: Tag, target: Tag) -> None:
    words = [str(source.id), source.name] if source.owner_id is None else [str(source.id)]  # names mean shared ones
    for model, counter in ((ListView, "lists"), (Segment, COUNTER)):
        fields = {(key, name) for key in session.scalars(select(model.resource).distinct()) for name in FIELDS}
        for word in words:
            change_conditions(session, model, fields, word, str(target.id))
        bump(session, counter)


def delete_tag(session: Session, tag: Tag) -> None:
    """Take a tag off all records and away. Raises Refused while a segment is defined by it."""
    words = {str(tag.id), tag.name} if tag.owner_id is None else {str(tag.id)}
    for segment in session.scalars(select(Segment).where(~Segment.frozen)):
        if any(
            name.partition("__")[0] in FIELDS and words.intersection(value.split(","))
            for name, value in parse_qsl(segment.query)
        ):
            raise Refused(_("The segment %(name)s is defined by this tag.", name=segment.name))
    session.execute(delete(Tagging).where(Tagging.tag_id == tag.id).execution_options(synchronize_session=False))
    session.delete(tag)
    session.flush()
    bump(session, COUNTER)
