"""Reads how much later something is to be: 3周, 三周后, 3w, 10天, 2 months."""

from __future__ import annotations

import datetime as dt
import re

from sqlalchemy.orm import Session

from core.calendar.queries import next_working_day
from core.i18n import ngettext
from core.tasks.presets import months_on

UNITS = {"day": "天|日|days?|d", "week": "周|星期|礼拜|weeks?|w", "month": "个月|月|months?|m"}
_KINDS = "|".join(f"(?P<{unit}>{words})" for unit, words in UNITS.items())
_LATER = re.compile(
    rf"(?P<number>[0-9]{{1,3}}|[一二两三四五六七八九十])\s*(?:个(?!月))?(?:{_KINDS})(?:之?后|以后)?", re.IGNORECASE
)
_DIGITS = {"两": 2} | {digit: number for number, digit in enumerate("一二三四五六七八九十", 1)}


def later(session: Session, text: str, today: dt.date, name: str) -> tuple[dt.date, str] | None:
    """Give the working day that is meant, and in words that one gets back to `name` then; None for any other text."""
    found = _LATER.fullmatch(text.strip())
    if found is None:
        return None
    number = _DIGITS.get(found["number"]) or int(found["number"])
    if not number:
        return None
    if found["month"]:
        day, words = (
            months_on(today, number),
            ngettext(
                "Get back to %(name)s in %(num)d month", "Get back to %(name)s in %(num)d months", number, name=name
            ),
        )
    elif found["week"]:
        day, words = (
            today + dt.timedelta(weeks=number),
            ngettext(
                "Get back to %(name)s in %(num)d week", "Get back to %(name)s in %(num)d weeks", number, name=name
            ),
        )
    else:
        day, words = (
            today + dt.timedelta(days=number),
            ngettext("Get back to %(name)s in %(num)d day", "Get back to %(name)s in %(num)d days", number, name=name),
        )
    return next_working_day(session, day), words
