"""Asks those who may agree to a large mailing, and takes the question back once it is answered or void."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth.access import access_of
from core.auth.models import User
from core.bus.house import bus_of
from core.db import system_session
from core.i18n import ngettext
from core.mail.models import Mailing
from core.mail.permissions import Perm
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
        _who_may_agree(mailing),
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


def _who_may_agree(mailing: Mailing) -> list[int]:
    """List the colleagues with the right to review this mailing; rights are remembered until they change."""
    with system_session("mail: who may agree to a mailing") as everything:
        registry = bus_of(everything).registry
        enabled = registry.enabled(everything)
        others = everything.scalars(select(User.id).where(User.active, User.id != mailing.owner_id)).all()
        found = ((key, access_of(everything, key, registry.permissions, enabled)) for key in others)
        return [key for key, access in found if access is not None and access.may(Perm.MAILING_REVIEW, mailing)]
