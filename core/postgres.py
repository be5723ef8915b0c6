"""Psycopg's cursor without needless work: columns are described when somebody looks, plans are kept where they fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Self, overload

from psycopg import Column, Connection, Cursor
from psycopg.types.numeric import Int8Dumper

OFTEN = 2
"""From so many times on a connection's statement is prepared: planning takes longer than most of them run."""


def keep_plans(connection: Connection[Any]) -> None:
    """Let a new connection have one plan for each statement, and soon.

    Psycopg sends a number in the smallest type that holds it, and a statement with other types is another one: that for
    customer 40,000 would be planned some ten times although that for customer 30,000 was.
    """
    connection.prepare_threshold = OFTEN
    connection.adapters.register_dumper(int, Int8Dumper)


def read_ahead(connection: Connection[Any]) -> None:
    """Let the server ask a disk for many pages at once: a search reads rows that lie all over a large table.

    Only where the server has the old default of 1, which is meant for one turning disk. Another value is somebody's
    choice, and 0 is all that a system without this way of reading takes.
    """
    name = "effective_io_concurrency"
    connection.execute(f"SELECT set_config('{name}', '200', false) WHERE current_setting('{name}') = '1'")
    connection.commit()


class Described(Sequence[Column]):
    """The columns of a result, made at the first look: SQLAlchemy mostly asks no more than whether there are any."""

    def __init__(self, cursor: Cursor[Any], width: int) -> None:
        self._cursor = cursor
        self._width = width

    @cached_property
    def _columns(self) -> list[Column]:
        return [Column(self._cursor, place) for place in range(self._width)]

    def __len__(self) -> int:
        return self._width

    @overload
    def __getitem__(self, place: int) -> Column: ...
    @overload
    def __getitem__(self, place: slice) -> list[Column]: ...
    def __getitem__(self, place: Any) -> Any:
        return self._columns[place]

    def __iter__(self) -> Iterator[Column]:
        return iter(self._columns)


LONG = 2000
"""Characters from which on a plan depends on a value: some hundreds of ids, more than a page of a list asks for."""


class LazyCursor(Cursor[Any]):
    """A cursor for `connect(cursor_factory=…)`."""

    def execute(self, query: Any, params: Any = None, *, prepare: bool | None = None, **options: Any) -> Self:
        """Run a statement. One with a long value is planned for that value: only then it counts what is in it."""
        if prepare is None and isinstance(params, Mapping):
            long = any(type(value) is str and len(value) > LONG for value in params.values())
            prepare = False if long else None
        return super().execute(query, params, prepare=prepare, **options)

    @property
    def description(self) -> Any:
        """The columns of the present result, None where it has none."""
        result = self.pgresult
        return Described(self, result.nfields) if result is not None and result.nfields else super().description
