"""Whose day is coming: birthdays, festivals, anniversaries, and the customers that changed."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import False_

from core.care.days import days_from, falls_on, kept_on
from core.care.models import Festival, Greeting
from core.care.words import fill, salute
from core.clock import start_of
from core.columns import month_and_day
from core.customers.models import Company, Contact, StandingChange
from core.customers.queries import barred_contacts, reachable
from core.overlay import overlay

MANY = 10


@dataclass(frozen=True)
class Coming:
    """One day to come: of a contact, of a customer, or a festival of all; or of `many` who are only counted."""

    kind: str
    day: dt.date
    what: str
    company_id: int | None = None
    company: str = ""
    owner_id: int | None = None
    contact_id: int | None = None
    contact: str = ""
    festival_id: int | None = None
    greeting: str = ""
    lunar: bool = False
    many: int = 0


def greetings(session: Session) -> Mapping[str, str]:
    """Give the text of each occasion."""
    return {one.occasion: one.text for one in session.scalars(select(Greeting))}


def festivals(session: Session, *, active: bool = True) -> Sequence[Festival]:
    """List the festivals, those that are kept."""
    rows = select(Festival).order_by(Festival.lunar, Festival.month, Festival.day)
    return session.scalars(rows.where(Festival.active) if active else rows).all()


def birthdays(
    session: Session,
    first: dt.date,
    last: dt.date,
    *,
    seen: ColumnElement[bool] | None = None,
    each: int | None = None,
) -> list[Coming]:
    """Find the contacts whose birthday is kept in a span, solar or lunar, at customers that somebody looks after.

    Those who must not be reached are left out. `seen` narrows to contacts whose private fields a person sees, of
    customers whom he asks for. A day on which there are more than `each` is one line with their number.
    """
    if isinstance(seen, False_):
        return []
    solar, lunar, leap = _days_by_number(first, last)
    number = month_and_day(Contact.birth_date)
    rows = (
        select(
            Contact.id, Contact.name, Contact.salutation, Contact.gender, Contact.birth_lunar, Contact.birth_leap,
            number.label("number"), Company.id.label("company_id"), Company.name.label("company"), Company.owner_id,
        )
        .join(Company, Company.id == Contact.company_id)
        .where(
            Contact.alive(), Contact.birth_date.is_not(None), ~Contact.invalid, reachable("call"),
            Company.alive(), Company.owner_id.is_not(None), seen if seen is not None else true(),
            number.in_(sorted({*solar, *lunar, *leap})),  # by the index, which a planner does not use for what follows
            or_(
                and_(~Contact.birth_lunar, number.in_(list(solar))),
                and_(Contact.birth_lunar, ~Contact.birth_leap, number.in_(list(lunar))),
                and_(Contact.birth_lunar, Contact.birth_leap, number.in_(list(leap))),
            ),
        )
    )  # fmt: skip

    def days_of(row: Any) -> list[dt.date]:
        return ((leap if row.birth_leap else lunar) if row.birth_lunar else solar)[int(row.number)]

    text = greetings(session).get("birthday", "")
    found = []
    for row, days, many in _kept(
        session, rows, Contact.id, (Contact.birth_lunar, Contact.birth_leap, number), days_of, each
    ):
        if many:
            found += [Coming(kind="birthday", day=day, what="", many=many) for day in days]
            continue
        words = {**_person(session, row.name, row.salutation, row.gender), "company": row.company, "occasion": ""}
        for day in days:
            found.append(
                Coming(
                    kind="birthday", day=day, what="", company_id=row.company_id, company=row.company,
                    owner_id=row.owner_id, contact_id=row.id, contact=row.name, greeting=fill(text, words),
                    lunar=row.birth_lunar,
                )
            )  # fmt: skip
    return sorted(found, key=lambda one: (one.day, one.contact_id or 0))


def _kept(
    session: Session,
    rows: Any,
    key: Any,
    parts: Sequence[Any],
    days_of: Callable[[Any], list[dt.date]],
    each: int | None,
) -> Iterable[tuple[Any, list[dt.date], int]]:
    """Give each row with its days; for a day on which there are more than `each`, no row and their number.

    Rows with the same `parts` are kept on the same days: of each such lot no more are read than are shown.
    """
    if each is None:
        for row in session.execute(rows.order_by(key)):
            yield row, days_of(row), 0
        return
    together = func.count().over(partition_by=parts).label("together")
    place = func.row_number().over(partition_by=parts, order_by=key).label("place")
    lots = rows.add_columns(together, place).subquery()
    found = session.execute(select(lots).where(lots.c.place <= each).order_by(lots.c.id)).all()
    counts: Counter[dt.date] = Counter()
    for row in found:
        if row.place == 1:
            counts.update(dict.fromkeys(days_of(row), row.together))
    for row in found:
        if days := [day for day in days_of(row) if counts[day] <= each]:
            yield row, days, 0
    for day, count in counts.items():
        if count > each:
            yield None, [day], count


ByNumber = dict[int, list[dt.date]]


def _days_by_number(first: dt.date, last: dt.date) -> tuple[ByNumber, ByNumber, ByNumber]:
    """Give the days of a span by month and day as one number: of solar days, lunar ones, and those of leap months."""
    found: tuple[ByNumber, ByNumber, ByNumber] = ({}, {}, {})
    for day in days_from(first, last):
        for kept, by_number in zip(falls_on(day), found, strict=True):
            for month, number in kept:
                by_number.setdefault(month * 100 + number, []).append(day)
    return found


def _person(session: Session, name: str, salutation: str | None, gender: str | None) -> dict[str, str]:
    code = salutation or {"male": "mr", "female": "ms"}.get(gender or "", "")
    title = overlay().title(session, "salutation", code).split(" (")[0] if code else ""
    return {"name": name, "salutation": salute(name, title)}


def yearly_days(first: dt.date, last: dt.date) -> dict[tuple[int, int], list[dt.date]]:
    """Give the days of a span by the month and day of the solar calendar that is kept on them."""
    found: dict[tuple[int, int], list[dt.date]] = {}
    for day in days_from(first, last):
        for kept in falls_on(day)[0]:
            found.setdefault(kept, []).append(day)
    return found


def anniversaries(
    session: Session,
    first: dt.date,
    last: dt.date,
    standings: Sequence[str],
    *,
    seen: ColumnElement[bool] | None = None,
    each: int | None = None,
) -> list[Coming]:
    """Find the customers whose foundation has its anniversary in a span.

    `seen` narrows to customers whose inner fields a person sees, of those whom he asks for. A day on which there are
    more than `each` is one line with their number.
    """
    if isinstance(seen, False_):
        return []
    solar, _lunar, _leap = _days_by_number(first, last)
    number = month_and_day(Company.founded_on)
    rows = select(Company.id, Company.name, Company.owner_id, Company.founded_on, number.label("number")).where(
        Company.alive(), Company.owner_id.is_not(None), Company.founded_on.is_not(None),
        number.in_(list(solar)), Company.founded_on < first, seen if seen is not None else true(),
    )  # fmt: skip
    if standings:
        rows = rows.where(Company.standing.in_(standings))
    text = greetings(session).get("anniversary", "")
    found = []
    for row, days, many in _kept(session, rows, Company.id, (number,), lambda row: solar[int(row.number)], each):
        if many:
            found += [Coming(kind="anniversary", day=day, what="", many=many) for day in days]
            continue
        for day in days:
            years = str(day.year - row.founded_on.year)
            words = {"company": row.name, "occasion": years, "salutation": "", "name": ""}
            found.append(
                Coming(
                    kind="anniversary", day=day, what=years, company_id=row.id, company=row.name,
                    owner_id=row.owner_id, greeting=fill(text, words),
                )
            )  # fmt: skip
    return sorted(found, key=lambda one: (one.day, one.company_id or 0))


def festival_days(session: Session, first: dt.date, last: dt.date) -> list[Coming]:
    """Find the festivals of a span."""
    found = [
        Coming(kind="festival", day=day, what=one.name, festival_id=one.id)
        for one in festivals(session)
        for day in kept_on(one.month, one.day, lunar=one.lunar, first=first, last=last)
    ]
    return sorted(found, key=lambda one: (one.day, one.festival_id or 0))


def owners_to_greet(session: Session, standings: Sequence[str]) -> dict[int, int]:
    """Count for each owner the customers that he greets on a festival."""
    rows = select(Company.owner_id, func.count(Company.id)).where(Company.alive(), Company.owner_id.is_not(None))
    if standings:
        rows = rows.where(Company.standing.in_(standings))
    return {owner: count for owner, count in session.execute(rows.group_by(Company.owner_id)) if owner is not None}


def greeted_on(
    session: Session, festival: Festival, owner_id: int, standings: Sequence[str], limit: int = 500
) -> list[Coming]:
    """List one's customers to greet on a festival, with their primary contact and the prepared words."""
    rows = (
        select(Company.id, Company.name, Contact.id, Contact.name, Contact.salutation, Contact.gender)
        .outerjoin(Contact, and_(Contact.id == Company.primary_contact_id, Contact.alive(), ~Contact.invalid))
        .where(Company.alive(), Company.owner_id == owner_id)
        .order_by(Company.sort_key, Company.id)
        .limit(limit)
    )
    if standings:
        rows = rows.where(Company.standing.in_(standings))
    found = session.execute(rows).all()
    barred = barred_contacts(session, "call", [row[2] for row in found if row[2] is not None])
    text = greetings(session).get("festival", "")
    lines = []
    for company_id, company, contact_id, contact, salutation, gender in found:
        if contact_id in barred:
            continue
        person = _person(session, contact, salutation, gender) if contact else {"name": "", "salutation": ""}
        words = {**person, "company": company, "occasion": festival.name}
        lines.append(
            Coming(
                kind="festival", day=dt.date.min, what=festival.name, company_id=company_id, company=company,
                owner_id=owner_id, contact_id=contact_id, contact=contact or "", greeting=fill(text, words),
            )
        )  # fmt: skip
    return lines


