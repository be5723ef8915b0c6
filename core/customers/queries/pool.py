"""The public pool (公海): which customers are in it since when and why, and which are about to fall into it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Date, and_, bindparam, cast, false, func, or_, select
from sqlalchemy.orm import Session

from core.auth.models import User
from core.clock import local_now, local_today, start_of, to_local, zone
from core.columns import utcnow
from core.customers import settings
from core.customers.models import Company, OwnerChange
from core.db import among, current_work, prepared
from core.overlay import overlay
from core.presence import is_known_absent

DAY = dt.timedelta(days=1)
LONGEST = 3650
HELD_SINCE: Any = func.coalesce(Company.claimed_at, Company.created_at)


@dataclass(frozen=True)
class Fall:
    """When a customer came into the pool, why, and whose it was."""

    at: dt.datetime
    reason: str
    last_owner_id: int | None


def falls(session: Session, ids: Sequence[int]) -> dict[int, Fall]:
    """Tell of the customers that are in the pool how they came there; one that never had an owner, when it came in."""
    free = select(Company.id, Company.created_at).where(among(session, Company.id, ids), Company.owner_id.is_(None))
    found = {id_: Fall(created, "", None) for id_, created in session.execute(free)}
    if not found:
        return found
    last = (
        select(func.max(OwnerChange.id))
        .where(among(session, OwnerChange.company_id, list(found)))
        .group_by(OwnerChange.company_id)
    )
    for one in session.scalars(select(OwnerChange).where(OwnerChange.id.in_(last), OwnerChange.after_id.is_(None))):
        found[one.company_id] = Fall(one.changed_at, one.reason, one.before_id)
    return found


_LAST = prepared(
    select(OwnerChange).where(OwnerChange.company_id == bindparam("company")).order_by(OwnerChange.id.desc()).limit(1)
)


def fall_of(session: Session, company: Company) -> Fall:
    """Tell of a customer that is in the pool how it came there; read once a page."""
    memory: dict[int, Fall] = current_work().memory.setdefault("customers.falls", {})
    if company.id not in memory:
        last = None
        if not is_known_absent(OwnerChange, Company.__tablename__, company.id):
            last = session.scalars(_LAST, {"company": company.id}).first()
        lost = last is not None and last.after_id is None
        memory[company.id] = (
            Fall(last.changed_at, last.reason, last.before_id) if last and lost else Fall(company.created_at, "", None)
        )
    return memory[company.id]


def in_pool_since() -> ColumnElement[dt.datetime]:
    """Give the moment at which a customer without owner lost the last one, or was entered."""
    lost: Any = (
        select(func.max(OwnerChange.changed_at))
        .where(OwnerChange.company_id == Company.id, OwnerChange.after_id.is_(None))
        .correlate(Company)
        .scalar_subquery()
    )
    return func.coalesce(lost, Company.created_at)


def last_owner_is(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Give the condition that a customer is in the pool and that its last owner meets another one."""
    last = (
        select(func.max(OwnerChange.id))
        .where(OwnerChange.company_id == Company.id)
        .correlate(Company)
        .scalar_subquery()
    )
    theirs = select(OwnerChange.company_id).join(User, User.id == OwnerChange.before_id)
    rows = theirs.where(OwnerChange.after_id.is_(None), OwnerChange.id == last, condition)
    return and_(Company.owner_id.is_(None), Company.id.in_(rows.correlate(Company)))


# --- the rules


@dataclass(frozen=True)
class Rules:
    """By which rules customers fall into the pool; `idle` and `untouched` are days, 0 switches one off."""

    idle: int = 0
    untouched: int = 0
    warn: int = 7
    exempt: tuple[str, ...] = ()
    count_from: dt.date | None = None

    @property
    def on(self) -> bool:
        """Tell whether any customer falls into the pool by itself."""
        return self.idle > 0 or self.untouched > 0

    def falls_on(
        self, *, owner_id: int | None, standing: str, held_since: dt.datetime, last_contact_on: dt.date | None
    ) -> dt.date | None:
        """Tell on which day a customer falls into the pool unless somebody is in touch with it; None: never."""
        if owner_id is None or standing in self.exempt:
            return None
        since = to_local(held_since).date()
        touched = last_contact_on is not None and last_contact_on >= since
        anchor = last_contact_on if touched and last_contact_on is not None else since
        anchor = max(anchor, self.count_from or anchor)
        days = [self.idle] if self.idle else []
        if self.untouched and not touched:
            days.append(self.untouched)
        return anchor + min(days) * DAY if days else None

    def fallen_by(self, session: Session, day: dt.date) -> ColumnElement[bool]:
        """Give the condition that a customer falls into the pool on a day or before it; the same rule as `falls_on`."""
        last: Any = Company.last_contact_on
        parts = []
        if self._begun(day, self.idle):
            until = day - self.idle * DAY
            parts.append(and_(start_of(until + DAY) > HELD_SINCE, or_(last.is_(None), last <= until)))
        if self._begun(day, self.untouched):
            until = day - self.untouched * DAY
            parts.append(and_(start_of(until + DAY) > HELD_SINCE, _untouched(session)))
        return and_(self.covered(session), or_(*parts)) if parts else false()

    def _begun(self, day: dt.date, days: int) -> bool:
        return days > 0 and (self.count_from is None or self.count_from + days * DAY <= day)

    def covered(self, session: Session) -> ColumnElement[bool]:
        """Give the condition that a customer falls some day if nothing happens."""
        parts: list[ColumnElement[bool]] = [Company.owner_id.is_not(None), Company.standing.not_in(self.exempt)]
        if not self.idle:
            parts.append(_untouched(session) if self.untouched else false())
        return and_(*parts)


