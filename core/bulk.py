"""Writes many rows at once, as the program: ids taken in blocks, one statement a table, COPY on PostgreSQL."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Column, Table, bindparam, func, select, update
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from core.columns import Tokens, numbered
from core.db import Base, Database, UserSession
from core.errors import GuardBreach

Process = Callable[[Any], Any]
SORTED_TOGETHER = "SELECT set_config('gin_pending_list_limit', '8MB', true), set_config('work_mem', '32MB', true)"
"""Tokens of many rows are sorted into PostgreSQL's index together: in half the time, while a search meanwhile reads
some megabytes of them unsorted (5 ms)."""


def _connection(session: Session) -> Connection:
    if isinstance(session, UserSession):
        raise GuardBreach("bulk writes are the program's own work, never a user's session")
    session.flush()
    return session.connection()


def take_ids(session: Session, table: Table, count: int) -> list[int]:
    """Take the next `count` ids of a table, for rows that refer to each other before they are written."""
    if count <= 0:
        return []
    connection = _connection(session)
    if connection.dialect.name == "postgresql":
        sequence = select(func.pg_get_serial_sequence(table.name, "id")).scalar_subquery()  # looked up once, not a row
        numbers = select(func.nextval(sequence)).select_from(func.generate_series(1, count).table_valued("n"))
        return list(connection.scalars(numbers))
    last = connection.scalar(select(func.coalesce(func.max(table.c.id), 0))) or 0
    last = max(last, retired_ids(connection, table.name))
    return list(range(last + 1, last + count + 1))


def retire_ids(session: Session, table: Table, ids: Iterable[int]) -> None:
    """Let no row to come get the id of one that is removed for good: files, links and histories tell of it.

    PostgreSQL never does; SQLite takes the highest id that is there, and one more.
    """
    highest = max(ids, default=0)
    connection = _connection(session)
    if connection.dialect.name == "postgresql" or highest <= retired_ids(connection, table.name):
        return
    counter = _counter()
    kept = connection.execute(update(counter).where(counter.c.name == table.name).values(value=highest)).rowcount
    if not kept:
        connection.execute(counter.insert().values(name=table.name, value=highest))


def retired_ids(connection: Connection, name: str) -> int:
    """Give the highest id of a table that must not be given again, on SQLite."""
    counter = _counter()
    return connection.scalar(select(counter.c.value).where(counter.c.name == name)) or 0


def _counter() -> Table:
    return Base.metadata.tables["core_number"]


@functools.lru_cache(256)
def _processors(table: Table, dialect_name: str, names: tuple[str, ...], dialect: Dialect) -> list[Process | None]:
    return [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names]


@functools.lru_cache(256)
def _defaults(table: Table, given: frozenset[str]) -> tuple[tuple[str, Any], ...]:
    """List the columns that no row gives and that the model fills by itself."""
    found = []
    for column in table.columns:
        if column.name in given or column.default is None or column.primary_key:
            continue
        found.append((column.name, column.default))
    return tuple(found)


def _default_value(column: Column[Any], default: Any) -> Any:
    if default.is_scalar:
        return default.arg
    if default.is_callable:
        return default.arg(None)
    raise GuardBreach(f"{column} has a default that only the database can make: give its values")


def insert_rows(
    session: Session, table: Table, rows: Sequence[Mapping[str, Any] | Sequence[Any]], columns: Sequence[str] = ()
) -> None:
    """Insert rows given by column name, or as sequences in the order of `columns`. All give the same columns.

    The model's plain defaults fill in the others. Nothing of the unit of work hears of it: no audit line, no search
    index. Whoever calls it sees to these.
    """
    if not rows:
        return
    connection = _connection(session)
    _filled.add(table.name)
    dialect = connection.dialect
    copying = dialect.name == "postgresql"
    given = tuple(columns or rows[0])
    fixed = [(name, _default_value(table.c[name], one)) for name, one in _defaults(table, frozenset(given))]
    names = (*given, *(name for name, _value in fixed))
    processors = _processors(table, dialect.name, names, dialect)
    if copying:
        if any(isinstance(column.type, Tokens) for column in table.columns):
            connection.exec_driver_sql(SORTED_TOGETHER)
        arrays = [isinstance(table.c[name].type, Tokens) for name in names]
        processors = [_array_text if array else one for one, array in zip(processors, arrays, strict=True)]
    constant = tuple(
        process(value) if process else value
        for (_name, value), process in zip(fixed, processors[len(given) :], strict=True)
    )
    lines: Iterable[Sequence[Any]] = rows if columns else ([row[n] for n in given] for row in rows)  # type: ignore[assignment]
    bound = [(place, process) for place, process in enumerate(processors[: len(given)]) if process]
    values = _bound(lines, bound, constant)
    quote = dialect.identifier_preparer.quote
    listed = ", ".join(quote(name) for name in names)
    if copying:
        _copy(connection, f"COPY {quote(table.name)} ({listed}) FROM STDIN", values)
    else:
        marks = ", ".join("?" * len(names))
        statement = f"INSERT INTO {quote(table.name)} ({listed}) VALUES ({marks})"  # noqa: S608
        connection.exec_driver_sql(statement, list(values))


def _bound(
    lines: Iterable[Sequence[Any]], bound: Sequence[tuple[int, Process]], constant: tuple[Any, ...]
) -> Iterator[tuple[Any, ...]]:
    """Turn each line into what the driver takes."""
    for line in lines:
        row = [*line, *constant]
        for place, process in bound:
            if row[place] is not None:
                row[place] = process(row[place])
        yield tuple(row)


def _array_text(value: Sequence[str]) -> str:
    return value if isinstance(value, str) else numbered(value)  # a text is written already


def _copy(connection: Connection, statement: str, values: Iterable[tuple[Any, ...]]) -> None:
    driver: Any = connection.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            write = copy.write_row
            for row in values:
                write(row)
    except connection.dialect.loaded_dbapi.IntegrityError as error:
        raise IntegrityError(statement, None, error) from error
    except connection.dialect.loaded_dbapi.DataError as error:
        raise DataError(statement, None, error) from error


MAPPED = "PRAGMA mmap_size"


@contextmanager
def unmapped(connection: Connection) -> Iterator[None]:
    """Let SQLite read through its small cache for a while, not through a map of the whole file.

    A long import looks up everywhere, and a map of the file that is everywhere read counts as this process's memory.
    """
    size = unmap(connection)
    try:
        yield
    finally:
        if size:
            connection.exec_driver_sql(f"{MAPPED}={size}")


def unmap(connection: Connection) -> int:
    """Let SQLite read without its map until the connection is closed; give how large the map was.

    0 for PostgreSQL, and where there was none.
    """
    size = connection.exec_driver_sql(MAPPED).scalar() if connection.dialect.name == "sqlite" else None
    if size:
        connection.exec_driver_sql(f"{MAPPED}=0")
    return int(size or 0)


def take_stock(session: Session) -> None:
    """Tell PostgreSQL how large the tables have become that this process fills, before its plans for small ones hurt.

    Between two chunks, ever more rarely; SQLite plans without figures. Tokens, whose figures take as long as those of
    all else, wait until the end.
    """
    connection = _connection(session)
    if connection.dialect.name == "postgresql" and _filled:
        quote, tables = connection.dialect.identifier_preparer.quote, Base.metadata.tables
        for name in sorted(_filled):
            plain = [column.name for column in tables[name].columns if not isinstance(column.type, Tokens)]
            connection.exec_driver_sql(f"ANALYZE {quote(name)} ({', '.join(map(quote, plain))})")


_filled: set[str] = set()


def settle(database: Database, *, everything: bool = False) -> None:
    """Let the database take stock of what this process wrote in bulk, so that it finds its way from the first query on.

    PostgreSQL would do so by itself within minutes, SQLite never; neither waits for readers or writers. `everything`
    takes in what was written row by row as well.
    """
    with database.engine.connect() as connection:
        if database.is_sqlite:
            with unmapped(connection):
                connection.exec_driver_sql("PRAGMA analysis_limit=1000")
                connection.exec_driver_sql("PRAGMA optimize=0x10002")
            connection.commit()
            return
        if not _filled and not everything:
            return
        connection.commit()
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.exec_driver_sql("SET statement_timeout = 0")
        quote = connection.dialect.identifier_preparer.quote
        tables = "" if everything else ", ".join(quote(name) for name in sorted(_filled))
        connection.exec_driver_sql(f"VACUUM (ANALYZE) {tables}")
        connection.exec_driver_sql("RESET statement_timeout")


def update_rows(session: Session, table: Table, rows: Iterable[tuple[int, Mapping[str, Any]]]) -> None:
    """Update rows by id, each with its own columns; rows that change the same columns go in one statement."""
    connection = _connection(session)
    _filled.add(table.name)
    grouped: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for record_id, values in rows:
        names = tuple(sorted(values))
        grouped.setdefault(names, []).append({"id_": record_id, **{f"new_{n}": values[n] for n in names}})
    for names, parameters in grouped.items():
        statement = (
            update(table)
            .where(table.c.id == bindparam("id_"))
            .values({name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names})
        )
        connection.execute(statement, parameters)
