"""Keeps the search index in step: within the transaction that changes a record."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from core.customers.models import Company, Contact, SearchDoc
from core.customers.pinyin import read
from core.customers.places import place_words, without_place
from core.customers.text import normal, search_tokens

REVIEWED = ("reviewed", "confirmed")
READ_NAMES = 4


@dataclass(frozen=True, slots=True)
class Named:
    """What the index keeps of a record: its names, the chief one first, and where it is. Never a private field."""

    record_id: int
    names: Sequence[str]
    common: bool = True
    resource: str = "company"
    places: Sequence[str | None] = ()


def document(row: Named) -> dict[str, Any]:
    """Make the search document of a record.

    Brands and the like are found as text, the first names also by pinyin, the chief one with and without its place.
    """
    keys = [key for key in dict.fromkeys(normal(name) for name in row.names if name) if key]
    readings = [read(key) for key in keys[:READ_NAMES]]
    core = None
    if row.resource == "company" and keys:
        cut = len(keys[0]) - len(without_place(keys[0]))
        core = readings[0].after(cut, keys[0]) if cut else None
    spoken = [*readings, core] if core is not None else readings
    return {
        "resource": row.resource,
        "record_id": row.record_id,
        "common": row.common,
        "title": row.names[0][:200],
        "text": "\n".join(keys),
        "initials": " ".join(dict.fromkeys(one for reading in spoken for one in reading.initials)),
        "pinyin": " ".join(dict.fromkeys(one for reading in spoken for one in reading.pinyin)),
        "tokens": search_tokens(row.resource, keys, readings, core, place_words(*row.places)),
    }


def index_new(session: Session, rows: Iterable[Named]) -> None:
    """Index records that have no document yet: one statement for many rows, for imports."""
    documents = [document(row) for row in rows]
    if documents:
        session.connection().execute(insert(SearchDoc.__table__), documents)  # type: ignore[arg-type]


def index_rows(session: Session, rows: Sequence[Named]) -> None:
    """Index records anew, whether they have a document or not."""
    if not rows:
        return
    connection = session.connection()
    resource = rows[0].resource
    ids = [row.record_id for row in rows]
    known = dict(
        connection.execute(
            select(SearchDoc.record_id, SearchDoc.id).where(
                SearchDoc.resource == resource, SearchDoc.record_id.in_(ids)
            )
        ).all()
    )
    fresh = []
    for row in rows:
        made = document(row)
        if row.record_id in known:
            connection.execute(update(SearchDoc).where(SearchDoc.id == known[row.record_id]).values(**made))
        else:
            fresh.append(made)
    if fresh:
        connection.execute(insert(SearchDoc.__table__), fresh)  # type: ignore[arg-type]


def unindex(session: Session, resource: str, ids: Sequence[int]) -> None:
    """Take records out of the index."""
    session.connection().execute(
        delete(SearchDoc).where(SearchDoc.resource == resource, SearchDoc.record_id.in_(list(ids)))
    )


def company_names(company: Company) -> list[str]:
    """List the names by which a company is found: its own, short name, aliases, brands."""
    names = [company.name, company.short_name or ""]
    names += [alias.name for alias in company.aliases]
    names += [brand.name for brand in company.brands]
    return [name for name in names if name]


def places_of(company: Company) -> tuple[str | None, ...]:
    """Give the names of the place where a company is."""
    return (company.province, company.city, company.district)


def index_company(session: Session, company: Company) -> None:
    """Bring the index in step with one company; call it after every change of its names, review state or bin mark."""
    session.flush()
    if not company.is_alive:
        unindex(session, "company", [company.id])
        return
    index_rows(session, [named(company)])


def named(company: Company) -> Named:
    """Give what the index keeps of a company."""
    common = company.review_state in REVIEWED
    return Named(company.id, company_names(company), common, places=places_of(company))


def index_companies(session: Session, rows: Iterable[Named]) -> None:
    """Index many new companies at once; see `Named`."""
    index_new(session, rows)


def index_contact(session: Session, contact: Contact) -> None:
    """Bring the index in step with one contact."""
    session.flush()
    if not contact.is_alive:
        unindex(session, "contact", [contact.id])
        return
    common = contact.review_state in REVIEWED
    index_rows(session, [Named(contact.id, [contact.name], common, "contact")])
