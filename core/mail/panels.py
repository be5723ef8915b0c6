"""What mail adds to a customer's page."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for
from sqlalchemy.orm import Session

from core.auth.queries.names import names_of
from core.i18n import gettext
from core.mail.queries import letters_of_company
from core.mail.resources import STATE_TITLES, STATE_TONES
from core.plugin import TimelineEntry


def timeline(session: Session, company_id: int, limit: int) -> Sequence[TimelineEntry]:
    """Give the letters to a customer with what became of each."""
    letters = letters_of_company(session, company_id, limit)
    names = names_of(session, [one.sender_id for one in letters])
    return [
        TimelineEntry(
            moment=one.sent_at or one.created_at,
            icon="mail",
            tone="care",
            text=gettext("E-mail to %(name)s: %(subject)s", name=one.name or one.address, subject=one.subject),
            tag=STATE_TITLES[one.state],
            tag_tone=STATE_TONES[one.state],
            by=names.get(one.sender_id or 0, ""),
            href=url_for("mail.letter_detail", id=one.id),
        )
        for one in letters
    ]
