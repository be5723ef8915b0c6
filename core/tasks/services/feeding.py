"""The private address under which other programs read one's tasks."""

from __future__ import annotations

import hashlib
import secrets

from sqlalchemy.orm import Session

from core.tasks.models import CalendarFeed
from core.tasks.queries.schedule import password_mark


def hash_of(token: str) -> str:
    """Give what the database keeps of a private address."""
    return hashlib.sha256(token.encode()).hexdigest()


def open_feed(session: Session, user_id: int) -> str:
    """Make a new private address; the one before no longer works. It is told this once."""
    token = secrets.token_urlsafe(32)
    row = session.get(CalendarFeed, user_id) or CalendarFeed(user_id=user_id)
    row.token_hash, row.password_mark = hash_of(token), password_mark(session, user_id)
    session.add(row)
    session.flush()
    return token


def close_feed(session: Session, user_id: int) -> None:
    """Take the private address back."""
    row = session.get(CalendarFeed, user_id)
    if row is not None:
        session.delete(row)
        session.flush()
