"""Counters of the serving processes, added up over all of them; loaded only by servers and by `/metrics`."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client import Histogram

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
BUCKETS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)


def share_between_processes(folder: Path) -> None:
    """Keep the counters in files to which all processes of this server add; before the first is made."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    os.environ[FOLDER] = str(folder)


@cache
def requests() -> Histogram:
    """Give the counter of requests and of the seconds that they took."""
    from prometheus_client import Histogram

    return Histogram(
        "zhike_request_seconds", "Requests and how long they took", ("method", "area", "status"), buckets=BUCKETS
    )


def expose(figures: Mapping[str, tuple[str, float]]) -> tuple[bytes, str]:
    """Write all counters and these figures as Prometheus reads them, with the type of the answer."""
    from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, Gauge, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    for name, (text, value) in figures.items():
        Gauge(name, text, registry=registry, multiprocess_mode="mostrecent").set(value)
    counters = REGISTRY
    if FOLDER in os.environ:
        counters = CollectorRegistry()
        MultiProcessCollector(counters)  # type: ignore[no-untyped-call]
    return generate_latest(registry) + generate_latest(counters), CONTENT_TYPE_LATEST
