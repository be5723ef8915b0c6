"""Days of every year, of the solar and of the lunar calendar."""

from __future__ import annotations

import datetime as dt
import functools

from core.calendar.queries import DAY

LEAP_DAY = (2, 29)


def solar_in(year: int, month: int, day: int) -> dt.date:
    """Give the day of a solar year; the 29th of February is kept on the 28th where there is none."""
    if (month, day) == LEAP_DAY and not _leaps(year):
        day = 28
    return dt.date(year, month, day)


def _leaps(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


@functools.lru_cache(maxsize=4096)
def lunar_in(year: int, month: int, day: int) -> dt.date:
    """Give the solar date of a day of a lunar year: of the ordinary month, not of the leap month that may follow it.

    The 30th is kept on the 29th where the month has no more.
    """
    from lunar_python import Lunar, LunarMonth  # 40 ms, and only where somebody counts lunar days

    length = LunarMonth.fromYm(year, month).getDayCount()
    solar = Lunar.fromYmd(year, month, min(day, length)).getSolar()
    return dt.date(solar.getYear(), solar.getMonth(), solar.getDay())


def falls_on(day: dt.date) -> tuple[frozenset[tuple[int, int]], frozenset[tuple[int, int]]]:
    """Give the months and days, solar and lunar, that are kept on a day; the reverse of `solar_in` and `lunar_in`."""
    solar = {(day.month, day.day)}
    if (day.month, day.day) == (2, 28) and not _leaps(day.year):
        solar.add(LEAP_DAY)
    return frozenset(solar), _lunar_of(day)


@functools.lru_cache(maxsize=4096)
def _lunar_of(day: dt.date) -> frozenset[tuple[int, int]]:
    from lunar_python import LunarMonth, Solar

    lunar = Solar.fromYmd(day.year, day.month, day.day).getLunar()
    month, number = lunar.getMonth(), lunar.getDay()
    if month < 0:  # in a leap month nothing is kept: it was kept in the ordinary one
        return frozenset()
    found = {(month, number)}
    if number == 29 and LunarMonth.fromYm(lunar.getYear(), month).getDayCount() == 29:
        found.add((month, 30))
    return frozenset(found)


def days_from(first: dt.date, last: dt.date) -> list[dt.date]:
    """List the days from the first to the last."""
    return [first + number * DAY for number in range((last - first).days + 1)]


def kept_on(month: int, day: int, *, lunar: bool, first: dt.date, last: dt.date) -> list[dt.date]:
    """List the days of a span on which a yearly day is kept."""
    place = 1 if lunar else 0
    return [one for one in days_from(first, last) if (month, day) in falls_on(one)[place]]
