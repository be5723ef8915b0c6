"""Fills any table with rows of its own making, and compares whole databases: for rules that hold over all plugins."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from random import Random
from typing import Any

from sqlalchemy import JSON, Column, Connection, Table, select

from core.columns import Codes, Money, UTCDateTime
from core.db import Base

PASSING = ("core_audit", "core_event", "core_delivery", "core_merge", "core_merge_entry", "core_state_version")
"""Tables that only grow: what happened is not unmade."""


class Rows:
    """Makes rows that satisfy what the tables demand: keys that exist, values of the right type, nothing twice."""

    def __init__(self, connection: Connection, random: Random) -> None:
        self.connection = connection
        self.random = random
        self.count = 0

    def make(self, table: Table, **given: Any) -> int:
        """Insert a row and give its id. What is not given is made up, or left empty where it may be."""
        values = dict(given)
        for column in table.columns:
            if column.name not in values and not (column.primary_key or column.default is not None):
                made = self._value(table, column)
                if made is not None:
                    values[column.name] = made
        row = self.connection.execute(table.insert().values(**values).returning(table.c.id))
        return int(row.scalar_one())

    def any(self, table: Table) -> int:
        """Give the id of some row, made where there is none."""
        found = self.connection.scalars(select(table.c.id).order_by(table.c.id)).all()
        return int(self.random.choice(found)) if found else self.make(table)

    def _value(self, table: Table, column: Column[Any]) -> Any:
        if column.foreign_keys:
            target = next(iter(column.foreign_keys)).column.table
            if target is table or (column.nullable and self.random.random() < 0.5):
                return None
            return self.any(target)
        if column.nullable and self.random.random() < 0.5:
            return None
        return self._sample(column)

    def _sample(self, column: Column[Any]) -> Any:
        self.count += 1
        kind = column.type
        if isinstance(kind, Money):
            return Decimal(self.random.randrange(10_000)) / 100
        if isinstance(kind, UTCDateTime):
            return dt.datetime(2026, 1, 1, tzinfo=dt.UTC) + dt.timedelta(minutes=self.random.randrange(500_000))
        if isinstance(kind, Codes):
            return [f"c{self.count}"]
        if isinstance(kind, JSON):
            return {"n": self.count}
        makers: Mapping[type, Any] = {
            bool: lambda: self.random.random() < 0.5,
            int: lambda: self.random.randrange(1, 10_000),
            float: self.random.random,
            dt.date: lambda: dt.date(2026, 1, 1) + dt.timedelta(days=self.random.randrange(700)),
            dt.time: lambda: dt.time(self.random.randrange(24)),
        }
        maker = makers.get(kind.python_type)
        return (
            maker()
            if maker
            else f"{self.random.randrange(36**6):06x}{self.count}"[-(getattr(kind, "length", 0) or 12) :]
        )


def contents(connection: Connection, *, without: Mapping[str, tuple[str, ...]] | None = None) -> dict[str, list[str]]:
    """Write down all rows of all tables but those that only grow; `without` names columns by table to leave out."""
    found = {}
    for table in Base.metadata.sorted_tables:
        if table.name in PASSING:
            continue
        left = (without or {}).get(table.name, ())
        columns = [column for column in table.columns if column.name not in left]
        found[table.name] = sorted(repr(tuple(row)) for row in connection.execute(select(*columns)))
    return found
