"""Reading subscriptions: lists, the customer's page, what ends soon."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, and_, bindparam, case, extract, func, or_, select
from sqlalchemy.orm import Session, aliased

from core.clock import local_today
from core.customers.models import Company
from core.customers.queries import search_companies
from core.db import at_execution, current_work, prepared
from core.plugin import Due
from plugins.journals.models import Call, Issue, Publication, Subscription
from plugins.journals.queries.issues import among


def phase_rules(today: Any) -> dict[str, ColumnElement[bool]]:
    """Give the condition of each state on a day; the same rule as `services.subscriptions.phase`."""
    active = Subscription.state != "cancelled"
    return {
        "cancelled": Subscription.state == "cancelled",
        "future": and_(active, Subscription.starts_on > today),
        "active": and_(active, Subscription.starts_on <= today, Subscription.ends_on >= today),
        "expired": and_(active, Subscription.ends_on < today),
    }


def phase_where(session: Session, op: str, values: Sequence[str]) -> ColumnElement[bool] | None:
    """Give the condition of subscriptions in a state."""
    return among(phase_rules(local_today()), op, values)


def phases(session: Session, ids: Sequence[int]) -> Mapping[int, str]:
    """Give the state of subscriptions by id."""
    today = local_today()
    rows = session.execute(
        select(Subscription.id, Subscription.state, Subscription.starts_on, Subscription.ends_on).where(
            Subscription.id.in_(ids)
        )
    )
    return {key: state_on(state, start, end, today) for key, state, start, end in rows}


def state_on(state: str, start: dt.date, end: dt.date, today: dt.date) -> str:
    """Work out a state from its dates."""
    if state == "cancelled":
        return "cancelled"
    return "future" if today < start else "active" if today <= end else "expired"


def search_subscriptions(statement: Select[Any], text: str, session: Session, *, whole: bool = False) -> Select[Any]:
    """Narrow a select of subscriptions to a number, or to the customers that are found by what was typed."""
    customers = search_companies(select(Company.id), text, session, whole=True)
    by_number = Subscription.code.icontains(text.strip(), autoescape=True)
    return statement.where(or_(by_number, Subscription.company_id.in_(customers)))


@dataclass(frozen=True)
class Line:
    """A subscription as the customer's page and the phone desk show it."""

    id: int
    code: str
    publication_id: int
    publication: str
    edition: str | None
    nature: str
    copies: int
    starts_on: dt.date
    ends_on: dt.date
    price: Decimal
    amount: Decimal
    payment: str
    phase: str
    issues: int
    left: int

    @property
    def share(self) -> int:
        """Give how much of it is still to come, in per cent."""
        return round(100 * self.left / self.issues) if self.issues else 0


def lines_of(session: Session, company_id: int, *, running: bool = False, limit: int = 50) -> list[Line]:
    """List a customer's subscriptions, those that end first on top; `running` leaves out what is over."""
    today = local_today()
    last = aliased(Issue)
    left = (
        select(func.count(Issue.id))
        .where(
            Issue.publication_id == Subscription.publication_id,
            Issue.number <= last.number,
            Issue.cover_date > today,
            Issue.cover_date >= Subscription.starts_on,
        )
        .correlate(Subscription, last)
        .scalar_subquery()
    )
    statement = (
        select(Subscription, Publication.title, left)
        .join(Publication, Publication.id == Subscription.publication_id)
        .join(last, last.id == Subscription.last_issue_id)
        .where(Subscription.company_id == company_id)
        .order_by(Subscription.ends_on if running else Subscription.ends_on.desc(), Subscription.id)
        .limit(limit)
    )
    if running:
        statement = statement.where(Subscription.state != "cancelled", Subscription.ends_on >= today)
    return [
        Line(
            id=s.id,
            code=s.code,
            publication_id=s.publication_id,
            publication=title,
            edition=s.edition,
            nature=s.nature,
            copies=s.copies,
            starts_on=s.starts_on,
            ends_on=s.ends_on,
            price=s.price,
            amount=s.amount,
            payment=s.payment,
            phase=state_on(s.state, s.starts_on, s.ends_on, today),
            issues=s.issue_count,
            left=int(open_ or 0),
        )
        for s, title, open_ in session.execute(statement)
    ]


