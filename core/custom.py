"""Fields that an administrator adds (自定义字段): all fields of a resource, and the values of his own ones.

The values lie in the column `custom` of the record, by name, as JSON holds them: an amount in fen, a date as
`2026-03-18`, several choices as a list. What is empty is not there.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import BigInteger, Boolean, ColumnElement, String, cast, func, literal_column, select, type_coerce
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Session
from sqlalchemy.sql.functions import FunctionElement

from core.auth.models import CustomField
from core.columns import IsoDate, JsonCodes, Money, PlainNumber
from core.db import current_work, has_work, permitted
from core.errors import Refused
from core.i18n import _, either
from core.plugin import Field, Resource, Text
from core.state import kept

PREFIX = "x_"
"""What the names of an administrator's own fields begin with; no declared field's does."""
KINDS = ("text", "long", "number", "money", "date", "bool", "choice", "choices")
ORDERED = ("text", "number", "money", "date")
"""Kinds by which a list can be sorted, over an index of their own."""
LENGTHS: Mapping[str, int] = {"text": 200, "long": 10_000}
LARGEST = Decimal(10**13)
AFTER_DECLARED = 1000


@dataclass(frozen=True, kw_only=True)
class Own:
    """One of an administrator's fields: what lists and files need of it, and what forms, review and rules need."""

    id: int
    field: Field
    section: Text
    only_once: bool
    checked: bool
    retired: bool


# --- which there are -------------------------------------------------------------------------------------------------


def own_fields(key: str) -> Sequence[Own]:
    """List the fields that were added to a resource, retired ones included, in order."""
    if not has_work():
        return ()
    session = current_work().session
    return kept(session, "dictionaries", "custom fields", lambda: _load(session)).get(key, ())


def _load(session: Session) -> dict[str, tuple[Own, ...]]:
    rows = select(CustomField).where(CustomField.deleted_at.is_(None))
    found: dict[str, list[Own]] = {}
    with session.no_autoflush:  # it is asked of records that are still being made
        for row in session.scalars(rows.order_by(CustomField.resource, CustomField.position, CustomField.id)):
            found.setdefault(row.resource, []).append(_own(row, len(found.get(row.resource, ()))))
    return {key: tuple(own) for key, own in found.items()}


def _own(row: CustomField, place: int) -> Own:
    title = either(row.title, row.title_en or row.title)
    field = Field(
        name=row.name,
        title=title,
        kind=row.kind,  # type: ignore[arg-type]  # one of KINDS
        field_class=row.field_class,  # type: ignore[arg-type]
        dictionary=dictionary_of(row.id) if row.kind in ("choice", "choices") else None,
        required=row.required,
        default=row.default_column and not row.retired,
        sortable=row.sortable and row.indexed,
        importable=not row.retired,
        editable=not row.retired,
        aliases=tuple(dict.fromkeys(one for one in (row.title, row.title_en) if one)),
        hint=either(row.hint or "", row.hint_en or row.hint or ""),
        max_length=LENGTHS.get(row.kind),
        custom=True,
        order=AFTER_DECLARED + place,
    )
    section = either(row.section or "", row.section_en or row.section or "")
    return Own(
        id=row.id,
        field=field,
        section=section,
        only_once=row.only_once,
        checked=row.checked,
        retired=row.retired,
    )


def own_sections(key: str) -> list[tuple[Text, list[str]]]:
    """List the names of the added fields of a resource under their headings, in order."""
    found: dict[str, tuple[Text, list[str]]] = {}
    for one in own_fields(key):
        title = one.section if str(one.section) else _("Further particulars")
        found.setdefault(str(title), (title, []))[1].append(one.field.name)
    return list(found.values())


def dictionary_of(field_id: int) -> str:
    """Name the dictionary with the choices of a field."""
    return f"custom.{field_id}"


_joined: dict[str, tuple[Sequence[Field], Sequence[Own], Sequence[Field]]] = {}


def fields_of(resource: Resource) -> Sequence[Field]:
    """List all fields of a resource: the declared ones, then those that an administrator added."""
    if not resource.extensible:
        return resource.fields
    own = own_fields(resource.key)
    if not own:
        return resource.fields
    known = _joined.get(resource.key)
    if known is None or known[0] is not resource.fields or known[1] is not own:  # a page asks some forty times
        known = _joined[resource.key] = (resource.fields, own, (*resource.fields, *(one.field for one in own)))
    return known[2]


def field_of(resource: Resource, name: str) -> Field:
    """Give a field by name, declared or added. Raises KeyError."""
    for one in fields_of(resource):
        if one.name == name:
            return one
    raise KeyError(name)


# --- values ----------------------------------------------------------------------------------------------------------


def typed(field: Field, stored: Any) -> Any:
    """Give a stored value as Python has it: `Decimal`, `date`, list of codes and so on."""
    if stored is None:
        return None
    if field.kind == "money":
        return Decimal(int(stored)).scaleb(-2)
    if field.kind == "date":
        return dt.date.fromisoformat(stored)
    return stored


def value_of(record: Any, field: Field) -> Any:
    """Give the value of an added field of a record."""
    return typed(field, (record.custom or {}).get(field.name))


def stored_of(record: Any, name: str) -> Any:
    """Give what a record holds under a name, a column's or an added field's, as it is stored."""
    return (record.custom or {}).get(name) if name.startswith(PREFIX) else getattr(record, name)


def values_of(key: str, record: Any) -> dict[str, Any]:
    """Give the values of all added fields of a record by name."""
    return {one.field.name: value_of(record, one.field) for one in own_fields(key)}


