"""When a repeated task comes again."""

from __future__ import annotations

import calendar
import datetime as dt

EVERY = ("daily", "weekly", "monthly", "yearly")
MOST = 20_000


def nth(anchor: dt.date, repeat: str, every: int, number: int) -> dt.date:
    """Give the date of the n-th repetition; the 31st is the last day of shorter months and is not lost by them."""
    if repeat == "daily":
        return anchor + dt.timedelta(days=every * number)
    if repeat == "weekly":
        return anchor + dt.timedelta(weeks=every * number)
    months = (anchor.month - 1) + every * number * (12 if repeat == "yearly" else 1)
    year, month = anchor.year + months // 12, months % 12 + 1
    return dt.date(year, month, min(anchor.day, calendar.monthrange(year, month)[1]))


def next_date(anchor: dt.date, repeat: str, every: int, after: dt.date) -> dt.date | None:
    """Give the first repetition after a date; None where there is none in a thousand years."""
    for number in range(1, MOST):
        try:
            found = nth(anchor, repeat, max(1, every), number)
        except (ValueError, OverflowError):
            return None
        if found > after:
            return found
    return None
