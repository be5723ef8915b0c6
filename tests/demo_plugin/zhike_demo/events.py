"""Events that this plugin publishes."""

from __future__ import annotations

from core.i18n import _
from core.plugin import EventType

VISIT_MADE = EventType(name="demo.visit_made", title=_("A visit was made"), fields={"visit_id": int, "company_id": int})
