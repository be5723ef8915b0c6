"""Makes the engine of a database, with the settings of both dialects."""

from __future__ import annotations

import math
import time
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError

from core.statements import judge_statement

WRITE = "zhike_write"
SINGLE = "zhike_single"
RESTED = 5.0


def sqlite_module() -> Any:
    """Give `pysqlite3` where it is installed (its SQLite lacks the WAL-reset fault), else the standard library's."""
    try:
        import pysqlite3
    except ImportError:
        import sqlite3  # noqa: TID251 - the only one of this process

        return sqlite3
    return pysqlite3


def make_engine(url: str, *, foreign_keys: bool = True) -> Engine:
    """Make an engine with the settings of `promises.md`, Data layer rules.

    Migrations on SQLite pass `foreign_keys=False`: a batch alteration of a parent would otherwise delete its children.
    """
    if url.startswith("sqlite"):
        engine = create_engine(
            url,
            module=sqlite_module(),
            connect_args={"check_same_thread": False, "timeout": 10},
            pool_size=20,
            pool_use_lifo=True,
        )

        @event.listens_for(engine, "connect")
        def prepare(connection: Any, record: Any) -> None:
            connection.isolation_level = None  # we say BEGIN ourselves
            cursor = connection.cursor()
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.execute(f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}")
            cursor.execute("PRAGMA busy_timeout=10000")
            cursor.execute("PRAGMA secure_delete=ON")  # what is erased is overwritten
            cursor.execute("PRAGMA cache_size=-8000")
            cursor.execute("PRAGMA mmap_size=1073741824")  # read from the system's cache, which all processes share
            cursor.execute("PRAGMA temp_store=MEMORY")
            cursor.close()

        @event.listens_for(engine, "begin")
        def begin(connection: Connection) -> None:
            options = connection.get_execution_options()
            if not options.get(SINGLE):
                connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(WRITE) else "BEGIN")

    else:
        from core.postgres import LazyCursor, keep_plans, read_ahead

        limits = (
            "-c timezone=UTC -c statement_timeout=60000 -c lock_timeout=15000"
            " -c idle_in_transaction_session_timeout=120000 -c jit=off"
            " -c parallel_setup_cost=20000"  # to begin several processes takes longer than most of what a page asks
            " -c gin_pending_list_limit=256"  # kB of tokens that wait to be sorted in, which each search reads
        )
        engine = create_engine(
            url,
            connect_args={"options": limits, "cursor_factory": LazyCursor},
            pool_size=20,
            max_overflow=10,
            pool_recycle=1800,
            pool_use_lifo=True,  # a connection that just worked knows the statements, and has their plans
        )

        @event.listens_for(engine, "connect")
        def keep(connection: Any, record: Any) -> None:
            keep_plans(connection)
            read_ahead(connection)

        @event.listens_for(engine, "checkin")
        def note(connection: Any, record: Any) -> None:
            record.info["rested"] = time.monotonic()

        @event.listens_for(engine, "checkout")
        def try_out(connection: Any, record: Any, proxy: Any) -> None:
            """Ask a connection that rested a while whether it still lives: the server may have been restarted."""
            if time.monotonic() - record.info.get("rested", math.inf) < RESTED:
                return
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise DisconnectionError from error

    event.listen(engine, "before_cursor_execute", judge_statement)
    return engine
