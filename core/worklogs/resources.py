"""What staff list, query, print and export of the work log."""

from __future__ import annotations

from core.customers.resources.customer import customer_fields
from core.i18n import _, n_
from core.plugin import Field, Resource, SystemView
from core.worklogs.models import WorkLog, WorkReport

OUTCOME_TONES = {
    "interested": "p", "agreed": "ok", "considering": "w", "unreached": "", "declined": "bad", "solved": "ok",
    "passed_on": "i", "done": "",
}  # fmt: skip

WORKLOG = Resource(
    name="worklog",
    plural="worklogs",
    title=_("Work log entry"),
    title_plural=_("Work log"),
    model=WorkLog,
    customer="company_id",
    title_path="text",
    detail="worklogs.worklog_detail",
    new="worklogs.worklog_new",
    edit="worklogs.worklog_edit",
    listing="worklogs.worklog_list",
    default_sort="-happened_at",
    search_hint=_("Words of the entry"),
    quick_filters=("kind", "author_id", "happened_at"),
    unit=n_(" entry", " entries"),
    icon="pen",
    order=40,
    views=(
        SystemView(name="mine", title=_("Mine"), query="author_id=me", order=10),
        SystemView(name="today", title=_("Today"), query="happened_at__gt=-1d", order=20),
        SystemView(name="visits", title=_("Visits"), query="kind=visit", order=30),
        SystemView(name="next", title=_("With a next step"), query="next_on__gt=-1d", order=40),
    ),
    card=(("kind",), ("company_id", "author_id"), ("happened_at",)),
    fields=(
        Field(name="happened_at", title=_("When"), kind="datetime", field_class="brief", default=True, sortable=True),
        Field(
            name="kind", title=_("Kind"), kind="choice", dictionary="worklog_kind", field_class="brief", default=True
        ),
        Field(name="company_id", title=_("Customer"), kind="company", field_class="brief", default=True),
        Field(name="contact_id", title=_("Contact"), kind="contact", field_class="brief"),
        Field(name="text", title=_("What was said and done"), kind="long", field_class="brief", default=True),
        Field(
            name="outcome", title=_("Outcome"), kind="choice", dictionary="worklog_outcome", field_class="brief",
            default=True, tones=OUTCOME_TONES,
        ),
        Field(name="next_step", title=_("Next step"), field_class="brief", default=True),
        Field(name="next_on", title=_("Next contact"), kind="date", field_class="brief", default=True),
        Field(name="author_id", title=_("Written by"), kind="user", field_class="brief", default=True),
        Field(name="minutes", title=_("Minutes"), kind="number", field_class="brief", total=True),
        *customer_fields(WorkLog.company_id),
    ),
)  # fmt: skip

WORKREPORT = Resource(
    name="workreport",
    plural="workreports",
    title=_("Work report"),
    title_plural=_("Work reports"),
    model=WorkReport,  # without an owner: what somebody reported stays his when he leaves
    title_path="text",
    detail="worklogs.workreport_detail",
    listing="worklogs.workreport_list",
    default_sort="-starts_on",
    only=lambda: WorkReport.submitted_at.is_not(None),
    search_hint=_("Words of the report"),
    quick_filters=("kind", "author_id", "starts_on"),
    unit=n_(" report", " reports"),
    icon="file",
    order=41,
    views=(
        SystemView(name="unread", title=_("Not read yet"), query="read_at__empty=1&author_id__ne=me", order=10),
        SystemView(name="mine", title=_("Mine"), query="author_id=me", order=20),
    ),
    card=(("kind",), ("author_id",), ("starts_on",)),
    fields=(
        Field(
            name="starts_on", title=_("From day"), kind="date", field_class="brief", default=True, sortable=True
        ),
        Field(name="ends_on", title=_("To day"), kind="date", field_class="brief", default=True),
        Field(
            name="kind", title=_("Kind"), kind="choice", dictionary="workreport_kind", field_class="brief",
            default=True,
        ),
        Field(name="author_id", title=_("Written by"), kind="user", field_class="brief", default=True),
        Field(name="text", title=_("What was done"), kind="long", field_class="brief", default=True),
        Field(name="submitted_at", title=_("Handed in"), kind="datetime", field_class="brief", default=True),
        Field(name="read_at", title=_("Read"), kind="datetime", field_class="brief", default=True),
        Field(name="read_by_id", title=_("Read by"), kind="user", field_class="brief"),
    ),
)  # fmt: skip
