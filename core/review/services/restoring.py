"""Brings back one old value, or a whole version, as a change like any other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from core.auth.access import Access
from core.auth.audit import plain
from core.custom import stored_of
from core.db import current_work
from core.errors import Refused
from core.i18n import _
from core.review.queries.history import History, Rows
from core.review.rules import Part, Rule
from core.review.services.deciding import check_version
from core.review.services.values import stored_value

RESTORED = "restore"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be restored: columns with the values that they had, rows of parts as they were."""

    values: Mapping[str, Any]
    rows: Rows = field(default_factory=dict)


def differing(rule: Rule, record: Any, values: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Give `{column: (as it is, as it was)}` of the columns that a restore would change, as the trail writes them."""
    found = {}
    for name, value in values.items():
        present = plain(stored_of(record, name))
        if rule.restorable(name) and (present or None) != (value or None):
            found[name] = (present, value)
    return found


def differing_rows(history: History, rows: Rows) -> Rows:
    """Give the rows that a restore would change, bring back or remove, with the columns that it would write."""
    found: Rows = {}
    for entity, wanted in rows.items():
        part = history.rule.parts[entity]
        now = history.rows(entity, part)
        for number, columns in wanted.items():
            row = now.get(number)
            there, back = row is not None, columns
            if row is not None and columns is not None:
                back = _changed(history, part, row, columns)
            if (there and (back is None or back)) or (not there and columns and columns.get(part.column)):
                found.setdefault(entity, {})[number] = back
        _leave_equal(history, part, found.get(entity, {}))
    return {entity: wanted for entity, wanted in found.items() if wanted}


def _leave_equal(history: History, part: Part, rows: dict[int, dict[str, Any] | None]) -> None:
    """Leave a row that says what one is to say that comes back: it came back before, under another number."""
    names = [name for name in part.fields if name not in history.rule.resource.unchecked]
    now = history.rows(part.model.__tablename__, part)
    going = {
        number: [plain(getattr(now[number], name)) or None for name in names] for number in rows if rows[number] is None
    }
    for number, columns in list(rows.items()):
        if columns is None or number in now:
            continue
        said = [columns.get(name) or None for name in names]
        twin = next((other for other, words in going.items() if words == said), None)
        if twin is not None:
            del rows[number], rows[twin], going[twin]


def _changed(history: History, part: Part, row: Any, columns: Mapping[str, Any]) -> dict[str, Any]:
    """Give what differs; that somebody must not be reached is lifted by no restore."""
    kept = [name for name in part.fields if name not in history.rule.resource.unchecked and name in columns]
    return {name: columns[name] for name in kept if (plain(getattr(row, name)) or None) != (columns[name] or None)}


def restore(
    session: Session,
    rule: Rule,
    record: Any,
    access: Access,
    wish: Wish,
    *,
    line: int,
    version: int | None,
) -> list[str]:
    """Write old values and rows through the resource's own service; `line` is that of the trail that they come from.

    Raises Forbidden, Conflict, and Refused when nothing differs.
    """
    access.demand(rule.resource.code("edit"), record)
    check_version(record, version)
    wanted = differing(rule, record, wish.values)
    rows = differing_rows(History(session, rule, record, access), wish.rows)
    if not (wanted or rows) or rule.resource.change is None:
        raise Refused(_("These are the values of today: there is nothing to restore."))
    read = {name: stored_value(type(record), name, value) for name, (_now, value) in wanted.items()}
    with noted(f"{RESTORED} {line}"):
        rule.resource.change(session, record, {**read, **_part_values(rule, record, rows)}, by=access.user_id)
        session.flush()
    return [*wanted, *rows]


def _part_values(rule: Rule, record: Any, rows: Rows) -> dict[str, Any]:
    """Make of rows what the service takes; of one that comes back all columns that it may know."""
    if not rows or rule.resource.part_values is None:
        return {}
    wanted: dict[str, dict[int, Mapping[str, Any] | None]] = {}
    for entity, found in rows.items():
        part = rule.parts[entity]
        columns = {one.key for one in inspect(part.model).column_attrs}
        taken = (set(part.fields) | set(rule.resource.unchecked)) & columns
        wanted[part.name] = {
            number: {name: stored_value(part.model, name, value) for name, value in said.items() if name in taken}
            if said is not None
            else None
            for number, said in found.items()
        }
    return rule.resource.part_values(record, wanted)


@contextmanager
def noted(text: str) -> Iterator[None]:
    """Write a note on every line that the audit trail gets meanwhile."""
    info = current_work().info
    info["note"] = text
    try:
        yield
    finally:
        info.pop("note", None)
