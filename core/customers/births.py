"""When somebody was born, of the solar or the lunar calendar, in words, and how old he is by it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from core.columns import LunarDay
from core.i18n import gettext

OLDEST = 130


def solar_birth(day: dt.date | LunarDay, *, lunar: bool, leap: bool) -> dt.date:
    """Give the solar date of a birth. A lunar date that its year has not counts as it is written."""
    from core.care.days import lunar_in  # loaded here: it builds on the register

    if isinstance(day, dt.date) and not lunar:
        return day
    try:
        return lunar_in(day.year, day.month, day.day, leap=leap)
    except Exception:  # the calendar's library knows no narrower kind
        return dt.date(day.year, day.month, min(day.day, 28))


def age_on(today: dt.date, day: dt.date | LunarDay, *, lunar: bool, leap: bool) -> int | None:
    """Give the age in full years; nothing for a date that cannot be one of a birth."""
    born = solar_birth(day, lunar=lunar, leap=leap)
    years = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    return years if 0 <= years <= OLDEST else None


def age_of(person: Any, today: dt.date) -> int | None:
    """Give the age of a contact by the date of birth where it is known; what was once typed grows old."""
    by_birth = None
    if person.birth_date is not None:
        by_birth = age_on(today, person.birth_date, lunar=bool(person.birth_lunar), leap=bool(person.birth_leap))
    return person.age if by_birth is None else by_birth


def birth_words(day: dt.date | LunarDay, *, lunar: bool, leap: bool) -> str:
    """Write a date of birth; a lunar one as an import reads it, with the solar date behind."""
    if not lunar:
        return day.isoformat()
    from lunar_python import Lunar

    solar = solar_birth(day, lunar=lunar, leap=leap).isoformat()
    try:
        held = Lunar.fromYmd(day.year, -day.month if leap else day.month, day.day)
    except Exception:  # a leap month that this year has not
        return gettext("%(day)s by the lunar calendar", day=day.isoformat())
    said = f"{day.year}年{held.getMonthInChinese()}月{held.getDayInChinese()}"
    return gettext("%(lunar)s of the lunar calendar (%(solar)s)", lunar=said, solar=solar)
