"""Reads rows of several tables in one statement: over a network, and in SQLAlchemy, each statement has its price."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Text,
    and_,
    any_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.orm import Session

from core.db import prepared

FEW = 200


@dataclass(frozen=True, eq=False)
class Part:
    """Rows of one model that hang on records by the column `key`; of each the model is read, or what `read` says.

    `joins` are further models with their conditions. The first that is read must not be empty in any row.
    """

    key: Any
    read: Sequence[Any] = ()
    where: ColumnElement[bool] | None = None
    joins: Sequence[tuple[Any, ColumnElement[bool]]] = ()


class Together:
    """Parts that hang on the same records, asked for at once.

    Each part starts from lines of its own, (part, record), and finds its rows by the index on its key, so that nothing
    is multiplied. The row scope of every model holds as it does alone. Order is the reader's business.
    """

    def __init__(self, *parts: Part) -> None:
        self.parts = parts
        self.places: list[slice] = []
        start = 1
        for part in parts:
            width = len(part.read) or 1
            self.places.append(slice(start, start + width))
            start += width
        self._statements: dict[tuple[str, bool], Any] = {}

    def _lines(self, dialect: str, *, one: bool) -> Any:
        """Give the lines (part, record) as something to select from."""
        numbers: list[Any] = [literal_column(str(number)) for number in range(len(self.parts))]
        if dialect == "postgresql" and one:
            # written out, so that the planner knows how many lines there are: only then it keeps its plan, which takes
            # longer than the rows
            same: Any = bindparam("record", type_=BigInteger)
            return _unnested(array(numbers), array([same] * len(numbers)))
        if dialect == "postgresql":  # one function: of a union its planner might make work for several processes
            return _unnested(_numbers("parts", Integer), _numbers("records", BigInteger))
        record = func.json_each(bindparam("records")).table_valued("value", name="records").c.value
        return union_all(*(select(number.label("part"), record.label("record")) for number in numbers)).subquery(
            "lines"
        )

    def _values(self, dialect: str, keys: Sequence[int]) -> dict[str, Any]:
        if dialect != "postgresql":
            return {"records": json.dumps([*keys])}
        if len(self.parts) == 1:
            return {"records": _written(keys)}
        if len(keys) == 1:
            return {"record": keys[0]}
        numbers = range(len(self.parts))
        return {"parts": _written([n for n in numbers for _key in keys]), "records": _written([*keys] * len(numbers))}

    def _statement(self, dialect: str, *, one: bool) -> Any:
        if len(self.parts) == 1:
            return self._alone(dialect)
        lines = self._lines(dialect, one=one)
        columns = [read for part in self.parts for read in (part.read or [part.key.class_])]
        statement: Any = select(lines.c.part, *columns).select_from(lines)
        for number, part in enumerate(self.parts):
            mine = part.key == case((lines.c.part == literal_column(str(number)), lines.c.record))
            on = mine if part.where is None else and_(mine, part.where)
            statement = statement.outerjoin(part.key.class_, on)
            for model, joined in part.joins:
                statement = statement.outerjoin(model, joined)
        return statement

    def _alone(self, dialect: str) -> Any:
        """Give the statement of the only part, of which thousands of records may be asked."""
        (part,) = self.parts
        if dialect == "postgresql":
            among = part.key == any_(_numbers("records", BigInteger))
        else:
            each: Any = func.json_each(bindparam("records")).table_valued("value", name="records")
            among = part.key.in_(select(each.c.value))
        statement: Any = select(*(part.read or [part.key.class_])).select_from(part.key.class_).where(among)
        for model, joined in part.joins:
            statement = statement.outerjoin(model, joined)
        return statement if part.where is None else statement.where(part.where)

    def read(self, session: Session, keys: Sequence[int]) -> list[list[Any]]:
        """Give the rows of each part: records where the model itself is read, else tuples."""
        dialect = session.get_bind().dialect.name
        form = (dialect, len(keys) == 1)
        statement = self._statements.get(form)
        if statement is None:
            statement = self._statements[form] = prepared(self._statement(dialect, one=form[1]))
        rows = session.execute(statement, self._values(dialect, keys))
        if len(self.parts) == 1:
            return [list(rows.all() if self.parts[0].read else rows.scalars())]
        found: list[list[Any]] = [[] for _part in self.parts]
        whole = [not part.read for part in self.parts]
        for row in rows:
            number = row[0]
            piece = row[self.places[number]]
            if piece[0] is not None:
                found[number].append(piece[0] if whole[number] else piece)
        return found


def _numbers(name: str, kind: Any) -> Any:
    """Give a parameter that holds numbers, written as one text: a list is written item by item, ten times as slowly."""
    return cast(bindparam(name, type_=Text), ARRAY(kind))


def _written(numbers: Iterable[int]) -> str:
    return f"{{{','.join(map(str, numbers))}}}"


def _unnested(parts: Any, records: Any) -> Any:
    return func.unnest(parts, records).table_valued("part", "record", name="lines").render_derived()


@dataclass(frozen=True, eq=False)
class Loader:
    """Loads what a list shows of each row and no column holds; several of them ask one statement together.

    `fold` makes `{record id: value}` of the rows of the part, of which the first column is the record's id.
    """

    part: Part
    fold: Callable[[Iterable[Any]], Mapping[int, Any]]

    def __call__(self, session: Session, ids: Sequence[int]) -> Mapping[int, Any]:
        """Load alone."""
        return self.fold(read_together(session, ids, (self,))[0])


def read_together(session: Session, ids: Sequence[int], loaders: Sequence[Loader]) -> list[list[Any]]:
    """Read what loaders fold, none of them yet; what several of them fold is read once."""
    if not loaders or not ids:
        return [[] for _loader in loaders]
    rows: dict[Part, list[Any]] = {}
    for parts in _apart(loader.part for loader in loaders):
        # of many records what goes over in empty columns costs more than a statement
        for some in [parts] if len(ids) <= FEW else [(one,) for one in parts]:
            rows |= zip(some, _together(some).read(session, ids), strict=True)
    return [rows[loader.part] for loader in loaders]


def _apart(parts: Iterable[Part]) -> list[tuple[Part, ...]]:
    """Put parts that read the same model into different statements."""
    groups: list[tuple[list[Part], set[Any]]] = []
    for part in dict.fromkeys(parts):
        models = {part.key.class_, *(model for model, _on in part.joins)}
        held = next((group for group in groups if not group[1] & models), None)
        if held is None:
            groups.append(held := ([], set()))
        held[0].append(part)
        held[1].update(models)
    return [tuple(group) for group, _models in groups]


@functools.lru_cache(maxsize=500)
def _together(parts: tuple[Part, ...]) -> Together:
    return Together(*parts)


__all__ = ["Loader", "Part", "Together", "read_together"]
