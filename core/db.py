"""The database: engine, sessions, and the one place that commits."""

from __future__ import annotations

import functools
import itertools
import json
import math
import re
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import structlog
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    MetaData,
    any_,
    bindparam,
    create_engine,
    event,
    func,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from core.columns import Scoped
from core.config import Config
from core.errors import GuardBreach
from core.reading import PREPARED, Reading, prepared

log = structlog.get_logger(__name__)

WRITE = "zhike_write"
GUARD = "zhike_guard"
SINGLE = "zhike_single"
PERMIT = f"zhike_permit_{secrets.token_hex(8)}"
"""With this option lock L2 marks a statement that it has narrowed; nobody else knows its name."""
RESTED = 5.0
LONG = 8000
FEW = 100

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Base of every model; its metadata names every constraint, which batch migrations need."""

    metadata = MetaData(naming_convention=NAMING)


class UserSession(Reading):
    """Works for a signed-in person; the locks of `core.auth.locks` hold it to his rights."""

    row_scope: ClassVar[Callable[[Any], tuple[Any, Mapping[str, Any]]]]
    """Lock L2, as `core.auth.locks` sets it."""

    def scoped(self, statement: Any) -> tuple[Any, Mapping[str, Any]]:
        """Add the row scope of the person."""
        return type(self).row_scope(statement)


class SystemSession(Reading):
    """Works for the program itself: sign-in, jobs, imports. Named and counted, never handed to a view."""


class Actor(Protocol):
    """On whose behalf a unit of work runs."""

    user_id: int | None

    def allows_commit(self) -> bool:
        """Tell whether a positive decision was taken for a writing unit of work (lock L6)."""
        ...


@dataclass
class Work:
    """One unit of work: a request, a command or a job, with its session and its actor."""

    database: Database
    actor: Actor | None = None
    reason: str | None = None
    in_transaction: bool = False
    info: dict[str, Any] = field(default_factory=dict)
    memory: dict[str, Any] = field(default_factory=dict)
    """What was read and may be used again; forgotten when a transaction begins and when it ends."""
    _session: Session | None = None

    @property
    def session(self) -> Session:
        """Open the session on first use: a user's when there is an actor, else the system's."""
        if self._session is None:
            maker = self.database.user_sessions if self.reason is None else self.database.system_sessions
            self._session = maker()
            self._session.info["work"] = self
        return self._session

    def close(self) -> None:
        """Give the connection back; whatever was not committed is gone."""
        if self._session is not None:
            self._session.close()
            self._session = None


_work: ContextVar[Work | None] = ContextVar("zhike_work", default=None)
_permit: ContextVar[frozenset[str] | None] = ContextVar("zhike_permit", default=None)


_serials = itertools.count()


class Database:
    """One database with its two kinds of sessions."""

    def __init__(self, config: Config) -> None:
        self.url = config.database_url
        self.rename()
        self.engine = make_engine(config.database_url)
        alone: dict[str, Any] = {} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"}
        reading = self.engine.execution_options(**alone)
        """PostgreSQL shows each statement what was committed before it, in a transaction or not: reading needs none."""
        self.user_sessions = sessionmaker(
            reading.execution_options(**{GUARD: True}), class_=UserSession, expire_on_commit=False
        )
        self.system_sessions = sessionmaker(reading, class_=SystemSession, expire_on_commit=False)
        self.single = self.engine.execution_options(**{SINGLE: True}, **alone)
        """For one reading statement of the system: no transaction around it, so fewer round trips."""
        self.system_uses: dict[str, int] = {}

    def rename(self) -> None:
        """Take a new number, so that nobody takes what he remembers of this database for what is in it now."""
        self.serial = next(_serials)

    @property
    def is_sqlite(self) -> bool:
        """Tell which of the two dialects this is."""
        return self.engine.dialect.name == "sqlite"


def sqlite_module() -> Any:
    """Give `pysqlite3` where it is installed (its SQLite lacks the WAL-reset fault), else the standard library's."""
    try:
        import pysqlite3
    except ImportError:
        import sqlite3

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
        from core.postgres import LazyCursor

        limits = (
            "-c timezone=UTC -c statement_timeout=60000 -c lock_timeout=15000"
            " -c idle_in_transaction_session_timeout=120000 -c jit=off"
            " -c parallel_setup_cost=20000"  # to begin several processes takes longer than most of what a page asks
        )
        engine = create_engine(
            url,
            connect_args={"options": limits, "cursor_factory": LazyCursor},
            pool_size=20,
            max_overflow=10,
            pool_recycle=1800,
            pool_use_lifo=True,  # a connection that just worked knows the statements, and has their plans
        )

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

    event.listen(engine, "before_cursor_execute", _guard_statement)
    return engine


