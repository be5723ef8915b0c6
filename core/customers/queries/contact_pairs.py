"""Contacts that are probably one person: found over the whole register, listed to those who find both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from core.customers.models import Company, Contact, ContactDistinct, ContactPair, Email, Phone
from core.customers.models.reach import PRIVATE_KINDS
from core.customers.queries.merging import PAGE

SHORTEST_NAME, SHORTEST_NUMBER = 2, 7
ALL_ALIKE, MOBILE, NUMBER, NAME, APART = 0.98, 0.95, 0.85, 0.8, 0.65
"""How sure it is: name and reach in one house; a name and a mobile, or an e-mail, in two; a name and an office number
in two; a name alone in one house; the same where both have numbers and none is shared."""
REACH = frozenset({"same_mobile", "same_phone", "same_email"})


def contact_pairs(session: Session) -> Iterator[tuple[int, int, float, Sequence[str]]]:
    """Give pairs of living contacts of one name who are of one company or share a number or an e-mail address.

    Two records of one person at two employers, one after the other, are none: they are tied by `former_id`.
    """
    found: dict[tuple[int, int], set[str]] = {}
    one, other = (Contact.__table__.alias(name) for name in ("one", "other"))
    connection = session.connection()
    living = [
        and_(c.c.deleted_at.is_(None), c.c.merged_into_id.is_(None), c.c.erased_at.is_(None), c.c.held_at.is_(None))
        for c in (one, other)
    ]
    both = and_(
        one.c.id < other.c.id, one.c.name_key == other.c.name_key, func.length(one.c.name_key) >= SHORTEST_NAME,
        func.coalesce(one.c.former_id, 0) != other.c.id, func.coalesce(other.c.former_id, 0) != one.c.id, *living,
    )  # fmt: skip
    housemates: set[tuple[int, int]] = set()
    same_house = select(one.c.id, other.c.id).join(other, one.c.company_id == other.c.company_id).where(both)
    for low, high in connection.execute(same_house):
        housemates.add((low, high))
        found.setdefault((low, high), set()).add("same_name")
    for code, model, column in (("same_phone", Phone, "digits"), ("same_email", Email, "address_key")):
        for low, high, kind in connection.execute(_sharing(model, column, one, other, both)):
            mobile = code == "same_phone" and kind == "mobile"
            found.setdefault((low, high), {"same_name"}).add("same_mobile" if mobile else code)
    reached = _reached(session, [key for pair in housemates if not found[pair] & REACH for key in pair])
    for pair in sorted(found):
        yield (*pair, _score(found[pair], pair in housemates, set(pair) <= reached), sorted(found[pair]))


def _sharing(model: Any, column: str, one: Any, other: Any, both: ColumnElement[bool]) -> Select[Any]:
    mine, theirs = (model.__table__.alias(name) for name in ("mine", "theirs"))
    open_kinds = and_(mine.c.kind.not_in(PRIVATE_KINDS), theirs.c.kind.not_in(PRIVATE_KINDS))
    return (
        select(one.c.id, other.c.id, mine.c.kind)
        .select_from(mine)
        .join(theirs, and_(theirs.c[column] == mine.c[column], theirs.c.contact_id > mine.c.contact_id))
        .join(one, one.c.id == mine.c.contact_id)
        .join(other, other.c.id == theirs.c.contact_id)
        .where(func.length(mine.c[column]) >= SHORTEST_NUMBER, open_kinds, both)
    )


def _reached(session: Session, contacts: Sequence[int]) -> set[int]:
    """Give those of the contacts that have a number."""
    table: Any = Phone.__table__
    found: set[int] = set()
    for start in range(0, len(contacts), 500):
        rows = select(table.c.contact_id).where(table.c.contact_id.in_(contacts[start : start + 500]))
        found.update(session.connection().scalars(rows))
    return found


def _score(reasons: set[str], housemates: bool, both_reached: bool) -> float:
    if housemates:
        return ALL_ALIKE if reasons & REACH else APART if both_reached else NAME
    return MOBILE if reasons & {"same_mobile", "same_email"} else NUMBER


@dataclass(frozen=True, slots=True)
class Person:
    """One contact of a pair."""

    id: int
    name: str
    title: str | None
    company_id: int
    company: str
    owner_id: int | None
    updated_at: dt.datetime


@dataclass(frozen=True, slots=True)
class FoundContacts:
    """Two contacts that are probably one person."""

    id: int
    score: float
    reasons: Sequence[str]
    one: Person
    other: Person


def _both() -> tuple[Any, Any, tuple[ColumnElement[bool], ...]]:
    one, other = aliased(Contact), aliased(Contact)
    return one, other, (one.deleted_at.is_(None), other.deleted_at.is_(None))


def found_contacts(
    session: Session,
    *,
    before: tuple[float, int] | None = None,
    least: float = 0.0,
    company_id: int | None = None,
    q: str = "",
) -> list[FoundContacts]:
    """List pairs of which the person finds both contacts, the likeliest first; `before` names the last one seen."""
    one, other, alive = _both()
    homes = aliased(Company), aliased(Company)
    columns: list[Any] = [
        column
        for who, home in zip((one, other), homes, strict=True)
        for column in (who.id, who.name, who.position_title, home.id, home.name, home.owner_id, who.updated_at)
    ]
    statement = (
        select(ContactPair.id, ContactPair.score, ContactPair.reasons, *columns)
        .join(one, one.id == ContactPair.contact_id)
        .join(other, other.id == ContactPair.other_id)
        .join(homes[0], homes[0].id == one.company_id)
        .join(homes[1], homes[1].id == other.company_id)
        .where(*alive, ContactPair.score >= least)
        .order_by(ContactPair.score.desc(), ContactPair.id.desc())
    )
    if company_id is not None:
        statement = statement.where(or_(one.company_id == company_id, other.company_id == company_id))
    if q:
        texts = (one.name, other.name, homes[0].name, homes[1].name)
        statement = statement.where(or_(*(text.icontains(q, autoescape=True) for text in texts)))
    if before is not None:
        score, last = before
        earlier = and_(ContactPair.score == score, ContactPair.id < last)
        statement = statement.where(or_(ContactPair.score < score, earlier))
    rows = session.execute(statement.limit(PAGE + 1))
    return [FoundContacts(row[0], row[1], row[2], Person(*row[3:10]), Person(*row[10:17])) for row in rows]


def count_contact_pairs(session: Session) -> int:
    """Count the pairs of which the person finds both contacts."""
    one, other, alive = _both()
    rows = (
        select(func.count(ContactPair.id))
        .join(one, one.id == ContactPair.contact_id)
        .join(other, other.id == ContactPair.other_id)
        .where(*alive)
    )
    return session.scalar(rows) or 0


def contact_distincts(session: Session) -> list[tuple[ContactDistinct, str, str]]:
    """List the pairs that somebody said are two people, the newest first, with both names and companies."""
    one, other, _alive = _both()
    homes = aliased(Company), aliased(Company)
    rows = (
        select(ContactDistinct, one.name, homes[0].name, other.name, homes[1].name)
        .join(one, one.id == ContactDistinct.contact_id)
        .join(other, other.id == ContactDistinct.other_id)
        .join(homes[0], homes[0].id == one.company_id)
        .join(homes[1], homes[1].id == other.company_id)
        .order_by(ContactDistinct.id.desc())
    )
    return [(row[0], f"{row[1]}（{row[2]}）", f"{row[3]}（{row[4]}）") for row in session.execute(rows.limit(200))]
