"""The fields of the public pool: since when, why, whose a customer was, and when one falls into it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, not_, or_
from sqlalchemy.orm import Session

from core.auth.models import User
from core.auth.queries.names import names_of
from core.clock import start_of, to_local
from core.customers.models import Company
from core.customers.queries.pool import DAY, falling, falls, in_pool_since, last_owner_is, rules_of
from core.errors import Refused
from core.i18n import _
from core.listing.values import read_day
from core.plugin import Field


def _since(session: Session, ids: Sequence[int]) -> Mapping[int, Any]:
    return {id_: to_local(one.at).date() for id_, one in falls(session, ids).items()}


def _reasons(session: Session, ids: Sequence[int]) -> Mapping[int, Any]:
    return {id_: one.reason for id_, one in falls(session, ids).items()}


def _last_owners(session: Session, ids: Sequence[int]) -> Mapping[int, Any]:
    found = falls(session, ids)
    names = names_of(session, [one.last_owner_id for one in found.values()])
    return {id_: names.get(one.last_owner_id or 0) for id_, one in found.items()}


def day_condition(op: str, values: Sequence[str], until: Callable[[dt.date], ColumnElement[bool]]) -> Any:
    """Make a condition on a day out of one that tells whether it is not after another; None for other operators."""
    try:
        days = [read_day(one) if one else None for one in values]
    except ValueError:
        raise Refused(_("Enter a date, for example 2026-03-18")) from None
    first, last = days[0], days[-1]
    if op == "between":
        parts = [until(last)] if last else []
        return and_(*parts, *([not_(until(first - DAY))] if first else []))
    if first is None:
        return None
    if op == "lt":
        return or_(*(until(day - DAY) for day in days if day))
    if op == "gt":
        return or_(*(not_(until(day)) for day in days if day))
    if op in ("eq", "in"):
        return or_(*(and_(until(day), not_(until(day - DAY))) for day in days if day))
    return None


def since_where(session: Session, op: str, values: Sequence[str]) -> Any:
    """Give the condition on the day since when a customer is in the pool."""
    free = Company.owner_id.is_(None)
    if op == "empty":
        return not_(free) if values[0] == "1" else free
    found = day_condition(op, values, lambda day: in_pool_since() < start_of(day + DAY))
    return None if found is None else and_(free, found)


def falls_where(session: Session, op: str, values: Sequence[str]) -> Any:
    """Give the condition on the day on which a customer falls into the pool."""
    rules = rules_of(session)
    if op == "empty":
        return not_(rules.covered(session)) if values[0] == "1" else rules.covered(session)
    if not rules.on:
        return false()
    found = day_condition(op, values, lambda day: rules.fallen_by(session, day))
    return None if found is None else and_(rules.covered(session), found)


def last_owner_where(session: Session, op: str, values: Sequence[str]) -> Any:
    """Give the condition on the name of the last owner of a customer in the pool."""
    if op == "empty":
        anybody = last_owner_is(User.id.is_not(None))
        return not_(anybody) if values[0] == "1" else anybody
    if op == "contains":
        return or_(*(last_owner_is(User.name.icontains(one, autoescape=True)) for one in values))
    if op == "starts":
        return or_(*(last_owner_is(User.name.istartswith(one, autoescape=True)) for one in values))
    if op in ("eq", "ne", "in"):
        found = last_owner_is(func.lower(User.name).in_([one.lower() for one in values]))
        return not_(found) if op == "ne" else found
    return None


def falling_soon(session: Session) -> str:
    """Give the conditions of one's customers that fall into the pool within the days of the warning, as its card."""
    return f"falls_on__lt=+{rules_of(session).warn + 1}d&owner_id=me"


FIELDS = (
    Field(
        name="in_pool_since", title=_("In the pool since"), kind="date", field_class="brief", load=_since,
        where=since_where, order=60,
    ),
    Field(
        name="pool_reason", title=_("Why it is in the pool"), field_class="brief", load=_reasons, filterable=False,
        order=61,
    ),
    Field(
        name="last_owner", title=_("Last owner"), field_class="brief", load=_last_owners, where=last_owner_where,
        order=62,
    ),
    Field(
        name="falls_on", title=_("Falls into the pool on"), kind="date", field_class="brief", load=falling,
        where=falls_where, presets=(("lt:+7d", _("within 7 days")), ("lt:+30d", _("within 30 days"))), order=63,
    ),
)  # fmt: skip
