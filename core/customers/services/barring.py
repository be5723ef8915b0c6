"""Says and takes back that somebody must not be reached; keeps what people agreed to, row by row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.bus import publish
from core.clock import local_today
from core.columns import utcnow
from core.customers.models import CHANNELS, EVERY, Address, Bar, Company, Consent, Contact, Email, Phone
from core.errors import Refused
from core.i18n import _

COPIED = ("channel", "purpose", "given", "wording", "way", "stated_on", "evidence", "taken_by_id")


def bar(
    session: Session, company: Company, contact: Contact | None, channel: str, reason: str, *, by: int | None
) -> Bar:
    """Say that a person, or a whole company, must not be reached on a channel, or on `all`. Raises Refused."""
    if channel not in (*CHANNELS, EVERY):
        raise Refused(_("Choose one of the list"), fields={"channel": _("Choose one of the list")})
    reason = reason.strip()
    if not reason:
        raise Refused(_("Say why"), fields={"reason": _("Say why")})
    person = Bar.contact_id.is_(None) if contact is None else Bar.contact_id == contact.id
    held = session.scalar(
        select(Bar.id).where(Bar.company_id == company.id, person, Bar.channel == channel, Bar.lifted_at.is_(None))
    )
    if held is not None:
        raise Refused(_("This is on record already."), fields={"channel": _("This is on record already.")})
    made = Bar(
        company_id=company.id,
        contact_id=contact.id if contact is not None else None,
        channel=channel,
        reason=reason[:200],
        set_on=local_today(),
        set_by_id=by,
    )
    session.add(made)
    if contact is not None and channel == EVERY:
        contact.do_not_contact = True
    session.flush()
    _tell(session, company.id, made.contact_id, channel, barred=True)
    return made


def lift(session: Session, held: Bar, reason: str, *, by: int | None) -> None:
    """Take a bar back; it stays on record with who did it and why. Raises Refused."""
    if held.lifted_at is not None:
        raise Refused(_("This was taken back already."))
    if not reason.strip():
        raise Refused(_("Say why"), fields={"reason": _("Say why")})
    held.lifted_at, held.lifted_by_id, held.lift_reason = utcnow(), by, reason.strip()[:200]
    contact = session.get(Contact, held.contact_id) if held.contact_id is not None else None
    if contact is not None and held.channel == EVERY:
        contact.do_not_contact = False
    session.flush()
    _tell(session, held.company_id, held.contact_id, held.channel, barred=False)


def bar_method(
    session: Session,
    row: Phone | Email | Address,
    channels: Collection[str],
    reason: str,
    *,
    by: int | None,
    told: bool = False,
) -> None:
    """Say for what one number or address must not be used; nothing takes it back. Raises Refused without a reason.

    `told`: its person is barred by the same act, which the bus has heard of.
    """
    wanted = {"do_not_use": bool({"call", "mail", "post"} & set(channels))}
    if isinstance(row, Phone):
        wanted["do_not_sms"] = "sms" in channels
    if any(wanted.values()) and not reason.strip():
        raise Refused(_("Say why"), fields={"reason": _("Say why")})
    for name, value in wanted.items():
        setattr(row, name, value)
    stamp(row, by, reason.strip())
    session.flush()
    if told:
        return
    for channel in CHANNELS_OF[type(row)]:
        _tell(session, row.company_id, row.contact_id, channel, barred=channel in channels)


CHANNELS_OF: Mapping[type[Any], tuple[str, ...]] = {Phone: ("call", "sms"), Email: ("mail",), Address: ("post",)}


def stamp(row: Any, by: int | None, reason: str = "") -> None:
    """Note who barred a number or address and when; clear the note of one that may be used again."""
    if not (row.do_not_use or getattr(row, "do_not_sms", False)):
        row.do_not_use_reason = row.do_not_use_on = row.do_not_use_by_id = None
    elif row.do_not_use_on is None or (reason and reason != row.do_not_use_reason):
        row.do_not_use_reason = reason[:200] or row.do_not_use_reason
        row.do_not_use_on, row.do_not_use_by_id = local_today(), by


def _tell(session: Session, company_id: int, contact_id: int | None, channel: str, *, barred: bool) -> None:
    payload = {"company_id": company_id, "contact_id": contact_id, "channel": channel, "barred": barred}
    publish(session, "core.reach_barred", payload)


def state_consent(session: Session, contact: Contact, values: Mapping[str, Any], *, by: int | None) -> Consent:
    """Keep what a person stated: `channel`, `purpose`, `given`, `wording`, `way`, `stated_on`, `evidence`.

    Nothing is overwritten. Raises Refused: agreement needs the wording, and a day that has come.
    """
    day: dt.date = values.get("stated_on") or local_today()
    if day > local_today():
        raise Refused(_("This day has not come yet"), fields={"stated_on": _("This day has not come yet")})
    if values["given"] and not (values.get("wording") or "").strip():
        text = _("Write down what the person agreed to, word by word.")
        raise Refused(text, fields={"wording": text})
    made = Consent(
        company_id=contact.company_id,
        contact_id=contact.id,
        channel=values["channel"],
        purpose=values["purpose"],
        given=bool(values["given"]),
        wording=(values.get("wording") or "").strip(),
        way=values["way"],
        stated_on=day,
        evidence=(values.get("evidence") or "").strip(),
        taken_by_id=by,
    )
    session.add(made)
    session.flush()
    publish(
        session,
        "core.consent_stated",
        {
            "company_id": made.company_id,
            "contact_id": made.contact_id,
            "channel": made.channel,
            "purpose": made.purpose,
            "given": made.given,
        },
    )
    return made


def keep_wishes(session: Session, contact: Contact, made: Contact) -> None:
    """Let what a person asked for and agreed to go along to another employer."""
    for one in session.scalars(select(Bar).where(Bar.contact_id == contact.id, Bar.lifted_at.is_(None))):
        session.add(
            Bar(
                company_id=made.company_id,
                contact_id=made.id,
                channel=one.channel,
                reason=one.reason,
                set_on=one.set_on,
                set_by_id=one.set_by_id,
            )
        )
    for said in session.scalars(select(Consent).where(Consent.contact_id == contact.id).order_by(Consent.id)):
        session.add(
            Consent(
                company_id=made.company_id,
                contact_id=made.id,
                entered_at=said.entered_at,
                **{name: getattr(said, name) for name in COPIED},
            )
        )
    session.flush()
