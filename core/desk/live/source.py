"""How a process learns that something was saved: by notification on PostgreSQL, by the file's version on SQLite."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any, Protocol

import structlog
from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from core.db import Database

log = structlog.get_logger(__name__)

CHANNEL = "zhike_live"
AT_ONCE = 500
"""So many ids fit into one notification (8,000 bytes)."""
AGAIN = 2.0
"""Seconds until a lost connection is tried again; meanwhile the figures are looked up as often."""


def tell(session: Session, user_ids: Iterable[int]) -> None:
    """Wake the open pages of users once this transaction has committed, because a figure of theirs changed.

    Nothing is sent on SQLite: there every process sees by itself that something was saved.
    """
    ids = sorted(set(user_ids))
    if not ids or session.get_bind().dialect.name != "postgresql":
        return
    for start in range(0, len(ids), AT_ONCE):
        text = ",".join(str(one) for one in ids[start : start + AT_ONCE])
        session.execute(select(func.pg_notify(CHANNEL, text)))


class Source(Protocol):
    """Tells whose figures may have changed."""

    @property
    def wait(self) -> float:
        """The longest time, in seconds, that one may sleep without looking."""

    def fileno(self) -> int | None:
        """Give what to wait on besides, if anything."""

    def changed(self) -> set[int] | None:
        """Give the users told of since the last call; None stands for everybody."""

    def close(self) -> None:
        """Let go of the connection."""


class FileVersion:
    """SQLite: the version of the file as one connection sees it grows with every commit of any other."""

    wait = 0.2

    def __init__(self, database: Database) -> None:
        self.connection = database.single.connect()
        self.version = self._read()

    def _read(self) -> int:
        return int(self.connection.exec_driver_sql("PRAGMA data_version").scalar_one())

    def fileno(self) -> int | None:
        """There is nothing to wait on."""
        return None

    def changed(self) -> set[int] | None:
        """Tell whether anything at all was saved."""
        before, self.version = self.version, self._read()
        return set() if self.version == before else None

    def close(self) -> None:
        """Let go of the connection."""
        self.connection.close()


class Notifications:
    """PostgreSQL: LISTEN on a connection of its own; a lost one is opened again."""

    def __init__(self, database: Database) -> None:
        self.url = make_url(database.url).set(drivername="postgresql").render_as_string(hide_password=False)
        self.connection: Any = None
        self.tried = 0.0
        self._open()

    @property
    def wait(self) -> float:
        """While nobody notifies, look oneself."""
        return 20.0 if self.connection is not None else AGAIN

    def _open(self) -> None:
        import psycopg

        self.tried = time.monotonic()
        try:
            self.connection = psycopg.connect(self.url, autocommit=True, connect_timeout=3)
            self.connection.execute(f"LISTEN {CHANNEL}")
        except psycopg.Error as error:
            self.connection = None
            log.warning("no notifications; looking every few seconds", error=str(error))

    def fileno(self) -> int | None:
        """Give the socket of the connection."""
        return None if self.connection is None else int(self.connection.fileno())

    def changed(self) -> set[int] | None:
        """Give those who were named; everybody while the connection was lost."""
        import psycopg

        if self.connection is None:
            if time.monotonic() - self.tried >= AGAIN:
                self._open()
            return None
        try:
            return {int(one) for note in self._notes() for one in note.payload.split(",")}
        except psycopg.Error:
            with suppress(psycopg.Error):
                self.connection.close()
            self.connection = None
            return None

    def _notes(self) -> Iterator[Any]:
        yield from self.connection.notifies(timeout=0)

    def close(self) -> None:
        """Let go of the connection."""
        if self.connection is not None:
            self.connection.close()


def open_source(database: Database) -> Source:
    """Open the source of a database."""
    return FileVersion(database) if database.is_sqlite else Notifications(database)
