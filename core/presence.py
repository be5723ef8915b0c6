"""Which kinds of rows hang on a record: asked together with the record, so that nobody asks for what is not there."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, bindparam, inspect, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.db import current_work, prepared

NUMBER: Any = bindparam("number", type_=BigInteger)
"""Stands for the record's number in a condition."""

Hung = InstrumentedAttribute[Any] | tuple[type[Any], ColumnElement[bool]]
"""Rows that hang on a record: the column that names it, or a model with its condition on `NUMBER`."""


def find_with(session: Session, model: Any, number: int, hung: Sequence[Hung]) -> Any:
    """Find a record, as the person of the session may, and note of what there are rows; None where it is not found."""
    statement, models = _statement(model, tuple(dict.fromkeys(hung)))
    row = session.execute(statement, {"number": number}).first()
    if row is None:
        return None
    noted = zip(models, (bool(there) for there in row[1:]), strict=True)
    current_work().memory.setdefault("presence", {})[model.__tablename__, number] = dict(noted)
    return row[0]


def is_known_absent(model: type[Any], table: str, number: int) -> bool:
    """Tell whether it was noted that no row of a model hangs on a record; what nobody asked for may be there."""
    noted = current_work().memory.get("presence", {}).get((table, number), {})
    return noted.get(model) is False


def are_known_absent(hung: Sequence[Hung], table: str, number: int) -> bool:
    """Tell whether there are rows of some kinds, and it was noted that none of them hangs on a record."""
    return bool(hung) and all(is_known_absent(_model(one), table, number) for one in hung)


@functools.lru_cache(maxsize=200)
def _statement(model: Any, hung: tuple[Hung, ...]) -> tuple[Any, list[type[Any]]]:
    """Make the statement; of a model that names the record in several columns one is enough."""
    conditions: dict[type[Any], list[ColumnElement[bool]]] = {}
    for one in hung:
        condition = one[1] if isinstance(one, tuple) else one == NUMBER
        conditions.setdefault(_model(one), []).append(condition)
    rows = [select(*_keys(one)).where(or_(*rules)) for one, rules in conditions.items()]
    there = [one.correlate(None).exists() for one in rows]
    return prepared(select(model, *there).where(model.id == NUMBER)), list(conditions)


def _keys(model: Any) -> list[Any]:
    """Give the primary key as attributes of the model: on mere columns of its table no row scope is put."""
    mapper = inspect(model)
    return [mapper.get_property_by_column(column).class_attribute for column in mapper.primary_key]


def _model(hung: Hung) -> Any:
    return hung[0] if isinstance(hung, tuple) else hung.class_