def running_fact(session: Session, company_id: int) -> tuple[int, dt.date] | None:
    """Give the copies that a customer gets now and when the first of them ends; None where he gets none."""
    _count, copies, ends = _running(session, company_id)
    return (int(copies), ends) if copies else None


def count_of(session: Session, company_id: int) -> int:
    """Count a customer's subscriptions that are not over."""
    count, _copies, _ends = _running(session, company_id)
    return int(count)


def _running(session: Session, company_id: int) -> Sequence[Any]:
    """Give the number of subscriptions not over, the copies got now and when the first of these ends; once a page."""
    memory: dict[int, Sequence[Any]] = current_work().memory.setdefault("journals.running", {})
    if company_id in memory:
        return memory[company_id]
    found = memory[company_id] = session.execute(_FIGURES, {"company": company_id}).one()
    return found


def _figures() -> Select[*tuple[Any, ...]]:
    rules = phase_rules(at_execution(local_today, Date()))
    active = rules["active"]
    figures = select(
        func.count(),
        func.sum(case((active, Subscription.copies), else_=None)),
        func.min(case((active, Subscription.ends_on), else_=None)),
    )
    mine = (Subscription.company_id == bindparam("company"), active | rules["future"])
    return prepared(figures.select_from(Subscription).where(*mine))


_FIGURES = _figures()


_TAKEN = prepared(
    select(Subscription.id, Subscription.created_at, Publication.title, Subscription.copies, Subscription.nature)
    .join(Publication, Publication.id == Subscription.publication_id)
    .where(Subscription.company_id == bindparam("company"))
    .order_by(Subscription.id.desc())
    .limit(bindparam("limit"))
)


def taken_of(session: Session, company_id: int, limit: int) -> list[dict[str, Any]]:
    """List the subscriptions that a customer took, the newest first, for his timeline."""
    taken = session.execute(_TAKEN, {"company": company_id, "limit": limit})
    names = ("id", "moment", "publication", "copies", "nature")
    return [dict(zip(names, row, strict=True)) for row in taken]


_CALLS = prepared(
    select(Call.called_at, Call.outcome, Call.note)
    .where(Call.company_id == bindparam("company"))
    .order_by(Call.id.desc())
    .limit(bindparam("limit"))
)


def calls_of(session: Session, company_id: int, limit: int) -> list[dict[str, Any]]:
    """List the calls with a customer, the newest first, for the desk and his timeline."""
    calls = session.execute(_CALLS, {"company": company_id, "limit": limit})
    return [dict(zip(("moment", "outcome", "note"), row, strict=True)) for row in calls]


def ending(session: Session, days: int, limit: int = 8) -> tuple[int, list[dict[str, Any]]]:
    """Count the viewer's subscriptions that end within `days` and were not renewed; list the first."""
    today = local_today()
    rows = [
        *session.execute(
            ends_between(today, today + dt.timedelta(days=days)).order_by(Subscription.ends_on, Subscription.id)
        )
    ]
    names = ("id", "company_id", "owner_id", "company", "publication", "copies", "ends_on")
    return len(rows), [dict(zip(names, row, strict=True)) for row in rows[:limit]]


def ends_between(first: dt.date, last: dt.date) -> Any:
    """Select the subscriptions that end between two days, unless the customer goes on with the same publication."""
    later = aliased(Subscription)
    renewed = (
        select(later.id)
        .where(
            later.company_id == Subscription.company_id,
            later.publication_id == Subscription.publication_id,
            later.state != "cancelled",
            later.ends_on > Subscription.ends_on,
        )
        .exists()
    )
    return (
        select(
            Subscription.id, Subscription.company_id, Company.owner_id, Company.name, Publication.title,
            Subscription.copies, Subscription.ends_on,
        )
        .join(Company, Company.id == Subscription.company_id)
        .join(Publication, Publication.id == Subscription.publication_id)
        .where(Subscription.state != "cancelled", Subscription.ends_on.between(first, last), ~renewed)
    )  # fmt: skip


