"""Figures of a mailing, and the letter to each of its recipients."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.mail.models import Letter, Mailing


def counts_of(session: Session, mailing_id: int) -> dict[str, int]:
    """Count the recipients of a mailing by state."""
    rows = select(Letter.state, func.count()).where(Letter.mailing_id == mailing_id).group_by(Letter.state)
    found: dict[str, int] = dict(session.execute(rows).all())
    return found


def reasons_of(session: Session, mailing_id: int) -> list[tuple[str, str, int]]:
    """Count by state and reason those who did not get the letter, the most first."""
    rows = (
        select(Letter.state, Letter.reason, func.count())
        .where(Letter.mailing_id == mailing_id, Letter.reason != "")
        .group_by(Letter.state, Letter.reason)
        .order_by(func.count().desc(), Letter.reason)
    )
    return [(state, reason, count) for state, reason, count in session.execute(rows)]


def recipient_beside(
    session: Session, mailing_id: int, letter_id: int | None
) -> tuple[Letter | None, int | None, int | None]:
    """Give one recipient of a mailing, the first where none is named, and the ids of those before and after him."""
    rows = select(Letter).where(Letter.mailing_id == mailing_id, Letter.state != "left_out")
    letter = None
    if letter_id is not None:
        letter = session.scalars(rows.where(Letter.id == letter_id)).first()
    if letter is None:
        letter = session.scalars(rows.order_by(Letter.id).limit(1)).first()
    if letter is None:
        return None, None, None
    ids = rows.with_only_columns(Letter.id)
    before = session.scalar(ids.where(Letter.id < letter.id).order_by(Letter.id.desc()).limit(1))
    after = session.scalar(ids.where(Letter.id > letter.id).order_by(Letter.id).limit(1))
    return letter, before, after


def mailing_choices(session: Session) -> Sequence[tuple[str, str]]:
    """List the newest mailings that the person finds, to narrow a list of letters by."""
    rows = select(Mailing.id, Mailing.name).order_by(Mailing.id.desc()).limit(200)
    return [(str(key), name) for key, name in session.execute(rows)]


def asked_count(session: Session, user_id: int) -> int:
    """Count the mailings that wait for somebody else than their author."""
    rows = select(func.count()).select_from(Mailing).where(Mailing.state == "asked", Mailing.owner_id != user_id)
    return session.scalar(rows) or 0
