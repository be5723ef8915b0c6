"""Entering days of the house's own calendar."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from core.calendar.models import CalendarDay
from core.errors import NotFound, Refused
from core.i18n import _
from core.state import bump

LONGEST = 31


def set_days(session: Session, first: dt.date, last: dt.date, *, working: bool, name: str = "") -> int:
    """Enter the days from `first` to `last` as worked or off; tell how many."""
    if last < first:
        raise Refused(_("The last day lies before the first."), fields={"last": _("This day lies before the first")})
    count = (last - first).days + 1
    if count > LONGEST:
        raise Refused(_("At most %(n)s days at once.", n=LONGEST), fields={"last": _("This is too far")})
    for number in range(count):
        day = first + dt.timedelta(days=number)
        row = session.get(CalendarDay, day) or CalendarDay(day=day)
        row.working, row.name = working, name.strip()
        session.add(row)
    bump(session, "settings")
    return count


def forget_day(session: Session, day: dt.date) -> None:
    """Take back what was entered for a day: the official calendar counts again."""
    row = session.get(CalendarDay, day)
    if row is None:
        raise NotFound(_("Nothing was entered for this day."))
    session.delete(row)
    bump(session, "settings")
