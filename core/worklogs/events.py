"""Events of the work log."""

from __future__ import annotations

import datetime as dt

from core.i18n import _
from core.plugin import EventType

EVENTS = [
    EventType(
        name="core.worklog_written",
        title=_("Something was written into the work log"),
        fields={
            "worklog_id": int,
            "kind": str,
            "company_id": int | None,
            "author_id": int,
            "happened_on": dt.date,
            "next_on": dt.date | None,
        },
    ),
    EventType(
        name="core.worklog_remarked",
        title=_("Somebody commented on the work log"),
        fields={"worklog_id": int, "author_id": int, "by_id": int},
    ),
    EventType(
        name="core.report_submitted",
        title=_("A work report was handed in"),
        fields={"report_id": int, "author_id": int, "kind": str, "starts_on": dt.date},
    ),
    EventType(
        name="core.report_remarked",
        title=_("A supervisor commented on a work report"),
        fields={"report_id": int, "author_id": int, "by_id": int},
    ),
]
