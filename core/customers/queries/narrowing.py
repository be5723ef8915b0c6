"""Narrows lists of companies and contacts to what somebody typed; see decision 0006."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
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
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import True_

from core.auth.access import current_access
from core.columns import Numbers
from core.customers.models import Company, Contact, Email, Phone, SearchDoc
from core.customers.models.contact import contact_number
from core.customers.numbers import email_key, phone_query
from core.customers.queries.matching import Match, Rows, match
from core.customers.queries.reach import told
from core.customers.queries.relaxed import relaxed
from core.customers.queries.search import CODE, MAX_TYPED, USCC, email_like, findable, numbered, phone_like
from core.customers.text import half_width, terms
from core.db import SystemSession, current_work
from core.lately import Lately
from core.listing.queries import GATHERED

COMMON_TERM = {"sqlite": 2000, "postgresql": 5000}
"""From so many matches on a list is walked in its own order and each row looked at; below it the matches are gathered.

Looking at a row costs SQLite less than gathering, PostgreSQL more."""
RELAXED = 50
COMMON_FOR = 600
"""Seconds for which a text that was found to be a common one is taken for one, without gathering its matches: who
searches pages, sorts and narrows next."""
_common = Lately(COMMON_FOR)


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
            statement = statement.where(or_(gathered, *(key.in_(rows) for rows in self.more)))
            return statement if self.more or self.count is not None else statement.execution_options(**{GATHERED: True})
        assert self.matched is not None
        row = and_(SearchDoc.resource == self.resource, SearchDoc.record_id == key)
        if whole:
            return self.matched.apply(statement.join(SearchDoc, row), session)
        looked = select(case((self.matched.by_text(session), 1), else_=0)).where(row).scalar_subquery()
        return statement.where(looked == 1)  # no join: a planner would start from the documents and sort them all


def _among(key: Any, ids: str, session: Session) -> ColumnElement[bool]:
    """Give the condition that a record is one of many, as one parameter of the statement."""
    if session.get_bind().dialect.name == "postgresql":
        found: ColumnElement[bool] = key == any_(bindparam(None, f"{{{ids}}}", Numbers(), unique=True))
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
    key = (current_work().database.serial, resource, text)
    if matched is not None and (matched.frequent(session, limit) or key in _common):
        found = Narrowing(resource, matched, None)
    elif matched is not None:
        parts, left = _gathered(matched, match("contact", text) if by_contact else None, session)
        if parts[0][0] == limit:
            found = Narrowing(resource, matched, None)
            _common.note(key)
        else:
            more = []
            for other in (*left, *others):
                listed = _listed(other, session)
                if listed[0] < limit:
                    parts.append(listed)
                else:
                    more.append(other)
            filled = [ids for _count, ids in parts if ids]
            if not filled and not more and resource == "company":
                like = relaxed(session, text, and_(Company.alive(), findable(session)), (Company.id,), RELAXED)
                parts = [(len(like), ",".join(str(row[0]) for row in like))]
                filled = [parts[0][1]] if like else []
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
            told_of = and_(Contact.alive(), findable(session, Contact), _among(Contact.id, people, session))
            employers = select(Contact.company_id).where(told_of)
            return [found.get("company", (0, "")), *([_listed(employers, session)] if people else [])], []
    parts = [_listed(matched.apply(select(SearchDoc.record_id), session), session)]
    if contact is None or parts[0][0] == limit:
        return parts, []
    statement: Rows = select(Contact.company_id).select_from(SearchDoc)
    statement = statement.join(Contact, Contact.id == SearchDoc.record_id)
    statement = statement.where(Contact.alive(), findable(session, Contact))
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
        return statement.where(Company.id.in_(select(Email.company_id).where(email_like(text), known)))
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
        others.append(numbered(number[1]))
    if USCC.fullmatch(text):
        others.append(select(Company.id).where(Company.uscc == text.upper()))
    if (digits := phone_query(text)) is not None:
        known = told(session, Phone, Phone.digits == digits)
        others.append(select(Phone.company_id).where(phone_like(digits), known))
    return _narrowing(text, session, "company", others, by_contact=len("".join(terms(text))) > 1)


def search_contacts(statement: Rows, text: str, session: Session, *, whole: bool = False) -> Rows:
    """Narrow a select of contacts to what was typed: the name, the number, a phone number, the company's name."""
    text = half_width(text)[:MAX_TYPED].strip()
    if not text:
        return statement
    statement = statement.where(findable(session, Contact))
    others: list[Rows] = []
    if (digits := phone_query(text)) is not None:
        known = told(session, Phone, Phone.digits == digits)
        others.append(select(Phone.contact_id).where(phone_like(digits), Phone.contact_id.is_not(None), known))
    if (number := contact_number(text)) is not None:
        others.append(select(func.coalesce(Contact.merged_into_id, Contact.id)).where(Contact.id == number))
    company = match("company", text)
    if company is not None and len("".join(terms(text))) > 2 and not company.frequent(session, common_term(session)):
        count, ids = _listed(company.apply(select(SearchDoc.record_id), session), session)
        if ids and count < common_term(session):
            others.append(select(Contact.id).where(_among(Contact.company_id, ids, session)))
    return _narrowing(text, session, "contact", others).apply(statement, Contact.id, session, whole)
