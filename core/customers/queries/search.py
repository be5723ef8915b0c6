"""Finds companies and contacts by what somebody typed, best first."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Text,
    and_,
    any_,
    bindparam,
    case,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import True_

from core.auth.access import current_access
from core.customers.models import Alias, Company, Contact, Email, Phone, SearchDoc
from core.customers.models.reach import PRIVATE_KINDS
from core.customers.numbers import email_key, phone_query
from core.customers.pinyin import segmentations
from core.customers.places import without_place
from core.customers.queries.matching import Match, Rows, match, match_beginning
from core.customers.queries.reach import told
from core.customers.text import half_width, name_key, normal, terms
from core.db import SystemSession, current_work

EXACT, PREFIX, CONTAINS, RELATED = 0, 1, 2, 3
LAST = "\U0010ffff"
CODE = re.compile(r"(?:kh)?-?0*(\d{1,9})", re.IGNORECASE)
USCC = re.compile(r"[0-9a-z]{18}", re.IGNORECASE)
MAX_TYPED = 80
COMMON_TERM = {"sqlite": 2000, "postgresql": 5000}
"""From so many matches on a list is walked in its own order and each row looked at; below it the matches are gathered.

Looking at a row costs SQLite less than gathering, PostgreSQL more."""


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


def findable(session: Session) -> ColumnElement[bool]:
    """Give the condition of companies that this person finds by searching.

    What was reviewed is found by everybody who may query it; the rest by its author, its owner and its reviewers.
    """
    if isinstance(session, SystemSession):
        return true()
    access = current_access()
    code = "core:company:review"
    if access.scope(code) == "all":
        return true()
    mine = access.scope_condition("own", Company)
    return or_(Company.review_state.in_(("reviewed", "confirmed")), mine, access.condition(code, Company))


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
    return found.best()


def _by_identity(session: Session, text: str, found: Found, visible: ColumnElement[bool]) -> None:
    """Find by customer number or credit code."""
    number = CODE.fullmatch(text)
    if number:
        wanted = Company.code == f"KH-{int(number[1]):06d}"
    elif USCC.fullmatch(text):
        wanted = Company.uscc == text.upper()
    else:
        return
    for hit in _hits(session, select(*COLUMNS).where(wanted, visible)):
        found.add(hit, EXACT)


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
    for row in session.execute(_documents(matched, session, visible).limit(found.limit * 5)).all():
        rest = _rest(found.key, [*row[7].split(), *row[8].split()])
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
    for row in session.execute(_documents(matched, session, visible).limit(found.limit * 5)).all():
        readings = [without_place(name_key(row[2])), *(text_ for texts in row[6:9] for text_ in str(texts).split())]
        rest = _rest(found.key, readings)
        found.add(_hit(row), CONTAINS if rest is None else PREFIX, rest or 0)


def _rest(key: str, readings: Iterable[str]) -> int | None:
    """Tell how much is left of the shortest name that begins with the key; None where none does."""
    return min((len(one) - len(key) for one in readings if one.startswith(key)), default=None)


def _by_contact(session: Session, text: str, found: Found, visible: ColumnElement[bool]) -> None:
    """Find by the name of a contact."""
    matched = match("contact", text)
    if matched is None or len(found.key) < 2:
        return
    people: Rows = (
        select(*COLUMNS, Contact.name)
        .select_from(SearchDoc)
        .join(Contact, Contact.id == SearchDoc.record_id)
        .join(Company, Company.id == Contact.company_id)
    )
    statement = matched.apply(people, session).where(Contact.alive(), visible)
    for hit in _hits(session, statement.limit(found.limit)):
        found.add(hit, EXACT if name_key(hit.why) == found.key else RELATED)


def _by_email(session: Session, text: str, found: Found, visible: ColumnElement[bool]) -> None:
    """Find by the beginning of an e-mail address."""
    if "@" not in text:
        return
    statement = (
        select(*COLUMNS, Email.address)
        .join(Email, Email.company_id == Company.id)
        .where(_email_like(text), told(session, Email, Email.address_key == email_key(text)), visible)
        .limit(found.limit)
    )
    for hit in _hits(session, statement):
        found.add(hit, EXACT)


def best_companies(session: Session, text: str, limit: int) -> list[tuple[int, str, str]]:
    """Give the best matches with their place and what matched; the `find` of the Resource."""
    found = find_companies(session, text, limit)
    return [(hit.id, hit.name, " · ".join(part for part in (hit.city, hit.why) if part)) for hit in found]


# --- narrowing a list ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Narrowing:
    """How a text narrows the records of a resource, in the way that is faster.

    A few matches are gathered once for all statements of a request. With many (`ids` is None) the first rows of a list
    are found by walking it in its own order and looking at each row's text; all rows by way of their documents.
    The ids stay one text, as the database wrote it: thousands of them are never taken apart here.
    """

    resource: str
    matched: Match | None
    ids: str | None = ""
    count: int | None = None
    """How many records of the index match, where nothing but the index was asked."""
    more: tuple[Rows, ...] = ()
    """Selects of further ids, too many to gather."""

    def apply(self, statement: Rows, key: Any, session: Session, whole: bool) -> Rows:
        """Narrow a select of the records; `whole` where all its rows are wanted, not the first few of an order."""
        if self.ids is not None:
            gathered = _among(key, self.ids, session) if self.ids else false()
            return statement.where(or_(gathered, *(key.in_(rows) for rows in self.more)))
        assert self.matched is not None
        row = and_(SearchDoc.resource == self.resource, SearchDoc.record_id == key)
        if whole:
            return self.matched.apply(statement.join(SearchDoc, row), session)
        looked = select(case((self.matched.by_text(session), 1), else_=0)).where(row).scalar_subquery()
        return statement.where(looked == 1)  # no join: a planner would start from the documents and sort them all


def _among(key: Any, ids: str, session: Session) -> ColumnElement[bool]:
    """Give the condition that a record is one of many, as one parameter of the statement."""
    if session.get_bind().dialect.name == "postgresql":
        # Written into the statement: of a constant PostgreSQL knows how many there are, and makes a hash table.
        written = bindparam(None, f"{{{ids}}}", Text, unique=True, literal_execute=True)
        found: ColumnElement[bool] = key == any_(cast(written, ARRAY(BigInteger)))
        return found
    each = func.json_each(literal(f"[{ids}]")).table_valued("value")
    among: ColumnElement[bool] = key.in_(select(each.c.value))
    return among


def _narrowing(
    text: str, session: Session, resource: str, others: Sequence[Rows], by_contact: bool = False
) -> Narrowing:
    """Find how a text narrows: gather its matches and the ids of other selects unless they are many.

    `by_contact` finds companies by the names of their contacts too.
    """
    memory = current_work().info.setdefault("search", {})
    known: Narrowing | None = memory.get((resource, text))
    if known is not None and not current_work().in_transaction:
        return known
    matched = match(resource, text)
    found = Narrowing(resource, matched)
    limit = common_term(session)
    if matched is not None and matched.frequent(session, limit):
        found = Narrowing(resource, matched, None)
    elif matched is not None:
        parts, left = _gathered(matched, match("contact", text) if by_contact else None, session)
        if parts[0][0] == limit:
            found = Narrowing(resource, matched, None)
        else:
            more = []
            for other in (*left, *others):
                listed = _listed(other, session)
                if listed[0] < limit:
                    parts.append(listed)
                else:
                    more.append(other)
            filled = [ids for _count, ids in parts if ids]
            count = parts[0][0] if not more and all(not ids for _count, ids in parts[1:]) else None
            found = Narrowing(resource, matched, ",".join(filled), count, tuple(more))
    memory[resource, text] = found
    return found


def _gathered(matched: Match, contact: Match | None, session: Session) -> tuple[list[tuple[int, str]], list[Rows]]:
    """Gather the matches of a resource, and the companies whose contacts match: where it can be, in one statement.

    The second part of the answer is what is still to be asked.
    """
    limit = common_term(session)
    if contact is not None and contact.groups == matched.groups:
        rows = Match("", matched.groups).apply(select(SearchDoc.resource, SearchDoc.record_id), session)
        inner = rows.limit(limit).subquery()
        columns = (inner.c.resource, func.count(), _joined(inner.c.record_id, session))
        found = {row[0]: (row[1], row[2]) for row in session.execute(select(*columns).group_by(inner.c.resource))}
        companies, _ids = found.get("company", (0, ""))
        if companies > limit * 0.9:
            return [(limit, "")], []
        if sum(count for count, _ids in found.values()) < limit:
            people = found.get("contact", (0, ""))[1]
            employers = select(Contact.company_id).where(Contact.alive(), _among(Contact.id, people, session))
            return [found.get("company", (0, "")), *([_listed(employers, session)] if people else [])], []
    parts = [_listed(matched.apply(select(SearchDoc.record_id), session), session)]
    if contact is None or parts[0][0] == limit:
        return parts, []
    statement: Rows = select(Contact.company_id).select_from(SearchDoc)
    statement = statement.join(Contact, Contact.id == SearchDoc.record_id).where(Contact.alive())
    return parts, [contact.apply(statement, session)]


def common_term(session: Session) -> int:
    """Give the number of matches from which on a term is a common one."""
    return COMMON_TERM[session.get_bind().dialect.name]


def _listed(rows: Rows, session: Session) -> tuple[int, str]:
    """Count the ids that a select gives, up to the limit, and write them as one text."""
    inner = rows.limit(common_term(session)).subquery()
    count, ids = session.execute(select(func.count(), _joined(inner.c[0], session))).one()
    return count, ids or ""


def _joined(column: Any, session: Session) -> Any:
    """Write all values of a column as one text with commas between."""
    join = func.group_concat if session.get_bind().dialect.name == "sqlite" else func.string_agg
    return join(cast(column, Text), ",")


def search_companies(statement: Rows, text: str, session: Session, *, whole: bool = False) -> Rows:
    """Narrow a select of companies to what was typed; the `search` of the Resource."""
    text = half_width(text)[:MAX_TYPED].strip()
    if not text:
        return statement
    statement = statement.where(findable(session))
    if "@" in text:
        known = told(session, Email, Email.address_key == email_key(text))
        return statement.where(Company.id.in_(select(Email.company_id).where(_email_like(text), known)))
    return _company_narrowing(text, session).apply(statement, Company.id, session, whole)


def count_companies(text: str, session: Session, limit: int) -> int | None:
    """Count the matches, up to a limit, where the index alone knows; the `search_count`.

    It knows nothing of whose a company is: None for those who do not find all of them.
    """
    text = half_width(text)[:MAX_TYPED].strip()
    if not text or "@" in text or not isinstance(findable(session), True_):
        return None
    if not isinstance(session, SystemSession) and current_access().scope("core:company:query") != "all":
        return None
    found = _company_narrowing(text, session)
    return found.matched.count(session, limit) if found.ids is None and found.matched is not None else found.count


def _company_narrowing(text: str, session: Session) -> Narrowing:
    others: list[Rows] = []
    if (number := CODE.fullmatch(text)) is not None:
        others.append(select(Company.id).where(Company.code == f"KH-{int(number[1]):06d}"))
    if USCC.fullmatch(text):
        others.append(select(Company.id).where(Company.uscc == text.upper()))
    if (digits := phone_query(text)) is not None:
        known = told(session, Phone, Phone.digits == digits)
        others.append(select(Phone.company_id).where(_phone_like(digits), known))
    return _narrowing(text, session, "company", others, by_contact=len("".join(terms(text))) > 1)


def search_contacts(statement: Rows, text: str, session: Session, *, whole: bool = False) -> Rows:
    """Narrow a select of contacts to what was typed: the name, a phone number, or the company's name."""
    text = half_width(text)[:MAX_TYPED].strip()
    if not text:
        return statement
    others: list[Rows] = []
    if (digits := phone_query(text)) is not None:
        known = told(session, Phone, Phone.digits == digits)
        others.append(select(Phone.contact_id).where(_phone_like(digits), Phone.contact_id.is_not(None), known))
    company = match("company", text)
    if company is not None and len("".join(terms(text))) > 2 and not company.frequent(session, common_term(session)):
        count, ids = _listed(company.apply(select(SearchDoc.record_id), session), session)
        if ids and count < common_term(session):
            others.append(select(Contact.id).where(_among(Contact.company_id, ids, session)))
    return _narrowing(text, session, "contact", others).apply(statement, Contact.id, session, whole)


def _phone_like(digits: str) -> ColumnElement[bool]:
    tail = digits[::-1]
    place: ColumnElement[bool] = Phone.digits.between(digits, digits + LAST)
    if len(digits) >= 4:
        place = or_(place, Phone.tail.between(tail, tail + LAST))
    return and_(place, Phone.kind.not_in(PRIVATE_KINDS))


def _email_like(text: str) -> ColumnElement[bool]:
    key = email_key(text)
    return and_(Email.address_key.between(key, key + LAST), Email.kind.not_in(PRIVATE_KINDS))
