"""Events that journals publishes."""

from __future__ import annotations

from core.i18n import _
from core.plugin import EventType

SUBSCRIPTION_TAKEN = EventType(
    name="journals.subscription_taken",
    title=_("A subscription was taken"),
    fields={"subscription_id": int, "company_id": int, "ends_on": str},
)
SUBSCRIPTION_CANCELLED = EventType(
    name="journals.subscription_cancelled",
    title=_("A subscription was cancelled"),
    fields={"subscription_id": int, "company_id": int, "reason": str},
)
ISSUE_DISPATCHED = EventType(
    name="journals.issue_dispatched",
    title=_("An issue was dispatched"),
    fields={"issue_id": int, "run_id": int, "copies": int},
)
CALL_MADE = EventType(
    name="journals.call_made",
    title=_("A call was made"),
    fields={"call_id": int, "company_id": int, "outcome": str},
)
EVENTS = [SUBSCRIPTION_TAKEN, SUBSCRIPTION_CANCELLED, ISSUE_DISPATCHED, CALL_MADE]