# --- lock L3: no statement on a scoped table may pass a user's session unseen ----------------------------------------

GUARDED_TABLES: set[str] = set()
"""Tables that a user's session only writes through its objects: those of accounts and rights (core.auth.locks)."""
MARK = f"-{secrets.randbits(62)}"
"""Stands in every row scope that lock L2 adds, so that a statement shows in its text where it was narrowed."""
FLUSH = frozenset({"what the flush itself writes"})
"""Permitted while a flush runs: its own statements pass, those of listeners are judged like all others."""
_COMMENTS = re.compile(r"/\*.*?\*/|--[^\n]*", re.S)
_READING = re.compile(r"[\s(]*(?:SELECT|WITH|VALUES|BEGIN|SAVEPOINT|RELEASE|ROLLBACK|COMMIT)\b", re.I)
_WRITING = re.compile(r"\b(?:INSERT|DELETE|MERGE)\b|(?<!FOR )(?<!KEY )\bUPDATE\b|;\s*\S", re.I)
_RUNNING = re.compile(r"\b(?:(?:query|table|cursor|schema|database)_to_xml\w*|dblink\w*|ts_stat|crosstab\w*)\b", re.I)
"""Functions that run a text as SQL: what they read does not show in the statement."""
_MARKED = re.compile(r'"?\b(\w+)"?\.id != ' + MARK)


@functools.cache
def _scoped_names() -> re.Pattern[str] | None:
    names = [m.local_table.name for m in Base.registry.mappers if issubclass(m.class_, Scoped)]  # type: ignore[attr-defined]
    return _any_of(frozenset(names))


@functools.cache
def _any_of(names: frozenset[str]) -> re.Pattern[str] | None:
    words = "|".join(sorted(names, key=len, reverse=True))
    return re.compile(rf'\b({words})\b(?!"?\s*\.)(?:"?\s+AS\s+"?(\w+))?', re.I) if words else None


@functools.cache
def _links() -> frozenset[Any]:
    """The tables between two models, which a flush writes without a model of their own."""
    return frozenset(r.secondary for m in Base.registry.mappers for r in m.relationships if r.secondary is not None)


def _is_of_flush(context: Any) -> bool:
    """Tell whether a statement is a flush's own, and not one of a listener that works meanwhile."""
    if context is None or "compiled_cache" in context.execution_options:
        return context is not None
    writes = context.isinsert or context.isupdate or context.isdelete
    return bool(writes and context.compiled.statement.table in _links())


@functools.lru_cache(maxsize=4096)
def _writes(statement: str) -> bool:
    """Tell whether a text of SQL may write: whatever does not plainly read, in its first word and in all others."""
    bare = _COMMENTS.sub(" ", statement)
    return _READING.match(bare) is None or _WRITING.search(bare) is not None


@functools.lru_cache(maxsize=4096)
def _runs_text(statement: str) -> bool:
    """Tell whether a text of SQL calls a function that runs another text."""
    return _RUNNING.search(statement) is not None


@functools.lru_cache(maxsize=4096)
def _verdict(statement: str) -> tuple[str | None, bool]:
    """Judge a text of SQL that did not come through the locks: why it may not pass, and whether it writes."""
    pattern = _scoped_names()
    if pattern is not None and pattern.search(statement):
        return "a statement on a table with row scope did not come through the ORM", False
    if _runs_text(statement):
        return "a statement runs a text as SQL", False
    writes = _writes(statement)
    guarded = _any_of(frozenset(GUARDED_TABLES))
    if writes and guarded is not None and guarded.search(statement):
        return "accounts, rights and the trail are only changed through their objects", True
    return None, writes


