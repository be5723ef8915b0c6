"""The rule of duplicates: what is surely there already is entered once more only with a reason, on record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.auth.audit import record
from core.customers.models import Company, Contact
from core.customers.permissions import Perm
from core.customers.queries import Candidate, Typed, likely_contacts, likely_duplicates
from core.customers.text import name_key
from core.errors import Duplicate, Refused
from core.i18n import _
from core.privacy.queries.suppressed import Person, any_erased, erased_people

HEADS = ("general_manager", "sales_head", "publicity_head")


def typed_of(values: Mapping[str, Any], record: Company | Contact | None) -> Typed:
    """Read from what a service is given, and from the record that it changes, what may show a duplicate."""

    def said(name: str) -> str:
        value = values[name] if name in values else getattr(record, name, None)
        return str(value or "")

    def every(name: str, column: str) -> tuple[str, ...]:
        return tuple(line[column] for line in values.get(name, ()) if line.get(column))

    return Typed(
        name=said("name"),
        division=said("division_code"),
        address=said("address"),
        postcode=said("postcode"),
        numbers=every("phones", "number"),
        emails=every("emails", "address"),
        people=tuple(filter(None, map(said, HEADS))),
        uscc=said("uscc").upper(),
    )


def _first(typed: Typed) -> Typed:
    """Give what is looked for: a few numbers and addresses tell whom one means."""
    return replace(typed, numbers=typed.numbers[:10], emails=typed.emails[:10])


def is_as_before(typed: Typed, record: Company | Contact) -> bool:
    """Tell whether a record keeps its name and gets no number that it has not: then nothing is asked about it."""
    return name_key(typed.name) == record.name_key and set(typed.digits()) <= {one.digits for one in record.phones}


def company_twins(
    session: Session, values: Mapping[str, Any], company: Company | None, reason: str
) -> Callable[[Any], None] | None:
    """Refuse what is surely another customer of ours, unless a permitted person says why; give what notes it."""
    typed = typed_of(values, company)
    if company is not None and is_as_before(typed, company):
        return None
    near = likely_duplicates(session, _first(typed), besides=company.id if company is not None else None)
    demand_reason(near, reason)
    return lambda kept: note_kept(session, kept, near, reason)


def contact_twins(
    session: Session, values: Mapping[str, Any], contact: Contact | None, reason: str
) -> Callable[[Any], None] | None:
    """Refuse whom we surely know already, and who asked to be erased, unless somebody says why; give what notes it."""
    typed = typed_of(values, contact)
    if contact is not None:
        written = {one.address.casefold() for one in contact.emails}
        if is_as_before(typed, contact) and {one.casefold() for one in typed.emails} <= written:
            return None
        near = likely_contacts(session, _first(typed), contact.company_id, besides=contact.id)
        demand_reason(near, reason, "company")
        numbers = typed.numbers if "phones" in values else tuple(one.number for one in contact.phones)
        emails = typed.emails if "emails" in values else tuple(one.address for one in contact.emails)
        typed = replace(typed, numbers=numbers, emails=emails)
        company = session.get_one(Company, contact.company_id)
    else:
        company = session.get_one(Company, values["company_id"])
        near = likely_contacts(session, _first(typed), company.id)
        demand_reason(near, reason, "company")
    erased = demand_wish(session, company, typed, reason)

    def note(kept: Any) -> None:
        note_kept(session, kept, near, reason)
        note_reentered(session, kept, erased, reason)

    return note


def erased_since(session: Session, company: Company, typed: Typed) -> dt.date | None:
    """Tell since when a person is erased at his own wish, if he is."""
    if not any_erased(session):
        return None
    houses = tuple(alias.name for alias in company.aliases)
    person = Person(typed.name, company.name, typed.numbers, typed.emails, houses)
    return erased_people(session, {0: person}).get(0)


def demand_wish(session: Session, company: Company, typed: Typed, reason: str) -> dt.date | None:
    """Refuse to enter anew who asked to be erased, unless somebody says why."""
    since = erased_since(session, company, typed)
    if since is not None and not reason.strip():
        raise Refused(
            _("This person asked on %(day)s to be erased. Say why he is entered again.", day=since.isoformat()),
            fields={"name": _("Erased on %(day)s", day=since.isoformat())},
        )
    return since


def note_reentered(session: Session, contact: Contact, erased: dt.date | None, reason: str) -> None:
    """Put on record that somebody who was erased was entered anew, and why."""
    if erased is not None:
        record(
            session, "reentered", entity="core_contact", entity_id=contact.id, company_id=contact.company_id,
            changes={"erased": [erased, None]}, note=reason,
        )  # fmt: skip


def _told(near: Sequence[Candidate], detail: str) -> list[dict[str, Any]]:
    """Tell the certain candidates, of those that the person may not see only whose they are."""
    return [
        {"name": one.text, "owner": one.owner, "percent": round(one.score * 100)}
        | ({} if one.masked else {"id": one.id, detail: one.code})
        for one in near
        if one.certain
    ]


def demand_reason(near: Sequence[Candidate], reason: str, detail: str = "code") -> None:
    """Refuse to save beside what is surely the same company or person, unless a permitted person says why.

    `detail` is what stands beside a candidate's name: the code of a company, the company of a contact.
    """
    if not any(one.certain for one in near):
        return
    if not current_access().may(Perm.COMPANY_DUPLICATE):
        raise Duplicate(
            _("This seems to be there already. You may not enter it once more; see the list at the side."),
            _told(near, detail),
        )
    if not reason.strip():
        raise Duplicate(
            _("This seems to be there already. Use that one, or say why it is entered once more."), _told(near, detail)
        )


def note_kept(session: Session, kept: Company | Contact, near: Sequence[Candidate], reason: str) -> None:
    """Put on record beside which others this one was saved, and why."""
    certain = [one for one in near if one.certain]
    if certain:
        beside = [f"{one.code} {one.text}".strip() for one in certain]
        record(
            session, "duplicate", entity=kept.__tablename__, entity_id=kept.id,
            company_id=kept.company_id if isinstance(kept, Contact) else kept.id,
            changes={"duplicate": [None, beside]}, note=reason.strip()[:200],
        )  # fmt: skip
