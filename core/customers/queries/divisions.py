"""What was changed in the table of places, and how this process comes to work with it."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth.models import DivisionEntry
from core.customers.data.edition import Changed, Edition, edition, use_edition
from core.db import current_work

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
    """Work with the changes of this database from now on, unless they are known; a counter of 0 says there are none."""
    mark, known = (current_work().database.serial, version), edition().mark
    if known == mark or (known is not None and known[0] == mark[0] and known[1] > version):
        return  # others read the counters after this unit of work, and have gone on
    use_edition(Edition(division_entries(session) if version else (), mark))
