"""The Resource of attachments: one list over all files, narrowed to what the person may read."""

from __future__ import annotations

from core.attachments.kinds import GROUPS
from core.attachments.models import Attachment
from core.attachments.queries import alive, hosts_of, kinds_of_records, search_attachments
from core.customers.resources.customer import customer_fields
from core.i18n import _, p_
from core.plugin import Field, Resource, SystemView

ATTACHMENTS = Resource(
    name="attachment",
    plural="attachments",
    title=_("Attachment"),
    title_plural=_("Attachments"),
    model=Attachment,
    title_path="name",
    customer="company_id",
    detail="attachments.attachment_detail",
    listing="attachments.attachment_list",
    default_sort="-created_at",
    only=alive,
    search=search_attachments,
    search_hint=_("Name, title or note of the file"),
    quick_filters=("kind", "resource", "uploaded_by_id"),
    views=(
        SystemView(name="mine", title=_("Attached by me"), query="uploaded_by_id=me"),
        SystemView(name="pictures", title=_("Pictures"), query="kind=picture"),
    ),
    card=(("size",), ("host", "company_id"), ("kind", "created_at")),
    icon="clip",
    order=90,
    fields=(
        Field(name="name", title=_("File"), field_class="brief", default=True, sortable=True, order=1),
        Field(name="title", title=_("File title"), default=True, order=2),
        Field(
            name="kind", title=_("Kind of file"), kind="choice", choices=lambda _session: list(GROUPS.items()),
            default=True, order=3,
        ),
        Field(
            name="size", title=_("Size"), kind="number", default=True, sortable=True,
            render="attachments/cells.html#size", order=4,
        ),
        Field(
            name="resource", title=_("Hangs on"), kind="choice", choices=kinds_of_records, default=True, order=5,
        ),
        Field(name="host", title=p_("attachments", "Record"), load=hosts_of, default=True, filterable=False, order=6),
        Field(name="company_id", title=_("Customer"), kind="company", default=True, order=7),
        Field(name="note", title=_("Note"), kind="long", order=8),
        Field(name="private", title=_("Private"), kind="bool", order=9),
        Field(name="uploaded_by_id", title=_("Attached by"), kind="user", default=True, order=10),
        Field(name="created_at", title=_("Attached at"), kind="datetime", default=True, sortable=True, order=11),
        *customer_fields(Attachment.company_id),
    ),
)  # fmt: skip
