"""The database: sessions, the one place that commits, and what every part of the house says to it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, ClassVar

import structlog
from sqlalchemy import BigInteger, ColumnElement, Text, any_, bindparam, event, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, sessionmaker

from core.columns import Base
from core.config import Config
from core.engines import SINGLE, WRITE, make_engine
from core.errors import GuardBreach, Refused
from core.reading import Reading, prepared
from core.statements import GUARD, permitted
from core.work import (
    BUMPED,
    ONLY_SHOWS,
    Actor,
    Work,
    begin_work,
    current_work,
    demand_decision,
    end_work,
    has_work,
    work,
)

log = structlog.get_logger(__name__)

FEW = 100


class UserSession(Reading):
    """Works for a signed-in person; the locks of `core.auth.locks` hold it to his rights."""

    row_scope: ClassVar[Callable[[Any], tuple[Any, Mapping[str, Any]]]]
    """Lock L2, as `core.auth.locks` sets it."""

    def scoped(self, statement: Any) -> tuple[Any, Mapping[str, Any]]:
        """Add the row scope of the person."""
        return type(self).row_scope(statement)


class SystemSession(Reading):
    """Works for the program itself: sign-in, jobs, imports. Named and counted, never handed to a view."""


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


def insert_into(current: Session, model: Any) -> Any:
    """Begin an insert that knows `on_conflict_do_nothing()` and the like, which both databases spell the same."""
    if current.get_bind().dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import insert as into_postgresql

        return into_postgresql(model)
    from sqlalchemy.dialects.sqlite import insert as into_sqlite

    return into_sqlite(model)


def among(current: Session, key: Any, values: Sequence[int] | Sequence[str]) -> ColumnElement[bool]:
    """Give the condition that a key is one of some ids or texts; of many as one parameter."""
    if len(values) <= FEW:
        found: ColumnElement[bool] = key.in_(values)
        return found
    if current.get_bind().dialect.name == "postgresql":
        kind: Any = Text if isinstance(values[0], str) else BigInteger
        found = key == any_(literal(list(values), ARRAY(kind)))
    else:
        found = key.in_(select(func.json_each(literal(json.dumps(values))).table_valued("value").c.value))
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
    block has unwound. Raises GuardBreach when nested or when nobody decided that this unit of work may write (lock L6),
    and Refused where the unit of work only shows.
    """
    unit = current_work()
    if ONLY_SHOWS in unit.info:
        raise Refused(unit.info[ONLY_SHOWS])
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
        if unit.info.pop(BUMPED, None):  # what was read inside may have been rolled back; and now it counts
            unit.info.pop("versions", None)
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
