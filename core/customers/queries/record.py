"""What the pages of a company and of a contact show."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from core.auth.queries.names import names_of, people
from core.clock import local_today
from core.customers.data.divisions import former_names
from core.customers.models import (
    Address,
    Bar,
    Company,
    CompanyBrand,
    CompanyIndustry,
    Contact,
    CreditRating,
    Email,
    Need,
    OwnerChange,
    Phone,
    StandingChange,
)
from core.customers.places import place_words
from core.db import current_work
from core.together import Part, Together


@dataclass(frozen=True, slots=True)
class Person:
    """An owner with his supervisor."""

    name: str
    supervisor: str


def owner_of(session: Session, company: Company) -> Person | None:
    """Give a company's owner and his supervisor."""
    if company.owner_id is None:
        return None
    known = people(session)
    owner = known.get(company.owner_id)
    if owner is None:
        return None
    above = known.get(owner.supervisor_id) if owner.supervisor_id is not None else None
    return Person(owner.name, above.name if above is not None else "")


def contacts_of(session: Session, company_id: int) -> Sequence[Contact]:
    """List a company's contacts, valid ones first."""
    statement = select(Contact).where(Contact.company_id == company_id, Contact.alive())
    return session.scalars(statement.order_by(Contact.invalid, Contact.id).limit(MOST)).all()


MOST = 200
"""So many contacts and needs of one company are shown."""
REACHES = ("phones", "emails", "addresses")
STEPS, BRANCHES = "customers.standing_steps", "customers.has_branches"
"""Under these names the unit of work remembers what was read of a company."""


@dataclass(frozen=True, slots=True)
class Reachable:
    """The numbers, e-mails and addresses of a company and of its contacts, in their order."""

    phones: Sequence[Phone]
    emails: Sequence[Email]
    addresses: Sequence[Address]

    def by_contact(self, name: str) -> Mapping[int | None, list[Any]]:
        """Give the rows of a kind by contact; the company's own under None. An empty list for whoever has none."""
        rows: defaultdict[int | None, list[Any]] = defaultdict(list)
        for row in getattr(self, name):
            rows[row.contact_id].append(row)
        return rows

    def own(self, name: str) -> Sequence[Any]:
        """Give those that are the company's itself."""
        return self.by_contact(name)[None]


@dataclass(frozen=True, slots=True)
class Hanging:
    """What hangs on a company and is shown on every tab of its page."""

    reach: Reachable
    contacts: Sequence[Contact]
    needs: Sequence[Need]
    bars: Sequence[Bar]


_HANGING = Together(
    Part(Phone.company_id),
    Part(Email.company_id),
    Part(Address.company_id),
    Part(Contact.company_id, where=Contact.alive()),
    Part(Need.company_id),
    Part(Bar.company_id, where=Bar.lifted_at.is_(None)),
    Part(CompanyIndustry.company_id),
    Part(CompanyBrand.company_id),
    Part(StandingChange.company_id),
    Part(Company.parent_id, read=(Company.id,), where=Company.alive()),
)


def hanging_on(session: Session, company: Company) -> Hanging:
    """Read in one statement what hangs on a company: its contacts, valid ones first, each with its numbers, and more.

    The company's industries and brands are filled in as well.
    """
    phones, emails, addresses, contacts, needs, bars, industries, brands, standings, branches = _HANGING.read(
        session, [company.id]
    )
    memory = current_work().memory
    memory.setdefault(STEPS, {})[company.id] = _steps(standings)
    memory.setdefault(BRANCHES, {})[company.id] = bool(branches)
    reach = Reachable(
        sorted(phones, key=lambda one: (one.position, one.id)),
        sorted(emails, key=lambda one: (one.position, one.id)),
        sorted(addresses, key=lambda one: (one.kind == "former", one.id)),
    )
    contacts = sorted(contacts, key=lambda one: (one.invalid, one.id))[:MOST]
    for name in REACHES:
        rows = reach.by_contact(name)
        for one in contacts:
            set_committed_value(one, name, rows[one.id])
    for name, found in (("industries", industries), ("brands", brands)):
        set_committed_value(company, name, sorted(found, key=lambda one: one.id))
    _names()[company.id] = [(one.id, one.name) for one in contacts]
    needs = sorted(needs, key=lambda one: (one.noted_on, one.id), reverse=True)[:MOST]
    return Hanging(reach, contacts, needs, sorted(bars, key=lambda one: one.id))


def contact_names(session: Session, company_id: int) -> Sequence[tuple[int, str]]:
    """List a company's contacts by id and name, valid ones first; where the page has read them they are known."""
    if company_id not in _names():
        rows = select(Contact.id, Contact.name).where(Contact.company_id == company_id, Contact.alive())
        rows = rows.order_by(Contact.invalid, Contact.id).limit(MOST)
        _names()[company_id] = [(row.id, row.name) for row in session.execute(rows)]
    return _names()[company_id]


def _names() -> dict[int, list[tuple[int, str]]]:
    return current_work().memory.setdefault("customers.contacts", {})  # type: ignore[no-any-return]


def need_marks(needs: Sequence[Need]) -> dict[str, str]:
    """Give the marks of needs: `on` while one is valid, `had` afterwards."""
    today = local_today()
    marks: dict[str, str] = {}
    for need in needs:
        if need.valid_on(today):
            marks[need.kind] = "on"
        else:
            marks.setdefault(need.kind, "had")
    return marks