def due_renewals(session: Session, since: dt.date, until: dt.date, days: int, text: Any) -> Iterable[Due]:
    """Find the subscriptions of which the renewal falls due in a window: `days` before they end."""
    ahead = dt.timedelta(days=days)
    for key, company_id, owner_id, company, publication, copies, ends_on in session.execute(
        ends_between(since + ahead + dt.timedelta(days=1), until + ahead)
    ):
        yield Due(
            key=f"journals.renewal:{key}",
            user_id=owner_id,
            company_id=company_id,
            text=text(company, publication, copies, ends_on),
            due_on=ends_on,
            href=f"/journals/subscriptions/{key}",
            priority="high",
        )


def settled_renewals(session: Session, keys: Sequence[str]) -> list[str]:
    """Tell which renewals are settled: renewed or cancelled since."""
    ids = {int(key.rsplit(":", 1)[1]): key for key in keys}
    rows = session.execute(select(Subscription.id, Subscription.ends_on).where(Subscription.id.in_(ids)))
    days = [end for _id, end in rows]
    if not days:
        return list(keys)
    still = {row[0] for row in session.execute(ends_between(min(days), max(days)))}
    return [key for number, key in ids.items() if number not in still]


def due_calls(session: Session, since: dt.date, until: dt.date, text: Any) -> Iterable[Due]:
    """Find the calls that were promised for a day of a window."""
    rows = session.execute(
        select(Call.id, Call.company_id, Call.called_by_id, Call.next_call_on, Company.name)
        .join(Company, Company.id == Call.company_id)
        .where(Call.next_call_on > since, Call.next_call_on <= until)
    )
    for key, company_id, user_id, day, company in rows:
        yield Due(
            key=f"journals.call:{key}",
            user_id=user_id,
            company_id=company_id,
            text=text(company),
            due_on=day,
            href=f"/journals/desk?company_id={company_id}",
        )


@dataclass(frozen=True)
class FirstOrder:
    """The anniversary of a customer's first subscription."""

    company_id: int
    company: str
    owner_id: int | None
    day: dt.date
    years: int


def settled_calls(session: Session, keys: Sequence[str]) -> list[str]:
    """Tell which promised calls were made: there is a later one with the same customer."""
    ids = {int(key.rsplit(":", 1)[1]): key for key in keys}
    later = aliased(Call)
    made = select(later.id).where(later.company_id == Call.company_id, later.id > Call.id).exists()
    still = set(session.scalars(select(Call.id).where(Call.id.in_(ids), ~made)))
    return [key for number, key in ids.items() if number not in still]


def first_orders(
    session: Session, days: Mapping[tuple[int, int], Sequence[dt.date]], standings: Sequence[str]
) -> Iterable[FirstOrder]:
    """Find the customers whose first subscription was taken on one of these months and days of an earlier year."""
    first = func.min(Subscription.taken_on)
    number = extract("month", first) * 100 + extract("day", first)
    rows = (
        select(Company.id, Company.name, Company.owner_id, first.label("first"))
        .join(Subscription, Subscription.company_id == Company.id)
        .where(Company.alive(), Company.owner_id.is_not(None))
        .group_by(Company.id, Company.name, Company.owner_id)
        .having(number.in_([month * 100 + day for month, day in days]))
        .order_by(Company.id)
    )
    if standings:
        rows = rows.where(Company.standing.in_(standings))
    for row in session.execute(rows):
        for day in days[(row.first.month, row.first.day)]:
            if day.year > row.first.year:
                yield FirstOrder(row.id, row.name, row.owner_id, day, day.year - row.first.year)


def copies_running(session: Session, since: dt.date, until: dt.date) -> int:
    """Count the copies an issue of the viewer's subscriptions that ran at the end of a period, now where it lasts."""
    day = min(until - dt.timedelta(days=1), local_today())
    return int(session.scalar(select(func.sum(Subscription.copies)).where(phase_rules(day)["active"])) or 0)
