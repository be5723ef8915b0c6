"""Which days are worked, and counting in working days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.calendar.models import CalendarDay
from core.calendar.official import official_days
from core.state import kept

DAY = dt.timedelta(days=1)
MOST = 4_000
"""Days that counting walks at most: a house without any working day must not hang it."""


@dataclass(frozen=True)
class Day:
    """What the calendar says of a day that is not as its weekday; `own` ones were entered here."""

    day: dt.date
    working: bool
    name: str
    own: bool


def own_days(session: Session) -> Mapping[dt.date, tuple[bool, str]]:
    """Give the days that were entered here, from memory while nothing changes."""

    def load() -> dict[dt.date, tuple[bool, str]]:
        rows = session.execute(select(CalendarDay.day, CalendarDay.working, CalendarDay.name))
        return {day: (working, name) for day, working, name in rows}

    return kept(session, "settings", "calendar", load)


def is_working_day(session: Session, day: dt.date) -> bool:
    """Tell whether a day is worked: what was entered here counts, else the official calendar, else the weekday."""
    found = own_days(session).get(day) or official_days(day.year).get(day)
    return found[0] if found is not None else day.weekday() < 5


def add_working_days(session: Session, day: dt.date, days: int) -> dt.date:
    """Go so many working days on from a day, or back; `days` of 0 gives the day, or the next one that is worked."""
    if days == 0:
        return next_working_day(session, day)
    step = DAY if days > 0 else -DAY
    left, current = abs(days), day
    for _walked in range(MOST):
        current += step
        if is_working_day(session, current):
            left -= 1
            if left == 0:
                break
    return current


def next_working_day(session: Session, day: dt.date) -> dt.date:
    """Give the day, or the first one after it that is worked."""
    for walked in range(MOST):
        if is_working_day(session, day + walked * DAY):
            return day + walked * DAY
    return day


def working_days_between(session: Session, first: dt.date, last: dt.date) -> int:
    """Count the working days after `first` up to `last`; negative where `last` lies before."""
    if last < first:
        return -working_days_between(session, last, first)
    return sum(is_working_day(session, first + n * DAY) for n in range(1, (last - first).days + 1))


def is_known(session: Session, year: int) -> bool:
    """Tell whether the days off of a year are known; else only weekends count."""
    return bool(official_days(year)) or any(day.year == year for day in own_days(session))


def days_of(session: Session, year: int) -> list[Day]:
    """List the days of a year that are not as their weekday."""
    own = {day: what for day, what in own_days(session).items() if day.year == year}
    merged = {**{day: (*what, False) for day, what in official_days(year).items()}}
    merged |= {day: (*what, True) for day, what in own.items()}
    return [Day(day, *what) for day, what in sorted(merged.items())]
