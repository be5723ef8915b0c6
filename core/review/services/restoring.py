"""Brings back one old value, or a whole version, as a change like any other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import UniqueConstraint, inspect
from sqlalchemy.orm import Session, object_session

from core.auth.access import Access, scoped_model
from core.auth.audit import plain
from core.custom import stored_of
from core.db import current_work
from core.errors import Refused
from core.i18n import _
from core.review.queries.history import History, Rows
from core.review.rules import Part, Rule
from core.review.services.deciding import check_version
from core.review.services.values import present_codes, stored_value

RESTORED = "restore"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be restored: columns with the values that they had, rows of parts as they were."""

    values: Mapping[str, Any]
    rows: Rows = field(default_factory=dict)


def differing(rule: Rule, record: Any, values: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Give `{column: (as it is, as it was)}` of the columns that a restore would change, as the trail writes them."""
    found = {}
    session = object_session(record)
    for name, old in values.items():
        value = present_codes(session, rule.resource, name, old) if session is not None else old
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
            if columns is not None and not _of_found_ones(history, part, columns):
                continue
            there, back = row is not None, columns
            if row is not None and columns is not None:
                back = _changed(history, part, row, columns)
            if (there and (back is None or back)) or (not there and columns and columns.get(part.column)):
                found.setdefault(entity, {})[number] = back
        _join_equal(history, part, found.get(entity, {}))
    return {entity: wanted for entity, wanted in found.items() if wanted}


def _of_found_ones(history: History, part: Part, columns: dict[str, Any]) -> bool:
    """Tell whether the customer that a row speaks of is found; of one that was merged it speaks of the survivor."""
    for name, one in part.fields.items():
        if one.kind != "company" or columns.get(name) is None:
            continue
        other = history.session.get(scoped_model("Company"), columns[name])
        while other is not None and other.merged_into_id is not None:
            other = history.session.get(scoped_model("Company"), other.merged_into_id)
        if other is None or other.deleted_at is not None or other is history.record:
            return False
        columns[name] = other.id
    return True


def _join_equal(history: History, part: Part, rows: dict[int, dict[str, Any] | None]) -> None:
    """Make of a row that comes back a change of the one that says the same today: it came back before, or anew."""
    now = history.rows(part.model.__tablename__, part)
    free = sorted((number for number in now if rows.get(number) is None), key=lambda number: number not in rows)
    names = _same_by(history, part)
    for number, columns in list(rows.items()):
        if columns is None or number in now:
            continue
        said = [columns.get(name) or None for name in names]
        twin = next((one for one in free if [plain(getattr(now[one], name)) or None for name in names] == said), None)
        if twin is not None:
            free.remove(twin)
            del rows[number]
            rows.pop(twin, None)
            if back := _changed(history, part, now[twin], columns):
                rows[twin] = back


def _same_by(history: History, part: Part) -> list[str]:
    """List the columns by which two rows are one: what only one row may say, or all that a row says."""
    for one in part.model.__table__.constraints:
        if isinstance(one, UniqueConstraint):
            names = [column.key for column in one.columns if column.key != part.key]
            if set(names) <= set(part.fields):
                return names
    return _told(history, part)


def _told(history: History, part: Part) -> list[str]:
    """List the columns by which a row says something; that somebody must not be reached is beside it."""
    return [name for name in part.fields if name == part.column or name not in history.rule.resource.unchecked]


def _changed(history: History, part: Part, row: Any, columns: Mapping[str, Any]) -> dict[str, Any]:
    """Give what differs; that somebody must not be reached is lifted by no restore."""
    kept = [name for name in _told(history, part) if name in columns]
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
