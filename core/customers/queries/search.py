"""Finds companies and contacts by what somebody typed, best first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    and_,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import Session, aliased

from core.auth.access import current_access
from core.customers.models import Alias, Company, Contact, Email, Phone, SearchDoc
from core.customers.models.reach import PRIVATE_KINDS
from core.customers.numbers import email_key, phone_query
from core.customers.pinyin import read, segmentations
from core.customers.places import core_name
from core.customers.queries.matching import Match, Rows, match, match_beginning
from core.customers.queries.reach import told
from core.customers.queries.relaxed import relaxed
from core.customers.text import half_width, name_key, normal, terms
from core.db import SystemSession

EXACT, PREFIX, CONTAINS, RELATED = 0, 1, 2, 3
LAST = "\U0010ffff"
CODE = re.compile(r"(?:kh)?-?0*(\d{1,9})", re.IGNORECASE)
USCC = re.compile(r"[0-9a-z]{18}", re.IGNORECASE)
MAX_TYPED = 80
NAME = 12
"""No person's name is longer, but in letters."""
GATHERED = 120
"""So many matches are looked at for the best ones."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A company found: `why` is the contact, phone or other name that matched when it was not the name."""

    id: int
    code: str
    name: str
    city: str
    standing: str
    owner_id: int | None
    why: str = ""


def findable(session: Session, model: type[Company] | type[Contact] = Company) -> ColumnElement[bool]:
    """Give the condition of companies, or contacts, that this person finds by searching.

    What was reviewed is found by everybody who may query it; the rest by its author, its owner and its reviewers.
    """
    if isinstance(session, SystemSession):
        return true()
    access = current_access()
    code = f"core:{model.__name__.lower()}:review"
    if access.scope(code) == "all":
        return true()
    mine = access.scope_condition("own", model)
    if model is Contact:  # it is its customer's; its author may be another
        mine = or_(mine, Contact.entered_by_id == access.user_id)
    return or_(model.review_state.in_(("reviewed", "confirmed")), mine, access.condition(code, model))


class Found:
    """Collects hits in the order of their rank, each company once."""

    def __init__(self, key: str, limit: int) -> None:
        self.key = key
        self.limit = limit
        self.ranked: dict[int, tuple[tuple[int, int, int, str, int], Hit]] = {}

    @property
    def full(self) -> bool:
        """Tell whether there are enough hits."""
        return len(self.ranked) >= self.limit

    def add(self, hit: Hit, rank: int, rest: int = 0) -> None:
        """Take a hit unless the company was found before in a better way.

        Of equal rank comes first what leaves the smaller `rest` of the name, then the shorter name.
        """
        order = (rank, rest, len(hit.name), hit.name, hit.id)
        known = self.ranked.get(hit.id)
        if known is None or order < known[0]:
            self.ranked[hit.id] = (order, hit)

    def best(self) -> list[Hit]:
        """Give the hits, best first."""
        return [hit for _, hit in sorted(self.ranked.values(), key=lambda pair: pair[0])[: self.limit]]


COLUMNS = (Company.id, Company.code, Company.name, Company.city, Company.standing, Company.owner_id)


def _hits(session: Session, statement: Rows) -> Iterable[Hit]:
    for row in session.execute(statement).all():
        yield _hit(row, *row[6:7])


def _hit(row: Sequence[Any], why: str = "") -> Hit:
    return Hit(row[0], row[1], row[2], row[3] or "", row[4], row[5], why)


def find_companies(session: Session, text: str, limit: int = 20) -> list[Hit]:
    """Find companies by part of a name or alias, a contact's name, a phone number, initials or pinyin; best first."""
    text = half_width(text)[:MAX_TYPED].strip()
    key = "".join(terms(text))
    if not key:
        return []
    found = Found(key, limit)
    visible = and_(Company.alive(), findable(session))
    for stage in (_by_identity, _by_beginning, _by_phone, _by_initials, _by_pinyin, _by_parts, _by_contact, _by_email):
        stage(session, text, found, visible)
        if found.full and stage in (_by_parts, _by_contact):
            break
    if not found.ranked:
        for place, row in enumerate(relaxed(session, text, visible, COLUMNS, limit)):
            found.add(_hit(row), RELATED, place)
    return found.best()


def _by_identity(session: Session, text: str, found: Found, visible: ColumnElement[bool]) -> None:
    """Find by customer number or credit code."""
    number = CODE.fullmatch(text)
    wanted: ColumnElement[bool]
    if number:
        wanted = Company.id.in_(numbered(number[1]))
    elif USCC.fullmatch(text):
        wanted = Company.uscc == text.upper()
    else:
        return
    for hit in _hits(session, select(*COLUMNS).where(wanted, visible)):
        found.add(hit, EXACT)


def numbered(digits: str) -> Rows:
    """Select the id of the company with a number; that of one that was merged leads to the one that stayed."""
    one = aliased(Company)
    return select(func.coalesce(one.merged_into_id, one.id)).where(one.code == f"KH-{int(digits):06d}")


def _by_beginning(session: Session, text: str, found: Found, visible: ColumnElement[bool]) -> None:
    """Find by the whole name or alias, or its beginning."""
    key = found.key
    statement = select(*COLUMNS).where(Company.name_key.between(key, key + LAST), visible)
    for hit in _hits(session, statement.order_by(Company.name_key).limit(found.limit)):
        found.add(hit, EXACT if name_key(hit.name) == key else PREFIX)
    other = (
        select(*COLUMNS, Alias.name, Alias.name_key)
        .join(Alias, Alias.company_id == Company.id)
        .where(Alias.name_key.between(key, key + LAST), visible)
    )
    for hit in _hits(session, other.order_by(Alias.name_key).limit(found.limit)):
        found.add(hit, EXACT if name_key(hit.why) == key else PREFIX)


