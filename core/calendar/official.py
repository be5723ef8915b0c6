"""The official calendar of China: days off and made-up working days (调休), as the State Council announces them.

The tables come with the library `lunar_python`, from 2002 up to the last year that was announced when it was released.
"""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Mapping

FIRST_YEAR = 2002
FEW = 10
"""A year with fewer announced days is not complete: its arrangement is not out yet."""


@functools.cache
def official_days(year: int) -> Mapping[dt.date, tuple[bool, str]]:
    """Give the announced days of a year, `{day: (working, name of the holiday)}`; empty where nothing is known."""
    from lunar_python.util import HolidayUtil  # 40 ms, and only where somebody counts days

    found: dict[dt.date, tuple[bool, str]] = {}
    for one in HolidayUtil.getHolidays(year):
        day = dt.date.fromisoformat(str(one.getDay()))
        if day.year == year:
            found[day] = (bool(one.isWork()), str(one.getName()))
    return found if len(found) >= FEW else {}
