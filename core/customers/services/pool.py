"""Claiming customers from the public pool (挂牌) and giving them back to it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from core.auth.models import User
from core.clock import local_today, start_of
from core.customers import settings
from core.customers.models import Company, OwnerChange
from core.customers.queries.pool import claimable_from, falling, rules_of
from core.customers.services.companies import change_owner
from core.errors import Refused
from core.i18n import _, gettext
from core.overlay import overlay


@dataclass
class Claimed:
    """What became of a claim: the customers that were claimed, and those that were not."""

    done: list[Company] = field(default_factory=list)
    taken: list[Company] = field(default_factory=list)
    locked: dict[int, dt.date] = field(default_factory=dict)


def lock_companies(session: Session, ids: Sequence[int]) -> list[Company]:
    """Read companies so that nobody else gives them to somebody meanwhile."""
    rows = select(Company).where(Company.id.in_(ids), Company.alive()).order_by(Company.id)
    return list(session.scalars(rows.with_for_update(of=Company)))


def claim_companies(session: Session, ids: Sequence[int], *, by: int) -> Claimed:
    """Give customers without owner to the person who claims them, within the limits of the settings.

    Those that have an owner, and those that were his until lately, stay where they are. Raises Refused when a limit
    would be passed: then none is claimed.
    """
    setting = overlay().setting
    session.execute(select(User.id).where(User.id == by).with_for_update())  # of two claims one counts the other
    claimed = Claimed()
    locked = claimable_from(session, ids, by, int(setting(session, settings.LOCKOUT_DAYS)))
    for one in lock_companies(session, ids):
        if one.owner_id is not None:
            claimed.taken.append(one)
        elif one.id in locked:
            claimed.locked[one.id] = locked[one.id]
        else:
            claimed.done.append(one)
    _check_limits(session, len(claimed.done), by)
    for one in claimed.done:
        change_owner(session, one, by, by=by)
    return claimed


def _check_limits(session: Session, count: int, by: int) -> None:
    setting = overlay().setting
    most = int(setting(session, settings.MOST_OWNED))
    if most > 0 and count:
        held = session.scalar(select(func.count(Company.id)).where(Company.alive(), Company.owner_id == by)) or 0
        if held + count > most:
            raise Refused(
                _("Nobody may hold more than %(most)s customers by claiming. You hold %(held)s, so %(left)s more.",
                  most=most, held=held, left=max(0, most - held))
            )  # fmt: skip
    a_day = int(setting(session, settings.CLAIMS_A_DAY))
    if a_day > 0 and count:
        today = start_of(local_today())
        entered = and_(Company.entered_by_id == by, Company.created_at >= today)  # his own entries are no claims
        rows = select(func.count(OwnerChange.id)).join(Company, Company.id == OwnerChange.company_id)
        done = session.scalar(
            rows.where(
                OwnerChange.after_id == by,
                OwnerChange.changed_by_id == by,
                OwnerChange.before_id.is_(None),
                OwnerChange.changed_at >= today,
                or_(Company.entered_by_id.is_(None), ~entered),
            )
        ) or 0  # fmt: skip
        if done + count > a_day:
            raise Refused(
                _("Nobody may claim more than %(most)s customers a day. You claimed %(done)s today, so %(left)s more.",
                  most=a_day, done=done, left=max(0, a_day - done))
            )  # fmt: skip


def claim_company(session: Session, company_id: int, *, by: int) -> Company:
    """Claim one customer. Raises Refused with the reason why not."""
    claimed = claim_companies(session, [company_id], by=by)
    if claimed.taken:
        owner = claimed.taken[0].owner
        if claimed.taken[0].owner_id == by:
            raise Refused(_("This customer is yours already."))
        raise Refused(_("%(name)s has claimed this customer.", name=owner.name if owner else "—"))
    if claimed.locked:
        raise Refused(
            _("This customer was yours until lately. You may claim it again from %(day)s.",
              day=claimed.locked[company_id].isoformat())
        )  # fmt: skip
    if not claimed.done:
        raise Refused(_("There is no such customer."))
    return claimed.done[0]


def assign_from_pool(session: Session, ids: Sequence[int], owner_id: int, *, by: int, reason: str) -> Claimed:
    """Claim customers without owner and hand them over to a colleague; those that have one stay with him.

    Whoever entered them, they are the supervisor's to give as soon as they are his.
    """
    claimed = Claimed()
    for one in lock_companies(session, ids):
        if one.owner_id is None:
            change_owner(session, one, by, by=by, reason=reason)
            change_owner(session, one, owner_id, by=by, reason=reason)
            claimed.done.append(one)
        else:
            claimed.taken.append(one)
    return claimed


def release_companies(session: Session, ids: Sequence[int], *, by: int | None, reason: str) -> int:
    """Put customers into the pool, with the reason; tell how many had an owner."""
    if not reason.strip():
        raise Refused(_("Say why"), fields={"reason": _("Say why")})
    return sum(change_owner(session, one, None, by=by, reason=reason) for one in lock_companies(session, ids))


def release_due(session: Session, after: int, limit: int) -> tuple[int, int | None]:
    """Put customers into the pool that the rules send there, some from an id on; tell how many, and the last id.

    What has fallen has no owner any more, so that nothing falls twice. Somebody who was in touch meanwhile wins.
    """
    rules = rules_of(session)
    rows = (
        select(Company.id)
        .where(Company.alive(), Company.id > after, rules.fallen_by(session, local_today()))
        .order_by(Company.id)
        .limit(limit)
    )
    ids = list(session.scalars(rows)) if rules.on else []
    if not ids:
        return 0, None
    found = lock_companies(session, ids)
    days = falling(session, ids)
    today = local_today()
    count = 0
    for one in found:
        day = days.get(one.id)
        if day is not None and day <= today:
            last = one.last_contact_on
            reason = (
                gettext("No contact since %(day)s", day=last.isoformat()) if last else gettext("No contact was made")
            )
            count += change_owner(session, one, None, by=None, reason=str(reason))
    return count, ids[-1]
