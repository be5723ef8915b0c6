"""The fields of contacts that tell whole how they must not be reached and what they agreed to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.customers.models import EVERY, Address, Bar, Consent, Email, Phone
from core.customers.models.reach import PRIVATE_KINDS
from core.customers.numbers import masked_phone
from core.customers.queries.barring import current_consents
from core.customers.wishes import Statement, write_method, write_statement, write_wish
from core.db import among
from core.i18n import gettext
from core.overlay import overlay


def own_bars(session: Session, ids: Sequence[int]) -> Mapping[int, Any]:
    """Load the bars in force of contacts themselves, one a line, with reason and day."""
    titles = {**dict(overlay().choices(session, "contact_channel")), EVERY: gettext("every channel")}
    rows = select(Bar).where(among(session, Bar.contact_id, ids), Bar.lifted_at.is_(None)).order_by(Bar.id)
    found: defaultdict[int, list[str]] = defaultdict(list)
    for one in session.scalars(rows):
        found[one.contact_id or 0].append(write_wish(str(titles[one.channel]), one.reason, one.set_on))
    return {key: "\n".join(lines) for key, lines in found.items()}


def method_bars(session: Session, ids: Sequence[int]) -> Mapping[int, Any]:
    """Load the numbers and addresses that must not be used, one a line, with reason and day; no private ones."""
    titles = dict(overlay().choices(session, "contact_channel"))
    found: defaultdict[int, list[str]] = defaultdict(list)
    model: Any
    for model, attribute, channel in ((Phone, "number", "call"), (Email, "address", "mail"), (Address, "text", "post")):
        mine = among(session, model.contact_id, ids), model.kind.not_in(PRIVATE_KINDS), model.invalid.is_(False)
        for row in session.scalars(select(model).where(*mine).order_by(model.id)):
            barred = [channel] * bool(row.do_not_use) + ["sms"] * bool(getattr(row, "do_not_sms", False))
            if barred:
                what = "、".join(str(titles[one]) for one in barred)
                value = getattr(row, attribute)
                line = write_method(value, what, row.do_not_use_reason or "", row.do_not_use_on)
                found[row.contact_id].append(line)
    return {key: "\n".join(lines) for key, lines in found.items()}


def masked_methods(value: str) -> str:
    """Write such lines with mobile numbers masked."""
    lines = (line.partition(" ") for line in value.split("\n"))
    return "\n".join(f"{masked_phone(number)}{blank}{rest}" for number, blank, rest in lines)


def statements(session: Session, ids: Sequence[int]) -> Mapping[int, Any]:
    """Load what contacts last stated about each purpose and channel, one a line, word by word."""
    names = ("consent_purpose", "contact_channel", "consent_way")
    titles = {name: {code: str(title) for code, title in overlay().choices(session, name)} for name in names}
    words = (gettext("agreed"), gettext("taken back"))
    rows = select(Consent).where(among(session, Consent.contact_id, ids)).order_by(Consent.id.desc())
    said: defaultdict[int, list[Consent]] = defaultdict(list)
    for one in session.scalars(rows):
        said[one.contact_id].append(one)
    return {
        key: "\n".join(write_statement(_statement(one), titles, words) for one in reversed(current_consents(held)))
        for key, held in said.items()
    }


def _statement(one: Consent) -> Statement:
    return Statement(one.purpose, one.channel, one.given, one.stated_on, one.way, one.wording, one.evidence)
