"""Carries ids of waiting work to the workers, on Huey over SQLite, PostgreSQL or Redis; only this module knows Huey."""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog

from core.errors import Misdeclared

if TYPE_CHECKING:
    from huey import Huey
    from huey.consumer import Consumer

log = structlog.get_logger(__name__)

NAME = "zhike"
BEAT = 5
"""Seconds between two looks of the clock at the tables: for due jobs, due retries, and what the queue lost."""
QUIET = 10.0
"""Seconds in which an unreachable queue is not tried again, so that it slows nobody's save."""


class Queue:
    """The queue at one address. Losing all that it holds costs seconds: the clock finds the work in the tables."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.handlers: Mapping[str, Callable[..., Any]] = {}
        self._huey: Huey | None = None
        self._task: Callable[..., Any] | None = None
        self._lock = threading.Lock()
        self._quiet_until = 0.0

    # --- telling of work

    def tell(self, kind: str, *ids: int) -> None:
        """Tell the workers of work: `deliver` or `run_job` with an id, `sweep` for much of it. Never raises."""
        if time.monotonic() < self._quiet_until:
            return
        try:
            self.connect()
            assert self._task is not None
            self._task(kind, *ids)
        except Exception as error:
            self._quiet_until = time.monotonic() + QUIET
            log.warning("queue cannot be reached; the workers will find the work in the tables", error=str(error))

    def _work(self, kind: str, *ids: int) -> None:
        handler = self.handlers.get(kind)
        if handler is not None:
            handler(*ids)

    # --- connecting

    def connect(self) -> Huey:
        """Open the queue, once in each process. Raises where it cannot be reached."""
        with self._lock:
            if self._huey is None:
                huey = _open(self.url)
                self._task = huey.task(name="work")(self._work)
                self._huey = huey
            return self._huey

    def forget(self) -> None:
        """Drop a connection that belongs to the parent process; after a fork."""
        self._huey, self._task = None, None
        self._lock = threading.Lock()

    def close(self) -> None:
        """Give the connection back."""
        if self._huey is not None:
            self._huey.storage.close()
        self.forget()

    def size(self) -> int:
        """Count what waits in the queue. Raises where it cannot be reached."""
        return int(self.connect().storage.queue_size())

    # --- working

    def consumer(
        self,
        handlers: Mapping[str, Callable[..., Any]],
        *,
        threads: int,
        beat: Callable[[], Any],
        sweep: Callable[[], Any],
    ) -> Consumer:
        """Make the loop that works off the queue: `handlers` by kind; `beat` and `sweep` run every few seconds."""
        from huey.consumer import Consumer, Scheduler

        self.handlers = handlers

        class Clock(Scheduler):  # type: ignore[misc]
            """Huey's clock, looking at our tables instead of at a list of its own."""

            periodic_task_seconds = BEAT
            sweeping: threading.Thread | None = None

            def enqueue_periodic_tasks(self, now: Any) -> None:
                for look in (beat, self.start_sweep):
                    try:
                        look()
                    except Exception:  # the database is away: the next beat tries again
                        log.warning("the clock could not look at the tables", exc_info=True)

            def start_sweep(self) -> None:
                if self.sweeping is None or not self.sweeping.is_alive():
                    self.sweeping = threading.Thread(target=sweep, name="sweep", daemon=True)
                    self.sweeping.start()

        class Loop(Consumer):  # type: ignore[misc]
            scheduler_class = Clock

            def _set_signal_handlers(self) -> None:
                self._signal_actions.pop(getattr(signal, "SIGHUP", None), None)  # it would start itself anew, alone
                super()._set_signal_handlers()

        return Loop(
            self.connect(),
            workers=threads,
            initial_delay=0.05,
            backoff=1.3,
            max_delay=0.5,
            graceful_signal="TERM",
            shutdown_timeout=10,
        )


def _load_huey(*needed: str) -> None:
    """Import Huey without the clients that it would load because they are there: 20 MB and half a second."""
    unneeded = {"redis", "psycopg", "cysqlite", "gevent"}.difference(needed)
    unneeded = {name for name in unneeded if name not in sys.modules}
    for name in unneeded:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        import huey
    finally:
        for name in unneeded:
            del sys.modules[name]
    assert huey


def _open(url: str) -> Huey:
    scheme, _, rest = url.partition("://")
    scheme = scheme.partition("+")[0]
    _load_huey({"postgresql": "psycopg", "postgres": "psycopg"}.get(scheme, "redis" if "redis" in scheme else ""))
    if scheme == "sqlite":
        return _sqlite(Path(rest.removeprefix("/")))
    options = {"results": False, "serializer": _serializer()}
    if scheme in ("postgresql", "postgres"):
        from huey import PostgresHuey

        return PostgresHuey(NAME, dsn=f"postgresql://{rest}", table_prefix="zhike_queue", connect_timeout=3, **options)
    if scheme in ("redis", "rediss"):
        from huey import RedisHuey
        from redis import ConnectionPool

        pool = ConnectionPool.from_url(url, socket_connect_timeout=2, socket_timeout=5)
        return RedisHuey(NAME, connection_pool=pool, **options)
    raise Misdeclared(f"ZHIKE_QUEUE_URL begins with {scheme!r}: use sqlite, postgresql or redis")


def _sqlite(path: Path) -> Huey:
    """Open the queue's file; a damaged one is thrown away, since the tables know all that it held."""
    from huey import SqliteHuey
    from huey.storage import SqliteStorage

    from core.engines import sqlite_module

    sqlite = sqlite_module()

    class File(SqliteStorage):  # type: ignore[misc]
        """Huey's file, without waiting for the disk at each message."""

        integrity_error = sqlite.IntegrityError
        operational_error = sqlite.OperationalError

        def _create_connection(self) -> Any:
            connection = sqlite.connect(self.filename, timeout=5, check_same_thread=False, isolation_level=None)
            self._set_journal_mode(connection)
            connection.execute("pragma synchronous=normal")
            return connection

    def made() -> Huey:
        huey = SqliteHuey(NAME, storage_class=File, filename=str(path), results=False, serializer=_serializer())
        if huey.storage.sql("pragma quick_check", results=True) != [("ok",)]:
            raise sqlite.DatabaseError("quick_check failed")
        return huey

    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        return made()
    except sqlite.OperationalError:
        raise
    except sqlite.DatabaseError as error:
        log.warning("the queue's file is damaged and is made anew", path=str(path), error=str(error))
        for suffix in ("", "-wal", "-shm"):
            Path(f"{path}{suffix}").unlink(missing_ok=True)
        return made()


def _serializer() -> Any:
    """Make the writer of messages: plain JSON, so that whoever can write to the queue cannot run code here."""
    from huey.registry import Message
    from huey.serializer import Serializer

    class Plain(Serializer):  # type: ignore[misc]
        """Writes the few parts of a message that we use."""

        def _serialize(self, data: Any) -> bytes:
            if not isinstance(data, Message):
                raise TypeError("only messages go through the queue")
            return json.dumps([data.id, data.name, list(data.args)]).encode()

        def _deserialize(self, data: bytes) -> Any:
            message_id, name, args = json.loads(bytes(data))
            return Message(message_id, name, retries=0, retry_delay=0, args=tuple(args), kwargs={}, retry_backoff=0)

    return Plain()
