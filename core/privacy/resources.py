"""The Resource of requests about personal data."""

from __future__ import annotations

from core.i18n import _, n_
from core.plugin import Field, Resource, SystemView
from core.privacy.models import PrivacyRequest

REQUEST = Resource(
    name="privacy_request",
    plural="requests",
    title=_("Request about personal data"),
    title_plural=_("Requests about personal data"),
    model=PrivacyRequest,
    title_path="subject",
    customer="company_id",
    detail="privacy.request_detail",
    new="privacy.request_new",
    edit="privacy.request_answer",
    listing="privacy.privacy_request_list",
    default_sort="due_on",
    quick_filters=("kind", "state"),
    views=(
        SystemView(name="open", title=_("Open requests"), query="state=open", counted=True, hot=True, order=10),
        SystemView(name="overdue", title=_("Overdue"), query="state=open&due_on__lt=today", order=20),
        SystemView(name="ended", title=_("Answered and refused"), query="state__in=answered,refused", order=30),
    ),
    fields=(
        Field(name="subject", title=_("Whose data"), default=True, required=True, order=1),
        Field(
            name="kind", title=_("What is asked for"), kind="choice", dictionary="privacy_kind", default=True, order=2
        ),
        Field(
            name="state", title=_("State of the request"), kind="choice", dictionary="privacy_state", default=True,
            tones={"open": "w", "answered": "ok", "refused": "bad"}, order=3,
        ),
        Field(name="company_id", title=_("Customer"), kind="company", default=True, order=4),
        Field(name="contact_id", title=_("Contact"), kind="contact", order=5),
        Field(name="received_on", title=_("Received on"), kind="date", default=True, sortable=True, order=6),
        Field(
            name="due_on", title=_("To be answered by"), kind="date", default=True, sortable=True,
            render="privacy/cells.html#due", needs=("state",), order=7,
        ),
        Field(name="asked_by", title=_("How it came"), order=8),
        Field(name="handled_by_id", title=_("Handled by"), kind="user", default=True, order=9),
        Field(name="answered_on", title=_("Answered on"), kind="date", order=10),
        Field(name="text", title=_("What was asked"), kind="long", listed=False, order=11),
        Field(name="answer", title=_("Answer"), kind="long", listed=False, order=12),
        Field(name="refusal", title=_("Why it was refused"), kind="long", listed=False, order=13),
    ),
    unit=n_(" request", " requests"),
    icon="shield",
    order=700,
)  # fmt: skip
