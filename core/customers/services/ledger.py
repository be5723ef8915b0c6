"""Changes rows of any table past their models and keeps a ledger of it, so that all of it can be taken back."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Column, Table, delete, insert, select, update
from sqlalchemy.orm import Session

from core.auth.audit import plain, record_gone
from core.columns import Money, UTCDateTime
from core.customers.models import Merge, MergeEntry
from core.customers.models.policy import loose_references, references_to, unique_sets
from core.db import Base

SAME: Mapping[str, tuple[str, ...]] = {
    "core_phone": ("contact_id", "digits", "extension"),
    "core_email": ("contact_id", "address_key"),
    "core_address": ("contact_id", "kind", "text"),
}
"""What makes two rows of one company the same, where the table itself does not say so."""

PASSING = frozenset({"version", "updated_at"})
"""Columns that count changes and are not taken back: whoever holds an old version must not find it again."""


def revive(column: Column[Any], value: Any) -> Any:
    """Give a stored value as its column takes it."""
    if not isinstance(value, str):
        return value
    if isinstance(column.type, Money):
        from decimal import Decimal

        return Decimal(value)
    if isinstance(column.type, UTCDateTime):
        return dt.datetime.fromisoformat(value)
    return dt.date.fromisoformat(value) if column.type.python_type is dt.date else value


def stored(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give a row as JSON can hold it."""
    return {name: plain(value) for name, value in row.items()}


