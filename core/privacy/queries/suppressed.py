"""Knows again who was erased, without holding anything that says who he was."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.auth.audit import keyed_digest
from core.auth.models import Audit
from core.customers.models import Alias, Company, Contact, Email, Phone
from core.customers.numbers import email_key, parse_phone
from core.customers.text import name_key
from core.db import SystemSession, current_work, work
from core.privacy.models import ErasedKey

CHUNK = 500
SHORT = "short"
"""The kind of names that many houses share."""


@dataclass(frozen=True)
class Person:
    """Somebody who is to be entered: his name, the house's name, numbers and e-mail addresses.

    `also` are further names of the house: those that it had, and those of houses that were merged into it.
    """

    name: str
    company: str = ""
    phones: Sequence[str] = field(default_factory=tuple)
    emails: Sequence[str] = field(default_factory=tuple)
    also: Sequence[str] = field(default_factory=tuple)


def digests(person: Person) -> list[str]:
    """Give the marks of a person: his name together with each thing that makes it his alone."""
    name = name_key(person.name)
    if not name:
        return []
    parts = [f"c|{name_key(house)}" for house in (person.company, *person.also) if house]
    parts += [f"p|{digits}" for one in person.phones if (digits := parse_phone(one).digits)]
    parts += [f"e|{email_key(one)}" for one in person.emails if one]
    return [keyed_digest("erased", f"{name}|{part}") for part in dict.fromkeys(parts)]


def any_erased(session: Session) -> bool:
    """Tell whether anybody was ever erased here."""
    return session.scalar(select(ErasedKey.id).limit(1)) is not None


def erased_people(session: Session, people: Mapping[int, Person]) -> dict[int, dt.date]:
    """Tell which of these people asked to be erased, and since when; given and told by any number.

    A house is taken by all names that the register knows of it, whatever of it the person may find.
    """
    if not isinstance(session, SystemSession):
        with work(current_work().database, reason="erased people") as unit:
            return erased_people(unit.session, people)
    names = _names_of(session, {name_key(one.company) for one in people.values()} - {""})
    marks = {
        key: digests(replace(one, also=(*one.also, *names.get(name_key(one.company), ()))))
        for key, one in people.items()
    }
    wanted = sorted({mark for found in marks.values() for mark in found})
    known: dict[str, dt.date] = {}
    for some in _pieces(wanted):
        rows = select(ErasedKey.digest, ErasedKey.erased_on).where(ErasedKey.digest.in_(some))
        known |= dict(session.execute(rows).all())
    return {key: known[mark] for key, found in marks.items() for mark in found if mark in known}


def people_of(session: Session, contacts: Iterable[int]) -> dict[int, Person]:
    """Give contacts as they are marked; ask with a session of the program."""
    found = {}
    for part in _pieces(contacts):
        phones: defaultdict[int | None, list[str]] = defaultdict(list)
        emails: defaultdict[int | None, list[str]] = defaultdict(list)
        for key, digits in session.execute(select(Phone.contact_id, Phone.digits).where(Phone.contact_id.in_(part))):
            phones[key].append(digits)
        for key, mail in session.execute(select(Email.contact_id, Email.address).where(Email.contact_id.in_(part))):
            emails[key].append(mail)
        rows = select(Contact.id, Contact.name, Contact.company_id).where(Contact.id.in_(part))
        people = session.execute(rows).all()
        houses = _houses(session, {one.company_id for one in people})
        for key, name, house in people:
            first, *others = houses[house]
            found[key] = Person(name, first, phones[key], emails[key], others)
    return found


def _names_of(session: Session, keys: Iterable[str]) -> dict[str, list[str]]:
    """Give by the name of a house all names that the houses of this name have, or had."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    for some in _pieces(keys):
        house = func.coalesce(Company.merged_into_id, Company.id)
        for key, id_ in session.execute(select(Company.name_key, house).where(Company.name_key.in_(some))):
            found[key].add(id_)
        other = select(Alias.name_key, Alias.company_id).where(Alias.name_key.in_(some), Alias.kind != SHORT)
        for key, id_ in session.execute(other):
            found[key].add(id_)
    marked = select(func.coalesce(Company.merged_into_id, Company.id)).join(Contact, Contact.company_id == Company.id)
    erased = set(session.scalars(marked.where(Contact.erased_at.is_not(None))))
    for id_, name in _renamed(session, erased):  # what they were called before a name was changed
        found[name_key(name)].add(id_)
    houses = _houses(session, {id_ for ids in found.values() for id_ in ids})
    return {key: [name for id_ in ids for name in houses.get(id_, ())] for key, ids in found.items()}


def _houses(session: Session, companies: Iterable[int]) -> dict[int, list[str]]:
    """Give all names of companies, the chief one first: others, of what was merged into them, of before."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    for some in _pieces(companies):
        for statement in (
            select(Company.id, Company.name).where(Company.id.in_(some)),
            select(Alias.company_id, Alias.name).where(Alias.company_id.in_(some)).order_by(Alias.id),
            select(Company.merged_into_id, Company.name).where(Company.merged_into_id.in_(some)),
        ):
            for id_, name in session.execute(statement):
                found[id_ or 0].append(name)
        for id_, name in _renamed(session, some):
            found[id_].append(name)
    return found


def _renamed(session: Session, companies: Iterable[int]) -> Iterator[tuple[int, str]]:
    """Give the names that companies had before, as the audit trail tells of each change of one."""
    for some in _pieces(companies):
        rows = select(Audit.entity_id, Audit.changes).where(
            Audit.entity == Company.__tablename__,
            Audit.entity_id.in_(some),
            Audit.changes["name"].as_string().is_not(None),
        )
        for id_, changes in session.execute(rows.order_by(Audit.id)):
            for name in changes["name"] if isinstance(changes["name"], list) else ():
                if id_ is not None and isinstance(name, str) and name:
                    yield id_, name


def _pieces(wanted: Iterable[Any]) -> Iterator[list[Any]]:
    rest = iter(wanted)
    while some := list(islice(rest, CHUNK)):
        yield some
