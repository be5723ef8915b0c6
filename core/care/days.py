"""Days of every year, of the solar and of the lunar calendar.

A day of a leap month (闰月) is kept in that month where a year has it, and in the ordinary month of the same number
where it has not. So custom has it (有闰月过闰月，无闰月过平月), and so calendars reckon: years added to a day of the
month `M06L` give one of `M06` where there is no such leap month (Temporal of ECMAScript, tc39/test262#4671). What
belongs to an ordinary month is not kept again in the leap one.
"""

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
def lunar_in(year: int, month: int, day: int, *, leap: bool = False) -> dt.date:
    """Give the solar date of a day of a lunar year: of the ordinary month, not of the leap month that may follow it.

    With `leap` it is a day of the leap month, which is kept in the ordinary one where the year has no such leap month.
    The 30th is kept on the 29th where the month has no more.
    """
    from lunar_python import Lunar, LunarMonth  # 40 ms, and only where somebody counts lunar days

    number = -month if leap and leap_month(year) == month else month
    length = LunarMonth.fromYm(year, number).getDayCount()
    solar = Lunar.fromYmd(year, number, min(day, length)).getSolar()
    return dt.date(solar.getYear(), solar.getMonth(), solar.getDay())


@functools.lru_cache(maxsize=512)
def leap_month(year: int) -> int:
    """Tell after which month of a lunar year a leap month of the same number follows; 0: none does."""
    from lunar_python import LunarYear

    return int(LunarYear.fromYear(year).getLeapMonth())


Days = frozenset[tuple[int, int]]
"""Months with their days."""


def falls_on(day: dt.date) -> tuple[Days, Days, Days]:
    """Give the months and days that are kept on a day: solar ones, lunar ones, and those of leap months.

    It is the reverse of `solar_in` and `lunar_in`.
    """
    solar = {(day.month, day.day)}
    if (day.month, day.day) == (2, 28) and not _leaps(day.year):
        solar.add(LEAP_DAY)
    return frozenset(solar), *_lunar_of(day)


@functools.lru_cache(maxsize=4096)
def _lunar_of(day: dt.date) -> tuple[Days, Days]:
    """Give the days of ordinary months and those of leap months that are kept on a day."""
    from lunar_python import LunarMonth, Solar

    lunar = Solar.fromYmd(day.year, day.month, day.day).getLunar()
    month, number = lunar.getMonth(), lunar.getDay()
    found = {(abs(month), number)}
    if number == 29 and LunarMonth.fromYm(lunar.getYear(), month).getDayCount() == 29:
        found.add((abs(month), 30))
    kept = frozenset(found)
    if month < 0:  # what belongs to the ordinary month was kept there
        return frozenset(), kept
    return kept, kept if leap_month(lunar.getYear()) != month else frozenset()


def days_from(first: dt.date, last: dt.date) -> list[dt.date]:
    """List the days from the first to the last."""
    return [first + number * DAY for number in range((last - first).days + 1)]


def kept_on(month: int, day: int, *, lunar: bool, first: dt.date, last: dt.date) -> list[dt.date]:
    """List the days of a span on which a yearly day is kept."""
    place = 1 if lunar else 0
    return [one for one in days_from(first, last) if (month, day) in falls_on(one)[place]]
