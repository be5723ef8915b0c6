"""Letters of a customer, those in doubt, and how the outbox is doing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session, joinedload

from core.calendar.queries import is_working_day, next_working_day
from core.customers.models import Company
from core.db import prepared
from core.mail.models import CHANNEL, Letter, MailChannel
from core.mail.settings import FROM, FROM_HOUR, STOPPED, UNTIL_HOUR, number, text
from core.overlay import overlay
from core.presence import is_known_absent

_OF_COMPANY = prepared(
    select(Letter)
    .where(Letter.company_id == bindparam("company"), Letter.state != "left_out")
    .options(joinedload(Letter.contact))
    .order_by(Letter.created_at.desc(), Letter.id.desc())
    .limit(bindparam("limit"))
)


def letters_of_company(session: Session, company_id: int, limit: int) -> Sequence[Letter]:
    """List the letters to a customer, the newest first."""
    if is_known_absent(Letter, Company.__tablename__, company_id):
        return ()
    return session.scalars(_OF_COMPANY, {"company": company_id, "limit": limit}).all()


def doubtful_count(session: Session) -> int:
    """Count the letters in doubt that the person finds."""
    return session.scalar(select(func.count()).select_from(Letter).where(Letter.state == "doubtful")) or 0


@dataclass(frozen=True)
class Outbox:
    """What stands in the way of the letters, and when the server was last heard of."""

    sender: str
    stopped: bool
    error: str = ""
    failed_at: dt.datetime | None = None
    worked_at: dt.datetime | None = None
    counts: Mapping[str, int] = field(default_factory=dict)


def outbox_state(session: Session) -> Outbox:
    """Tell how the outbox is doing; the counts are of what the person finds."""
    channel = session.get(MailChannel, CHANNEL)
    states = select(Letter.state, func.count()).where(Letter.state.in_(("waiting", "sending", "doubtful")))
    counts: dict[str, int] = dict(session.execute(states.group_by(Letter.state)).all())
    stopped = bool(overlay().setting(session, STOPPED))
    sender = text(session, FROM)
    if channel is None:
        return Outbox(sender, stopped, counts=counts)
    return Outbox(sender, stopped, channel.error, channel.failed_at, channel.worked_at, counts)


def window_opens(session: Session, now: dt.datetime) -> dt.datetime | None:
    """Tell when mailings may leave again, by the house's clock; None where they may now, or at any time."""
    first, last = min(number(session, FROM_HOUR), 23), number(session, UNTIL_HOUR)
    last = 24 if last > 24 or last <= first else last
    if (first, last) == (0, 24):
        return None
    day = now.date()
    if is_working_day(session, day) and first <= now.hour < last:
        return None
    if now.hour >= first or not is_working_day(session, day):
        day = next_working_day(session, day + dt.timedelta(days=1))
    return dt.datetime.combine(day, dt.time(first), tzinfo=now.tzinfo)


def mailbox_error(session: Session) -> str:
    """Tell what went wrong when e-mails were fetched last; an empty text where all is well."""
    channel = session.get(MailChannel, "imap")
    return channel.error if channel is not None else ""