def _by_phone(session: Session, text: str, found: Found, visible: ColumnElement[bool]) -> None:
    """Find by a whole number, its beginning, or its last digits (four at least)."""
    digits = phone_query(text)
    if digits is None:
        return
    tail = digits[::-1]
    places = [Phone.digits.between(digits, digits + LAST)]
    if len(digits) >= 4:
        places.append(Phone.tail.between(tail, tail + LAST))
    for place in places:
        statement = (
            select(*COLUMNS, Phone.number, Phone.digits)
            .join(Phone, Phone.company_id == Company.id)
            .where(place, Phone.kind.not_in(PRIVATE_KINDS), told(session, Phone, Phone.digits == digits), visible)
            .limit(found.limit)
        )
        for hit in _hits(session, statement):
            exact = normal(hit.why).endswith(digits) and len(digits) >= 7
            found.add(hit, EXACT if exact else PREFIX)


def _documents(match_: Match, session: Session, visible: ColumnElement[bool]) -> Rows:
    columns = (*COLUMNS, SearchDoc.text, SearchDoc.initials, SearchDoc.pinyin)
    rows: Rows = select(*columns).select_from(SearchDoc).join(Company, Company.id == SearchDoc.record_id)
    return match_.apply(rows, session).where(visible)


def _by_initials(session: Session, text: str, found: Found, visible: ColumnElement[bool]) -> None:
    """Find by the beginning of a name, with or without its place, as initials or pinyin."""
    matched = match_beginning("company", text)
    if matched is None:
        return
    for row in session.execute(_documents(matched, session, visible).limit(max(GATHERED, found.limit))).all():
        rest = _rest_of(found.key, row)
        if rest is not None:
            found.add(_hit(row), PREFIX if rest else EXACT, rest)


def _by_pinyin(session: Session, text: str, found: Found, visible: ColumnElement[bool]) -> None:
    """Find by the beginning of a name's pinyin, whole syllables or not."""
    key = found.key
    if not (key.isascii() and key.isalpha()) or len(key) < 2:
        return
    for syllables, rest in segmentations(key)[:2]:
        start = " ".join([*syllables, rest] if rest else syllables)
        statement = select(*COLUMNS).where(Company.sort_key.between(start, start + LAST), visible)
        for hit in _hits(session, statement.order_by(Company.sort_key).limit(found.limit)):
            found.add(hit, PREFIX)


def _by_parts(session: Session, text: str, found: Found, visible: ColumnElement[bool]) -> None:
    """Find by parts of names, initials or pinyin, in any order of the terms."""
    matched = match("company", text)
    if matched is None:
        return
    for row in session.execute(_documents(matched, session, visible).limit(max(GATHERED, found.limit))).all():
        rest = _rest_of(found.key, row)
        found.add(_hit(row), CONTAINS if rest is None else PREFIX, rest or 0)


def _rest_of(key: str, row: Sequence[Any]) -> int | None:
    """Tell how much of a company's name is left; the legal form and the place around it do not count."""
    core = core_name(row[2])
    readings = [core]
    if key.isascii():
        reading = read(core)
        readings += [*reading.initials, *reading.pinyin]
    rest = _rest(key, readings)
    return _rest(key, [text for texts in row[6:9] for text in str(texts).split()]) if rest is None else rest


def _rest(key: str, readings: Iterable[str]) -> int | None:
    """Tell how much is left of the shortest name that begins with the key; None where none does."""
    return min((len(one) - len(key) for one in readings if one.startswith(key)), default=None)


def _by_contact(session: Session, text: str, found: Found, visible: ColumnElement[bool]) -> None:
    """Find by the name of a contact."""
    matched = match("contact", text) if 2 <= len(found.key) <= (40 if found.key.isascii() else NAME) else None
    if matched is None:
        return
    people: Rows = (
        select(*COLUMNS, Contact.name)
        .select_from(SearchDoc)
        .join(Contact, Contact.id == SearchDoc.record_id)
        .join(Company, Company.id == Contact.company_id)
    )
    statement = matched.apply(people, session).where(Contact.alive(), findable(session, Contact), visible)
    for hit in _hits(session, statement.limit(found.limit)):
        found.add(hit, EXACT if name_key(hit.why) == found.key else RELATED)


def _by_email(session: Session, text: str, found: Found, visible: ColumnElement[bool]) -> None:
    """Find by the beginning of an e-mail address."""
    if "@" not in text:
        return
    statement = (
        select(*COLUMNS, Email.address)
        .join(Email, Email.company_id == Company.id)
        .where(email_like(text), told(session, Email, Email.address_key == email_key(text)), visible)
        .limit(found.limit)
    )
    for hit in _hits(session, statement):
        found.add(hit, EXACT)


def best_companies(session: Session, text: str, limit: int) -> list[tuple[int, str, str]]:
    """Give the best matches with their place and what matched; the `find` of the Resource."""
    found = find_companies(session, text, limit)
    return [(hit.id, hit.name, " · ".join(part for part in (hit.city, hit.why) if part)) for hit in found]


def phone_like(digits: str) -> ColumnElement[bool]:
    """Give the condition that a number begins or ends with these digits; private ones are never meant."""
    tail = digits[::-1]
    place: ColumnElement[bool] = Phone.digits.between(digits, digits + LAST)
    if len(digits) >= 4:
        place = or_(place, Phone.tail.between(tail, tail + LAST))
    return and_(place, Phone.kind.not_in(PRIVATE_KINDS))


def email_like(text: str) -> ColumnElement[bool]:
    """Give the condition that an address begins so; private ones are never meant."""
    key = email_key(text)
    return and_(Email.address_key.between(key, key + LAST), Email.kind.not_in(PRIVATE_KINDS))