def to_store(kind: str, value: Any) -> Any:
    """Turn a value into what is stored; None for nothing. Raises ValueError where it is not of the kind."""
    if value is None or value == "" or value == []:
        return None
    try:
        if kind == "number":
            number = Decimal(str(value))
            if not number.is_finite() or abs(number) >= LARGEST:
                raise ValueError(value)
            return int(number) if number == int(number) else float(number)
        if kind == "money":
            return value if isinstance(value, int) else _fen(Decimal(str(value)))
        if kind == "date":
            return (value if isinstance(value, dt.date) else dt.date.fromisoformat(value)).isoformat()
    except (InvalidOperation, TypeError) as error:
        raise ValueError(value) from error
    if kind == "bool":
        return value in (True, "1", "on")
    if kind == "choices":
        return [str(one) for one in value]
    text = str(value)
    if len(text) > LENGTHS.get(kind, 60):
        raise ValueError(text)
    return text


def _fen(amount: Decimal) -> int:
    if not amount.is_finite() or abs(amount) > LARGEST or amount != round(amount, 2):
        raise ValueError(amount)
    return int(amount * 100)


def take(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Part what a form or a file gives into columns and added fields."""
    own = {name: value for name, value in values.items() if name.startswith(PREFIX)}
    return {name: value for name, value in values.items() if name not in own}, own


def put(session: Session, key: str, record: Any, values: Mapping[str, Any]) -> list[str]:
    """Write values of added fields into a record; return the names of those that changed.

    A name that no field has any more is passed over. Raises Refused where a value is not of its field's kind, or is
    there already and may be there once only.
    """
    known = {one.field.name: one for one in own_fields(key)}
    before: Mapping[str, Any] = record.custom or {}
    after = dict(before)
    changed = []
    for name, value in values.items():
        own = known.get(name)
        if own is None:
            continue
        try:
            stored = to_store(own.field.kind, value)
        except ValueError:
            raise Refused(_("%(text)s cannot be read.", text=str(value)[:60]), fields={name: _not_read()}) from None
        if stored == before.get(name):
            continue
        if own.only_once and stored is not None and taken(session, type(record), own.field, [stored], record.id):
            text = _("Another record has this value already")
            raise Refused(text, fields={name: text})
        after.pop(name, None)
        if stored is not None:
            after[name] = stored
        changed.append(name)
    if changed:
        record.custom = after
    return changed


def _not_read() -> Text:
    return _("Check this entry")


def taken(
    session: Session, model: type[Any], field: Field, stored: Iterable[Any], but: int | None = None
) -> dict[Any, int]:
    """Find which stored values another living record has, whoever may see it; each with the record's id."""
    table: Any = model.__table__
    connection = session.connection()
    with permitted():
        if connection.dialect.name == "postgresql":  # two who write the same at once wait for each other
            connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(f"{table.name}.{field.name}"))))
        column = column_of(table.c, field)
        wanted = list(stored)
        statement = select(table.c.id, column).where(column.in_([typed(field, one) for one in wanted]))
        if "deleted_at" in table.c:
            statement = statement.where(table.c.deleted_at.is_(None))
        if but is not None:
            statement = statement.where(table.c.id != but)
        return {to_store(field.kind, value): number for number, value in connection.execute(statement)}


def joined(records: Sequence[Mapping[str, Any] | None]) -> dict[str, Any]:
    """Put the values of several records together; where two have one, the earlier record's counts."""
    found: dict[str, Any] = {}
    for one in reversed(records):
        found.update(one or {})
    return found


def changes_apart(changes: Mapping[str, Any]) -> Mapping[str, Any]:
    """Write the change of the column `custom` as changes of the fields in it, for the trail."""
    pair = changes.get("custom")
    if not isinstance(pair, list | tuple) or not all(one is None or isinstance(one, Mapping) for one in pair):
        return changes
    before, after = (one or {} for one in pair)
    own = {
        name: [before.get(name), after.get(name)]
        for name in (*before, *(name for name in after if name not in before))
        if before.get(name) != after.get(name)
    }
    return {name: value for name, value in changes.items() if name != "custom"} | own


# --- in statements ---------------------------------------------------------------------------------------------------


class custom_value(FunctionElement[Any]):  # noqa: N801  (named as functions of SQL are)
    """The text or number that a JSON column holds under a name, with the name written out so that an index serves."""

    inherit_cache = True
    name = "custom_value"


@compiles(custom_value, "sqlite")
def _on_sqlite(element: custom_value, compiler: Any, **kwargs: Any) -> str:
    column, path, _name = element.clauses
    return f"json_extract({compiler.process(column, **kwargs)}, {compiler.process(path)})"


@compiles(custom_value, "postgresql")
def _on_postgresql(element: custom_value, compiler: Any, **kwargs: Any) -> str:
    column, _path, name = element.clauses
    return f"({compiler.process(column, **kwargs)} ->> {compiler.process(name)})"


def column_of(entity: Any, field: Field) -> ColumnElement[Any]:
    """Give the SQL of an added field's values: of a model, of an alias of one, or of a table's columns."""
    if not field.name.replace("_", "").isalnum() or not field.name.isascii():
        raise ValueError(field.name)
    found = custom_value(entity.custom, literal_column(f"'$.{field.name}'"), literal_column(f"'{field.name}'"))
    if field.kind == "number":
        return cast(found, PlainNumber)
    if field.kind == "money":
        return type_coerce(cast(found, BigInteger), Money)
    if field.kind == "bool":
        return cast(found, Boolean)
    if field.kind == "date":
        return type_coerce(found, IsoDate)
    return type_coerce(found, JsonCodes if field.kind == "choices" else String)
