"""What staff list and export of visits."""

from __future__ import annotations

from core.i18n import _
from core.plugin import Field, Resource
from zhike_demo.models import Visit

VISIT = Resource(
    name="visit",
    plural="visits",
    plugin="demo",
    title=_("Visit"),
    title_plural=_("Visits"),
    model=Visit,
    customer="company_id",
    title_path="topic",
    detail="demo.visit_detail",
    new="demo.visit_new",
    edit="demo.visit_edit",
    listing="demo.visit_list",
    default_sort="-visited_on",
    fields=(
        Field(name="topic", title=_("Topic"), field_class="brief", required=True, default=True, sortable=True),
        Field(name="company_id", title=_("Customer"), kind="company", field_class="brief", default=True),
        Field(name="visited_on", title=_("Visited on"), kind="date", field_class="brief", default=True, sortable=True),
        Field(name="outcome", title=_("Outcome"), kind="choice", dictionary="demo_outcome", default=True),
        Field(name="cost", title=_("Cost"), kind="money", field_class="private", total=True),
        Field(name="report", title=_("Report"), kind="long", listed=False),
    ),
)
