"""Shows the values of an administrator's own fields on a record's page."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from core.auth.output import Shown
from core.custom import field_of, own_sections
from core.listing.cells import as_text
from core.plugin import Resource


def own_groups(session: Session, record: Shown, resource: Resource) -> list[tuple[Any, list[tuple[Any, str]]]]:
    """Give `(title, words)` of the added fields that the person sees and that hold something, under their headings."""
    found = []
    for heading, names in own_sections(resource.key):
        rows: list[tuple[Any, str]] = []
        for name in names:
            value = record.get(name)
            if value is not None:
                field = field_of(resource, name)
                written = as_text(field, session)(value)
                rows.append((field.title, f"¥{written:,.2f}" if isinstance(written, Decimal) else str(written)))
        if rows:
            found.append((heading, rows))
    return found
