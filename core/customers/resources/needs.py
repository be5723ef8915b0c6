"""The fields of needs: until when those of today stand, and which stood before."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, func, not_, or_, select
from sqlalchemy.orm import Session

from core.clock import local_today
from core.customers.lines import write_need
from core.customers.models import Company, Need
from core.customers.resources.pool import day_condition
from core.db import among
from core.i18n import _
from core.overlay import overlay
from core.plugin import Field


def _valid() -> ColumnElement[bool]:
    today = local_today()
    return and_(Need.noted_on <= today, or_(Need.valid_until.is_(None), Need.valid_until >= today))


def _ends(session: Session, ids: Sequence[int]) -> Mapping[int, dt.date]:
    """Give the day on which the first of the needs of today ends."""
    rows = select(Need.company_id, func.min(Need.valid_until)).where(among(session, Need.company_id, ids), _valid())
    return {key: day for key, day in session.execute(rows.group_by(Need.company_id)) if day is not None}


def _ends_where(session: Session, op: str, values: Sequence[str]) -> Any:
    ending = select(Need.company_id).where(_valid(), Need.valid_until.is_not(None))
    if op == "empty":
        found = Company.id.in_(ending)
        return not_(found) if values[0] == "1" else found
    found = day_condition(op, values, lambda day: Company.id.in_(ending.where(Need.valid_until <= day)))
    return None if found is None else and_(Company.id.in_(ending), found)


def _past() -> Any:
    return select(Need.company_id, Need.kind).where(Need.valid_until < local_today())


def _past_kinds(session: Session, ids: Sequence[int]) -> Mapping[int, list[str]]:
    """Give the kinds of needs that stood once."""
    found: defaultdict[int, list[str]] = defaultdict(list)
    for key, kind in session.execute(_past().where(among(session, Need.company_id, ids)).distinct()):
        found[key].append(kind)
    return found


def _past_where(session: Session, op: str, values: Sequence[str]) -> Any:
    rows = select(Need.company_id).where(Need.valid_until < local_today())
    if op == "empty":
        found = Company.id.in_(rows)
        return not_(found) if values[0] == "1" else found
    if op not in ("eq", "ne", "in"):
        return None
    found = Company.id.in_(rows.where(Need.kind.in_(values)))
    return not_(found) if op == "ne" else found


def _all(session: Session, ids: Sequence[int]) -> Mapping[int, str]:
    """Give all needs, those of the past too, one a line with text and validity."""
    titles = dict(overlay().choices(session, "need"))
    rows = select(Need).where(among(session, Need.company_id, ids)).order_by(Need.noted_on, Need.id)
    found: defaultdict[int, list[str]] = defaultdict(list)
    for one in session.scalars(rows):
        title = str(titles.get(one.kind, one.kind))
        found[one.company_id].append(write_need(title, one.text or "", one.noted_on, one.valid_until))
    return {key: "\n".join(lines) for key, lines in found.items()}


FIELDS = (
    Field(
        name="need_ends", title=_("Needs end on"), kind="date", field_class="brief", load=_ends, where=_ends_where,
        presets=(("between:today,+30d", _("within 30 days")), ("between:today,+90d", _("within 90 days"))), order=2,
    ),
    Field(
        name="past_needs", title=_("Needs of the past"), kind="choices", dictionary="need", field_class="brief",
        load=_past_kinds, where=_past_where, order=2,
    ),
    Field(
        name="all_needs", title=_("All needs with their validity"), kind="long", filterable=False, load=_all, order=2,
    ),
)  # fmt: skip
