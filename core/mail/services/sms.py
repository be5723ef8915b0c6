"""Putting short messages into the outbox: one, or one to each of many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.auth.audit import record
from core.auth.models import User
from core.bus.services import start_job
from core.clock import local_today, start_of
from core.customers.models import Contact
from core.customers.numbers import parse_phone
from core.errors import Refused
from core.i18n import _
from core.mail.models import TextMessage
from core.mail.permissions import Perm
from core.mail.placeholders import check, fill
from core.mail.queries.audience import Recipient
from core.mail.settings import A_DAY, number
from core.mail.sms import SMS_JOB
from core.mail.text import check_purpose

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


def written_today(session: Session, user_id: int) -> int:
    """Count the short messages that somebody wrote today."""
    mine = select(func.count(TextMessage.id)).where(TextMessage.sender_id == user_id)
    return session.scalar(mine.where(TextMessage.created_at >= start_of(local_today()))) or 0


def check_words(words: str) -> None:
    """Refuse a text with something in braces that is no placeholder, or that has no place in a short message."""
    check("text", words)
    if "{退订}" in words or "{unsubscribe}" in words:
        refusal = _("A short message has no page on which its reader says no.")
        raise Refused(refusal, fields={"text": refusal})


def write_to_many(
    session: Session, words: str, people: Sequence[Recipient], *, kind: str, purpose: str, by: int, **trail: Any
) -> int:
    """Write to each of some recipients who are not left out; give how many. The trail has the number and `trail`.

    `kind` and `purpose` are asked about again before each leaves, for it may wait for long.

    Raises Refused above the limit of a day, which counts single ones too, where nobody is left, and where what stands
    for the placeholders makes a message too long.
    """
    current_access().demand(str(Perm.SMS_CREATE))
    check_purpose(kind, purpose)
    check_words(words)
    chosen = [one for one in people if not one.reason]
    if not chosen:
        raise Refused(_("Nobody is left to whom this short message could go."))
    session.get(User, by, with_for_update=True)  # two at once do not pass the limit together
    limit = number(session, A_DAY)
    if limit and written_today(session, by) + len(chosen) > limit:
        raise Refused(_("You may write short messages to %(n)s people a day. Choose fewer.", n=limit))
    for one in chosen:
        text = fill(words, {**one.values, "today": local_today().isoformat()}).strip()
        if len(text) > LONGEST:
            refusal = _("The message to %(name)s would be longer than %(n)s characters.", name=one.name, n=LONGEST)
            raise Refused(refusal, fields={"text": refusal})
        parsed = parse_phone(one.address)
        session.add(
            TextMessage(
                company_id=one.company_id,
                contact_id=one.contact_id,
                sender_id=by,
                number=parsed.shown[:40],
                digits=parsed.digits[:20],
                name=one.name[:100],
                text=text,
                kind=kind,
                purpose=purpose,
            )
        )
    session.flush()
    changes = {name: [None, value] for name, value in {**trail, "recipients": len(chosen)}.items()}
    record(session, "mail", entity="core_sms", changes=changes)
    start_job(session, SMS_JOB)
    return len(chosen)
