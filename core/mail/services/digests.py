"""Keeping a person's wish for the daily e-mail of what waits for him."""

from __future__ import annotations

import datetime as dt

from sqlalchemy.orm import Session

from core.mail.models import MailDigest


def keep_wish(session: Session, user_id: int, *, days: str, hour: int, now: dt.datetime) -> None:
    """Keep from which hour on and on which days somebody wants it: `working`, `all`, or never.

    One whose hour has passed today begins with tomorrow.
    """
    wish = session.get(MailDigest, user_id)
    if not days:
        if wish is not None:
            session.delete(wish)
        return
    if wish is None:
        wish = MailDigest(user_id=user_id, hour=hour, sent_on=now.date() if hour <= now.hour else None)
        session.add(wish)
    wish.hour, wish.working_days = hour, days == "working"
    session.flush()