def changed_customers(
    session: Session, since: dt.date, until: dt.date
) -> Iterable[tuple[str, int, str, int | None, str]]:
    """Find the customers whose rating, or one of whose contacts' place, changed in a window.

    Gives a key, the customer's id, name and owner, and what changed. Where a rule changed more than `MANY` customers of
    one owner, it is the rule that is new and not they: those are left out.
    """
    first, last = start_of(since + dt.timedelta(days=1)), start_of(until + dt.timedelta(days=1))
    rows = session.execute(
        select(StandingChange, Company.name, Company.owner_id)
        .join(Company, Company.id == StandingChange.company_id)
        .where(
            StandingChange.changed_at >= first, StandingChange.changed_at < last, Company.alive(),
            Company.owner_id.is_not(None), StandingChange.after.not_in(("blacklist", "competitor")),
        )
        .order_by(StandingChange.id)
    )  # fmt: skip
    title = overlay().title
    found = rows.all()
    by_rule = Counter((owner, change.rule_id) for change, _name, owner in found)
    for change, name, owner in found:
        if change.rule_id is not None and by_rule[owner, change.rule_id] > MANY:
            continue
        words = f"{title(session, 'standing', change.before)} → {title(session, 'standing', change.after)}"
        yield f"s{change.id}", change.company_id, name, owner, words
    people = session.execute(
        select(Contact.id, Contact.name, Contact.change_noted_on, Company.id, Company.name, Company.owner_id)
        .join(Company, Company.id == Contact.company_id)
        .where(
            Contact.change_noted_on > since, Contact.change_noted_on <= until, Contact.alive(), Company.alive(),
            Company.owner_id.is_not(None),
        )
        .order_by(Contact.id)
    )  # fmt: skip
    for contact_id, contact, noted_on, company_id, name, owner in people:
        yield f"c{contact_id}:{noted_on}", company_id, name, owner, contact
