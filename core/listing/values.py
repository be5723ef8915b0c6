"""Reads the values of conditions by kind of field, and compares columns with them."""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, String, and_, false, func, inspect, not_, or_, select, type_coerce
from sqlalchemy.orm import Session
from sqlalchemy.types import DateTime

from core.auth.access import Access
from core.clock import local_today, start_of
from core.columns import Codes, JsonCodes, UTCDateTime
from core.customers.data.divisions import asked_place, below, table
from core.db import Base, among
from core.errors import Refused
from core.forms import read_amount, read_date
from core.i18n import _
from core.listing.state import MAX_LENGTH, Condition
from core.overlay import overlay
from core.plugin import Field
from core.transfer.values import read_decimal

TEXT = ("text", "long", "phone", "email", "url")
MEASURED = ("number", "money", "date", "datetime")
RECORDS = ("user", "company", "contact")
SETS = ("choices", "tags")

OFFERED: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(TEXT, ("contains", "eq", "ne", "starts", "empty", "filled")),
    **dict.fromkeys(("number", "money"), ("eq", "gt", "lt", "between", "empty", "filled")),
    **dict.fromkeys(("date", "datetime"), ("between", "eq", "gt", "lt", "empty", "filled")),
    **dict.fromkeys(("choice", "division", *RECORDS), ("eq", "ne", "empty", "filled")),
    **dict.fromkeys(SETS, ("eq", "ne", "empty", "filled")),
    "company": ("eq", "below", "group", "ne", "empty", "filled"),
    "bool": ("eq",),
}
"""The operators that the full form offers by kind; the first is chosen at first."""

OPERATORS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(TEXT, frozenset(("eq", "ne", "contains", "starts", "in", "empty"))),
    **dict.fromkeys(MEASURED, frozenset(("eq", "ne", "in", "between", "empty", "gt", "lt"))),
    **dict.fromkeys(("choice", "division", *RECORDS, *SETS), frozenset(("eq", "ne", "in", "empty"))),
    "company": frozenset(("eq", "ne", "in", "empty", "group", "below")),
    "bool": frozenset(("eq", "ne", "empty")),
}
"""The operators that an address may carry by kind."""

PEOPLE = ("me", "team", "department", "none")
"""What a condition on a user may say besides a person's id."""

RELATIVE = re.compile(r"^([+-]?)(\d{1,4})d$")
INTEGER = re.compile(r"^-?\d{1,18}$")
LARGEST_AMOUNT = Decimal(10**13)


def compare(column: Any, field: Field, condition: Condition, access: Access, session: Session) -> ColumnElement[bool]:
    """Give the SQL of a condition on one column. Raises Refused with the reason."""
    op, values = condition.op, condition.values
    if op not in OPERATORS[field.kind]:
        raise Refused(_("%(name)s: this operator does not go with it", name=str(field.title)))
    if op == "empty":
        return _empty(column, field, values[0] == "1")
    if op in ("group", "below"):
        return among(session, column, _related(field, op, values))
    if field.kind in TEXT:
        return _text(column, field, op, values)
    if field.kind in MEASURED:
        return _measured(column, field, op, values)
    if field.kind == "bool":
        wanted = _flag(field, values[0])
        return column.is_(wanted) if op == "eq" else column.is_not(wanted)  # type: ignore[no-any-return]
    if field.kind in RECORDS:
        found = or_(*(_record(column, field, v, access) for v in values))
    elif field.kind == "division":
        found = or_(*(_division(column, field, v) for v in values))
    else:
        codes = [code for v in values for code in _codes_of(field, v, session)]
        found = _holds(column, codes) if field.kind in SETS else column.in_(codes)
    if op != "ne":
        return found
    # what is not "nobody" is somebody: what is empty is not
    nobody = field.kind == "user" and "none" in values
    return not_(found) if nobody else or_(not_(found), column.is_(None))


