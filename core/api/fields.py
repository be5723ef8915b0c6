"""The fields that programs see of a resource, and their values as JSON."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from core.auth.access import Access
from core.auth.output import Shown
from core.errors import Refused
from core.i18n import _
from core.listing.export import exportable
from core.listing.queries import Ref
from core.listing.values import titles_of
from core.plugin import Field, Resource

EMPTY: tuple[Any, ...] = (None, "", [], ())


def offered(resource: Resource, access: Access, session: Session) -> list[Field]:
    """List the fields that a program may have: those that may leave in files and of which its person sees something."""
    return exportable(resource, access, session)


def wanted(offer: Sequence[Field], names: str, *, private: bool) -> list[Field]:
    """Read `fields=a,b`. Named are none: all, and what is private where `private` says so. Raises Refused."""
    asked = list(dict.fromkeys(part.strip() for part in names.split(",") if part.strip()))
    if not asked:
        return [one for one in offer if private or one.field_class != "private"]
    known = {one.name: one for one in offer}
    for name in asked:
        if name not in known:
            problem = _("%(name)s is no field of this resource, or you may not see it", name=name[:60])
            raise Refused(problem, fields={"fields": problem})
    return [known[name] for name in asked]


def items(rows: Sequence[Shown], fields: Sequence[Field], session: Session) -> list[dict[str, Any]]:
    """Write records as JSON holds them: id and fields; those of a class that is not seen of a record are absent."""
    written = [(one, _writer(one, session)) for one in fields]
    found = []
    for row in rows:
        values: dict[str, Any] = {"id": row.id}
        for one, write in written:
            if one.name in row:
                value = row[one.name]
                if one.masked is not None and value and "private" not in row.classes:
                    value = one.masked(value)
                values[one.name] = None if value in EMPTY else write(value)
        found.append(values)
    return found


def _writer(field: Field, session: Session) -> Callable[[Any], Any]:
    """Make what writes a field's values. Tags are told by name: their codes are numbers of this house."""
    titles = titles_of(field, session) if field.kind == "tags" else None
    if titles:
        return lambda value: [str(titles.get(code, code)) for code in _codes(value)]
    return WRITERS.get(field.kind, str)


def tells_private(row: Shown, fields: Sequence[Field]) -> bool:
    """Tell whether something private of a record is among the values given."""
    return any(one.field_class == "private" and row.get(one.name) not in EMPTY for one in fields)


def _moment(value: dt.datetime) -> str:
    return value.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _record(value: Any) -> Any:
    """Write another record by id and name; one that the person may not find is not told."""
    return {"id": value.id, "name": value.title} if isinstance(value, Ref) and value.title else None


def _codes(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else [str(one) for one in value]


def _itself(value: Any) -> Any:
    return value


WRITERS: Mapping[str, Callable[[Any], Any]] = {
    "number": _itself,
    "money": lambda value: f"{value:.2f}",
    "date": lambda value: value.isoformat(),
    "datetime": _moment,
    "bool": bool,
    "choices": _codes,
    "tags": _codes,
    "user": _record,
    "company": _record,
    "contact": _record,
}

REFERENCE = {"anyOf": [{"$ref": "#/components/schemas/Reference"}, {"type": "null"}]}
SCHEMAS: Mapping[str, Mapping[str, Any]] = {
    "number": {"type": ["number", "null"]},
    "money": {"type": ["string", "null"], "pattern": r"^-?\d+\.\d\d$"},
    "date": {"type": ["string", "null"], "format": "date"},
    "datetime": {"type": ["string", "null"], "format": "date-time"},
    "bool": {"type": ["boolean", "null"]},
    "choices": {"type": ["array", "null"], "items": {"type": "string"}},
    "tags": {"type": ["array", "null"], "items": {"type": "string"}},
    "user": REFERENCE,
    "company": REFERENCE,
    "contact": REFERENCE,
}
TEXT_SCHEMA: Mapping[str, Any] = {"type": ["string", "null"]}