class Ledger:
    """Writes the entries of one merge while it changes rows."""

    def __init__(self, session: Session, merge: Merge) -> None:
        self.session = session
        self.connection = session.connection()
        self.merge = merge
        self.counts: dict[str, Counter[str]] = {}

    def _note(self, action: str, table: Table, row_id: int, before: Any, after: Any) -> None:
        self.counts.setdefault(table.name, Counter())[action] += 1
        entry = MergeEntry(
            merge_id=self.merge.id, action=action, table_name=table.name, row_id=row_id, before=before, after=after
        )
        self.session.add(entry)

    def point(self, column: Column[Any], old: Iterable[int], new: int, *, combine: bool = False) -> None:
        """Let every row that refers to one of the old records refer to the new one.

        A row that then says what another one says already is dropped where the column combines, and so is one that
        would relate a record to itself. Raises IntegrityError where a column that does not combine clashes.
        """
        table = column.table
        rows = self.connection.execute(select(table).where(column.in_(list(old))).order_by(table.c.id)).mappings()
        for row in rows.all():
            self._point_row(table, dict(row), column, new, combine=combine)

    def point_loose(self, column: Column[Any], noun: Column[Any], resource: str, old: Iterable[int], new: int) -> None:
        """Do the same with a column that names its resource beside it; it combines where its `info` says so."""
        table = column.table
        rows = select(table).where(noun == resource, column.in_(list(old))).order_by(table.c.id)
        for row in self.connection.execute(rows).mappings().all():
            self._point_row(table, dict(row), column, new, combine=column.info.get("merge") == "combine")

    def _point_row(self, table: Any, row: dict[str, Any], column: Column[Any], new: int, *, combine: bool) -> None:
        target = next(iter(column.foreign_keys)).target_fullname if column.foreign_keys else ""
        after = {**row, column.name: new}
        if table.name == target.split(".")[0] and row["id"] == new:  # what stood below itself stands on its own
            self.set(table, new, {column.name: row[column.name]}, {column.name: None})
            return
        others = [c for c in references_to(target.removesuffix(".id")) if c.table is table and c is not column]
        if combine and any(after[c.name] == new for c in others):
            self.drop(table, row)
            return
        twin = self._twin(table, after, column) if combine else None
        if twin is not None:
            self._hand_over(table, row["id"], twin)
            self.drop(table, row)
            return
        self.move(table, row["id"], column.name, row[column.name], new)

    def _twin(self, table: Table, after: Mapping[str, Any], column: Column[Any]) -> int | None:
        """Find the row that already says what this one would say."""
        for names in unique_sets(table):
            if column.name not in names or any(after[name] is None for name in names):
                continue
            same = [table.c[name] == after[name] for name in names]
            found = self.connection.scalar(select(table.c.id).where(*same, table.c.id != after["id"]))
            if found is not None:
                return int(found)
        return None

    def _hand_over(self, table: Table, old: int, new: int) -> None:
        for reference in references_to(table.name):
            self.point(reference, [old], new)

    def move(self, table: Table, row_id: int, name: str, before: Any, after: Any) -> None:
        """Point one row elsewhere."""
        self._write(table, row_id, {name: after})
        self._note("move", table, row_id, {name: before}, {name: after})

    def set(self, table: Table, row_id: int, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Change columns of a record."""
        self._write(table, row_id, after)
        self.set_already(table, row_id, before, after)

    def set_already(self, table: Table, row_id: int, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Keep what was changed in a record, by whatever way, of which both states are given."""
        names = [n for n in after if n not in PASSING and plain(before[n]) != plain(after[n])]
        if names:
            self._note(
                "set", table, row_id, stored({n: before[n] for n in names}), stored({n: after[n] for n in names})
            )

    def drop(self, table: Table, row: Mapping[str, Any]) -> None:
        """Take a row away; the ledger keeps all of it."""
        self.connection.execute(delete(table).where(table.c.id == row["id"]))
        self._note("drop", table, row["id"], stored(row), {})

    def added(self, table: Table, row_id: int) -> None:
        """Keep that a row was added, and what it says."""
        row = self.connection.execute(select(table).where(table.c.id == row_id)).mappings().one()
        self._note("add", table, row_id, {}, stored({n: value for n, value in row.items() if n not in PASSING}))

    def _write(self, table: Table, row_id: int, values: Mapping[str, Any]) -> None:
        write(self.session, table, row_id, values)


def point_all(ledger: Ledger, table: str, resource: str, old: Sequence[int], new: int) -> None:
    """Point what refers to the old records to the new one, by the policy of each column."""
    for column in references_to(table):
        policy = column.info["merge"]
        if policy != "keep":
            ledger.point(column, old, new, combine=policy == "combine")
    for column, noun in loose_references():
        ledger.point_loose(column, noun, resource, old, new)


def drop_same(ledger: Ledger, key: str, record_id: int) -> None:
    """Drop numbers and addresses that a company, or a contact, now has twice, the later one; the ledger keeps them."""
    for name, names in SAME.items():
        table = Base.metadata.tables[name]
        rows = ledger.connection.execute(select(table).where(table.c[key] == record_id).order_by(table.c.id))
        seen: dict[tuple[Any, ...], dict[str, Any]] = {}
        for row in rows.mappings().all():
            said = tuple(row[one] for one in names)
            if said in seen:
                _keep_bar(ledger, table, seen[said], dict(row))
                ledger.drop(table, dict(row))
            else:
                seen[said] = dict(row)


def _keep_bar(ledger: Ledger, table: Any, kept: dict[str, Any], dropped: Mapping[str, Any]) -> None:
    """Let the row that stays be barred where the one that goes is: what somebody asked for outlives a merge."""
    flags = [n for n in ("do_not_use", "do_not_sms") if n in kept and dropped[n] and not kept[n]]
    if flags:
        notes = ("do_not_use_reason", "do_not_use_on", "do_not_use_by_id")
        after = dict.fromkeys(flags, True) | {name: kept[name] or dropped[name] for name in notes}
        ledger.set(table, kept["id"], {name: kept[name] for name in after}, after)
        kept.update(after)


def write(session: Session, table: Table, row_id: int, values: Mapping[str, Any]) -> None:
    """Set columns of a row and leave the time of its last change as it is."""
    kept = {"updated_at": table.c.updated_at} if "updated_at" in table.c else {}
    session.connection().execute(update(table).where(table.c.id == row_id).values(**values, **kept))


def take_back(session: Session, entries: Sequence[MergeEntry]) -> list[MergeEntry]:
    """Undo entries, the last first; give those that somebody has changed since, which are left as they are."""
    left = []
    anew: dict[tuple[str, int], int] = {}
    for entry in sorted(entries, key=lambda one: -one.id):
        table = Base.metadata.tables.get(entry.table_name)
        if table is None or not _take_back(session, table, entry, anew):
            left.append(entry)
    return left


def _take_back(session: Session, table: Table, entry: MergeEntry, anew: dict[tuple[str, int], int]) -> bool:
    """Undo one entry; `anew` are the rows that came back with another id: SQLite gives that of a removed row again."""
    connection = session.connection()
    row_id = anew.get((table.name, entry.row_id), entry.row_id)
    row = connection.execute(select(table).where(table.c.id == row_id)).mappings().first()
    before = {
        name: _anew(table.c[name], revive(table.c[name], value), anew)
        for name, value in entry.before.items()
        if name in table.c
    }
    if entry.action == "drop":
        if row is not None:
            del before["id"]
        made: Any = connection.execute(insert(table).values(**before)).inserted_primary_key
        anew[table.name, entry.row_id] = made[0]
        return True
    if row is None:
        return False
    if entry.action == "add":
        if any(plain(row[name]) != value for name, value in entry.after.items() if name in table.c):
            return False
        connection.execute(delete(table).where(table.c.id == row_id))
        record_gone(session, table, dict(row))
        return True
    same = {name: value for name, value in before.items() if plain(row[name]) == entry.after[name]}
    if same:
        write(session, table, row_id, same)
    return len(same) == len(entry.before)


def _anew(column: Column[Any], value: Any, anew: Mapping[tuple[str, int], int]) -> Any:
    """Give what a key points to now."""
    found = (anew.get((key.column.table.name, value)) for key in column.foreign_keys if isinstance(value, int))
    return next((one for one in found if one is not None), value)