@functools.lru_cache(maxsize=4096)
def _is_narrowed(statement: str, tables: frozenset[str]) -> bool:
    """Tell whether every place where a text of SQL reads one of the tables is narrowed to the person's rows."""
    pattern = _any_of(tables)
    if pattern is None:
        return True
    read: Counter[str] = Counter()
    for name, alias in pattern.findall(statement):
        read[(alias or name).lower()] += 1
    marked = Counter(alias.lower() for alias in _MARKED.findall(statement))
    return all(marked[alias] >= times for alias, times in read.items())


def _guard_statement(conn: Connection, cursor: Any, statement: str, params: Any, context: Any, many: bool) -> None:
    narrowed = _permit.get()
    if narrowed is FLUSH and not _is_of_flush(context):
        narrowed = None
    # long ones are not worth keeping in memory, but for those that every page asks
    short = len(statement) < LONG or (context is not None and context.execution_options.get(PREPARED, False))
    if narrowed is None and context is not None:
        narrowed = context.execution_options.get(PERMIT)
        if narrowed is not None and (_writes if short else _writes.__wrapped__)(statement):
            raise GuardBreach("a select held a statement that writes")
        if narrowed and (_runs_text if short else _runs_text.__wrapped__)(statement):
            raise GuardBreach("a select held a text that is run as SQL")
    if narrowed is not None:
        if narrowed and not (_is_narrowed if short else _is_narrowed.__wrapped__)(statement, narrowed):
            raise GuardBreach("a table with row scope was read past its model")
        return
    if not conn.get_execution_options().get(GUARD):
        return
    why, writes = _verdict(statement)
    if why is not None:
        raise GuardBreach(why)
    if writes:
        demand_decision()


def demand_decision() -> None:
    """Lock L6: refuse to write for a person when nobody decided that this unit of work may."""
    unit = current_work()
    if unit.actor is not None and not unit.actor.allows_commit():
        raise GuardBreach("a unit of work wrote without a positive decision")


@contextmanager
def permitted(tables: frozenset[str] = frozenset()) -> Iterator[None]:
    """Let statements pass that a lock has judged; those that read `tables` must show the mark. For `core.auth` only."""
    token = _permit.set(tables)
    try:
        yield
    finally:
        _permit.reset(token)


def is_permitted() -> bool:
    """Tell whether a lock has judged what is being done; a flush is judged only for what it writes itself."""
    return _permit.get() not in (None, FLUSH)


# --- units of work ---------------------------------------------------------------------------------------------------


def current_work() -> Work:
    """Give the unit of work of this context. Raises GuardBreach where there is none."""
    work = _work.get()
    if work is None:
        raise GuardBreach("there is no unit of work here: open one with core.db.work()")
    return work


def has_work() -> bool:
    """Tell whether this context has a unit of work."""
    return _work.get() is not None


def begin_work(database: Database, *, actor: Actor | None = None, reason: str | None = None) -> tuple[Work, Any]:
    """Open a unit of work and return it with the token for `end_work`. `reason` makes it the system's."""
    work = Work(database, actor=actor, reason=reason)
    outer = _work.get()
    if outer is not None:  # a part of the same request: the trail names where it came from
        work.info.update({k: outer.info[k] for k in ("address", "request_id") if k in outer.info})
        work.info["by"] = getattr(outer.actor, "user_id", None) or outer.info.get("by")
    if reason is not None:
        database.system_uses[reason] = database.system_uses.get(reason, 0) + 1
    return work, _work.set(work)


def end_work(work: Work, token: Any) -> None:
    """Close the session of a unit of work and forget it."""
    work.close()
    _work.reset(token)


@contextmanager
def work(database: Database, *, actor: Actor | None = None, reason: str | None = None) -> Iterator[Work]:
    """Run a block as one unit of work."""
    opened, token = begin_work(database, actor=actor, reason=reason)
    try:
        yield opened
    finally:
        end_work(opened, token)


def insert_into(current: Session, model: Any) -> Any:
    """Begin an insert that knows `on_conflict_do_nothing()` and the like, which both databases spell the same."""
    if current.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as into_postgresql

        return into_postgresql(model)
    from sqlalchemy.dialects.sqlite import insert as into_sqlite

    return into_sqlite(model)


