"""Who gets a short message, one or one to many, who does not and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from core.customers.models import Company, Contact, Phone
from core.customers.queries import barred_contacts, barred_values, consenting
from core.db import among, system_session
from core.mail.queries.audience import Recipient, houses_of, values_of
from core.mail.queries.stops import stopped


def sms_recipients(session: Session, of: str, ids: Sequence[int], *, kind: str, purpose: str) -> list[Recipient]:
    """Give a recipient for each contact or customer, in their order; those left out say why. No number comes twice.

    A customer is written to at his own mobile number, else at that of his first contact.
    """
    rows = _of_contacts(session, ids) if of == "contacts" else _of_companies(session, ids)
    suppress(session, rows, kind=kind, purpose=purpose)
    seen: set[str] = set()
    for one in rows:
        if not one.reason and one.address in seen:
            one.reason = "twice"
        elif not one.reason:
            seen.add(one.address)
    return rows


def _of_contacts(session: Session, ids: Sequence[int]) -> list[Recipient]:
    people = {one.id: one for one in session.scalars(select(Contact).where(among(session, Contact.id, ids)))}
    houses = houses_of(session, {one.company_id for one in people.values()})
    phones = select(Phone.contact_id, Phone.number).where(among(session, Phone.contact_id, ids))
    numbers = _numbers(session, phones)
    found = []
    for contact in (people[key] for key in ids if key in people):
        house = houses[contact.company_id]
        one = Recipient(house.id, contact.id, contact.name, numbers.get(contact.id, ""))
        one.values = values_of(session, house, contact)
        if contact.deleted_at is not None or contact.invalid or contact.is_closed or house.deleted_at is not None:
            one.reason = "gone"
        elif not one.address:
            one.reason = "no_number"
        found.append(one)
    return found


def _of_companies(session: Session, ids: Sequence[int]) -> list[Recipient]:
    houses = houses_of(session, set(ids))
    phones = select(Phone.company_id, Phone.number).where(among(session, Phone.company_id, ids))
    numbers = _numbers(session, phones.where(Phone.contact_id.is_(None)))
    bare = [house.primary_contact_id for key, house in houses.items() if key not in numbers]
    people = {one.contact_id: one for one in _of_contacts(session, [one for one in bare if one is not None])}
    found = []
    for house in (houses[key] for key in ids if key in houses):
        person = people.get(house.primary_contact_id)
        if person is not None and person.address:
            found.append(person)
            continue
        one = Recipient(house.id, None, house.name, numbers.get(house.id, ""), values_of(session, house, None))
        one.reason = "gone" if house.deleted_at is not None else "" if one.address else "no_number"
        found.append(one)
    return found


def _numbers(session: Session, phones: Select[*tuple[Any, ...]]) -> dict[int, str]:
    """Give the first mobile number of each owner; one that is barred only where there is no other."""
    mobile = phones.where(Phone.kind == "mobile", ~Phone.invalid)
    found: dict[int, str] = {}
    for owner, number in session.execute(mobile.order_by(Phone.do_not_sms, Phone.position, Phone.id)):
        found.setdefault(owner, number)
    return found


def mobile_of(session: Session, company: Company) -> Phone | None:
    """Give the mobile number at which a customer is written to: of whom the house asks first, else one of its own.

    None where there is none that short messages may go to, which is asked past all row scopes.
    """
    whose = or_(Phone.contact_id == company.primary_contact_id, Phone.contact_id.is_(None))
    rows = select(Phone).where(Phone.company_id == company.id, whose, Phone.kind == "mobile", ~Phone.invalid)
    found = session.scalars(rows.order_by(Phone.contact_id.is_(None), Phone.position, Phone.id)).all()
    with system_session("sms: who must not be written to") as everything:
        barred = barred_values(everything, "sms", [one.number for one in found])
    return next((one for one in found if one.number not in barred), None)


def suppress(session: Session, rows: Sequence[Recipient], *, kind: str, purpose: str) -> None:
    """Leave out whoever must not be written to, or did not agree. Raises PluginFailed."""
    open_ones = [one for one in rows if not one.reason]
    barred = barred_values(session, "sms", sorted({one.address for one in open_ones}))
    people = sorted({one.contact_id for one in open_ones if one.contact_id is not None})
    barred_people = barred_contacts(session, "sms", people)
    said = consenting(session, "sms", purpose, people)
    why = stopped(session, sorted({one.company_id for one in open_ones}), people)
    for one in open_ones:
        agreed = said.get(one.contact_id) if one.contact_id is not None else None
        if one.address in barred or one.contact_id in barred_people:
            one.reason = "barred"
        elif agreed is False:
            one.reason = "withdrawn"
        elif kind == "advertising" and not agreed:
            one.reason = "no_consent"
        else:
            one.reason = why.get(("company", one.company_id)) or why.get(("contact", one.contact_id or 0)) or ""
