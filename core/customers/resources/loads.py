"""Values of a page of rows that no column holds, read together, and conditions on rows of a record."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session, aliased

from core.clock import local_today
from core.customers.data.divisions import below, division, full_name, own_cities
from core.customers.data.edition import of_places
from core.customers.lines import write_address
from core.customers.models import Address, Alias, Company, Contact, Email, Need, Phone
from core.customers.models.contact import contact_code, contact_number
from core.customers.models.reach import PRIVATE_KINDS
from core.customers.numbers import email_key, parse_phone
from core.customers.queries.reach import told
from core.db import among
from core.overlay import overlay
from core.together import Loader, Part

Load = Callable[[Session, Sequence[int]], Mapping[int, Any]]
Where = Callable[[Session, str, Sequence[str]], Any]

NEED_KINDS = ("information", "advertising", "fair", "magazine")


def several(model: Any, attribute: str, where: Any = None) -> Loader:
    """Make the loader of a list of values in rows of companies, of all rows or of those of a condition."""

    def fold(rows: Iterable[Any]) -> Mapping[int, Any]:
        found: defaultdict[int, list[Any]] = defaultdict(list)
        for key, _id, value in sorted(rows, key=itemgetter(1)):
            found[key].append(value)
        return found

    return Loader(Part(model.company_id, (model.company_id, model.id, getattr(model, attribute)), where=where), fold)


def first(model: Any, attribute: str, owner: str, kinds: tuple[str, ...]) -> Loader:
    """Make the loader of the first phone or e-mail of companies or contacts, of these kinds, never a private one."""
    key = getattr(model, f"{owner}_id")

    def fold(rows: Iterable[Any]) -> Mapping[int, Any]:
        found: dict[int, tuple[int, int, Any]] = {}
        for number, position, id_, value, kind in rows:
            if kind in kinds:
                known = found.get(number)
                if known is None or (position, id_) < known[:2]:
                    found[number] = (position, id_, value)
        return {number: value for number, (_position, _id, value) in found.items()}

    return Loader(_reach(model, attribute, key), fold)


def every(model: Any, attribute: str, owner: str, dictionary: str = "") -> Load:
    """Make what loads all phones or e-mails of a record as one text, each with its kind before it.

    Without a dictionary it is the private ones, without their kinds. What is no longer valid is left out.
    """
    key, private = getattr(model, f"{owner}_id"), model.kind.in_(PRIVATE_KINDS)
    own = model.contact_id.is_(None) if owner == "company" else true()  # those of its people are theirs

    def load(session: Session, ids: Sequence[int]) -> Mapping[int, Any]:
        titles = dict(overlay().choices(session, dictionary)) if dictionary else {}
        rows = select(key, model.kind, getattr(model, attribute)).where(
            among(session, key, ids), own, model.invalid.is_(False), ~private if dictionary else private
        )
        found: defaultdict[int, list[str]] = defaultdict(list)
        for number, kind, value in session.execute(rows.order_by(model.position, model.id)):
            found[number].append(f"{titles.get(kind, kind)} {value}" if dictionary else value)
        return {number: "；".join(dict.fromkeys(texts)) for number, texts in found.items()}

    return load


def addresses(owner: str, *, private: bool = False) -> Load:
    """Make what loads all further addresses of a record, one a line with kind, addressee and validity.

    Private ones are apart, without their kinds. What is no longer valid is left out.
    """
    key, kinds = getattr(Address, f"{owner}_id"), Address.kind.in_(PRIVATE_KINDS)
    own = Address.contact_id.is_(None) if owner == "company" else true()  # those of its people are theirs

    def load(session: Session, ids: Sequence[int]) -> Mapping[int, Any]:
        titles = dict(overlay().choices(session, "address_kind"))
        rows = select(Address).where(
            among(session, key, ids), own, Address.invalid.is_(False), kinds if private else ~kinds
        )
        found: defaultdict[int, list[str]] = defaultdict(list)
        for one in session.scalars(rows.order_by(Address.position, Address.id)):
            line = write_address(one.text, one.recipient or "", one.valid_from, one.valid_to)
            found[getattr(one, key.key)].append(line if private else f"{titles.get(one.kind, one.kind)} {line}")
        return {number: "\n".join(dict.fromkeys(lines)) for number, lines in found.items()}

    return load


def names(*kinds: str) -> Load:
    """Make what loads the other names of companies of these kinds as one text; the first kind is not written out."""

    def load(session: Session, ids: Sequence[int]) -> Mapping[int, Any]:
        titles = dict(overlay().choices(session, "alias_kind"))
        rows = select(Alias.company_id, Alias.kind, Alias.name).where(
            among(session, Alias.company_id, ids), Alias.kind.in_(kinds)
        )
        found: defaultdict[int, list[str]] = defaultdict(list)
        for number, kind, name in session.execute(rows.order_by(Alias.id)):
            found[number].append(name if kind == kinds[0] else f"{titles.get(kind, kind)} {name}")
        return {number: "；".join(held) for number, held in found.items()}

    return load


def scores(session: Session, ids: Sequence[int]) -> Mapping[int, Any]:
    """Load how the qualities of contacts are rated, as one text: 诚实度 4；信用度 5."""
    titles = dict(overlay().choices(session, "quality"))
    rows = session.execute(select(Contact.id, Contact.qualities).where(among(session, Contact.id, ids)))
    return {number: "；".join(f"{titles.get(code, code)} {one}" for code, one in held.items()) for number, held in rows}


def contact_codes(session: Session, ids: Sequence[int]) -> Mapping[int, Any]:
    """Give the numbers of contacts."""
    return {number: contact_code(number) for number in ids}


def contact_code_where(session: Session, op: str, values: Sequence[str]) -> ColumnElement[bool] | None:
    """Give the condition that a contact has one of these numbers."""
    if op not in ("eq", "ne", "in"):
        return None
    found = Contact.id.in_([contact_number(one.strip()) or 0 for one in values])
    return ~found if op == "ne" else found


@functools.cache
def _reach(model: Any, attribute: str, key: Any) -> Part:
    usable: ColumnElement[bool] = model.invalid.is_(False)
    if key.key == "company_id":
        # said so that no index fits: a planner without figures takes the one over all that have no contact
        usable = and_(usable, func.coalesce(model.contact_id, 0) == 0)
    return Part(key, (key, model.position, model.id, getattr(model, attribute), model.kind), where=usable)


def phone_where(owner: str) -> Where:
    """Make the condition that a company or contact has a number with what was typed; private ones do not count."""
    model: Any = Company if owner == "company" else Contact
    key = getattr(Phone, f"{owner}_id")

    def where(session: Session, op: str, values: Sequence[str]) -> ColumnElement[bool] | None:
        rows = select(key).where(key.is_not(None), Phone.kind.not_in(PRIVATE_KINDS), told(session, Phone))
        return _where(model, rows, op, values, lambda text: _phone_part(text, op))

    return where


def _phone_part(text: str, op: str) -> ColumnElement[bool]:
    digits = parse_phone(text).digits
    if op in ("eq", "in", "ne"):
        return Phone.digits == digits
    return Phone.digits.contains(digits, autoescape=True) if op == "contains" else Phone.digits.startswith(digits)


def email_where(owner: str) -> Where:
    """Make the same condition on e-mail addresses."""
    model: Any = Company if owner == "company" else Contact
    key = getattr(Email, f"{owner}_id")

    def part(text: str, op: str) -> ColumnElement[bool]:
        wanted = email_key(text)
        if op in ("eq", "in", "ne"):
            return Email.address_key == wanted
        if op == "contains":
            return Email.address_key.contains(wanted, autoescape=True)
        return Email.address_key.startswith(wanted, autoescape=True)

    def where(session: Session, op: str, values: Sequence[str]) -> ColumnElement[bool] | None:
        rows = select(key).where(key.is_not(None), Email.kind.not_in(PRIVATE_KINDS), told(session, Email))
        return _where(model, rows, op, values, lambda text: part(text, op))

    return where


def _where(
    model: Any, rows: Any, op: str, values: Sequence[str], part: Callable[[str], ColumnElement[bool]]
) -> ColumnElement[bool] | None:
    if op == "empty":
        found = model.id.in_(rows)
        return ~found if values[0] == "1" else found  # type: ignore[no-any-return]
    if op not in ("eq", "ne", "in", "contains", "starts"):
        return None
    found = model.id.in_(rows.where(or_(*(part(value) for value in values))))
    return ~found if op == "ne" else found  # type: ignore[no-any-return]


def branch_where(model: Any, dictionary: str) -> Where:
    """Make the condition on codes of a two-level dictionary: an upper entry stands for all below it."""

    def where(session: Session, op: str, values: Sequence[str]) -> ColumnElement[bool] | None:
        rows = select(model.company_id)
        if op == "empty":
            found = Company.id.in_(rows)
            return ~found if values[0] == "1" else found
        if op not in ("eq", "ne", "in"):
            return None
        codes = {code for value in values for code in overlay().branch(session, dictionary, value)}
        found = Company.id.in_(rows.where(model.code.in_(sorted(codes))))
        return ~found if op == "ne" else found

    return where


def _needs(rows: Iterable[Any]) -> Mapping[int, Any]:
    today = local_today()
    found: defaultdict[int, dict[str, str]] = defaultdict(dict)
    for key, kind, noted, until in rows:
        valid = noted <= today and (until is None or today <= until)
        if valid or kind not in found[key]:
            found[key][kind] = "on" if valid else "had"
    return found


needs = Loader(Part(Need.company_id, (Need.company_id, Need.kind, Need.noted_on, Need.valid_until)), _needs)
"""Loads the need marks of companies: `on` while a need is valid, `had` afterwards."""


def needs_where(key: Any) -> Where:
    """Make the condition that the company of which a column holds the id has a need of a kind that is valid today."""

    def where(session: Session, op: str, values: Sequence[str]) -> ColumnElement[bool] | None:
        today = local_today()
        valid = and_(Need.noted_on <= today, or_(Need.valid_until.is_(None), Need.valid_until >= today))
        rows = select(Need.company_id).where(valid)
        if op not in ("eq", "ne", "in", "empty"):
            return None
        found: ColumnElement[bool] = key.in_(rows if op == "empty" else rows.where(Need.kind.in_(values)))
        without = op == "ne" or (op == "empty" and values[0] == "1")
        return or_(~found, key.is_(None)) if without else found

    return where


def contact_where(session: Session, op: str, values: Sequence[str]) -> ColumnElement[bool] | None:
    """Give the condition that a company has a contact of a name."""
    rows = select(Contact.company_id).where(Contact.alive())
    if op == "empty":
        found = Company.id.in_(rows)
        return ~found if values[0] == "1" else found
    if op not in ("eq", "ne", "in", "contains", "starts"):
        return None
    tests: Mapping[str, Any] = {"contains": Contact.name.icontains, "starts": Contact.name.istartswith}
    test = tests.get(op)
    parts = [test(v, autoescape=True) if test else Contact.name == v for v in values]
    found = Company.id.in_(rows.where(or_(*parts)))
    return ~found if op == "ne" else found


def parent_codes(session: Session, ids: Sequence[int]) -> Mapping[int, str]:
    """Load the numbers of the companies to which companies belong."""
    parent = aliased(Company)
    rows = select(Company.id, parent.code).join(parent, parent.id == Company.parent_id)
    return {one[0]: one[1] for one in session.execute(rows.where(among(session, Company.id, ids)))}


_PRIMARY = ((Contact, Contact.id == Company.primary_contact_id),)
primary_contacts = Loader(
    Part(Company.id, (Company.id, Contact.name), where=Company.primary_contact_id.is_not(None), joins=_PRIMARY),
    lambda rows: {key: name for key, name in rows if name is not None},
)
"""Loads the names of the primary contacts of companies."""


def department_titles(session: Session) -> list[str]:
    """List the departments that are offered while one is typed."""
    return [str(title) for _code, title in overlay().choices(session, "department")]


def division_choices(_session: Session) -> Sequence[tuple[str, Any]]:
    """List provinces and the cities below them, for a filter on places."""
    return _provinces_and_cities()


@of_places
def _provinces_and_cities() -> Sequence[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for province in below(retired=True):
        found.append((province.code, province.short_name))
        cities = below(province.code, retired=True) if province.code not in own_cities() else ()
        found += [(city.code, f"{province.short_name} {city.name}") for city in cities]
    return found


def division_title(code: str | None) -> str:
    """Name a place by its code."""
    unit = division(code)
    if unit is None:
        return ""
    return full_name(unit)
