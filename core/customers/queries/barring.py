"""Who must not be reached, on which channel and why (R-14), and what people agreed to (B-17)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from core.customers.models import CHANNELS, EVERY, Address, Bar, Company, Consent, Contact, Email, Phone
from core.customers.numbers import email_key, parse_phone
from core.customers.queries.record import whole_address
from core.customers.text import normal
from core.db import among

Level = Literal["method", "person", "company", "withdrawn"]
METHODS: Mapping[str, Any] = {"call": Phone, "sms": Phone, "mail": Email, "post": Address}
"""The table of the numbers or addresses that each channel uses."""


@dataclass(frozen=True, slots=True)
class Barred:
    """Why somebody must not be reached: who said so for what, since when. `channel` is `all` where it is for all."""

    level: Level
    channel: str
    reason: str = ""
    since: dt.date | None = None
    by_id: int | None = None


def barred_companies(session: Session, channel: str, ids: Sequence[int]) -> dict[int, Barred]:
    """Tell which companies must not be reached as a whole on a channel."""
    rows = _bars(session, channel, among(session, Bar.company_id, ids), Bar.contact_id.is_(None))
    return {row.company_id: _of_bar(row, "company") for row in rows}


def barred_contacts(session: Session, channel: str, ids: Sequence[int]) -> dict[int, Barred]:
    """Tell which contacts must not be reached on a channel: themselves, or with their whole company."""
    if not ids:
        return {}
    people = session.execute(
        select(Contact.id, Contact.company_id, Contact.do_not_contact).where(among(session, Contact.id, ids))
    ).all()
    houses = barred_companies(session, channel, sorted({one.company_id for one in people}))
    found = {one.id: houses[one.company_id] for one in people if one.company_id in houses}
    found |= {one.id: Barred("person", EVERY) for one in people if one.do_not_contact}
    rows = _bars(session, channel, among(session, Bar.contact_id, ids))
    return found | {row.contact_id: _of_bar(row, "person") for row in rows if row.contact_id is not None}


def reachable(channel: str) -> ColumnElement[bool]:
    """Give the condition of contacts who may be reached on a channel: what `barred_contacts` tells of some of them."""
    bars = select(Bar.id).where(
        Bar.company_id == Contact.company_id,
        or_(Bar.contact_id.is_(None), Bar.contact_id == Contact.id),
        Bar.lifted_at.is_(None),
        Bar.channel.in_((channel, EVERY)),
    )
    return and_(~Contact.do_not_contact, ~bars.exists())


def barred_methods(session: Session, channel: str, ids: Sequence[int]) -> dict[int, Barred]:
    """Tell which phones (call, sms), e-mails (mail) or addresses (post) must not be used.

    Because of themselves, of the person or of the company that they belong to.
    """
    if not ids:
        return {}
    model = METHODS[channel]
    rows = list(session.scalars(select(model).where(among(session, model.id, ids))))
    people = barred_contacts(session, channel, sorted({one.contact_id for one in rows if one.contact_id}))
    houses = barred_companies(session, channel, sorted({one.company_id for one in rows}))
    found = {}
    for one in rows:
        why = of_method(one, channel) or people.get(one.contact_id) or houses.get(one.company_id)
        if why is not None:
            found[one.id] = why
    return found


def barred_values(session: Session, channel: str, values: Iterable[str]) -> dict[str, Barred]:
    """Tell which of these numbers or e-mail addresses, as typed, must not be used, to whomever they belong.

    A number that is barred at one customer is barred wherever it stands. Ask with a session of the program where the
    customers of all owners are to count, as for a mailing.
    """
    if channel == "post":
        raise ValueError("addresses are asked for by their rows")
    model: Any = METHODS[channel]
    key = model.address_key if model is Email else model.digits
    wanted = {text: email_key(text) if model is Email else parse_phone(text).digits for text in values}
    wanted = {text: one for text, one in wanted.items() if one}
    keys = sorted(set(wanted.values()))
    if not keys:
        return {}
    rows = [row for start in range(0, len(keys), 500) for row in _with_keys(session, model, key, keys, start)]
    why = barred_methods(session, channel, [row.id for row in rows])
    by_key = {getattr(row, key.key): why[row.id] for row in rows if row.id in why}
    return {text: by_key[one] for text, one in wanted.items() if one in by_key}


def _with_keys(session: Session, model: Any, key: Any, keys: Sequence[str], start: int) -> Sequence[Any]:
    return session.scalars(select(model).where(key.in_(keys[start : start + 500]))).all()


def barred_addresses(session: Session, company_ids: Sequence[int]) -> dict[int, set[str]]:
    """Give by company the addresses that nothing may be posted to, as `normal` writes them, with and without place."""
    found: dict[int, set[str]] = {}
    for start in range(0, len(company_ids), 500):
        held = select(Address).where(Address.company_id.in_(company_ids[start : start + 500]), Address.do_not_use)
        for row in session.scalars(held):
            whole = whole_address(row.province, row.city, row.district, row.text)
            found.setdefault(row.company_id, set()).update((normal(row.text), normal(whole)))
    return found


def of_method(row: Phone | Email | Address, channel: str) -> Barred | None:
    """Tell whether one number or address is barred for a channel by what stands with it."""
    held = row.do_not_sms if channel == "sms" and isinstance(row, Phone) else row.do_not_use
    if not held:
        return None
    return Barred("method", channel, row.do_not_use_reason or "", row.do_not_use_on, row.do_not_use_by_id)


def _bars(session: Session, channel: str, *conditions: ColumnElement[bool]) -> Sequence[Bar]:
    rows = select(Bar).where(Bar.lifted_at.is_(None), Bar.channel.in_((channel, EVERY)), *conditions)
    return session.scalars(rows.order_by(Bar.id)).all()


def _of_bar(row: Bar, level: Level) -> Barred:
    return Barred(level, row.channel, row.reason, row.set_on, row.set_by_id)


def bars_in_force(session: Session, company_id: int) -> Sequence[Bar]:
    """List the bars that hold for a company and its people."""
    rows = select(Bar).where(Bar.company_id == company_id, Bar.lifted_at.is_(None))
    return session.scalars(rows.order_by(Bar.id)).all()


def bars_on(held: Sequence[Bar], contact: Contact | None) -> dict[str, Barred]:
    """Tell by channel why a contact, or everybody at the company, must not be reached; `held` are the bars in force."""
    mine = [one for one in held if one.contact_id is None or (contact is not None and one.contact_id == contact.id)]
    found: dict[str, Barred] = {}
    for one in mine:
        for channel in CHANNELS if one.channel == EVERY else (one.channel,):
            found.setdefault(channel, _of_bar(one, "company" if one.contact_id is None else "person"))
    if contact is not None and contact.do_not_contact:
        found = {channel: Barred("person", EVERY) for channel in CHANNELS} | found
    return found


def bars_of(session: Session, company_id: int, contact_id: int | None = None) -> list[Bar]:
    """List the bars of a person, or of a company as a whole, those that hold first."""
    mine = Bar.contact_id.is_(None) if contact_id is None else Bar.contact_id == contact_id
    rows = select(Bar).where(Bar.company_id == company_id, mine)
    return list(session.scalars(rows.order_by(Bar.lifted_at.is_not(None), Bar.id.desc()).limit(100)))


# --- consents


def consents_of(session: Session, contact_id: int) -> list[Consent]:
    """List what a person stated, the newest first."""
    return list(session.scalars(select(Consent).where(Consent.contact_id == contact_id).order_by(Consent.id.desc())))


def current_consents(statements: Iterable[Consent]) -> list[Consent]:
    """Keep of each channel and purpose what was stated last; the newest must come first."""
    found: dict[tuple[str, str], Consent] = {}
    for one in statements:
        found.setdefault((one.channel, one.purpose), one)
    return list(found.values())


def consenting(session: Session, channel: str, purpose: str, ids: Sequence[int]) -> dict[int, bool]:
    """Tell of contacts whether they agreed to a channel and purpose; those who said nothing are left out."""
    newest = _newest(Consent.channel == channel, Consent.purpose == purpose, among(session, Consent.contact_id, ids))
    rows = select(Consent.contact_id, Consent.given).where(Consent.id.in_(newest))
    return dict(session.execute(rows).all())


def _newest(*conditions: ColumnElement[bool]) -> Any:
    """Select the ids of the statements that count."""
    rows = select(func.max(Consent.id)).where(*conditions)
    return rows.group_by(Consent.contact_id, Consent.channel, Consent.purpose)


# --- fields of lists


def bars_where(session: Session, op: str, values: Collection[str]) -> ColumnElement[bool] | None:
    """Give the condition that a contact is barred for one of some channels, by whatever says so."""
    if op not in ("eq", "in", "ne", "empty"):
        return None
    wanted = [one for one in (CHANNELS if op == "empty" else values) if one in CHANNELS]
    parts: list[ColumnElement[bool]] = [Contact.do_not_contact.is_(True), _bar_where([*wanted, EVERY])]
    for channel in wanted:
        model: Any = METHODS[channel]
        flag = model.do_not_sms if channel == "sms" else model.do_not_use
        parts.append(Contact.id.in_(select(model.contact_id).where(model.contact_id.is_not(None), flag)))
    found = or_(*parts)
    turned = op == "ne" or (op == "empty" and "1" in values)
    return ~found if turned else found


def _bar_where(channels: Sequence[str]) -> ColumnElement[bool]:
    holds = and_(Bar.lifted_at.is_(None), Bar.channel.in_(channels))
    people = select(Bar.contact_id).where(holds, Bar.contact_id.is_not(None))
    houses = select(Bar.company_id).where(holds, Bar.contact_id.is_(None))
    return or_(Contact.id.in_(people), Contact.company_id.in_(houses))


def load_bars(session: Session, ids: Sequence[int]) -> Mapping[int, Any]:
    """Load for contacts the channels on which they, or one of their numbers or addresses, must not be reached."""
    people = session.scalars(select(Contact).where(among(session, Contact.id, ids))).all()
    houses = sorted({one.company_id for one in people})
    held: dict[int, list[Bar]] = {}
    for row in session.scalars(select(Bar).where(among(session, Bar.company_id, houses), Bar.lifted_at.is_(None))):
        held.setdefault(row.company_id, []).append(row)
    found = {one.id: set(bars_on(held.get(one.company_id, ()), one)) for one in people}
    model: Any
    for model in (Phone, Email, Address):
        mine = model.contact_id.is_not(None), among(session, model.contact_id, ids), _flagged(model)
        for method in session.scalars(select(model).where(*mine)):
            channels = ("call", "sms") if isinstance(method, Phone) else ("mail",) if model is Email else ("post",)
            barred = {one for one in channels if of_method(method, one) is not None}
            found.setdefault(method.contact_id or 0, set()).update(barred)
    return {key: [one for one in CHANNELS if one in channels] for key, channels in found.items() if channels}


def _flagged(model: Any) -> ColumnElement[bool]:
    return or_(model.do_not_use, model.do_not_sms) if model is Phone else model.do_not_use.is_(True)


def bars_of_companies_where(session: Session, op: str, values: Collection[str]) -> ColumnElement[bool] | None:
    """Give the condition that a company is barred as a whole for one of some channels."""
    if op not in ("eq", "in", "ne", "empty"):
        return None
    wanted = [*(CHANNELS if op == "empty" else values), EVERY]
    held = select(Bar.company_id).where(Bar.contact_id.is_(None), Bar.lifted_at.is_(None), Bar.channel.in_(wanted))
    turned = op == "ne" or (op == "empty" and "1" in values)
    return Company.id.not_in(held) if turned else Company.id.in_(held)


def load_bars_of_companies(session: Session, ids: Sequence[int]) -> Mapping[int, Any]:
    """Load for companies the channels on which nobody there must be reached."""
    held: dict[int, list[Bar]] = {}
    whole = Bar.contact_id.is_(None), Bar.lifted_at.is_(None)
    for row in session.scalars(select(Bar).where(among(session, Bar.company_id, ids), *whole)):
        held.setdefault(row.company_id, []).append(row)
    return {key: [one for one in CHANNELS if one in bars_on(rows, None)] for key, rows in held.items()}


def consent_where(session: Session, op: str, values: Collection[str]) -> ColumnElement[bool] | None:
    """Give the condition on what people last stated: `<purpose>.<channel>.yes` or `.no`."""
    if op not in ("eq", "in", "ne", "empty"):
        return None
    if op == "empty":
        said = select(Consent.contact_id)
        return Contact.id.not_in(said) if "1" in values else Contact.id.in_(said)
    parts = []
    for value in values:
        purpose, _dot, rest = value.partition(".")
        channel, _dot, state = rest.partition(".")
        newest = _newest(Consent.channel == channel, Consent.purpose == purpose)
        rows = select(Consent.contact_id).where(Consent.id.in_(newest), Consent.given.is_(state == "yes"))
        parts.append(Contact.id.in_(rows))
    found = or_(*parts)
    return ~found if op == "ne" else found


def load_consents(session: Session, ids: Sequence[int]) -> Mapping[int, Any]:
    """Load for contacts what they last stated, as `consent_where` writes it."""
    found: dict[int, list[str]] = {}
    rows = select(Consent).where(Consent.id.in_(_newest(among(session, Consent.contact_id, ids)))).order_by(Consent.id)
    for one in session.scalars(rows):
        state = "yes" if one.given else "no"
        found.setdefault(one.contact_id, []).append(f"{one.purpose}.{one.channel}.{state}")
    return found
