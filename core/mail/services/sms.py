"""Putting a short message into the outbox."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.auth.audit import record
from core.bus.services import start_job
from core.customers.models import Contact
from core.customers.numbers import parse_phone
from core.errors import Refused
from core.i18n import _
from core.mail.models import TextMessage
from core.mail.permissions import Perm
from core.mail.sms import SMS_JOB

LONGEST = 500
SHORTEST = 7


def write_sms(session: Session, values: dict[str, Any], *, by: int, bars: Any) -> TextMessage:
    """Write to one number; it leaves within moments. Raises Refused for whoever must not get any, and for no number."""
    current_access().demand(str(Perm.SMS_CREATE))
    parsed = parse_phone(values["number"] or "")
    if len(parsed.digits) < SHORTEST:
        words = _("This is no telephone number.")
        raise Refused(words, fields={"number": words})
    if bars:
        words = _("This person or house must not get short messages. Nothing was sent.")
        raise Refused(words, fields={"number": words})
    if not (values["text"] or "").strip():
        raise Refused(_("Write something"), fields={"text": _("Write something")})
    contact = session.get(Contact, values["contact_id"]) if values.get("contact_id") else None
    if values.get("contact_id") and (contact is None or contact.company_id != values.get("company_id")):
        raise Refused(_("This contact belongs to another customer."))
    message = TextMessage(
        company_id=values.get("company_id"),
        contact_id=values.get("contact_id"),
        sender_id=by,
        number=parsed.shown[:40],
        digits=parsed.digits[:20],
        name=(values.get("name") or "")[:100],
        text=values["text"].strip()[:LONGEST],
    )
    session.add(message)
    session.flush()
    record(session, "mail", entity="core_sms", entity_id=message.id, company_id=message.company_id)
    start_job(session, SMS_JOB)
    return message
