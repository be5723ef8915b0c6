"""The figures on top of the workbench: this month beside the last, from the metrics that a person may see."""

from __future__ import annotations

import datetime as dt
import threading
import time
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import current_app, url_for

from core.auth.access import Access
from core.clock import local_today
from core.db import session
from core.desk.words import number
from core.i18n import unit_of
from core.plugin import Metric
from core.registry import PluginFailed
from core.web import zhike

MOST = 5
FRESH = 60.0
"""Seconds for which a figure is shown again without measuring."""

Measured = tuple[Decimal | int, Decimal | int]

_measured: dict[tuple[int, int | None, str], tuple[float, Measured | None]] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Figure:
    """One figure as it is drawn."""

    title: str
    value: str
    unit: str
    before: str
    better: bool | None
    href: str


def month_before(day: dt.date) -> dt.date:
    """Give the first day of the month before."""
    return (day.replace(day=1) - dt.timedelta(days=1)).replace(day=1)


def this_month() -> tuple[dt.date, dt.date]:
    """Give the first day of this month and of the next."""
    first = local_today().replace(day=1)
    return first, (first + dt.timedelta(days=32)).replace(day=1)


def figures(access: Access) -> list[Figure]:
    """Give at most five figures; one that fails is left out."""
    metrics = [
        one
        for one in zhike().registry.declared("register_metrics")
        if one.permission is None or access.may(str(one.permission))
    ]
    found = [(metric, measured(access, metric)) for metric in metrics[:MOST]]
    return [drawn(metric, values) for metric, values in found if values is not None]


def measured(access: Access, metric: Metric) -> Measured | None:
    """Measure this month and the last, or give what was measured a moment ago."""
    slot = (zhike().database.serial, access.user_id, metric.name)
    moment, values = _measured.get(slot, (0.0, None))
    if time.monotonic() - moment < FRESH and moment:
        return values
    registry = zhike().registry
    this, following = this_month()
    try:
        with registry.contained(registry.owner_of("register_metrics", metric), f"metric {metric.name}"):
            values = (metric.measure(session(), this, following), metric.measure(session(), month_before(this), this))
    except PluginFailed:
        values = None
    with _lock:
        if len(_measured) > 10_000:
            _measured.clear()
        _measured[slot] = (time.monotonic(), values)
    return values


def drawn(metric: Metric, values: Measured) -> Figure:
    """Write a figure: value, the month before, whether it grew, and the list that it counts."""
    now, before = values
    has_list = metric.endpoint in current_app.view_functions
    args: dict[str, Any] = dict(metric.args(*this_month()) if callable(metric.args) else metric.args)
    return Figure(
        title=str(metric.title),
        value=number(float(now)),
        unit=unit_of(metric.unit, float(now)),
        before=number(float(before)),
        better=None if now == before else now > before,
        href=url_for(str(metric.endpoint), **args) if has_list else "",
    )
