"""The field by which the list of customers is narrowed to those of one group."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, false, not_, or_
from sqlalchemy.orm import Session

from core.db import among
from core.i18n import _
from core.plugin import Field


def _where(session: Session, op: str, values: Sequence[str]) -> ColumnElement[bool] | None:
    from core.ties.queries import branch_ids, group_ids

    if op not in ("eq", "ne", "in", "group", "below"):
        return None
    from core.customers.models import Company

    ids = [int(one) for one in values if one.isascii() and one.isdigit() and len(one) < 16]
    related = branch_ids if op == "below" else group_ids
    found = or_(false(), *(among(session, Company.id, related(one)) for one in ids))
    return not_(found) if op == "ne" else found


def group_field(order: int) -> Field:
    """Give the field for the Resource of customers; its path only says whose names its values have."""
    return Field(
        name="group", title=_("Group of companies"), kind="company", path="parent_id", field_class="brief",
        listed=False, exportable=False, where=_where, operators=("group", "below", "ne"), order=order,
    )  # fmt: skip
