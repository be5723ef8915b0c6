"""Sessions that read columns the short way: what SQLAlchemy does to load objects takes longer than most statements."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import BindParameter, ColumnElement, Connection, CursorResult, Dialect, Select, event
from sqlalchemy.orm import ORMExecuteState, Session

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
    must be written first.
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
        if more or not reads_columns(statement) or work is None or work.in_transaction:
            return super().execute(statement, params, execution_options=execution_options, **more)
        statement, options = self.scoped(statement)
        options = {**statement.get_execution_options(), **execution_options, **options}
        if any(options.get(name) for name in PIECEWISE):
            self.read_together()
        elif PREPARED in options:
            return run_prepared(self.connection(), statement, params or {}, options)
        return self.connection().execute(statement, params, execution_options=options)

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


@functools.lru_cache(maxsize=5000)
def _ready(statement: Any, dialect: Dialect, names: tuple[str, ...]) -> Ready:
    key = statement._generate_cache_key()
    shape = _Shape(key.key, statement)
    compiled, binds = _compiled(shape, dialect, names)
    mine = zip(binds, key.bindparams, strict=True)
    return Ready(compiled, [(theirs.key, own) for theirs, own in mine if theirs is not own and not own.required])


@dataclass(frozen=True)
class _Shape:
    """What statements have in common that differ by values alone."""

    key: Any
    first: Any = field(compare=False)


@functools.lru_cache(maxsize=500)
def _compiled(shape: _Shape, dialect: Dialect, names: tuple[str, ...]) -> tuple[Any, Sequence[BindParameter[Any]]]:
    statement = shape.first
    return statement.compile(dialect=dialect, column_keys=list(names)), statement._generate_cache_key().bindparams
