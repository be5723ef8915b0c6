"""The one line of context beside the greeting: the next date of the house, and in how many days it is."""

from __future__ import annotations

import datetime as dt

from core.auth.access import Access
from core.clock import local_today
from core.db import session
from core.i18n import gettext, ngettext
from core.plugin import CalendarEntry
from core.registry import PluginFailed
from core.web import zhike

REACH = dt.timedelta(days=30)


def next_date(access: Access) -> str:
    """Say what comes next and when; an empty text where nothing does within a month. A source that fails has none."""
    registry, today = zhike().registry, local_today()
    found: list[CalendarEntry] = []
    for source in registry.declared("register_calendars"):
        if not source.common or (source.permission is not None and not access.may(str(source.permission))):
            continue
        try:
            with registry.contained(registry.owner_of("register_calendars", source), f"calendar {source.name}"):
                found += source.load(session(), today, today + REACH, None, None)
        except PluginFailed:
            continue
    if not found:
        return ""
    first = min(found, key=lambda one: (one.day, one.key))
    days = (first.day - today).days
    if days == 0:
        return gettext("%(date)s: today", date=first.title)
    return ngettext("%(date)s: in %(num)d day", "%(date)s: in %(num)d days", days, date=first.title)
