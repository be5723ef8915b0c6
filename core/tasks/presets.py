"""The days that a task is put on with one key."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from core.calendar.queries import add_working_days, next_working_day
from core.i18n import _


@dataclass(frozen=True)
class Preset:
    """One ready answer to "when"."""

    name: str
    title: Any
    day: Callable[[Session, dt.date], dt.date]


def _days(number: int) -> Callable[[Session, dt.date], dt.date]:
    return lambda session, today: next_working_day(session, today + dt.timedelta(days=number))


def months_on(day: dt.date, months: int) -> dt.date:
    """Give the same day some months on, or the last of a shorter month."""
    place = day.month - 1 + months
    year, month = day.year + place // 12, place % 12 + 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def _months(number: int) -> Callable[[Session, dt.date], dt.date]:
    return lambda session, today: next_working_day(session, months_on(today, number))


PRESETS = (
    Preset("today", _("Today"), lambda _session, today: today),
    Preset("1w", _("Next working day"), lambda session, today: add_working_days(session, today, 1)),
    Preset("3w", _("In 3 working days"), lambda session, today: add_working_days(session, today, 3)),
    Preset("7d", _("In a week"), _days(7)),
    Preset("14d", _("In 2 weeks"), _days(14)),
    Preset("21d", _("In 3 weeks"), _days(21)),
    Preset("1m", _("In a month"), _months(1)),
    Preset("3m", _("In 3 months"), _months(3)),
    Preset("6m", _("In half a year"), _months(6)),
)
"""In the order of the digits 1 to 9. Each falls on a working day, but for today."""


def preset_day(session: Session, name: str, today: dt.date) -> dt.date | None:
    """Give the day of a preset, None where there is no such."""
    return next((one.day(session, today) for one in PRESETS if one.name == name), None)
