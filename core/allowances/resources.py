"""What staff list of requests for more rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Select, or_
from sqlalchemy.orm import Session

from core.allowances.models import Allowance
from core.allowances.queries import quota_choices
from core.i18n import _, n_, p_
from core.plugin import Field, Resource, SystemView

STATES = {
    "asked": p_("allowance", "Waits for agreement"),
    "agreed": p_("allowance", "Agreed to"),
    "refused": p_("allowance", "Not agreed to"),
    "withdrawn": p_("allowance", "Withdrawn"),
}
TONES = {"asked": "w", "agreed": "ok", "refused": "bad", "withdrawn": "o"}


def search(statement: Select[Any], text: str, session: Session, *, whole: bool = False) -> Select[Any]:
    """Narrow to what names a text in its reason or in what is to be taken out."""
    return statement.where(or_(*(c.icontains(text, autoescape=True) for c in (Allowance.reason, Allowance.what))))


ALLOWANCE = Resource(
    name="allowance",
    plural="allowances",
    title=_("Request for more rows"),
    title_plural=_("Requests for more rows"),
    model=Allowance,
    title_path="reason",
    detail="allowances.allowance_detail",
    new="allowances.allowance_new",
    listing="allowances.allowance_list",
    default_sort="-created_at",
    search=search,
    search_hint=_("Reason, what is taken out"),
    quick_filters=("state", "quota", "owner_id"),
    unit=n_(" request", " requests"),
    icon="dl",
    order=95,
    views=(
        SystemView(name="asked", title=STATES["asked"], query="state=asked", counted=True, hot=True, order=10),
        SystemView(name="mine", title=_("Mine"), query="owner_id=me", order=20),
    ),
    card=(("state", "rows"), ("owner_id",), ("created_at",)),
    fields=(
        Field(name="reason", title=_("Reason"), kind="long", field_class="brief", default=True, order=1),
        Field(
            name="state", title=p_("allowance", "State"), kind="choice", field_class="brief", default=True, order=2,
            choices=lambda session: list(STATES.items()), tones=TONES,
        ),
        Field(
            name="quota", title=_("Limit"), kind="choice", field_class="brief", default=True, order=3,
            choices=quota_choices,
        ),
        Field(name="rows", title=_("More rows"), kind="number", field_class="brief", default=True, order=4),
        Field(name="what", title=_("What is taken out"), kind="long", field_class="brief", default=True, order=5),
        Field(name="owner_id", title=_("Asked by"), kind="user", field_class="brief", default=True, order=6),
        Field(
            name="created_at", title=_("Asked"), kind="datetime", field_class="brief", default=True, sortable=True,
            order=7,
        ),
        Field(name="decided_by_id", title=_("Answered by"), kind="user", field_class="brief", default=True, order=8),
        Field(name="decided_at", title=p_("allowance", "Answered"), kind="datetime", field_class="brief", order=9),
        Field(name="day", title=_("Counts on"), kind="date", field_class="brief", default=True, order=10),
        Field(name="remark", title=_("Remark"), kind="long", field_class="brief", order=11),
    ),
)  # fmt: skip
