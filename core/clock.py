"""Time as the deployment's people read it."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from core.columns import utcnow

_zone = ZoneInfo("Asia/Shanghai")


def set_zone(zone: ZoneInfo) -> None:
    """Set the deployment's time zone; once, at start."""
    global _zone
    _zone = zone


def zone() -> ZoneInfo:
    """Give the deployment's time zone."""
    return _zone


def to_local(moment: dt.datetime) -> dt.datetime:
    """Give a UTC moment in the deployment's time zone."""
    return moment.astimezone(_zone)


def local_now() -> dt.datetime:
    """Tell the time in the deployment's time zone."""
    return to_local(utcnow())


def local_today() -> dt.date:
    """Tell today's business date."""
    return local_now().date()


def start_of(day: dt.date) -> dt.datetime:
    """Give the moment at which a business date begins, in UTC."""
    return dt.datetime.combine(day, dt.time(), tzinfo=_zone).astimezone(dt.UTC)
