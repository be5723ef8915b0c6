"""The state of a list as its address carries it: read, written, and compared."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode

from core.i18n import _

OPERATORS = ("eq", "ne", "contains", "starts", "in", "between", "empty", "gt", "lt", "group", "below")
SIZES = (20, 50, 100)
RESERVED = ("q", "view", "sort", "grouped", "after", "before", "size")
MAX_VALUES = 200
MAX_LENGTH = 500
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\ud800-\udfff]")


@dataclass(frozen=True)
class Condition:
    """One condition on one field; its values are alternatives, those of `between` are from and to."""

    field: str
    op: str
    values: tuple[str, ...]

    @property
    def key(self) -> str:
        """Give the name that it has in an address."""
        return self.field if self.op == "eq" else f"{self.field}__{self.op}"


@dataclass(frozen=True)
class Problem:
    """What cannot be understood of an address, in words; `key` is the parameter."""

    key: str
    text: Any


@dataclass(frozen=True)
class ListState:
    """What a list shows: key word, view, conditions, sort, the field by which rows stand together, place and size.

    `edited` marks a view whose conditions were changed: then the conditions are all that count, and the view is where
    they come from.
    """

    q: str = ""
    view: str = ""
    edited: bool = False
    conditions: tuple[Condition, ...] = ()
    sort: tuple[str, ...] = ()
    grouped: str = ""
    size: int = SIZES[0]
    after: str = ""
    before: str = ""
    problems: tuple[Problem, ...] = field(default=(), compare=False)

    def pairs(self, *, paging: bool = False) -> list[tuple[str, str]]:
        """Give the parameters in canonical order."""
        found = [("q", self.q)] if self.q else []
        if self.view:
            found.append(("view", f"~{self.view}" if self.edited else self.view))
        for one in self.conditions:
            if one.op in ("in", "between"):
                found.append((one.key, ",".join(one.values)))
            else:
                found.extend((one.key, value) for value in one.values)
        if self.sort:
            found.append(("sort", ",".join(self.sort)))
        if self.grouped:
            found.append(("grouped", self.grouped))
        if self.size != SIZES[0]:
            found.append(("size", str(self.size)))
        if paging:
            found.extend((name, token) for name, token in (("after", self.after), ("before", self.before)) if token)
        return found

    def query(self, *, paging: bool = False) -> str:
        """Write the state as a query string."""
        return urlencode(self.pairs(paging=paging), quote_via=quote_plus)

    def with_(self, **changes: Any) -> ListState:
        """Give a changed state, at the first page unless told otherwise."""
        return replace(self, **{"after": "", "before": "", **changes})

    def without(self, name: str) -> ListState:
        """Give the state without the conditions on a field."""
        return self.with_(conditions=tuple(c for c in self.conditions if c.field != name))

    def having(self, condition: Condition) -> ListState:
        """Give the state with a condition in place of those on the same field."""
        others = tuple(c for c in self.conditions if c.field != condition.field)
        return self.with_(conditions=(*others, condition))


def read_state(pairs: Iterable[tuple[str, str]], fields: Sequence[str], *, ignored: Sequence[str] = ()) -> ListState:
    """Read the parameters of an address. What cannot be understood is told in `problems`, nothing is raised.

    Empty parameters are those of fields left empty in a form; they say nothing.
    """
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        if value.strip() and name not in ignored:
            found.setdefault(name, []).append(value.strip())
    problems: list[Problem] = []
    for name, values in list(found.items()):
        if any(CONTROL.search(v) or len(v) > MAX_LENGTH * 20 for v in values) or len(values) > MAX_VALUES:
            problems.append(Problem(name, _("%(name)s: this value cannot be read", name=name[:60])))
            del found[name]

    conditions = []
    for name, values in found.items():
        if name in RESERVED:
            continue
        condition = read_condition(name, values, fields)
        if isinstance(condition, Problem):
            problems.append(condition)
        else:
            conditions.append(condition)

    view = last(found, "view")
    return ListState(
        q=last(found, "q")[:MAX_LENGTH],
        view=view.removeprefix("~")[:60],
        edited=view.startswith("~"),
        conditions=tuple(conditions),
        sort=_sort(found, fields, problems),
        grouped=_grouped(found, fields, problems),
        size=_size(found, problems),
        after=last(found, "after"),
        before=last(found, "before"),
        problems=tuple(problems),
    )


def last(found: dict[str, list[str]], name: str) -> str:
    """Give the last value of a parameter that counts once."""
    return found[name][-1] if name in found else ""


def read_condition(name: str, values: Sequence[str], fields: Sequence[str]) -> Condition | Problem:
    """Read one parameter as a condition."""
    field_name, _mark, op = name.partition("__")
    op = op or "eq"
    if field_name not in fields:
        return Problem(name, _("%(name)s is not a field of this list", name=name[:60]))
    if op not in OPERATORS or name.endswith("__"):
        return Problem(name, _("%(name)s: there is no such operator", name=name[:60]))
    if op == "in":
        values = [part.strip() for value in values for part in value.split(",") if part.strip()]
        if not values:
            return Problem(name, _("%(name)s: give at least one value", name=name[:60]))
    if op == "between":
        values = [v.strip() for v in (values[0].split(",") if len(values) == 1 else values)]
        if len(values) != 2 or not any(values):
            return Problem(name, _("%(name)s: give two values, from and to", name=name[:60]))
    if op == "empty" and (len(values) > 1 or values[0] not in ("0", "1")):
        return Problem(name, _("%(name)s: say 1 for empty or 0 for filled", name=name[:60]))
    return Condition(field_name, op, tuple(dict.fromkeys(values)) if op != "between" else tuple(values))


def _sort(found: dict[str, list[str]], fields: Sequence[str], problems: list[Problem]) -> tuple[str, ...]:
    names = [part.strip() for value in found.get("sort", []) for part in value.split(",") if part.strip()]
    known = [n for n in names if n.removeprefix("-") in fields]
    if len(known) < len(names):
        wrong = next(n for n in names if n not in known)
        problems.append(Problem("sort", _("This list cannot be sorted by %(name)s", name=wrong[:60])))
    kept: dict[str, str] = {}
    for name in known:
        kept.setdefault(name.removeprefix("-"), name)
    if len(kept) > 3:
        problems.append(Problem("sort", _("A list is sorted by three fields at most")))
    return tuple(list(kept.values())[:3])


def _grouped(found: dict[str, list[str]], fields: Sequence[str], problems: list[Problem]) -> str:
    name = last(found, "grouped")
    if name and name not in fields:
        problems.append(Problem("grouped", _("%(name)s is not a field of this list", name=name[:60])))
        return ""
    return name


def _size(found: dict[str, list[str]], problems: list[Problem]) -> int:
    text = last(found, "size")
    if not text:
        return SIZES[0]
    if text not in {str(n) for n in SIZES}:
        problems.append(Problem("size", _("A page has 20, 50 or 100 rows")))
        return SIZES[0]
    return int(text)


@functools.lru_cache(maxsize=1000)
def read_query(query: str, fields: tuple[str, ...]) -> ListState:
    """Read a stored query string, as a view has it."""
    return read_state(parse_qsl(query, keep_blank_values=True), fields)


def from_form(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]] | None:
    """Turn the parameters of the filter forms into those of an address; None when there are no such.

    The full form sends `op.<field>` with one or two `v.<field>`; a ready choice is `set.<field>=op:value`.
    """
    pairs = list(pairs)
    if not any(name.startswith(("op.", "v.", "set.")) for name, _value in pairs):
        return None
    kept: list[tuple[str, str]] = []
    operators: dict[str, str] = {}
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        prefix, _dot, field_name = name.partition(".")
        if prefix == "op" and field_name:
            operators[field_name] = value
        elif prefix == "v" and field_name:
            values.setdefault(field_name, []).append(value.strip())
        elif prefix == "set" and field_name:
            op, colon, given = value.partition(":")
            if colon and given:
                kept.append((field_name if op == "eq" else f"{field_name}__{op}", given))
        elif value.strip():
            kept.append((name, value))
    for field_name, op in operators.items():
        texts = values.get(field_name, [])
        if op in ("empty", "filled"):
            kept.append((f"{field_name}__empty", "1" if op == "empty" else "0"))
        elif op == "between" and any(texts):
            kept.append((f"{field_name}__between", ",".join([*texts, ""][:2])))
        elif any(texts):
            key = field_name if op in ("eq", "") else f"{field_name}__{op}"
            kept.extend((key, value) for value in texts if value)
    return kept