def _empty(column: Any, field: Field, wanted: bool) -> ColumnElement[bool]:
    empty = column.is_(None)
    if field.custom:
        return empty if wanted else not_(empty)  # type: ignore[no-any-return]  # what is empty is not there
    if field.kind in (*TEXT, "choice", "division") or isinstance(column.type, Codes):
        empty = or_(empty, column == "")
    return empty if wanted else not_(empty)  # type: ignore[no-any-return]


def _text(column: Any, field: Field, op: str, values: Sequence[str]) -> ColumnElement[bool]:
    if any(len(v) > MAX_LENGTH for v in values):
        raise Refused(_("%(name)s: this value is too long", name=str(field.title)))
    if op == "contains":
        return or_(*(column.icontains(v, autoescape=True) for v in values))
    if op == "starts":
        return or_(*(column.istartswith(v, autoescape=True) for v in values))
    lowered = func.lower(column).in_([v.lower() for v in values])
    same = or_(column.in_(values), lowered)  # SQLite knows small and capital letters of plain Latin only
    return or_(not_(same), column.is_(None)) if op == "ne" else same


def _measured(column: Any, field: Field, op: str, values: Sequence[str]) -> ColumnElement[bool]:
    timed = isinstance(column.type, (UTCDateTime, DateTime))
    spans = [_span(field, v, timed) if v else (None, None) for v in values]
    if op == "between":
        (low, _upto), (_from, high) = spans
        parts = []
        if low is not None:
            parts.append(column >= low)
        if high is not None:
            parts.append(column < high if timed else column <= high)
        return and_(*parts)
    if op == "gt":
        return or_(*(column >= high if timed else column > high for _low, high in spans))
    if op == "lt":
        return or_(*(column < low for low, _high in spans))
    same = or_(*(and_(column >= low, column < high) if timed else column == low for low, high in spans))
    return or_(not_(same), column.is_(None)) if op == "ne" else same


def _span(field: Field, text: str, timed: bool) -> tuple[Any, Any]:
    """Read a value as what it begins with and ends with; a day of a moment's column begins at its local midnight."""
    try:
        if field.kind == "number":
            number = read_decimal(text)
            if abs(number) > LARGEST_AMOUNT:
                raise ValueError(text)
            exact = int(number) if number == int(number) else float(number)
            return exact, exact
        if field.kind == "money":
            amount = read_amount(text)
            return amount, amount
        day = read_day(text)
        if timed:
            return start_of(day), start_of(day + dt.timedelta(days=1))
        return day, day
    except (ValueError, OverflowError):
        wanted = _("a date, for example 2026-03-18") if field.kind in ("date", "datetime") else _("a number")
        raise Refused(_("%(name)s: enter %(wanted)s", name=str(field.title), wanted=str(wanted))) from None


def read_day(text: str) -> dt.date:
    """Read a date as people type it, or counted from today: `-30d`, `+7d`, `today`. Raises ValueError."""
    if found := RELATIVE.match(text.strip()):
        sign, days = found.groups()
        return local_today() + dt.timedelta(days=-int(days) if sign == "-" else int(days))
    day = read_date(text)
    if not 1900 <= day.year <= 2200:
        raise ValueError(text)
    return day


def _flag(field: Field, text: str) -> bool:
    if text.lower() in ("1", "true", "yes"):
        return True
    if text.lower() in ("0", "false", "no"):
        return False
    raise Refused(_("%(name)s: say 1 for yes or 0 for no", name=str(field.title)))


def _record(column: Any, field: Field, text: str, access: Access) -> ColumnElement[bool]:
    if field.kind == "user" and text in PEOPLE:
        if text == "none":
            return column.is_(None)  # type: ignore[no-any-return]
        if text == "me":
            return column == access.user_id  # type: ignore[no-any-return]
        people = access.people.get("subordinates" if text == "team" else "department", frozenset())
        return column.in_(sorted(people)) if people else false()
    if INTEGER.match(text):
        return column == int(text)  # type: ignore[no-any-return]
    model = reference(column)
    if model is None:
        raise Refused(_("%(name)s: choose one of the list", name=str(field.title)))
    named = getattr(model, title_of(model)).icontains(text, autoescape=True)
    return column.in_(select(model.id).where(named))  # type: ignore[no-any-return]


