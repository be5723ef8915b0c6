"""Turns what the audit trail or a person wrote back into the value of a column."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import JSON, Boolean, Date, DateTime, Integer, inspect
from sqlalchemy.orm import Session

from core.columns import CalendarDay, Codes, Money, UTCDateTime, read_day
from core.custom import PREFIX, fields_of, to_store
from core.errors import Refused
from core.i18n import _
from core.overlay import overlay
from core.plugin import Resource


def stored_value(model: type[Any], column: str, value: Any) -> Any:
    """Read a value as the audit trail keeps it."""
    if column.startswith(PREFIX):
        return value  # an added field is kept as JSON in the record too
    kind = inspect(model).columns[column].type
    if isinstance(kind, Codes):
        return list(value or [])
    if value is None or isinstance(kind, JSON):
        return value
    if isinstance(kind, Money):
        return Decimal(value)
    if isinstance(kind, UTCDateTime | DateTime):
        return dt.datetime.fromisoformat(value)
    if isinstance(kind, CalendarDay):
        return read_day(value)
    return dt.date.fromisoformat(value) if isinstance(kind, Date) else value


def present_codes(session: Session, resource: Resource, column: str, value: Any) -> Any:
    """Give a value of a column in which present codes stand for those of entries that were merged since."""
    fields = fields_of(resource)
    name = next((one.dictionary for one in fields if one.dictionary and (one.path or one.name) == column), None)
    if name is None:
        return value
    if isinstance(value, list):
        return list(dict.fromkeys(overlay().present(session, name, code) for code in value))
    return overlay().present(session, name, value) if isinstance(value, str) else value


def typed_value(model: type[Any], column: str, text: str, kind: str = "text") -> Any:
    """Read what a person typed; an empty text is no value where the column allows it. Raises Refused.

    `kind` is that of the field, for one that an administrator added.
    """
    text = text.strip()
    if column.startswith(PREFIX):
        try:
            return to_store(kind, text)
        except ValueError:
            raise _unreadable(column, text) from None
    found = inspect(model).columns[column]
    try:
        if isinstance(found.type, Boolean):
            return text in ("1", "on")
        if not text:
            return None if found.nullable else ""
        if isinstance(found.type, Money):
            return Decimal(text)
        if isinstance(found.type, Integer):
            return int(text)
        if isinstance(found.type, CalendarDay):
            return read_day(text)
        if isinstance(found.type, Date):
            return dt.date.fromisoformat(text)
    except (ValueError, InvalidOperation):
        raise _unreadable(column, text) from None
    limit = getattr(found.type, "length", None)
    if limit is not None and len(text) > limit:
        raise Refused(_("This text is too long."), fields={column: _("At most %(n)s signs", n=limit)})
    return text


def _unreadable(column: str, text: str) -> Refused:
    return Refused(_("%(text)s cannot be read.", text=text[:60]), fields={column: _("Check this entry")})
