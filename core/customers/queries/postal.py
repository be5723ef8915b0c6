"""Addresses that stand for a company's own one from or until a day (R-11)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.clock import local_today
from core.customers.models import Address, Company
from core.customers.queries.record import PostalAddress, whole_address
from core.customers.text import normal

CHUNK = 500
DATED = ("office", "delivery")
"""Kinds of further addresses that stand for a company's own one from or until a day."""


def addresses_in_force(
    session: Session, company_ids: Sequence[int], day: dt.date | None = None
) -> dict[int, PostalAddress]:
    """Give the dated addresses that count on a day instead of companies' own ones, by company; today's without a day.

    Of several the one that began last counts.
    """
    day = day or local_today()
    found: dict[int, PostalAddress] = {}
    began: dict[int, dt.date] = {}
    for start in range(0, len(company_ids), CHUNK):
        rows = select(Address).where(
            Address.company_id.in_(company_ids[start : start + CHUNK]),
            Address.contact_id.is_(None),
            Address.kind.in_(DATED),
            or_(Address.valid_from.is_not(None), Address.valid_to.is_not(None)),
        )
        for row in session.scalars(rows.order_by(Address.id)):
            since = row.valid_from or dt.date.min
            if row.usable and row.valid_on(day) and since >= began.get(row.company_id, dt.date.min):
                text = whole_address(row.province, row.city, row.district, row.text)
                found[row.company_id] = PostalAddress(
                    row.id, None, row.kind, text, row.postcode or "", row.recipient or ""
                )
                began[row.company_id] = since
    return found


def is_own_address(company: Company, address: str) -> bool:
    """Tell whether an address is a company's own, with or without its place."""
    if not company.address or not address:
        return False
    whole = whole_address(company.province, company.city, company.district, company.address)
    return normal(address) in (normal(company.address), normal(whole))