def _untouched(session: Session) -> ColumnElement[bool]:
    """Give the condition that nobody was in touch with a customer since its owner has it."""
    return or_(Company.last_contact_on.is_(None), Company.last_contact_on < _local_day(session, HELD_SINCE))


def _local_day(session: Session, moment: Any) -> Any:
    """Give the business date of a moment. SQLite knows no time zones: there the present distance from UTC counts."""
    if session.get_bind().dialect.name == "postgresql":
        return cast(func.timezone(zone().key, moment), Date)
    offset = local_now().utcoffset() or dt.timedelta()
    return func.date(moment, f"{int(offset.total_seconds() // 60):+d} minutes")


def rules_of(session: Session) -> Rules:
    """Read the rules from the settings. With a day that cannot be read nothing falls: too late is better than wrong."""
    setting = overlay().setting
    days = {
        name: max(0, min(LONGEST, int(setting(session, key) or 0)))
        for name, key in (
            ("idle", settings.IDLE_DAYS), ("untouched", settings.UNTOUCHED_DAYS), ("warn", settings.WARN_DAYS),
        )
    }  # fmt: skip
    exempt = tuple(one.strip() for one in str(setting(session, settings.EXEMPT)).replace("，", ",").split(","))
    text = str(setting(session, settings.COUNT_FROM) or "").strip()
    try:
        count_from = dt.date.fromisoformat(text) if text else None
    except ValueError:
        return Rules()
    return Rules(**days, exempt=tuple(one for one in exempt if one), count_from=count_from)


def falling(session: Session, ids: Sequence[int]) -> Mapping[int, Any]:
    """Tell on which day each of some customers falls into the pool."""
    rules = rules_of(session)
    if not rules.on:
        return {}
    columns = (Company.id, Company.owner_id, Company.standing, Company.claimed_at, Company.created_at)
    rows = select(*columns, Company.last_contact_on).where(among(session, Company.id, ids))
    return {
        id_: rules.falls_on(
            owner_id=owner_id, standing=standing, held_since=claimed_at or created_at, last_contact_on=contact
        )
        for id_, owner_id, standing, claimed_at, created_at, contact in session.execute(rows)
    }


def endangered(session: Session, owner_id: int | None, limit: int) -> tuple[int, list[tuple[int, str, dt.date]]]:
    """Count a person's customers that fall into the pool within the days of the warning; give the first with it."""
    rules = rules_of(session)
    if not rules.on:
        return 0, []
    near = and_(
        Company.alive(), Company.owner_id == owner_id, rules.fallen_by(session, local_today() + rules.warn * DAY)
    )
    count = session.scalar(select(func.count()).select_from(Company).where(near)) or 0
    rows = select(Company.id, Company.name).where(near).order_by(Company.last_contact_on, HELD_SINCE, Company.id)
    names = dict(session.execute(rows.limit(limit)).all())
    days = falling(session, list(names))
    return count, sorted(((id_, name, days[id_]) for id_, name in names.items()), key=lambda one: one[2])


def claimable_from(session: Session, company_ids: Sequence[int], user_id: int, days: int) -> dict[int, dt.date]:
    """Tell which customers a person gave up or lost so lately that he may not claim them, and from when he may."""
    if days <= 0:
        return {}
    rows = (
        select(OwnerChange.company_id, func.max(OwnerChange.changed_at))
        .where(among(session, OwnerChange.company_id, company_ids), OwnerChange.before_id == user_id)
        .group_by(OwnerChange.company_id)
    )
    span = dt.timedelta(days=days)
    now = utcnow()
    return {id_: to_local(lost + span).date() for id_, lost in session.execute(rows) if lost + span > now}
