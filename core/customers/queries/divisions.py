"""What was changed in the table of places, and how this process comes to work with it."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.auth.models import DivisionEntry
from core.customers.data.divisions import division
from core.customers.data.edition import Changed, Edition, edition, use_edition
from core.customers.models import Address, Company
from core.db import current_work, permitted

COUNTER = "divisions"


def division_entries(session: Session) -> tuple[Changed, ...]:
    """Read the changes, in the order in which places were first touched."""
    row = DivisionEntry
    found = select(
        row.code, row.name, row.short_name, row.parent_code, row.postcode, row.area_code, row.position, row.retired,
        row.merged_into, row.former,
    ).order_by(row.id)  # fmt: skip
    return tuple(
        Changed(
            one.code, one.name, one.short_name, one.parent_code, one.postcode, one.area_code, one.position, one.retired,
            one.merged_into, tuple((str(day), str(name)) for day, name in one.former),
        )
        for one in session.execute(found)
    )  # fmt: skip


def follow_divisions(session: Session, version: int) -> None:
    """Work with the changes of this database from now on, unless they are known; a counter of 0 says there are none.

    A lower counter is followed too: then an older state of the database was restored.
    """
    mark = (current_work().database.serial, version)
    if edition().mark != mark:
        use_edition(Edition(division_entries(session) if version else (), mark))


def companies_in(session: Session, codes: Iterable[str]) -> dict[str, int]:
    """Count the companies in places and in all that lies in them, whoever may see them."""
    found = dict.fromkeys(codes, 0)
    column = Company.__table__.c.division_code
    rows = select(column, func.count()).where(column.is_not(None)).group_by(column)
    with permitted():
        for held, number in session.connection().execute(rows):
            unit = division(held)
            while unit is not None:
                if unit.code in found:
                    found[unit.code] += number
                unit = division(unit.parent_code)
    return found


def records_at(session: Session, code: str) -> list[tuple[type[Company | Address], int]]:
    """Count what holds the code of a place, whoever may see it."""
    with permitted():
        return [
            (
                model,
                session.connection().scalar(select(func.count()).where(model.__table__.c.division_code == code)) or 0,
            )
            for model in (Company, Address)
        ]
