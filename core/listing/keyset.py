"""Paging by key: the order of a list, where a page ends, and the condition of what follows."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, false, literal, or_, tuple_
from sqlalchemy.types import Boolean, Date, DateTime, Integer, String, TypeEngine

from core.columns import CalendarDay, IsoDate, Money, UTCDateTime, read_day
from core.errors import Refused
from core.i18n import _

MAX_TOKEN = 2000
LARGEST = 2**63 - 1


@dataclass(frozen=True)
class Key:
    """One column of the order. Empty values stand last, whichever the direction; walking back they come first."""

    column: ColumnElement[Any]
    descending: bool = False
    nullable: bool = True


@dataclass(frozen=True)
class Place:
    """The last row of a page: how many rows lie up to it, and the values of its keys, the id last."""

    position: int
    values: tuple[Any, ...]


def order_by(keys: Sequence[Key], *, backward: bool = False) -> list[ColumnElement[Any]]:
    """Give the ORDER BY of the keys. A column that is never empty is ordered plainly, so that its index serves."""
    ordered: list[ColumnElement[Any]] = []
    for key in keys:
        column = key.column.desc() if key.descending != backward else key.column.asc()
        if key.nullable:
            column = column.nulls_first() if backward else column.nulls_last()
        ordered.append(column)
    return ordered


def beyond(keys: Sequence[Key], values: Sequence[Any], *, backward: bool = False) -> ColumnElement[bool]:
    """Give the condition of the rows that follow (or, backward, precede) the row with these values."""
    directions = {key.descending for key in keys}
    if len(directions) == 1 and not any(key.nullable for key in keys):
        row = tuple_(*(key.column for key in keys))
        last = tuple_(*(literal(v, k.column.type) for k, v in zip(keys, values, strict=True)))
        return row > last if directions.pop() == backward else row < last
    ways = []
    for number, (key, value) in enumerate(zip(keys, values, strict=True)):
        equal = [k.column.is_(None) if v is None else k.column == v for k, v in zip(keys, values, strict=True)]
        ways.append(and_(*equal[:number], _one_beyond(key, value, backward)))
    return or_(*ways)


def _one_beyond(key: Key, value: Any, backward: bool) -> ColumnElement[bool]:
    if value is None:
        return key.column.is_not(None) if backward else false()
    further = key.column < value if key.descending != backward else key.column > value
    return or_(further, key.column.is_(None)) if key.nullable and not backward else further


def write_place(place: Place) -> str:
    """Write a place as the token of an address."""
    text = json.dumps([place.position, *map(_plain, place.values)], ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_place(token: str, keys: Sequence[Key]) -> Place:
    """Read a token. Raises Refused when it is not one of this order."""
    try:
        if len(token) > MAX_TOKEN:
            raise ValueError(token[:20])
        raw = base64.urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
        position, *values = json.loads(raw.decode())
        if len(values) != len(keys) or not _whole(position) or position < 0:
            raise ValueError(token)
        return Place(position, tuple(_typed(v, k.column.type, k.nullable) for v, k in zip(values, keys, strict=True)))
    except (ValueError, TypeError, ArithmeticError, RecursionError, binascii.Error):
        raise Refused(_("This place in the list is not known. The list starts from the top.")) from None


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, (dt.datetime, dt.date)):
        return value.isoformat()
    return value


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST


def _typed(value: Any, kind: TypeEngine[Any], nullable: bool) -> Any:
    """Turn a token's value into the column's type. Raises ValueError."""
    if value is None:
        if not nullable:
            raise ValueError(value)
        return None
    if isinstance(kind, Money):
        amount = Decimal(str(value))
        if not amount.is_finite() or abs(amount) > 10**13 or amount != round(amount, 2):
            raise ValueError(value)
        return amount
    if isinstance(kind, (UTCDateTime, DateTime)):
        moment = dt.datetime.fromisoformat(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    if isinstance(kind, CalendarDay):
        return read_day(value)
    if isinstance(kind, (Date, IsoDate)):
        return dt.date.fromisoformat(value)
    if isinstance(kind, Boolean):
        return bool(value)
    if isinstance(kind, Integer):
        if not _whole(value):
            raise ValueError(value)
        return value
    if isinstance(kind, String):
        if not isinstance(value, str) or "\x00" in value or any("\ud800" <= c <= "\udfff" for c in value):
            raise ValueError(value)
        return value
    if not isinstance(value, (int, float, str)) or value in (float("inf"), float("-inf")) or value != value:
        raise ValueError(value)
    return value
