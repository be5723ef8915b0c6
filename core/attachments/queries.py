"""What is attached where. Sessions of people find what `core.auth.hosts` lets them find, and nothing else."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, case, func, or_, select
from sqlalchemy.orm import Session

from core.attachments.models import Attachment
from core.auth.hosts import hosts, noun_of
from core.auth.output import follow
from core.db import current_work, permitted, prepared
from core.plugin import Resource

MOST = 200
"""Attachments that a record's page shows; the list of all attachments has the rest."""


def alive() -> ColumnElement[bool]:
    """Give the condition of attachments that are not in the bin."""
    return Attachment.deleted_at.is_(None)


def search_attachments(statement: Select[Any], text: str, session: Session, whole: bool = False) -> Select[Any]:
    """Narrow a select to files with a key word in their name, title or note."""
    columns = (Attachment.name, Attachment.title, Attachment.note)
    return statement.where(or_(*(column.icontains(text, autoescape=True) for column in columns)))


def of_record(session: Session, resource: Resource, record_id: int, *, removed: bool = False) -> Sequence[Attachment]:
    """List what hangs on a record, the newest first; with `removed` what lies in the bin."""
    rows = select(Attachment).where(Attachment.resource == noun_of(resource), Attachment.record_id == record_id)
    rows = rows.where(~alive() if removed else alive())
    return session.scalars(rows.order_by(Attachment.id.desc()).limit(MOST)).all()


_OF_COMPANY = prepared(
    select(Attachment, func.count().over())
    .where(Attachment.company_id == bindparam("company"), alive())
    .order_by(Attachment.id.desc())
    .limit(bindparam("limit"))
)


def of_company(session: Session, company_id: int, limit: int = MOST) -> Sequence[Attachment]:
    """List what hangs on a company and on all that belongs to it, the newest first."""
    rows = session.execute(_OF_COMPANY, {"company": company_id, "limit": limit}).all()
    _counts()[company_id] = rows[0][1] if rows else 0
    return [row[0] for row in rows]


def count_of_company(session: Session, company_id: int) -> int:
    """Count what hangs on a company and on all that belongs to it; where it was listed it is known."""
    if company_id not in _counts():
        rows = select(func.count(Attachment.id)).where(Attachment.company_id == company_id, alive())
        _counts()[company_id] = session.scalar(rows) or 0
    return _counts()[company_id]


def _counts() -> dict[int, int]:
    return current_work().memory.setdefault("attachments.count", {})  # type: ignore[no-any-return]


def titles_of(session: Session, places: Iterable[tuple[str, int]]) -> Mapping[tuple[str, int], str]:
    """Name the records that attachments hang on, by kind and id."""
    wanted: defaultdict[str, set[int]] = defaultdict(set)
    for noun, key in places:
        wanted[noun].add(key)
    known, found = hosts(), {}
    for noun, keys in wanted.items():
        resource = known.get(noun)
        if resource is None:
            continue
        for row in session.scalars(select(resource.model).where(resource.model.id.in_(keys))):
            _plain, title = follow(row, resource.title_path)
            found[noun, row.id] = str(title or f"#{row.id}")
    return found


def hosts_of(session: Session, ids: Sequence[int]) -> Mapping[int, str]:
    """Name the records of a page of attachments, by the attachments' ids."""
    places = {
        key: (noun, record_id)
        for key, noun, record_id in session.execute(
            select(Attachment.id, Attachment.resource, Attachment.record_id).where(Attachment.id.in_(ids))
        )
    }
    titles = titles_of(session, places.values())
    return {key: titles[place] for key, place in places.items() if place in titles}


def kinds_of_records(session: Session) -> Sequence[tuple[str, str]]:
    """List the kinds of records on which files can hang, for filters."""
    return [(noun, str(one.title)) for noun, one in hosts().items() if one.detail is not None]


# --- how much room is used


@dataclass(frozen=True)
class Use:
    """What the files of one person take, those in the bin included; `person_id` is None for what the program filed."""

    person_id: int | None
    files: int
    size: int
    binned: int
    binned_size: int


def used_bytes(session: Session, person_id: int | None) -> int:
    """Sum what the files of one person take, or of all where none is given, whoever asks."""
    table: Any = Attachment.__table__
    used = select(func.coalesce(func.sum(table.c.size), 0))
    if person_id is not None:
        used = used.where(table.c.uploaded_by_id == person_id)
    with permitted():
        return int(session.connection().scalar(used) or 0)


def use_by_person(session: Session) -> list[Use]:
    """List what the files of each person take, most first. Nothing of the files themselves is told."""
    table: Any = Attachment.__table__
    binned = table.c.deleted_at.is_not(None)
    size = func.sum(table.c.size)
    rows = select(
        table.c.uploaded_by_id,
        func.count(),
        size,
        func.coalesce(func.sum(case((binned, 1), else_=0)), 0),
        func.coalesce(func.sum(case((binned, table.c.size), else_=0)), 0),
    ).group_by(table.c.uploaded_by_id)
    with permitted():
        return [Use(key, *map(int, more)) for key, *more in session.connection().execute(rows.order_by(size.desc()))]
