"""What was agreed to, and what waits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.allowances.models import Allowance
from core.bus.house import bus_of
from core.overlay import overlay
from core.plugin import PrintTemplate, Setting

EXPORTS = "core.export_rows_a_day"
ALONE = "core.rows_alone"


def granted(session: Session, user_id: int | None, quota: str, day: dt.date) -> int:
    """Tell how many rows beyond a limit somebody may have on a day: by himself, and by a second person."""
    rows = select(func.sum(Allowance.rows)).where(
        Allowance.owner_id == user_id, Allowance.quota == quota, Allowance.day == day, Allowance.state == "agreed"
    )
    return int(session.scalar(rows) or 0)


def left_alone(session: Session, user_id: int | None, quota: str, day: dt.date) -> int:
    """Tell how many rows beyond a limit somebody may still take out on a day without a second person.

    Each limit has its own: exports, prints and labels are not added up.
    """
    taken = select(func.sum(Allowance.rows)).where(
        Allowance.owner_id == user_id,
        Allowance.quota == quota,
        Allowance.day == day,
        Allowance.decided_by_id == user_id,
    )
    return max(0, int(overlay().setting(session, ALONE)) - int(session.scalar(taken) or 0))


def quota_choices(session: Session) -> list[tuple[str, str]]:
    """List the limits of a day, each by the key and the title of its setting: of exports, and of what is printed."""
    registry = bus_of(session).registry
    templates: Iterable[PrintTemplate] = registry.declared("register_prints")
    keys = {EXPORTS, *(one.quota for one in templates)}
    settings: Iterable[Setting] = registry.declared("register_settings")
    return [(one.key, str(one.title)) for one in settings if one.key in keys]


def asked_count(session: Session, besides: int) -> int:
    """Count what waits for an answer, without what somebody asked for himself."""
    rows = select(func.count(Allowance.id)).where(Allowance.state == "asked", Allowance.owner_id != besides)
    return session.scalar(rows) or 0
