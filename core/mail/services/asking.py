"""Asks those who may agree to a large mailing, and takes the question back once it is answered or void."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core.i18n import ngettext
from core.mail.models import Mailing
from core.mail.permissions import Perm
from core.messages.audience import who_may
from core.messages.services import Record, notify, settle


def ask_others(session: Session, mailing: Mailing, count: int) -> None:
    """Tell everybody who may agree that a mailing to `count` people waits; it stays until somebody decides."""
    title = ngettext(
        "A mailing to %(num)d person waits for your agreement: %(name)s",
        "A mailing to %(num)d people waits for your agreement: %(name)s",
        count,
        name=mailing.name,
    )
    notify(
        session,
        who_may(str(Perm.MAILING_REVIEW), mailing, besides=mailing.owner_id),
        title,
        mailing.reason,
        module="core.mail",
        kind="core.mailing_asked",
        key=_key(mailing),
        record=Record(kind="mailing", id=mailing.id),
        sticky=True,
    )


def take_back(session: Session, mailing: Mailing) -> None:
    """Take the question off everybody's list; where nobody was asked nothing happens."""
    if mailing.asked_at is not None:
        settle(session, [_key(mailing)])


def _key(mailing: Mailing) -> str:
    assert mailing.asked_at is not None
    return f"mailing-{mailing.id}-{int(mailing.asked_at.timestamp() * 1000)}"
