"""Knows again who was erased, without holding anything that says who he was."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth.audit import keyed_digest
from core.customers.models import Company, Contact, Email, Phone
from core.customers.numbers import email_key, parse_phone
from core.customers.text import name_key
from core.privacy.models import ErasedKey

CHUNK = 500


@dataclass(frozen=True)
class Person:
    """Somebody who is to be entered: his name, the house's name, numbers and e-mail addresses."""

    name: str
    company: str = ""
    phones: Sequence[str] = field(default_factory=tuple)
    emails: Sequence[str] = field(default_factory=tuple)


def digests(person: Person) -> list[str]:
    """Give the marks of a person: his name together with each thing that makes it his alone."""
    name = name_key(person.name)
    if not name:
        return []
    parts = [f"c|{name_key(person.company)}"] if person.company else []
    parts += [f"p|{digits}" for one in person.phones if (digits := parse_phone(one).digits)]
    parts += [f"e|{email_key(one)}" for one in person.emails if one]
    return [keyed_digest("erased", f"{name}|{part}") for part in dict.fromkeys(parts)]


def any_erased(session: Session) -> bool:
    """Tell whether anybody was ever erased here."""
    return session.scalar(select(ErasedKey.id).limit(1)) is not None


def erased_people(session: Session, people: Mapping[int, Person]) -> dict[int, dt.date]:
    """Tell which of these people asked to be erased, and since when; given and told by any number."""
    marks = {key: digests(person) for key, person in people.items()}
    wanted = sorted({mark for found in marks.values() for mark in found})
    known: dict[str, dt.date] = {}
    for start in range(0, len(wanted), CHUNK):
        rows = select(ErasedKey.digest, ErasedKey.erased_on).where(ErasedKey.digest.in_(wanted[start : start + CHUNK]))
        known |= dict(session.execute(rows).tuples().all())
    return {key: known[mark] for key, found in marks.items() for mark in found if mark in known}


def people_of(session: Session, contacts: Iterable[int]) -> dict[int, Person]:
    """Give contacts as they are marked; ask with a session of the program."""
    ids = list(contacts)
    found = {}
    for start in range(0, len(ids), CHUNK):
        part = ids[start : start + CHUNK]
        phones: dict[int, list[str]] = {}
        emails: dict[int, list[str]] = {}
        for key, digits in session.execute(select(Phone.contact_id, Phone.digits).where(Phone.contact_id.in_(part))):
            phones.setdefault(key or 0, []).append(digits)
        for key, mail in session.execute(select(Email.contact_id, Email.address).where(Email.contact_id.in_(part))):
            emails.setdefault(key or 0, []).append(mail)
        rows = select(Contact.id, Contact.name, Company.name).join(Company, Company.id == Contact.company_id)
        for key, name, house in session.execute(rows.where(Contact.id.in_(part))):
            found[key] = Person(name, house, phones.get(key, ()), emails.get(key, ()))
    return found
