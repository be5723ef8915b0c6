"""Dictionaries of the work log: what administrators may rename, add to and retire."""

from __future__ import annotations

from core.i18n import _, p_
from core.plugin import Dictionary, Entry

DICTIONARIES = [
    Dictionary(
        name="worklog_kind",
        title=_("Kinds of entries in the work log"),
        entries=(
            Entry(code="call", title=p_("work log", "Call")),
            Entry(code="visit", title=p_("work log", "Visit")),
            Entry(code="note", title=p_("work log", "Note")),
            Entry(code="handling", title=p_("work log", "Handling")),
            Entry(code="mail", title=p_("work log", "E-mail")),
            Entry(code="chat", title=p_("work log", "Chat")),
            Entry(code="meeting", title=p_("work log", "Meeting")),
        ),
    ),
    Dictionary(
        name="worklog_outcome",
        title=_("Outcomes of entries in the work log"),
        entries=(
            Entry(code="interested", title=_("Interested")),
            Entry(code="agreed", title=_("Agreed")),
            Entry(code="considering", title=_("Thinks it over")),
            Entry(code="unreached", title=_("Not reached")),
            Entry(code="declined", title=_("Declined")),
            Entry(code="solved", title=_("Solved")),
            Entry(code="passed_on", title=_("Passed on")),
            Entry(code="done", title=_("Done with")),
        ),
    ),
    Dictionary(
        name="workreport_kind",
        title=_("Kinds of work reports"),
        extensible=False,
        entries=(
            Entry(code="day", title=_("Daily report")),
            Entry(code="week", title=_("Weekly report")),
            Entry(code="month", title=_("Monthly report")),
        ),
    ),
]
ICONS = {
    "call": "phone", "visit": "pin", "note": "pen", "handling": "check", "mail": "mail", "chat": "chat",
    "meeting": "users",
}  # fmt: skip
