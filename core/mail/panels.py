"""What mail adds to a customer's page."""

from __future__ import annotations

from collections.abc import Sequence

from flask import url_for
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.auth.queries.names import names_of
from core.i18n import gettext
from core.mail.permissions import Perm
from core.mail.queries import inmails_of_company, letters_of_company
from core.mail.resources import INMAIL_KIND_TITLES, STATE_TITLES, STATE_TONES
from core.plugin import TimelineEntry


def _came_in(session: Session, company_id: int, limit: int) -> Sequence[TimelineEntry]:
    if not current_access().may(Perm.INMAIL_QUERY):
        return []
    return [
        TimelineEntry(
            moment=one.received_at,
            icon="mail",
            tone="care",
            text=gettext(
                "E-mail from %(name)s: %(subject)s", name=one.from_name or one.from_address, subject=one.subject
            ),
            body=one.text[:300],
            tag=INMAIL_KIND_TITLES[one.kind],
            tag_tone="bad" if one.kind == "bounce" else "",
            href=url_for("mail.inmail_detail", id=one.id),
        )
        for one in inmails_of_company(session, company_id, limit)
    ]


def timeline(session: Session, company_id: int, limit: int) -> Sequence[TimelineEntry]:
    """Give the letters to a customer with what became of each, and what came from there."""
    letters = letters_of_company(session, company_id, limit)
    names = names_of(session, [one.sender_id for one in letters])
    return [*_came_in(session, company_id, limit)] + [
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
