"""Keeping a person's wish for the daily e-mail of what waits for him."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from core.calendar.queries import next_working_day
from core.mail.models import MailDigest


def keep_wish(session: Session, user_id: int, *, days: str, hour: int, now: dt.datetime) -> dt.date | None:
    """Keep from which hour on and on which days somebody wants it: `working`, `all`, or never.

    One whose hour has passed today begins with tomorrow. Gives the day of the first one, None for never.
    """
    wish = session.get(MailDigest, user_id)
    if not days:
        if wish is not None:
            session.delete(wish)
        return None
    if wish is None:
        wish = MailDigest(user_id=user_id, hour=hour, sent_on=now.date() if hour <= now.hour else None)
        session.add(wish)
    wish.hour, wish.working_days = hour, days == "working"
    session.flush()
    first = now.date() if wish.sent_on is None or wish.sent_on < now.date() else now.date() + dt.timedelta(days=1)
    return next_working_day(session, first) if wish.working_days else first
