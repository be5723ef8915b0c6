"""The worker role: deliveries, jobs and their clock in one process."""

from __future__ import annotations

import functools
import os
import signal
from collections.abc import Callable
from typing import Any

import structlog
from flask import Flask

from core.bus.delivery import deliver, sweep
from core.bus.house import Bus
from core.bus.jobs import run_job, sweep_runs, tick

log = structlog.get_logger(__name__)

THREADS = 4
GRACE = 3.0


def run_worker(app: Flask, bus: Bus, *, parent: int | None = None) -> None:
    """Work until SIGTERM or SIGINT, or until the process `parent` is gone.

    What is in hand gets ten seconds; what is cut off is done again later.
    """

    def inside(call: Callable[..., Any]) -> Callable[..., Any]:
        """Give handlers and jobs the application context that translations need."""

        @functools.wraps(call)
        def run(*args: Any, **kwargs: Any) -> Any:
            with app.app_context():
                return call(*args, **kwargs)

        return run

    def beat() -> None:
        if parent is not None and os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGTERM)
            return
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
        beat=inside(beat),
        sweep=inside(sweep_all),
    )
    log.info("worker started")
    consumer.run()
    log.info("worker stopped")
