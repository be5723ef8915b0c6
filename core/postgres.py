"""Psycopg's cursor, which describes its columns only when somebody looks at them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any, overload

from psycopg import Column, Cursor


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


class LazyCursor(Cursor[Any]):
    """A cursor for `connect(cursor_factory=…)`."""

    @property
    def description(self) -> Any:
        """The columns of the present result, None where it has none."""
        result = self.pgresult
        return Described(self, result.nfields) if result is not None and result.nfields else super().description