def _related(field: Field, op: str, values: Sequence[str]) -> list[int]:
    """Give the companies of the groups to which these belong, or these with all below them.

    The rows that are found stay the reader's own.
    """
    from core.ties.queries import branch_ids, group_ids  # loaded here: it builds on the register, and that on lists

    related = group_ids if op == "group" else branch_ids

    if not all(INTEGER.match(one) for one in values):
        raise Refused(_("%(name)s: choose one of the list", name=str(field.title)))
    return sorted({id_ for one in values for id_ in related(int(one))})


def _division(column: Any, field: Field, text: str) -> ColumnElement[bool]:
    """A province stands for all in it: codes end in zeros above the lowest level.

    What lies in a city begins with its four digits, but for the counties of 重庆市 (5001), which begin with 5002. For
    a place that was merged stands the one that it was merged into; until a job has come by, records say the old one.
    """
    if not re.fullmatch(r"\d{2,9}", text):
        raise Refused(_("%(name)s: choose one of the list", name=str(field.title)))
    asked = asked_place(text)
    codes = {text, asked, *(code for code in table().into if asked_place(code) == asked)}
    stems = {stem for code in codes for stem in _stems(code)}
    return or_(*(column.startswith(one, autoescape=True) for one in sorted(stems)))


def _stems(code: str) -> set[str]:
    stem = re.sub(r"(00)+$", "", code) if len(code) % 2 == 0 else code
    return {stem, *(unit.code[:4] for unit in below(code, retired=True))} if len(stem) == 4 else {stem}


def asked_value(session: Session, field: Field, text: str) -> str:
    """Give the value by which a list asks for one that was merged into another, or stands twice; itself for others."""
    if field.kind == "division":
        return asked_place(text)
    return text if field.dictionary is None else overlay().present(session, field.dictionary, text)


def _holds(column: Any, codes: Sequence[str]) -> ColumnElement[bool]:
    if isinstance(column.type, Codes):
        return or_(*(column.contains(f",{code},", autoescape=True) for code in codes))
    if isinstance(column.type, JsonCodes):
        text = type_coerce(column, String)
        return or_(*(text.contains(f'"{code}"', autoescape=True) for code in codes))
    return column.in_(codes)  # type: ignore[no-any-return]


def _codes_of(field: Field, text: str, session: Session) -> list[str]:
    code = code_of(field, text, session)
    return [code] if field.dictionary is None else overlay().alike(session, field.dictionary, code)


def code_of(field: Field, text: str, session: Session) -> str:
    """Give the code that a value means: itself, or the one whose title it is. Raises Refused when there is none."""
    titles = titles_of(field, session)
    if titles is None or text in titles:
        return text
    for code, title in titles.items():
        if str(title) == text:
            return code
    raise Refused(_("%(name)s: there is no entry %(value)s", name=str(field.title), value=text[:60]))


def titles_of(field: Field, session: Session) -> Mapping[str, Any] | None:
    """Give the titles of a field's values by code; None where any text may stand."""
    if field.choices is not None:
        return dict(field.choices(session))
    if field.dictionary is not None:
        return {c.code: c.title for c in overlay().dictionary(session, field.dictionary).values()}
    return None


def title_of(model: type[Any]) -> str:
    """Give the attribute that names a record of a model in words."""
    names = inspect(model).column_attrs.keys()
    return next((n for n in ("name", "title", "code", "username") if n in names), "id")


def reference(column: Any) -> type[Any] | None:
    """Give the model that a foreign key column leads to."""
    columns = getattr(getattr(column, "property", None), "columns", None)
    found = (_model_of(key.column.table) for key in (columns[0].foreign_keys if columns else ()))
    return next((model for model in found if model is not None), None)


@functools.lru_cache(maxsize=500)
def _model_of(table: Any) -> type[Any] | None:
    return next((mapper.class_ for mapper in Base.registry.mappers if mapper.local_table is table), None)
