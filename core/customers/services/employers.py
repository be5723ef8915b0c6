"""A contact who goes to another customer: he is entered there, and marked as gone here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.bus import publish
from core.columns import utcnow
from core.customers.models import Company, Contact, Email, Phone
from core.customers.services.barring import keep_wishes
from core.customers.services.companies import HEADS
from core.customers.services.contacts import create_contact
from core.customers.services.index import index_contact
from core.errors import Conflict, Refused
from core.i18n import _, gettext

PERSON = ("name", "gender", "salutation", "introduction", "do_not_contact")
PERSONAL = (
    "age", "ethnicity", "birth_date", "birth_lunar", "birth_leap", "education", "major", "habits", "hobbies", "income",
    "income_note", "social_relations", "career", "family", "character", "qualities",
)  # fmt: skip
"""What only those of the class private see; it goes along only when such a person moves the contact."""

OWN_PHONES = frozenset({"mobile", "private"})
ROW = ("kind", "note", "do_not_use", "do_not_use_reason", "do_not_use_on", "do_not_use_by_id")


def change_employer(
    session: Session,
    contact: Contact,
    company: Company,
    values: Mapping[str, Any],
    *,
    by: int | None,
    version: int | None = None,
    private: bool = False,
) -> Contact:
    """Enter a contact at the customer that he went to, and mark the one here as no longer valid; give the new one.

    `values` holds `on`, `note`, `take_over`, `own_numbers`, `position`, `position_title` and `department`. The person's
    mobiles, private numbers and private e-mails go along where `own_numbers` is set, with what was said about their
    use; those of the office stay. What is of the class private goes along only where `private` says that the person
    who moves the contact sees it. Subscriptions and the like are left to those who hear the event.

    Raises Conflict, and Refused when a rule says no.
    """
    if version is not None and contact.version != version:
        raise Conflict(_("Somebody changed this contact meanwhile. Nothing was overwritten."))
    _check(session, contact, company)
    before = contact.company
    person = {name: getattr(contact, name) for name in (*PERSON, *(PERSONAL if private else ()))}
    place = {name: values.get(name) for name in ("position", "position_title", "department")}
    made = create_contact(session, company, {**person, **place}, by=by)
    made.former_id = contact.id
    keep_wishes(session, contact, made)
    if values.get("own_numbers") and private:
        _take_along(session, contact, made)
    on: dt.date = values["on"]
    contact.invalid, contact.invalid_on = True, on
    said = gettext("Now at %(name)s", name=company.name)
    contact.change_note = "\n".join(filter(None, (str(said), values.get("note"), contact.change_note)))
    contact.change_noted_on, contact.change_noted_by_id = on, by
    contact.updated_at = utcnow()
    for key in HEADS:
        if getattr(before, key) == contact.id:
            setattr(before, key, None)
    session.flush()
    index_contact(session, contact)
    index_contact(session, made)
    payload = {"contact_id": contact.id, "company_id": before.id, "fields": ["invalid", "change_note"]}
    publish(session, "core.contact_changed", payload)
    publish(
        session,
        "core.contact_employer_changed",
        {
            "contact_id": made.id,
            "company_id": company.id,
            "former_contact_id": contact.id,
            "former_company_id": before.id,
            "changed_on": on,
            "take_over": bool(values.get("take_over")),
        },
    )
    return made


def _check(session: Session, contact: Contact, company: Company) -> None:
    """Refuse what cannot be: the same customer, one in the bin, a contact who went already."""
    if contact.company_id == company.id:
        text = _("The contact is at this customer already")
        raise Refused(text, fields={"company_id": text})
    if not company.is_alive:
        text = _("This customer is in the bin")
        raise Refused(text, fields={"company_id": text})
    if not contact.is_alive:
        raise Refused(_("This contact is in the bin and is not found."))
    there = session.scalar(
        select(Contact.id).where(Contact.former_id == contact.id, Contact.company_id == company.id, Contact.alive())
    )
    if there is not None:
        text = _("The contact was entered there before")
        raise Refused(text, fields={"company_id": text})


def _take_along(session: Session, contact: Contact, made: Contact) -> None:
    """Copy the numbers and addresses that are the person's own, with what was said about their use."""
    for phone in contact.phones:
        if phone.kind in OWN_PHONES and not phone.invalid:
            row = {**_row(phone), "do_not_sms": phone.do_not_sms}
            session.add(Phone(company=made.company, contact=made, number=phone.number, **row))
    for email in contact.emails:
        if email.is_private and not email.invalid:
            session.add(Email(company=made.company, contact=made, address=email.address, **_row(email)))
    session.flush()


def _row(row: Phone | Email) -> dict[str, Any]:
    return {"position": row.position, **{name: getattr(row, name) for name in ROW}}
