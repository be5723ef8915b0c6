"""Open event streams: one thread of a process holds them all, so that no page waits for a long connection."""

from __future__ import annotations

import json
import queue
import random
import selectors
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth.models import WebSession
from core.auth.sessions import is_over
from core.db import Database, Work, work
from core.desk.badges import Figures, figures_of
from core.desk.live.source import Source, open_source
from core.registry import Registry
from core.state import versions

log = structlog.get_logger(__name__)

STREAMS = "zhike_streams"
"""Where the application keeps those of its process."""
MOST = 400
"""Streams in one process; whoever comes later asks every few seconds instead. A process may open 1,024 files."""
EACH = 20
"""Streams of one person in one process: a browser keeps one for all its pages, so these are many browsers."""
BEAT = 15.0
"""Seconds between two signs of life, by which both ends notice that the other is gone."""
LOOK = 5.0
"""Seconds between two looks whether the sign-ins still stand."""
PARTING = 5.0
"""Seconds that a page has to close a stream which it may not keep; browsers complain where the server closes it."""
REST = 0.25
"""Seconds between two counts, however much is being saved."""


@dataclass(eq=False)
class Stream:
    """One open page."""

    user_id: int
    token: str
    shown: str = field(default="\x00")


class Streams:
    """The open streams of this process. A view offers the connection, the server hands it over after the answer."""

    def __init__(self, database: Database, registry: Registry) -> None:
        self.database = database
        self.registry = registry
        self._offered: dict[socket.socket, Stream] = {}
        self._new: queue.SimpleQueue[tuple[socket.socket, Stream]] = queue.SimpleQueue()
        self._open: dict[socket.socket, Stream] = {}
        self._parting: dict[socket.socket, float] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._bell, self._ear = socket.socketpair()
        self._rights: tuple[int | None, int | None] = (None, None)

    def __len__(self) -> int:
        return len(self._open) + len(self._offered)

    # --- taking connections over; called by the threads that answer requests

    def offer(self, connection: socket.socket, user_id: int, token: str) -> bool:
        """Announce a connection that becomes a stream once its answer's head was sent; False where there are enough."""
        mine = sum(one.user_id == user_id for one in [*self._open.values(), *self._offered.values()])
        if len(self) >= MOST or mine >= EACH:
            return False
        self._offered[connection] = Stream(user_id, token)
        return True

    def take(self, connection: socket.socket) -> bool:
        """Take an announced connection over for good; False where it was not announced."""
        stream = self._offered.pop(connection, None)
        if stream is None:
            return False
        connection.setblocking(False)
        self._new.put((connection, stream))
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="live", daemon=True)
                self._thread.start()
        self._bell.send(b"\0")
        return True

    # --- the one thread

    def _run(self) -> None:
        while True:
            try:
                with self._watching() as (selector, source):
                    self._serve(selector, source)
            except Exception:  # the database is away: pages keep their streams, the figures come later
                log.warning("the live channel starts again", exc_info=True)
                time.sleep(1)

    @contextmanager
    def _watching(self) -> Iterator[tuple[selectors.BaseSelector, Source]]:
        source = open_source(self.database)
        selector = selectors.DefaultSelector()
        selector.register(self._ear, selectors.EVENT_READ)
        for connection in [*self._open, *self._parting]:
            selector.register(connection, selectors.EVENT_READ)
        try:
            yield selector, source
        finally:
            selector.close()
            source.close()

    def _serve(self, selector: selectors.BaseSelector, source: Source) -> None:
        beat, look, counted = (time.monotonic(),) * 3
        listening: int | None = None
        waiting: set[int] | None = None
        while True:
            if source.fileno() != listening:
                listening = self._listen(selector, source, listening)
            now = time.monotonic()
            pending = waiting is None or bool(waiting)
            pause = max(0.0, counted + REST - now) if pending else min(source.wait, look + LOOK - now)
            self._hear(selector, max(0.0, pause))
            told = source.changed()
            waiting = None if told is None or waiting is None else waiting | told
            waiting = self._admit(selector, waiting)
            now = time.monotonic()
            due = now - look >= LOOK
            if due or ((waiting is None or waiting) and now - counted >= REST):
                self._look(selector, None if due else waiting)
                waiting, counted = set(), now
                look = now if due else look
            if now - beat >= BEAT:
                self._send(selector, list(self._open), b":\n\n")
                beat = now

    def _listen(self, selector: selectors.BaseSelector, source: Source, before: int | None) -> int | None:
        if before is not None:
            with suppress(KeyError, ValueError):
                selector.unregister(before)
        now = source.fileno()
        if now is not None:
            selector.register(now, selectors.EVENT_READ)
        return now

    def _hear(self, selector: selectors.BaseSelector, pause: float) -> None:
        """Wait for something to happen; a page that says anything has closed its stream."""
        for key, _events in selector.select(pause):
            one = key.fileobj
            if one is self._ear:
                self._ear.recv(4096)
            elif isinstance(one, socket.socket) and (one in self._open or one in self._parting):
                with suppress(BlockingIOError):
                    if not self._heard(one):
                        self._drop(selector, one)

    def _heard(self, connection: socket.socket) -> bool:
        try:
            return bool(connection.recv(4096))
        except BlockingIOError:
            raise
        except OSError:
            return False

    def _admit(self, selector: selectors.BaseSelector, waiting: set[int] | None) -> set[int] | None:
        """Begin the streams that were handed over; each gets its figures at once."""
        while not self._new.empty():
            connection, stream = self._new.get()
            self._open[connection] = stream
            selector.register(connection, selectors.EVENT_READ)
            self._send(selector, [connection], f"retry: {random.randint(1000, 4000)}\n\n".encode())  # noqa: S311
            if waiting is not None:
                waiting = waiting | {stream.user_id}
        return waiting

    def _look(self, selector: selectors.BaseSelector, users: set[int] | None) -> None:
        """Count anew for these users, or all, and tell the pages whose figures changed; end streams that may not be."""
        for connection, since in list(self._parting.items()):
            if time.monotonic() - since >= PARTING:
                self._drop(selector, connection)
        if not self._open:
            return
        with work(self.database, reason="live") as unit:
            self._end_over(selector, unit)
            wanted = {one.user_id for one in self._open.values()}
            wanted = wanted if users is None else wanted & users
            if wanted:
                unit.info["enabled"] = self.registry.enabled(unit.session)
                found = figures_of(unit.session, self.registry, sorted(wanted))
                self._show(selector, found)

    def _show(self, selector: selectors.BaseSelector, found: dict[int, Figures]) -> None:
        for connection, stream in list(self._open.items()):
            figures = found.get(stream.user_id)
            if figures is not None and figures.mark != stream.shown:
                stream.shown = figures.mark
                self._send(selector, [connection], f"data: {json.dumps(figures.plain())}\n\n".encode())

    def _end_over(self, selector: selectors.BaseSelector, unit: Work) -> None:
        """End the streams of sign-ins that ended; all of them when rights or modules changed, to be judged anew."""
        known = versions(unit.session)
        rights = (known.get("rights"), known.get("plugins"))
        if self._rights not in ((None, None), rights):
            self._part(selector, list(self._open))
        self._rights = rights
        standing = self._standing(unit.session)
        self._part(selector, [one for one, stream in self._open.items() if stream.token not in standing])

    def _part(self, selector: selectors.BaseSelector, connections: Iterable[socket.socket]) -> None:
        """Ask pages to close their streams and to try again; they hear nothing else any more."""
        for connection in connections:
            del self._open[connection]
            self._parting[connection] = time.monotonic()
            self._send(selector, [connection], b"event: again\ndata:\n\n")

    def _standing(self, session: Session) -> set[str]:
        tokens = sorted({one.token for one in self._open.values()})
        rows = session.scalars(select(WebSession).where(WebSession.token_hash.in_(tokens)))
        return {row.token_hash for row in rows if not is_over(session, row.created_at, row.seen_at)}

    def _send(self, selector: selectors.BaseSelector, to: Iterable[socket.socket], text: bytes) -> None:
        """Send without waiting; whoever does not take it is dropped and comes again by himself."""
        for connection in to:
            try:
                connection.send(text)
            except OSError:
                self._drop(selector, connection)

    def _drop(self, selector: selectors.BaseSelector, connection: socket.socket) -> None:
        if self._open.pop(connection, None) is not None or self._parting.pop(connection, None) is not None:
            with suppress(KeyError, ValueError):
                selector.unregister(connection)
            with suppress(OSError):
                connection.close()
