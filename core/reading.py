"""Sessions that read columns the short way: what SQLAlchemy does to load objects takes longer than most statements."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import BindParameter, ColumnElement, Connection, CursorResult, Dialect, Select, event
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy
from sqlalchemy.orm import ORMExecuteState, Session
from sqlalchemy.sql.selectable import LABEL_STYLE_DEFAULT

S = TypeVar("S", bound=Select[*tuple[Any, ...]])

PREPARED = "zhike_prepared"
PIECEWISE = ("yield_per", "stream_results")
NONE: Mapping[str, Any] = {}


def prepared(statement: S) -> S:
    """Mark a select that is made once, with `bindparam` for what changes: it is compiled once for each row scope.

    Making a select and finding it in SQLAlchemy's cache takes longer than most of them run; for what every page asks.
    """
    return statement.execution_options(**{PREPARED: True})


class Reading(Session):
    """Sends selects of columns straight to the connection.

    Whatever loads objects or writes goes SQLAlchemy's own way, as all does while a transaction writes: what was changed
    must be written first. A row's `_mapping` knows its columns by name, not by the attribute of the model.
    """

    def scoped(self, statement: Any) -> tuple[Any, Mapping[str, Any]]:
        """Give a select as this session may run it, with the options to run it with."""
        return statement, {}

    def read_together(self) -> None:
        """Begin to read in one transaction, which a result that is fetched piece by piece needs on PostgreSQL."""
        if self.connection().get_execution_options().get("isolation_level") == "AUTOCOMMIT":
            self.commit()
            self.connection(execution_options={"isolation_level": "READ COMMITTED"})

    def execute(
        self, statement: Any, params: Any = None, *, execution_options: Mapping[str, Any] = NONE, **more: Any
    ) -> Any:
        """Run a statement."""
        work = self.info.get("work")
        busy = work is None or work.in_transaction or not self._is_clean()
        if more or busy or not reads_columns(statement):
            return super().execute(statement, params, execution_options=execution_options, **more)
        statement, options = self.scoped(statement)
        options = {**statement.get_execution_options(), **execution_options, **options}
        if any(options.get(name) for name in PIECEWISE):
            self.read_together()
            return self.connection().execute(statement, params, execution_options=options)
        if PREPARED in options:
            return fetched(run_prepared(self.connection(), statement, params or {}, options))
        return fetched(self.connection().execute(statement, params, execution_options=options))

    def scalar(self, statement: Any, params: Any = None, **more: Any) -> Any:
        """Run a statement and give the first column of its first row."""
        return self.execute(statement, params, **more).scalar()

    def scalars(self, statement: Any, params: Any = None, **more: Any) -> Any:
        """Run a statement and give the first column of its rows."""
        return self.execute(statement, params, **more).scalars()


@event.listens_for(Reading, "do_orm_execute")
def _read_together(state: ORMExecuteState) -> None:
    if any(state.execution_options.get(name) for name in PIECEWISE):
        state.session.read_together()  # type: ignore[attr-defined]


def reads_columns(statement: Any) -> bool:
    """Tell whether a statement is a select of mapped columns, and of no whole objects."""
    return (
        isinstance(statement, Select)
        and statement._propagate_attrs.get("compile_state_plugin") == "orm"
        and statement._label_style is LABEL_STYLE_DEFAULT  # `session.query()` names its columns in another way
        and all(isinstance(column, ColumnElement) for column in statement._raw_columns)
    )


def run_prepared(
    connection: Connection, statement: Any, values: Mapping[str, Any], options: Mapping[str, Any]
) -> CursorResult[*tuple[Any, ...]]:
    """Run a prepared select without looking for it in the cache of compiled ones, whose keys are long."""
    dialect = connection.dialect
    ready = _ready(statement, dialect, tuple(sorted(values)))
    given = [{**{name: own.effective_value for name, own in ready.own}, **values}]
    settled = connection._execution_options.merge_with(options)
    make, compiled = dialect.execution_ctx_cls._init_compiled, ready.compiled
    return connection._execute_context(
        dialect, make, compiled, given, settled, compiled, given, statement, None, cache_hit=dialect.CACHE_HIT
    )


@dataclass(frozen=True)
class Ready:
    """A statement as it was compiled, perhaps for somebody else's row scope of the same shape.

    `own` are this one's values by the names that they have in it.
    """

    compiled: Any
    own: Sequence[tuple[str, BindParameter[Any]]]


_ready_ones: WeakKeyDictionary[Any, dict[Any, Ready]] = WeakKeyDictionary()
"""By statement: what is narrowed for a person is forgotten with his rights (`Access.narrowed_statements`)."""


def _ready(statement: Any, dialect: Dialect, names: tuple[str, ...]) -> Ready:
    known = _ready_ones.setdefault(statement, {})
    found = known.get((dialect, names))
    if found is None:
        key = statement._generate_cache_key()
        compiled, binds = _compiled(_Shape(key.key, statement), dialect, names)
        places = compiled._cache_key_bind_match[0]  # under which names SQLAlchemy put each value of the first statement
        own = [
            (place.key, mine)
            for theirs, mine in zip(binds, key.bindparams, strict=True)
            if theirs is not mine and not mine.required
            for place in places[theirs]
        ]
        found = known[dialect, names] = Ready(compiled, own)
    return found


@dataclass(frozen=True)
class _Shape:
    """What statements have in common that differ by values alone."""

    key: Any
    first: Any = field(compare=False)


@functools.lru_cache(maxsize=500)
def _compiled(shape: _Shape, dialect: Dialect, names: tuple[str, ...]) -> tuple[Any, Sequence[BindParameter[Any]]]:
    statement = shape.first
    key = statement._generate_cache_key()
    return statement.compile(dialect=dialect, column_keys=list(names), cache_key=key), key.bindparams


def fetched(result: CursorResult[*tuple[Any, ...]]) -> CursorResult[*tuple[Any, ...]]:
    """Take all rows over at once, as is done with objects: SQLite would show those left what is written next.

    PostgreSQL has sent them all; to fetch them one by one takes several times as long.
    """
    if result.returns_rows:
        cursor = result.cursor
        result.cursor_strategy = FullyBufferedCursorFetchStrategy(cursor, initial_buffer=cursor.fetchall())
    return result
