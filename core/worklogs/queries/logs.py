"""Entries of the work log: of a customer, of a day, of people."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Integer, and_, bindparam, cast, func, select
from sqlalchemy.orm import Session, aliased, joinedload

from core.auth.models import User
from core.clock import local_today, start_of, to_local
from core.customers.models import Company
from core.db import current_work, prepared
from core.tasks.models import Task
from core.worklogs.models import OUTWARD, WorkLog

MOST = 500
DAY = dt.timedelta(days=1)
VISIT = "visit"
PLANNED = "core.planned_contact"
"""The reminder of planned contacts."""


_OF_COMPANY = prepared(
    select(WorkLog)
    .where(WorkLog.company_id == bindparam("company"), WorkLog.origin.is_(None))
    .options(joinedload(WorkLog.contact))
    .order_by(WorkLog.happened_at.desc(), WorkLog.id.desc())
    .limit(bindparam("limit"))
)


def logs_of_company(session: Session, company_id: int, limit: int) -> Sequence[WorkLog]:
    """List what was written of a customer, the newest first, without what other modules tell themselves."""
    found = session.scalars(_OF_COMPANY, {"company": company_id, "limit": limit}).all()
    _newest()[company_id] = found[0] if found else None
    return found


def newest_of_company(session: Session, company_id: int) -> WorkLog | None:
    """Give the newest that was written of a customer; where it was listed it is known."""
    if company_id not in _newest():
        logs_of_company(session, company_id, 1)
    return _newest()[company_id]


def _newest() -> dict[int, WorkLog | None]:
    return current_work().memory.setdefault("worklogs.newest", {})  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Meeting:
    """A visit that was made, or a contact that was planned (`ahead`), as the schedule shows it."""

    id: int
    ahead: bool
    day: dt.date
    time: dt.time | None
    company: str
    what: str
    by: str
    done: bool
    changed_at: dt.datetime
    version: int


def meetings(
    session: Session, first: dt.date, last: dt.date, people: Sequence[int] | None, company_id: int | None
) -> list[Meeting]:
    """List the visits of a span of days and the contacts planned in it; planned ones are over once there was one.

    A planned one is left out as soon as a task of it is there to be found: that stands in the schedule itself.
    """
    columns = (WorkLog, Company.name.label("company"), Company.last_contact_on, User.name.label("person"))
    rows = select(*columns, met_again()).outerjoin(Company, Company.id == WorkLog.company_id)
    rows = rows.join(User, User.id == WorkLog.author_id)
    if people is not None:
        rows = rows.where(WorkLog.author_id.in_(people))
    if company_id is not None:
        rows = rows.where(WorkLog.company_id == company_id)
    made = rows.where(
        WorkLog.kind == VISIT, WorkLog.happened_at >= start_of(first), WorkLog.happened_at < start_of(last + DAY)
    )
    planned = rows.where(WorkLog.next_on.between(first, last))
    found = []
    for log, company, _heard, person, _again in session.execute(
        made.order_by(WorkLog.happened_at, WorkLog.id).limit(MOST)
    ):
        at = to_local(log.happened_at)
        when = (at.date(), at.time().replace(second=0, microsecond=0))
        found.append(Meeting(log.id, False, *when, company or "", "", person, True, log.updated_at, log.version))
    ahead = session.execute(planned.order_by(WorkLog.next_on, WorkLog.id).limit(MOST)).all()
    keys = [plan_key(log) for log, *_others in ahead]
    tasks = set(session.scalars(select(Task.reminder_key).where(Task.reminder_key.in_(keys))))
    for log, company, heard, person, again in ahead:
        if plan_key(log) in tasks:
            continue
        day = log.next_on or first
        over = is_over(log, heard, again=again)
        what = log.next_step or ""
        found.append(Meeting(log.id, True, day, None, company or "", what, person, over, log.updated_at, log.version))
    return found


def plan_key(log: WorkLog) -> str:
    """Give the key of the reminder of a planned contact."""
    return f"{PLANNED}:{log.id}:{log.next_on}"


def met_again() -> ColumnElement[bool]:
    """Give the condition that a later entry tells of a contact with the same customer."""
    later = aliased(WorkLog)
    rows = select(later.id).where(later.company_id == WorkLog.company_id, later.happened_at > WorkLog.happened_at)
    return rows.where(later.kind.in_(OUTWARD)).exists()


def is_over(log: WorkLog, heard: dt.date | None, *, again: bool) -> bool:
    """Tell whether a planned contact was had, by the day of the last one; the entry's own day needs another entry."""
    if heard is None or log.next_on is None or heard < log.next_on:
        return False
    return again or heard > to_local(log.happened_at).date()


