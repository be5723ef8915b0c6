"""Checks what an event carries against its declaration, and turns it into JSON and back."""

from __future__ import annotations

import datetime as dt
import json
import types
import typing
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from core.errors import ZhikeError
from core.plugin import EventType

LARGEST = 8192
"""A payload names things by id; whoever wants more reads it from the tables."""


class WrongPayload(ZhikeError):
    """An event carries what its declaration does not say. A programming error."""


def dump(event: EventType, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Give the payload as JSON can hold it. Raises WrongPayload naming what does not fit the declaration."""
    wrong = [f"{name!r} is not declared" for name in payload.keys() - event.fields.keys()]
    found: dict[str, Any] = {}
    for name, wanted in event.fields.items():
        value = payload.get(name)
        if not fits(value, wanted):
            wrong.append(f"{name!r} is {value!r}, not {getattr(wanted, '__name__', wanted)}")
        elif isinstance(value, (dt.date, Decimal)):
            found[name] = str(value) if isinstance(value, Decimal) else value.isoformat()
        else:
            found[name] = value
    if wrong:
        raise WrongPayload(f"event {event.name}: {'; '.join(sorted(wrong))}")
    if len(json.dumps(found, ensure_ascii=False).encode()) > LARGEST:
        raise WrongPayload(f"event {event.name} carries more than {LARGEST} bytes: publish ids, not records")
    return found


def load(event: EventType | None, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Give a stored payload with dates and amounts as they were published."""
    if event is None:
        return dict(stored)
    return {name: _revive(value, event.fields.get(name, object)) for name, value in stored.items()}


def alternatives(wanted: Any) -> tuple[Any, ...]:
    """List the types that a declared field admits: `int | None` admits two."""
    if isinstance(wanted, types.UnionType) or typing.get_origin(wanted) is typing.Union:
        return typing.get_args(wanted)
    return (wanted,)


def fits(value: Any, wanted: Any) -> bool:
    """Tell whether a value is of a declared type; a bool is no int, a moment is no date."""
    for kind in alternatives(wanted):
        if kind in (None, type(None)):
            if value is None:
                return True
        elif kind in (list, dict) or typing.get_origin(kind) in (list, dict):
            if isinstance(value, typing.get_origin(kind) or kind) and _is_plain(value):
                return True
        elif type(value) is kind:
            return not isinstance(value, dt.datetime) or value.tzinfo is not None
        elif isinstance(kind, type) and issubclass(kind, str) and isinstance(value, str):
            return True
    return False


def _is_plain(value: Any) -> bool:
    if isinstance(value, list):
        return all(_is_plain(item) for item in value)
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(item) for key, item in value.items())
    return value is None or isinstance(value, (str, int, float, bool))


def _revive(value: Any, wanted: Any) -> Any:
    if not isinstance(value, str):
        return value
    kinds = alternatives(wanted)
    if dt.datetime in kinds:
        return dt.datetime.fromisoformat(value)
    if dt.date in kinds:
        return dt.date.fromisoformat(value)
    return Decimal(value) if Decimal in kinds else value
