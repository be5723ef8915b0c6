"""Writes the values of the audit trail as people read them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from core.auth.access import scoped_model
from core.auth.models import User
from core.clock import to_local
from core.custom import typed
from core.customers.data.divisions import written_place
from core.listing.values import title_of
from core.overlay import overlay
from core.plugin import Field

SHOWN = 300


def words_of(session: Session, field: Field, value: Any) -> str | None:
    """Write one stored value; None stands for nothing."""
    if value in (None, "", [], {}):
        return None
    if field.custom:
        value = typed(field, value)
    if field.dictionary is not None:
        codes = value if isinstance(value, list) else [value]
        return "、".join(overlay().title(session, field.dictionary, str(code)) for code in codes)
    if field.kind == "division":
        return written_place(str(value))
    if field.choices is not None:
        titles = {str(code): str(title) for code, title in field.choices(session)}
        return titles.get(str(value), str(value))
    if field.kind in ("user", "company", "contact") and isinstance(value, int):
        model = User if field.kind == "user" else scoped_model(field.kind.title())
        row: Any = session.get(model, value)
        return str(getattr(row, title_of(model))) if row is not None else f"#{value}"
    if field.kind == "money":
        return f"¥{Decimal(str(value)):,.2f}"
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if field.kind == "datetime" and isinstance(value, str):
        return to_local(dt.datetime.fromisoformat(value)).strftime("%Y-%m-%d %H:%M")
    if isinstance(value, list):
        return "、".join(str(one) for one in value)[:SHOWN]
    return str(value)[:SHOWN]