def branches_of(session: Session, company_id: int) -> Sequence[Any]:
    """List what belongs to a company: id, number, name, city, kind."""
    columns = (Company.id, Company.code, Company.name, Company.city, Company.branch_kind, Company.standing)
    rows = select(*columns).where(Company.parent_id == company_id, Company.alive())
    return session.execute(rows.order_by(Company.sort_key).limit(200)).all()


@dataclass(frozen=True, slots=True)
class Step:
    """One change of standing, owner or credit. `rule` names the rule that made it, where no person did."""

    moment: Any
    by_id: int | None
    before: Any
    after: Any
    reason: str
    rule: str = ""


def standing_steps(session: Session, company_id: int) -> list[Step]:
    """List the changes of a company's standing, the newest first; read once a page."""
    memory: dict[int, list[Step]] = current_work().memory.setdefault(STEPS, {})
    if company_id not in memory:
        memory[company_id] = _steps(
            session.scalars(select(StandingChange).where(StandingChange.company_id == company_id))
        )
    return memory[company_id]


def _steps(changes: Iterable[StandingChange]) -> list[Step]:
    newest = sorted(changes, key=lambda one: one.id, reverse=True)[:50]
    return [Step(one.changed_at, one.changed_by_id, one.before, one.after, one.reason, one.rule) for one in newest]


def has_branches(session: Session, company_id: int) -> bool:
    """Tell whether a company that is found belongs to this one; read once a page."""
    memory: dict[int, bool] = current_work().memory.setdefault(BRANCHES, {})
    if company_id not in memory:
        below = select(Company.id).where(Company.parent_id == company_id, Company.alive()).limit(1)
        memory[company_id] = session.scalar(below) is not None
    return memory[company_id]


def owner_steps(session: Session, company_id: int) -> list[Step]:
    """List the changes of a company's owner, the newest first."""
    rows = select(OwnerChange).where(OwnerChange.company_id == company_id).order_by(OwnerChange.id.desc())
    return [
        Step(one.changed_at, one.changed_by_id, one.before_id, one.after_id, one.reason)
        for one in session.scalars(rows.limit(50))
    ]


def credit_ratings(session: Session, company_id: int) -> list[CreditRating]:
    """List the ratings of a company's credit, the newest first."""
    rows = select(CreditRating).where(CreditRating.company_id == company_id).order_by(CreditRating.id.desc())
    return list(session.scalars(rows.limit(50)))


def names_of_users(session: Session, ids: Sequence[int | None]) -> dict[int | None, str]:
    """Name users by id."""
    return dict(names_of(session, ids).items())


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """An address that papers can be sent to. `id` is none for the company's own."""

    id: int | None
    contact_id: int | None
    kind: str
    text: str
    postcode: str
    recipient: str


def postal_addresses(session: Session, company: Company) -> list[PostalAddress]:
    """List the addresses of a company that may be written to today: its own, then the further ones; no private ones."""
    found = []
    if company.address:
        text = whole_address(company.province, company.city, company.district, company.address)
        found.append(PostalAddress(None, None, "office", text, company.postcode or "", ""))
    today = local_today()
    rows = select(Address).where(Address.company_id == company.id)
    for row in session.scalars(rows.order_by(Address.kind == "former", Address.id)):
        if row.usable and not row.is_private and row.kind != "former" and row.valid_on(today):
            text = whole_address(row.province, row.city, row.district, row.text)
            found.append(PostalAddress(row.id, row.contact_id, row.kind, text, row.postcode or "", row.recipient or ""))
    return found


def employers_of(session: Session, contact: Contact) -> list[Contact]:
    """List the other places where a person was entered, the latest first, as far as this session finds them."""
    found = list(session.scalars(select(Contact).where(Contact.former_id == contact.id, Contact.alive())))
    seen = {contact.id, *(one.id for one in found)}
    former = contact.former_id
    while former is not None and former not in seen:
        seen.add(former)
        one = session.get(Contact, former)
        if one is None:
            break
        if one.is_alive:
            found.append(one)
        former = one.former_id
    return found


def whole_address(province: str | None, city: str | None, district: str | None, text: str) -> str:
    """Put the names of the place before an address that does not say them, as they are, short or as they were.

    Short names count where several begin the address (四川成都武侯区), or nothing finer is left out behind one:
    roads and houses are called after cities.
    """
    path = (province or "", city or "", district or "")
    paths = ((path[0], "", ""), (path[0], path[1], ""), path)
    places = {part: here for part, here in zip(path, paths, strict=True) if part}
    said, rest = _said_first(list(places), text)
    told = [
        said.get(part) or ("" if part in rest or any(one in text for one in former_names().get(here, ())) else part)
        for part, here in places.items()
    ]
    return "".join(told) + rest


def _said_first(places: Sequence[str], text: str) -> tuple[dict[str, str], str]:
    """Cut the names that an address begins with off it: how it says each place, and what follows."""
    said: dict[str, str] = {}
    rest = text
    for part in places:
        name = next((one for one in place_words(part) if len(one) > 1 and rest.startswith(one)), "")
        if name:
            said[part], rest = name, rest.removeprefix(name)
    last = next(reversed(said), None)
    alone = len(said) == 1 and last is not None and said[last] != last
    return ({}, text) if alone and last != places[-1] and places[-1] not in text else (said, rest)
