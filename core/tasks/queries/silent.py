"""Customers of whom nothing was heard for a while (R-23)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Select, String, and_, cast, func, literal, or_, select
from sqlalchemy.orm import Session

from core.auth.models import User
from core.clock import start_of
from core.customers.models import Company
from core.tasks.models import Task

DAY = dt.timedelta(days=1)
NAME = "core.no_contact"


def silent_customers(
    session: Session, since: dt.date, until: dt.date, days: int, standings: Sequence[str]
) -> Iterable[tuple[int, str, int | None, dt.date | None]]:
    """Find the customers with an owner that were last heard of so many days before a day of the window.

    Where nothing is on record, the day counts on which the owner took the customer. One for whom something is planned,
    is left out. Gives id, name, owner and the day of the last contact.
    """
    first, last = since - days * DAY + DAY, until - days * DAY
    claimed = and_(
        Company.last_contact_on.is_(None),
        Company.claimed_at >= start_of(first),
        Company.claimed_at < start_of(last + DAY),
    )
    rows = _owned(standings).where(or_(Company.last_contact_on.between(first, last), claimed))
    for row in session.execute(rows.order_by(Company.id)):
        yield row.id, row.name, row.owner_id, row.last_contact_on


def silent_before(
    session: Session, before: dt.date, standings: Sequence[str], most: int
) -> Iterable[tuple[int, str, int, dt.date | None]]:
    """Find those last heard of before a day of whom nobody was reminded, as when the rule was set: the latest first.

    Each owner gets so many that he has `most` open tasks of this rule; the others wait until some of them are done.
    Where nothing is on record, the day counts on which the owner took the customer, else that on which it was entered.
    """
    taken = func.coalesce(Company.claimed_at, Company.created_at)
    key = literal(f"{NAME}:") + cast(Company.id, String) + ":"
    key += func.coalesce(cast(Company.last_contact_on, String), "-")
    told = select(Task.id).where(Task.reminder_key == key).exists()
    unheard = and_(Company.last_contact_on.is_(None), taken < start_of(before))
    ranked = (
        _owned(standings)
        .join(User, User.id == Company.owner_id)
        .where(User.active, ~told, or_(Company.last_contact_on < before, unheard))
        .add_columns(
            func.row_number()
            .over(
                partition_by=Company.owner_id,
                order_by=(Company.last_contact_on.is_(None), Company.last_contact_on.desc(), Company.id),
            )
            .label("place")
        )
        .subquery()
    )
    held = select(Task.assignee_id, func.count()).where(Task.open, Task.reminder == NAME).group_by(Task.assignee_id)
    open_now: dict[int | None, int] = dict(session.execute(held).all())
    for row in session.execute(
        select(ranked).where(ranked.c.place <= most).order_by(ranked.c.owner_id, ranked.c.place)
    ):
        if row.place + open_now.get(row.owner_id, 0) <= most:
            yield row.id, row.name, row.owner_id, row.last_contact_on


def _owned(standings: Sequence[str]) -> Select[Any]:
    """Select the customers with an owner for whom nothing is planned."""
    planned = select(Task.id).where(Task.company_id == Company.id, Task.open).exists()
    rows: Any = select(Company.id, Company.name, Company.owner_id, Company.last_contact_on)
    rows = rows.where(Company.alive(), Company.owner_id.is_not(None), ~planned)
    found: Select[Any] = rows.where(Company.standing.in_(standings)) if standings else rows
    return found


def key_of_silence(company_id: int, heard: dt.date | None) -> str:
    """Give the key of one silence of a customer: another contact begins another."""
    return f"{NAME}:{company_id}:{heard.isoformat() if heard else '-'}"


def heard_of(session: Session, keys: Sequence[str]) -> list[str]:
    """Tell which silences are over: there was a contact since, or nobody owns the customer any more."""
    wanted = {key: key.split(":")[1:] for key in keys}
    ids = [int(company) for company, _day in wanted.values()]
    rows = session.execute(select(Company.id, Company.last_contact_on, Company.owner_id).where(Company.id.in_(ids)))
    known = {key: (heard, owner) for key, heard, owner in rows}
    over = []
    for key, (company, day) in wanted.items():
        heard, owner = known.get(int(company), (None, None))
        before = dt.date.fromisoformat(day) if day != "-" else None
        if owner is None or (heard is not None and (before is None or heard > before)):
            over.append(key)
    return over