def among(current: Session, key: Any, ids: Sequence[int]) -> ColumnElement[bool]:
    """Give the condition that a key is one of some ids; of many as one parameter."""
    if len(ids) <= FEW:
        found: ColumnElement[bool] = key.in_(ids)
        return found
    if current.get_bind().dialect.name == "postgresql":
        found = key == any_(literal(list(ids), ARRAY(BigInteger)))
    else:
        found = key.in_(select(func.json_each(literal(json.dumps(ids))).table_valued("value").c.value))
    return found


def at_execution(make: Callable[[], Any], kind: Any) -> Any:
    """Give a value of a statement that is worked out anew each time the statement runs."""
    return bindparam(None, callable_=make, type_=kind, unique=True)


def session() -> Session:
    """Give this unit of work's session, for reading."""
    return current_work().session


@contextmanager
def transaction() -> Iterator[Session]:
    """Run a block that writes: all of it is saved, or nothing. The only place that commits.

    What was read before is read anew inside, under the write lock on SQLite. Callbacks of `on_commit` run after the
    block has unwound. Raises GuardBreach when nested or when nobody decided that this unit of work may write (lock L6).
    """
    unit = current_work()
    if unit.in_transaction:
        raise GuardBreach("transactions do not nest")
    current = unit.session
    if current.new or current.dirty or current.deleted:
        raise GuardBreach("records were changed before the transaction began")
    current.commit()
    current.expire_all()
    current.connection(execution_options=_together(unit.database, **{WRITE: True}))
    unit.in_transaction = True
    unit.memory.clear()
    calls: list[Callable[[], None]] = []
    current.info["on_commit"] = calls
    try:
        yield current
        current.flush()
        if current.info.pop("wrote", False):
            demand_decision()
        current.commit()
    except BaseException:
        current.rollback()
        raise
    finally:
        unit.in_transaction = False
        unit.memory.clear()
        current.info.pop("on_commit", None)
        current.info.pop("wrote", None)
    for call in calls:
        try:
            call()
        except Exception:  # the save stands; what follows it is retried by its own means
            log.exception("on_commit callback failed", call=getattr(call, "__qualname__", repr(call)))


def _together(database: Database, **options: Any) -> dict[str, Any]:
    """Give the options of a connection whose statements stand in one transaction."""
    return options if database.is_sqlite else {**options, "isolation_level": "READ COMMITTED"}


def on_commit(current: Session, call: Callable[[], None]) -> None:
    """Run `call` after the present transaction has committed; forget it if it rolls back."""
    calls = current.info.get("on_commit")
    if calls is None:
        raise GuardBreach("on_commit() is for the inside of a transaction")
    calls.append(call)


@contextmanager
def system_session(reason: str, *, database: Database | None = None) -> Iterator[Session]:
    """Read as the program itself, on a session of its own. Name the reason: uses are counted by it."""
    with work(database or current_work().database, reason=reason) as unit:
        yield unit.session


@contextmanager
def system_transaction(reason: str, *, database: Database | None = None) -> Iterator[Session]:
    """Write as the program itself, in a transaction of its own. Not inside another one: SQLite has one writer."""
    base = database or current_work().database
    if database is None and current_work().in_transaction:
        raise GuardBreach("a system transaction cannot run inside another transaction")
    with work(base, reason=reason), transaction() as current:
        yield current


@event.listens_for(Session, "before_flush")
def _only_in_transaction(current: Session, context: Any, instances: Any) -> None:
    unit: Work | None = current.info.get("work")
    if unit is None or not (current.new or current.dirty or current.deleted):
        return
    if not unit.in_transaction:
        raise GuardBreach("records were changed outside `with transaction()`")
    current.info["wrote"] = True


def after_read(current: Session) -> None:
    """End a reading transaction early, so that a slow answer does not hold a connection."""
    if current.in_transaction() and not current.info.get("on_commit"):
        current.commit()


__all__ = [
    "Actor",
    "Base",
    "Database",
    "SystemSession",
    "UserSession",
    "Work",
    "after_read",
    "among",
    "begin_work",
    "current_work",
    "end_work",
    "has_work",
    "insert_into",
    "make_engine",
    "on_commit",
    "permitted",
    "prepared",
    "session",
    "system_session",
    "system_transaction",
    "transaction",
    "work",
]
