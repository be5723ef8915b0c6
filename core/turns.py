"""Lets the threads of a process answer one after the other instead of all at once, without anybody waiting for long."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

SLOW = 0.1
"""Seconds after which a request is a slow one: others begin beside it."""


class Turns:
    """A WSGI application whose requests take turns, in the order in which they came.

    Python runs one thread of a process at a time. Several requests at once only take it from each other, in the middle
    of their work, and keep more connections to the database busy: each is answered later, and all together slower.
    What waits for something else, a long statement or the body of a file, soon counts as slow and holds nobody up.
    """

    def __init__(self, application: Callable[..., Iterable[bytes]], slow: float = SLOW) -> None:
        self.application = application
        self.slow = slow
        self._free = threading.Condition()
        self._waiting: deque[threading.Event] = deque()
        self._holder: object | None = None
        self._since = 0.0

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """Answer a request when its turn has come. What is sent piece by piece is sent after its turn."""
        mine = self._take()
        try:
            return self.application(environ, start_response)
        finally:
            self._give(mine)

    def _take(self) -> object:
        mine, first = object(), threading.Event()
        with self._free:
            self._waiting.append(first)
            if len(self._waiting) == 1:
                first.set()
        first.wait()
        with self._free:  # one thread at most waits here
            while self._holder is not None and (left := self._since + self.slow - time.monotonic()) > 0:
                self._free.wait(left)
            self._holder, self._since = mine, time.monotonic()
            self._waiting.popleft()
            if self._waiting:
                self._waiting[0].set()
        return mine

    def _give(self, mine: object) -> None:
        with self._free:
            if self._holder is mine:
                self._holder = None
                self._free.notify()
