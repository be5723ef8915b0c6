"""Changes rows of any table past their models, counts them, and keeps what they said only where that is wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.orm import Session

from core.auth.audit import plain, resealed
from core.customers.services.ledger import revive
from core.privacy.queries.tables import table_of

AUDIT = "core_audit"


class Pen:
    """Blanks and removes rows. With `keeping` it keeps what they said, so that it can be put back; with `trying` it
    only counts."""

    def __init__(self, session: Session, *, keeping: bool = False, trying: bool = False) -> None:
        self.connection = session.connection()
        self.keeping = keeping
        self.trying = trying
        self.kept: list[dict[str, Any]] = []
        self.touched: dict[str, set[Any]] = {}

    @property
    def counts(self) -> dict[str, int]:
        """How many rows of each table were touched."""
        return dict(Counter({name: len(rows) for name, rows in sorted(self.touched.items())}))

    def set(self, table: Table, row: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Change columns of a row; nothing happens where it says so already."""
        changed = {name: value for name, value in after.items() if row[name] != value}
        if not changed:
            return
        self.touched.setdefault(table.name, set()).add(_key(table, row))
        if self.keeping:
            before = {name: plain(row[name]) for name in changed}
            self.kept.append({"table": table.name, "key": _key(table, row), "before": before})
        if self.trying:
            return
        if table.name == AUDIT:
            changed["mac"] = resealed(row, changed)
        if "version" in table.c and "version" not in changed:
            changed["version"] = table.c.version + 1
        same = {"updated_at": table.c.updated_at} if "updated_at" in table.c else {}
        self.connection.execute(update(table).where(_where(table, _key(table, row))).values(**{**same, **changed}))

    def drop(self, table: Table, row: Mapping[str, Any]) -> None:
        """Take a row away."""
        self.touched.setdefault(table.name, set()).add(_key(table, row))
        if self.keeping:
            whole = {name: plain(value) for name, value in row.items()}
            self.kept.append({"table": table.name, "key": _key(table, row), "row": whole})
        if self.trying:
            return
        self.connection.execute(delete(table).where(_where(table, _key(table, row))))


def _key(table: Table, row: Mapping[str, Any]) -> Any:
    names = [column.name for column in table.primary_key]
    return plain(row[names[0]]) if len(names) == 1 else "|".join(str(row[name]) for name in names)


def _where(table: Table, key: Any) -> Any:
    first = next(iter(table.primary_key))
    return first == (revive(first, key) if isinstance(key, str) else key)


def put_back(session: Session, kept: Sequence[Mapping[str, Any]]) -> None:
    """Let rows say again what they said, the last first; rows that are gone by now stay gone."""
    connection = session.connection()
    for one in reversed(kept):
        table = table_of(one["table"])
        row = connection.execute(select(table).where(_where(table, one["key"]))).mappings().first()
        if "row" in one:
            if row is None:
                values = {name: revive(table.c[name], v) for name, v in one["row"].items() if name in table.c}
                connection.execute(insert(table).values(**values))
            continue
        if row is None:
            continue
        values = {name: revive(table.c[name], v) for name, v in one["before"].items() if name in table.c}
        if table.name == AUDIT:
            values["mac"] = resealed(dict(row), values)
        if "version" in table.c:
            values["version"] = table.c.version + 1
        connection.execute(update(table).where(_where(table, one["key"])).values(**values))
