"""Units of work: a request, a command or a job, with its session and on whose behalf it runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy.orm import Session

from core.errors import GuardBreach

if TYPE_CHECKING:
    from core.db import Database


class Actor(Protocol):
    """On whose behalf a unit of work runs."""

    user_id: int | None

    def allows_commit(self) -> bool:
        """Tell whether a positive decision was taken for a writing unit of work (lock L6)."""
        ...


BUMPED = "bumped"
"""Where a unit of work notes the counters that its transaction moved (core.state); they count once it committed."""
ONLY_SHOWS = "only shows"
"""Where a unit of work that must not write keeps what it answers to whoever tries."""


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


def demand_decision() -> None:
    """Lock L6: refuse to write for a person when nobody decided that this unit of work may."""
    unit = current_work()
    if unit.actor is not None and not unit.actor.allows_commit():
        raise GuardBreach("a unit of work wrote without a positive decision")
