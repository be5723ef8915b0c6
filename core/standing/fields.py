"""The field by which the list of customers is narrowed to those that a rule would change now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, func, not_
from sqlalchemy.orm import Session

from core.i18n import _
from core.plugin import Field


def _choices(session: Session) -> list[tuple[str, Any]]:
    from core.standing.queries import rules

    return [(str(one.id), one.name) for one in rules(session)]


def _where(session: Session, op: str, values: Sequence[str]) -> ColumnElement[bool] | None:
    from core.standing.queries import turning, working

    found = turning(session, working(session))
    if op == "empty":
        return not_(found.due) if values == ("1",) else found.due
    if op not in ("eq", "ne", "in"):
        return None
    ids = [int(one) for one in values if one.isascii() and one.isdigit() and len(one) < 16]
    mine = and_(found.due, func.coalesce(found.rule_id, 0).in_(ids))
    return not_(mine) if op == "ne" else mine


def _none(session: Session, ids: Sequence[int]) -> Mapping[int, Any]:
    """It is a condition only: no record has it as a value."""
    return {}


def rule_field(order: int) -> Field:
    """Give the field for the Resource of customers."""
    return Field(
        name="rule_due", title=_("Rule that would change the type"), kind="choice", field_class="brief", listed=False,
        exportable=False, choices=_choices, where=_where, load=_none, order=order,
    )  # fmt: skip
