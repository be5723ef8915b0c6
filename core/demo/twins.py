"""Enters some of the invented companies and people a second time, as people do: work for the duplicates workbench."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.customers.models import Company, Contact, Phone
from core.customers.queries import duplicate_pairs
from core.customers.queries.contact_pairs import contact_pairs
from core.customers.services import create_company, create_contact, keep_contact_pairs, keep_pairs

SEARCHED = 5000
"""Above so many companies the search for duplicates is left to its job."""


def load_twins(session: Session, first_id: int, count: int, authors: Sequence[int]) -> None:
    """Enter every fortieth company again, twelve at most, in another way; find the pairs of a small register."""
    number = min(12, count // 40)
    known = session.scalars(select(Company).where(Company.id >= first_id).order_by(Company.id).limit(number * 7))
    for place, company in enumerate(list(known)[::7]):
        _twin(session, company, place, authors[place % len(authors)])
    if count <= SEARCHED:
        session.flush()
        keep_pairs(session, list(duplicate_pairs(session, 0.6)))
        keep_contact_pairs(session, list(contact_pairs(session)))


def _twin(session: Session, company: Company, place: int, author: int) -> None:
    phone = session.scalars(select(Phone.number).where(Phone.company_id == company.id, Phone.kind == "office")).first()
    person = session.scalars(select(Contact).where(Contact.company_id == company.id).order_by(Contact.id)).first()
    names = (
        company.name.replace("有限公司", "有限责任公司"),
        f"{company.short_name or company.name[:4]}（{(company.city or '').removesuffix('市')}）",
        company.name.replace("有限", ""),
    )
    values: dict[str, Any] = {
        "name": names[place % len(names)],
        "division_code": company.division_code,
        "address": company.address,
        "phones": [{"kind": "office", "number": phone}] if phone else [],
    }
    again = create_company(session, values, by=author)
    if person is not None:
        mobile = session.scalars(select(Phone.number).where(Phone.contact_id == person.id)).first()
        known = {"name": person.name, "phones": [{"kind": "mobile", "number": mobile}] if mobile else []}
        create_contact(session, again, known, by=author)
        if place % 3 == 0:
            create_contact(session, company, {**known, "position_title": "销售总监"}, by=author)
