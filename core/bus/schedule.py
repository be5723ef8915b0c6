"""Reads the five cron fields of a job and finds its due times in the deployment's time zone."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

PART = re.compile(r"^(?:\*|(\d+)(?:-(\d+))?)(?:/(\d+))?$")
RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
HORIZON = 366 * 5
"""Days to look ahead for the next due time: 29 February comes within them, 31 February never."""


@dataclass(frozen=True)
class Schedule:
    """Minutes, hours, days, months and week days (Sunday 0) at which something is due."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    any_day: bool
    any_weekday: bool

    def on(self, day: dt.date) -> bool:
        """Tell whether a day is due. As in cron, days and week days that are both given are alternatives."""
        if day.month not in self.months:
            return False
        in_month, in_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        if self.any_day or self.any_weekday:
            return in_month and in_week
        return in_month or in_week

    def of(self, day: dt.date, zone: ZoneInfo) -> list[dt.datetime]:
        """List a day's due times in UTC: a skipped hour is due after it, one that comes twice counts for `*` only."""
        if not self.on(day):
            return []
        folds = (0, 1) if len(self.hours) == 24 else (0,)
        return sorted(
            {
                dt.datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone, fold=fold).astimezone(dt.UTC)
                for hour in self.hours
                for minute in self.minutes
                for fold in folds
            }
        )

    def between(self, after: dt.datetime, until: dt.datetime, zone: ZoneInfo) -> Iterator[dt.datetime]:
        """Give the due times after one moment up to and with another."""
        day, last = after.astimezone(zone).date(), until.astimezone(zone).date()
        while day <= last:
            yield from (moment for moment in self.of(day, zone) if after < moment <= until)
            day += dt.timedelta(days=1)

    def next(self, after: dt.datetime, zone: ZoneInfo) -> dt.datetime | None:
        """Give the first due time after a moment, None where there is none."""
        day = after.astimezone(zone).date()
        for _ in range(HORIZON):
            for moment in self.of(day, zone):
                if moment > after:
                    return moment
            day += dt.timedelta(days=1)
        return None


@cache
def parse(text: str) -> Schedule:
    """Read `minute hour day month weekday`. Raises ValueError naming the part that cannot be."""
    parts = text.split()
    if len(parts) != 5:
        raise ValueError(f"{text!r} is not five cron fields")
    minutes, hours, days, months, weekdays = (
        _field(part, low, high) for part, (low, high) in zip(parts, RANGES, strict=True)
    )
    return Schedule(
        minutes=tuple(sorted(minutes)),
        hours=tuple(sorted(hours)),
        days=frozenset(days),
        months=frozenset(months),
        weekdays=frozenset(day % 7 for day in weekdays),
        any_day=parts[2].startswith("*"),
        any_weekday=parts[4].startswith("*"),
    )


def _field(text: str, low: int, high: int) -> set[int]:
    found: set[int] = set()
    for part in text.split(","):
        match = PART.match(part)
        if match is None:
            raise ValueError(f"{part!r} is no cron field")
        first, last, step = match.groups()
        start = low if first is None else int(first)
        end = int(last) if last else high if first is None or step else start
        if not (low <= start <= end <= high) or step == "0":
            raise ValueError(f"{part!r} is not within {low} to {high}")
        found.update(range(start, end + 1, int(step or 1)))
    return found
