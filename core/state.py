"""What every process keeps in memory of the database, and how it learns that it is stale."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.auth.models import StateVersion
from core.db import Database, current_work
from core.work import BUMPED

NAMES = ("rights", "plugins", "settings", "dictionaries", "lists", "tags", "divisions")

EVERY = "every"

MOST = 5000
"""So many values are kept as newer; when they are more, they become the older ones, and the older ones go.

What is asked for again becomes a newer one: it outlasts what was asked for once.
"""

T = TypeVar("T")

_lock = threading.Lock()
_newer: dict[tuple[int, str, Any], tuple[Any, Any]] = {}
_older: dict[tuple[int, str, Any], tuple[Any, Any]] = {}
_followers: dict[str, Callable[[Session, int], None]] = {}


def versions(session: Session) -> dict[str, int]:
    """Read the counters, once per unit of work."""
    info = current_work().info
    if "versions" not in info:
        info["versions"] = dict(session.execute(select(StateVersion.name, StateVersion.version)).all())
        follow(session)
    return info["versions"]  # type: ignore[no-any-return]


def at_every_look(name: str, follower: Callable[[Session, int], None]) -> None:
    """Have a function hear a counter whenever the counters were read, for what is no value of `kept`.

    Within the transaction that moved the counter it hears nothing: that may yet be rolled back.
    """
    _followers[name] = follower


def follow(session: Session) -> None:
    """Tell the followers what the counters of this unit of work are."""
    info = current_work().info
    for name, follower in _followers.items():
        if name not in info.get(BUMPED, ()):
            follower(session, info["versions"].get(name, 0))


def bump(session: Session, name: str) -> None:
    """Tell every process at its next request that what it keeps under `name` is stale; in the changing transaction.

    Once is enough: nobody else sees or moves the counter before the transaction ends.
    """
    unit = current_work()
    bumped = unit.info.setdefault(BUMPED, set())
    if unit.in_transaction and name in bumped:
        return
    moved = update(StateVersion).where(StateVersion.name == name).values(version=StateVersion.version + 1)
    session.execute(moved, execution_options={"synchronize_session": False})  # no session holds counters as objects
    unit.info.pop("versions", None)
    bumped.add(name)


def kept(session: Session, name: str, key: Any, load: Callable[[], T]) -> T:
    """Give what `load` made, from memory while the counter `name` stands still; `EVERY` means all of them."""
    unit = current_work()
    known = versions(session)
    version: Any = tuple(sorted(known.items())) if name == EVERY else known.get(name, 0)
    slot = (unit.database.serial, name, key)
    found = _newer.get(slot)
    if found is not None and found[0] == version:
        return found[1]  # type: ignore[no-any-return]
    found = _older.get(slot)
    if found is None or found[0] != version:
        found = (version, load())
    if not unit.in_transaction:  # inside one, what was read may yet be rolled back
        _keep(slot, found)
    return found[1]


def _keep(slot: tuple[int, str, Any], found: tuple[Any, Any]) -> None:
    global _newer, _older
    with _lock:
        if len(_newer) >= MOST:
            _newer, _older = {}, _newer
        _newer[slot] = found


def forget(database: Database) -> None:
    """Drop what is kept of a database that is being closed."""
    with _lock:
        for known in (_newer, _older):
            for slot in [slot for slot in known if slot[0] == database.serial]:
                del known[slot]
    database.rename()
