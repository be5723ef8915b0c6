"""The words for what tasks may be."""

from __future__ import annotations

from core.i18n import _, p_
from core.plugin import Dictionary, Entry

DICTIONARIES = (
    Dictionary(
        name="task_state",
        title=_("State of a task"),
        extensible=False,
        entries=(
            Entry(code="new", title=p_("task", "New")),
            Entry(code="accepted", title=p_("task", "Accepted")),
            Entry(code="working", title=p_("task", "In work")),
            Entry(code="done", title=p_("task", "Done, to be checked")),
            Entry(code="closed", title=p_("task", "Closed")),
            Entry(code="declined", title=p_("task", "Declined")),
        ),
    ),
    Dictionary(
        name="task_priority",
        title=_("Priority of a task"),
        extensible=False,
        entries=(
            Entry(code="high", title=p_("priority", "High")),
            Entry(code="normal", title=p_("priority", "Normal")),
            Entry(code="low", title=p_("priority", "Low")),
        ),
    ),
    Dictionary(
        name="task_source",
        title=_("Where a task comes from"),
        extensible=False,
        entries=(
            Entry(code="hand", title=_("Entered by hand")),
            Entry(code="activity", title=_("Market activity")),
            Entry(code="feedback", title=_("Feedback or complaint")),
            Entry(code="rule", title=_("System")),
        ),
    ),
)
