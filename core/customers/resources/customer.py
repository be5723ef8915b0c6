"""What a Resource tells of the customer that its records belong to."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.customers.models import Company
from core.customers.permissions import Perm
from core.customers.resources.loads import Where, needs, needs_where
from core.db import among
from core.i18n import _
from core.plugin import Field
from core.tags.fields import no_value
from core.tags.queries.segments import in_segment, segment_choices
from core.tags.queries.tags import tag_choices, tagged


def customer_fields(column: Any, *, order: int = 90, needs_order: int | None = None) -> tuple[Field, ...]:
    """Give what a Resource tells of the customer: conditions on his tags and segments, a column with his need marks.

    `column` holds the customer's id. With `needs_order` the marks are shown from the start, in that place. They tell
    nothing of a customer whom the person does not find, though the record about him is there.
    """

    def within(where: Where) -> Where:
        def found(session: Session, op: str, values: Sequence[str]) -> ColumnElement[bool] | None:
            condition = where(session, op, values)
            if condition is None:
                return None
            own = current_access().condition(str(Perm.COMPANY_QUERY), Company)
            return and_(condition, or_(column.is_(None), column.in_(select(Company.id).where(own))))

        return found

    return (
        Field(
            name="customer_tags", title=_("Tags of the customer"), kind="tags", field_class="brief", listed=False,
            exportable=False, choices=tag_choices, where=within(tagged("company", lambda: column)), load=no_value,
            order=order,
        ),
        Field(
            name="customer_segment", title=_("Segment of the customer"), kind="choice", field_class="brief",
            listed=False, exportable=False, choices=segment_choices("company"),
            where=within(in_segment("company", lambda: column)), operators=("eq", "ne"), load=no_value,
            order=order + 1,
        ),
        Field(
            name="customer_needs", title=_("Needs of the customer"), kind="choices", dictionary="need",
            field_class="brief", default=needs_order is not None, exportable=False, load=_needs_of(column),
            where=within(needs_where(column)), render="customers/cells.html#needs",
            order=order + 2 if needs_order is None else needs_order,
        ),
    )  # fmt: skip


def _needs_of(column: Any) -> Callable[[Session, Sequence[int]], Mapping[int, Any]]:
    def load(session: Session, ids: Sequence[int]) -> Mapping[int, Any]:
        model = column.class_
        own = current_access().condition(str(Perm.COMPANY_QUERY), Company)
        rows = select(model.id, column).join(Company, Company.id == column).where(among(session, model.id, ids), own)
        houses: dict[int, int] = dict(session.execute(rows).tuples().all())
        marks = needs(session, sorted(set(houses.values())))
        return {key: marks[house] for key, house in houses.items() if house in marks}

    return load
