"""The worker role: deliveries, jobs and their clock in one process."""

from __future__ import annotations

import functools
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from flask import Flask

from core.bus.delivery import deliver, sweep
from core.bus.house import Bus
from core.bus.jobs import run_job, sweep_runs, tick
from core.process import own_memory

log = structlog.get_logger(__name__)

THREADS = 4
GRACE = 3.0
GROWN = 24 * 2**20
"""Bytes. Python gives little of what a nightly job over all customers took back to the system; a new process does."""


def run_worker(app: Flask, bus: Bus, *, parent: int | None = None) -> None:
    """Work until SIGTERM or SIGINT, or until the process `parent` is gone.

    What is in hand gets ten seconds; what is cut off is done again later. With a parent, which starts another one, it
    also ends when it has grown and has nothing in hand.
    """
    born, in_hand = own_memory(), InHand()

    def inside(call: Callable[..., Any]) -> Callable[..., Any]:
        """Give handlers and jobs the application context that translations need."""

        @functools.wraps(call)
        def run(*args: Any, **kwargs: Any) -> Any:
            with in_hand.one(), app.app_context():
                return call(*args, **kwargs)

        return run

    def beat() -> None:
        grown = own_memory() - born
        if parent is not None and grown > GROWN and not in_hand.count:
            log.info("worker has grown, another one goes on", grown_mb=grown >> 20)
            os.kill(os.getpid(), signal.SIGTERM)
        elif parent is not None and os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)
        else:
            inside(clock)()

    def clock() -> None:
        for run_id in tick(bus):
            bus.queue.tell("run_job", run_id)

    def sweep_all() -> None:
        try:
            sweep(bus, grace=GRACE)
            sweep_runs(bus, grace=GRACE)
        except Exception:  # the database is away: the next beat tries again
            log.warning("sweep failed", exc_info=True)

    consumer = bus.queue.consumer(
        {
            "deliver": inside(functools.partial(deliver, bus)),
            "run_job": inside(functools.partial(run_job, bus)),
            "sweep": inside(functools.partial(sweep, bus)),
        },
        threads=THREADS,
        beat=beat,
        sweep=inside(sweep_all),
    )
    log.info("worker started")
    consumer.run()
    log.info("worker stopped")


class InHand:
    """Counts the handlers and jobs that are running."""

    def __init__(self) -> None:
        self.count = 0
        self._lock = threading.Lock()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Count one while it runs."""
        with self._lock:
            self.count += 1
        try:
            yield
        finally:
            with self._lock:
                self.count -= 1
