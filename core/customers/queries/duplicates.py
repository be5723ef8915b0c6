"""Reads the register for the comparison of all its companies."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, literal_column, select, true, union_all
from sqlalchemy.orm import Session

from core.customers.duplicates.engine import THRESHOLD, Pair, Tell, find_duplicates, silent
from core.customers.duplicates.subjects import Given
from core.customers.models import Alias, Company, Contact, Email, Phone
from core.customers.models.reach import PRIVATE_KINDS

AT_ONCE = 2000


def duplicate_pairs(session: Session, threshold: float = THRESHOLD, tell: Tell = silent) -> Iterator[Pair]:
    """Give the pairs of living companies that are probably one, by the ids of the companies, group by group."""
    return find_duplicates(all_companies(session), threshold, tell)


def all_companies(session: Session) -> Iterator[Given]:
    """Read all living companies, some thousand at a time."""
    company = Company.__table__.c
    last = 0
    while True:
        living = select(company.id).where(
            company.id > last, company.deleted_at.is_(None), company.merged_into_id.is_(None)
        )
        ids = session.connection().scalars(living.order_by(company.id).limit(AT_ONCE)).all()
        if not ids:
            return
        yield from given(session, ids)
        last = ids[-1]


def given(session: Session, ids: Sequence[int]) -> Iterator[Given]:
    """Read what is compared of some companies, in the order of their ids; private numbers are left out."""
    c = Company.__table__.c
    columns = (c.id, c.name, c.short_name, c.division_code, c.address, c.postcode, c.uscc, c.parent_id)
    rows = session.connection().execute(select(*columns).where(_between(c.id, ids)).order_by(c.id)).all()
    phone, mail, contact, alias = (model.__table__.c for model in (Phone, Email, Contact, Alias))
    numbers, mails, people, others = _lists(
        session,
        ids,
        (phone.company_id, phone.digits, phone.kind.not_in(PRIVATE_KINDS)),
        (mail.company_id, mail.address_key, mail.kind.not_in(PRIVATE_KINDS)),
        (contact.company_id, contact.name, contact.deleted_at.is_(None)),
        (alias.company_id, alias.name, true()),
    )
    wanted = set(ids)
    for id_, name, short, division, address, postcode, uscc, parent in rows:
        if id_ in wanted:
            names = [*others.get(id_, ()), *([short] if short else ())]
            yield Given(
                id_, name, names, division or "", address or "", postcode or "",
                numbers.get(id_, ()), mails.get(id_, ()), people.get(id_, ()), uscc or "", parent or 0,
            )  # fmt: skip


def _between(column: Any, ids: Sequence[int]) -> ColumnElement[bool]:
    """Narrow to a run of ids; naming thousands of them would cost more than the few rows too many."""
    inside: ColumnElement[bool] = column.between(min(ids), max(ids)) if len(ids) > 200 else column.in_(ids)
    return inside


def _lists(
    session: Session, ids: Sequence[int], *wanted: tuple[Any, Any, ColumnElement[bool]]
) -> list[dict[int, list[str]]]:
    """Read what hangs on companies, each kind as its owner, its value and a condition; all kinds in one statement."""
    found: list[defaultdict[int, list[str]]] = [defaultdict(list) for _one in wanted]
    kinds = [
        select(literal_column(str(number)), owner, value).where(_between(owner, ids), more)
        for number, (owner, value, more) in enumerate(wanted)
    ]
    for number, id_, one in session.connection().execute(union_all(*kinds)):
        found[number][id_].append(one)
    return list(found)
