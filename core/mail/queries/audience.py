"""Who gets a mailing, who does not and why: asked past all row scopes, of what the author may write to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.auth.queries.names import names_of
from core.clock import local_today
from core.columns import utcnow
from core.customers.models import Company, Contact, Email
from core.customers.queries import barred_contacts, barred_values, consenting
from core.db import among
from core.mail.models import Letter, Mailing
from core.mail.queries.stops import stopped
from core.overlay import overlay

CHUNK = 1000
DEAD_DAYS = 180
"""For so long an address that a server refused for good is not tried again by a mailing."""


@dataclass
class Recipient:
    """One row of a mailing: whom it is to, or why nobody is written to."""

    company_id: int
    contact_id: int | None
    name: str
    address: str = ""
    values: dict[str, str] = field(default_factory=dict)
    reason: str = ""
    last_contact: dt.date | None = None


def recipients(session: Session, mailing: Mailing, ids: Sequence[int]) -> Iterator[Recipient]:
    """Give a recipient for each id, in its order; those left out say why. No address comes twice."""
    seen: set[str] = set()
    for start in range(0, len(ids), CHUNK):
        part = list(ids[start : start + CHUNK])
        rows = _of_contacts(session, part) if mailing.resource == "contacts" else _of_companies(session, part)
        _suppress(session, mailing, rows)
        for one in rows:
            key = one.address.lower()
            if not one.reason and key in seen:
                one.reason = "twice"
            elif not one.reason:
                seen.add(key)
            yield one


def _of_contacts(session: Session, ids: Sequence[int]) -> list[Recipient]:
    people = {one.id: one for one in session.scalars(select(Contact).where(among(session, Contact.id, ids)))}
    houses = houses_of(session, {one.company_id for one in people.values()})
    mails: dict[int, list[Email]] = {}
    rows = select(Email).where(among(session, Email.contact_id, ids)).order_by(Email.position, Email.id)
    for mail in session.scalars(rows):
        mails.setdefault(mail.contact_id or 0, []).append(mail)
    return [_person(session, people[one], houses, mails.get(one, ())) for one in ids if one in people]


def _of_companies(session: Session, ids: Sequence[int]) -> list[Recipient]:
    """Write to the house's own address, else to its first contact."""
    houses = houses_of(session, set(ids))
    mails: dict[int, list[Email]] = {}
    rows = select(Email).where(among(session, Email.company_id, ids), Email.contact_id.is_(None))
    for mail in session.scalars(rows.order_by(Email.position, Email.id)):
        mails.setdefault(mail.company_id, []).append(mail)
    bare = [house.primary_contact_id for key, house in houses.items() if not _usable(mails.get(key, ()))]
    people = {one.contact_id: one for one in _of_contacts(session, [one for one in bare if one is not None])}
    found = []
    for key in ids:
        house = houses.get(key)
        if house is None:
            continue
        person = people.get(house.primary_contact_id)
        if person is not None and person.address:
            found.append(person)
            continue
        one = Recipient(house.id, None, house.name, last_contact=house.last_contact_on)
        one.values = values_of(session, house, None)
        _address(one, mails.get(key, ()), gone=house.deleted_at is not None)
        found.append(one)
    return found


def houses_of(session: Session, ids: set[int]) -> dict[int, Company]:
    """Give customers by id."""
    return {one.id: one for one in session.scalars(select(Company).where(among(session, Company.id, sorted(ids))))}


def _person(session: Session, contact: Contact, houses: dict[int, Company], mails: Sequence[Email]) -> Recipient:
    house = houses[contact.company_id]
    one = Recipient(house.id, contact.id, contact.name, last_contact=house.last_contact_on)
    one.values = values_of(session, house, contact)
    gone = contact.deleted_at is not None or contact.invalid or contact.is_closed or house.deleted_at is not None
    _address(one, mails, gone=gone)
    return one


def values_of(session: Session, house: Company, contact: Contact | None) -> dict[str, str]:
    """Give what stands in place of the placeholders for a person, or for a house, which is addressed by its name."""
    owner = names_of(session, [house.owner_id]).get(house.owner_id or 0, "")
    name = contact.name if contact is not None else house.name
    title = overlay().title(session, "salutation", contact.salutation) if contact is not None else ""
    found = {"name": name, "salutation": f"{name}{title}", "company": house.name, "city": house.city or ""}
    return {**found, "owner": owner}


def _usable(mails: Sequence[Email]) -> list[Email]:
    return [one for one in mails if not one.is_private and not one.invalid]


def _address(one: Recipient, mails: Sequence[Email], *, gone: bool) -> None:
    good = _usable(mails)
    chosen = next((mail for mail in good if mail.usable), None) or (good[0] if good else None)
    if chosen is not None:
        one.address = chosen.address
    if gone:
        one.reason = "gone"
    elif chosen is None:
        one.reason = "dead" if any(mail.invalid for mail in mails) else "no_address"


def _suppress(session: Session, mailing: Mailing, rows: Sequence[Recipient]) -> None:
    """Leave out whoever must not be written to, did not agree, or was written to lately."""
    open_ones = [one for one in rows if not one.reason]
    addresses = {one.address for one in open_ones}
    barred = barred_values(session, "mail", addresses)
    people = sorted({one.contact_id for one in open_ones if one.contact_id is not None})
    barred_people = barred_contacts(session, "mail", people)
    said = consenting(session, "mail", mailing.purpose, people)
    why = stopped(session, sorted({one.company_id for one in open_ones}), people)
    dead, recent = _history(session, mailing, addresses)
    since = local_today() - dt.timedelta(days=mailing.quiet_days)
    for one in open_ones:
        agreed = said.get(one.contact_id) if one.contact_id is not None else None
        if one.address in barred or one.contact_id in barred_people:
            one.reason = "barred"
        elif agreed is False:
            one.reason = "withdrawn"
        elif mailing.kind == "advertising" and not agreed:
            one.reason = "no_consent"
        elif stop := why.get(("company", one.company_id)) or why.get(("contact", one.contact_id or 0)):
            one.reason = stop
        elif one.address.lower() in dead:
            one.reason = "dead"
        elif one.address.lower() in recent or (
            mailing.quiet_days and one.last_contact is not None and one.last_contact > since
        ):
            one.reason = "recent"


def _history(session: Session, mailing: Mailing, addresses: set[str]) -> tuple[set[str], set[str]]:
    """Tell which addresses a server refused for good, and which were written to within the quiet days."""
    keys = sorted({one.lower() for one in addresses})
    dead: set[str] = set()
    recent: set[str] = set()
    now = utcnow()
    for start in range(0, len(keys), 500):
        mine = Letter.address_key.in_(keys[start : start + 500])
        since = now - dt.timedelta(days=DEAD_DAYS)
        gone = Letter.reason.in_(("refused", "bounced"))
        bad = select(Letter.address_key).where(mine, gone, Letter.created_at > since)
        dead.update(session.scalars(bad))
        if mailing.quiet_days:
            since = now - dt.timedelta(days=mailing.quiet_days)
            other = or_(Letter.mailing_id.is_(None), Letter.mailing_id != mailing.id)
            recent.update(session.scalars(select(Letter.address_key).where(mine, Letter.sent_at > since, other)))
    return dead, recent
