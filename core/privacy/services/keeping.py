"""Removes what has been kept for longer than its purpose needs, after somebody confirmed it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from core.auth.audit import record
from core.errors import Refused
from core.i18n import _
from core.privacy.models import PrivacyRequest
from core.privacy.queries.due import PERSONAL, REQUEST_TEXTS, RULES, due
from core.privacy.queries.subject import subject_of
from core.privacy.queries.tables import CONTACT, default_of, rows_of, table_of
from core.privacy.services.erasing import erase
from core.privacy.services.ledger import Pen
from core.privacy.services.quotes import Quotes

MOST = 200


def remove_due(
    session: Session, rule: str, ids: Sequence[int], *, by: int | None, contact_hooks: Sequence[Any] = ()
) -> int:
    """Remove what a rule says is due of these records; give how many. Raises Refused for an unknown rule."""
    if rule not in RULES:
        raise Refused(_("There is no such rule."))
    statement = due(session, rule)
    if statement is None:
        return 0
    found = [one for one in session.scalars(statement) if one.id in set(ids)][:MOST]
    for one in found:
        if isinstance(one, PrivacyRequest):
            _forget_request(session, one)
        elif rule == "left":
            subject = subject_of(session, "contact", one.id)
            erase(session, subject, by=by, reason=str(_("Keeping time over")), contact_hooks=contact_hooks)
        else:
            _forget_private(session, one.id)
    table = "core_privacy_request" if rule == "request" else CONTACT
    record(
        session, "erase", entity=table, changes={"removed": [None, len(found)]}, note=f"keeping time {rule}", user_id=by
    )
    return len(found)


def _forget_private(session: Session, contact_id: int) -> None:
    subject = subject_of(session, "contact", contact_id)
    pen = Pen(session)
    table = table_of(CONTACT)
    quotes = Quotes(session, subject, pen)
    for row in rows_of(session, table.select().where(table.c.id == contact_id)):
        pen.set(table, row, {name: default_of(table.c[name]) for name in PERSONAL})
    quotes.blanked(CONTACT, contact_id, PERSONAL)
    quotes.take_out_history()


def _forget_request(session: Session, request: PrivacyRequest) -> None:
    subject = subject_of(session, "contact", request.contact_id) if request.contact_id else None
    pen = Pen(session)
    table = table_of(PrivacyRequest.__tablename__)
    for row in rows_of(session, table.select().where(table.c.id == request.id)):
        pen.set(table, row, dict.fromkeys(REQUEST_TEXTS))
    if subject is not None:
        quotes = Quotes(session, subject, pen)
        quotes.blanked(table.name, request.id, REQUEST_TEXTS)
        quotes.take_out_history()