def count_of_company(session: Session, company_id: int) -> int:
    """Count what was written of a customer."""
    rows = select(func.count()).select_from(WorkLog).where(WorkLog.company_id == company_id)
    return session.scalar(rows) or 0


def logs_between(session: Session, author_id: int, since: dt.date, until: dt.date) -> Sequence[WorkLog]:
    """List somebody's entries from one day to another, both counted, in the order of the day."""
    rows = (
        select(WorkLog)
        .where(
            WorkLog.author_id == author_id,
            WorkLog.happened_at >= start_of(since),
            WorkLog.happened_at < start_of(until + dt.timedelta(days=1)),
        )
        .options(joinedload(WorkLog.company), joinedload(WorkLog.contact))
        .order_by(WorkLog.happened_at, WorkLog.id)
    )
    return session.scalars(rows.limit(MOST)).all()


@dataclass(frozen=True, slots=True)
class Figures:
    """How much was written: entries by kind, customers, minutes."""

    total: int
    kinds: dict[str, int]
    customers: int
    minutes: int


def figures_between(session: Session, author_id: int, since: dt.date, until: dt.date) -> Figures:
    """Count somebody's entries from one day to another, both counted."""
    rule = and_(
        WorkLog.author_id == author_id,
        WorkLog.happened_at >= start_of(since),
        WorkLog.happened_at < start_of(until + dt.timedelta(days=1)),
    )
    counted = session.execute(select(WorkLog.kind, func.count()).where(rule).group_by(WorkLog.kind))
    kinds = dict(counted.all())
    customers, minutes = session.execute(
        select(func.count(WorkLog.company_id.distinct()), func.sum(WorkLog.minutes)).where(rule)
    ).one()
    return Figures(sum(kinds.values()), kinds, customers, int(minutes or 0))


def written_on(session: Session, day: dt.date | None = None) -> int:
    """Count the entries of a day that this session finds, today's by default."""
    day = day or local_today()
    rows = select(func.count()).select_from(WorkLog)
    rows = rows.where(WorkLog.happened_at >= start_of(day), WorkLog.happened_at < start_of(day + dt.timedelta(days=1)))
    return session.scalar(rows) or 0


def written_between(session: Session, since: dt.date, until: dt.date) -> int:
    """Count the contacts with customers from `since` up to, but without, `until`."""
    rows = select(func.count()).select_from(WorkLog).where(WorkLog.kind.in_(OUTWARD))
    return (
        session.scalar(rows.where(WorkLog.happened_at >= start_of(since), WorkLog.happened_at < start_of(until))) or 0
    )


def by_person(session: Session, since: dt.date, until: dt.date) -> dict[tuple[int, dt.date], tuple[int, int]]:
    """Count the entries of each person and day, both days counted: `(all, contacts with customers)`."""
    found: dict[tuple[int, dt.date], tuple[int, int]] = {}
    day = since
    outward = func.sum(cast(WorkLog.kind.in_(OUTWARD), Integer))
    while day <= until:  # by day, so that the deployment's time zone decides and not the database's
        rows = (
            select(WorkLog.author_id, func.count(), outward)
            .where(WorkLog.happened_at >= start_of(day), WorkLog.happened_at < start_of(day + dt.timedelta(days=1)))
            .group_by(WorkLog.author_id)
        )
        for author, count, contacts in session.execute(rows):
            found[author, day] = (count, int(contacts or 0))
        day += dt.timedelta(days=1)
    return found


@dataclass(frozen=True, slots=True)
class Account:
    """A customer of somebody, with when he was last in touch and what was said."""

    id: int
    name: str
    standing: str
    last_contact_on: dt.date | None
    text: str
    next_on: dt.date | None


def accounts_of(session: Session, owner_id: int, limit: int = 50) -> list[Account]:
    """List somebody's customers, those first that have waited longest, each with its last entry (业务员客户日志)."""
    companies = session.execute(
        select(Company.id, Company.name, Company.standing, Company.last_contact_on)
        .where(Company.owner_id == owner_id, Company.alive())
        .order_by(Company.last_contact_on.is_not(None), Company.last_contact_on, Company.id)
        .limit(limit)
    ).all()
    newest = (
        select(func.max(WorkLog.id).label("id"))
        .where(WorkLog.company_id.in_([row.id for row in companies]))
        .group_by(WorkLog.company_id)
        .subquery()
    )
    last = {log.company_id: log for log in session.scalars(select(WorkLog).where(WorkLog.id.in_(select(newest.c.id))))}
    return [
        Account(
            row.id,
            row.name,
            row.standing,
            row.last_contact_on,
            last[row.id].text if row.id in last else "",
            last[row.id].next_on if row.id in last else None,
        )
        for row in companies
    ]
