"""The rules of requests about personal data: taken, answered or refused in time (PIPL 50)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import local_today
from core.customers.models import Contact
from core.customers.text import name_key
from core.errors import Conflict, Refused
from core.i18n import _
from core.overlay import overlay
from core.privacy.models import PrivacyRequest

DAYS_SETTING = "core.privacy_answer_days"
OPEN = "open"
ENDED = frozenset({"answered", "refused"})


def take_request(session: Session, values: Mapping[str, Any], *, by: int | None) -> PrivacyRequest:
    """Write down what somebody asks for; the day until which it is to be answered follows from the setting."""
    received: dt.date = values.get("received_on") or local_today()
    if received > local_today():
        raise Refused(_("This day has not come yet"), fields={"received_on": _("This day has not come yet")})
    contact = session.get(Contact, values["contact_id"]) if values.get("contact_id") else _named(session, values)
    made = PrivacyRequest(
        subject=(values.get("subject") or (contact.name if contact else ""))[:100],
        kind=values["kind"],
        contact_id=contact.id if contact is not None else None,
        company_id=contact.company_id if contact is not None else values.get("company_id"),
        asked_by=values.get("asked_by"),
        text=values.get("text"),
        received_on=received,
        due_on=received + dt.timedelta(days=int(overlay().setting(session, DAYS_SETTING))),
        handled_by_id=by,
    )
    if not made.subject:
        raise Refused(_("Say whose data it is about."), fields={"subject": _("Say whose data it is about.")})
    session.add(made)
    session.flush()
    return made


def _named(session: Session, values: Mapping[str, Any]) -> Contact | None:
    """Give the contact of the customer who alone bears the name that was written down, if there is one."""
    company_id, key = values.get("company_id"), name_key(values.get("subject") or "")
    if not (company_id and key):
        return None
    wanted = (Contact.company_id == company_id, Contact.name_key == key, Contact.alive())
    found = session.scalars(select(Contact).where(*wanted).limit(2)).all()
    return found[0] if len(found) == 1 else None


def answer(
    session: Session,
    request: PrivacyRequest,
    values: Mapping[str, Any],
    *,
    by: int | None,
    version: int | None = None,
) -> None:
    """Write down the answer: what was done, or why it was refused. Raises Conflict and Refused."""
    if version is not None and request.version != version:
        raise Conflict(_("Somebody answered this request meanwhile. Nothing was overwritten."))
    state = values["state"]
    if state == "refused" and not (values.get("refusal") or "").strip():
        raise Refused(_("Say why"), fields={"refusal": _("Say why")})
    if state == "answered" and not (values.get("answer") or "").strip():
        raise Refused(_("Say what was answered."), fields={"answer": _("Say what was answered.")})
    request.state = state
    request.answer, request.refusal = values.get("answer"), values.get("refusal")
    request.handled_by_id = by
    request.answered_on = local_today() if state in ENDED else None
    session.flush()
