"""What people ask for, and how far it is."""

from __future__ import annotations

from core.i18n import _, p_
from core.plugin import Dictionary, Entry

DICTIONARIES = [
    Dictionary(
        name="privacy_kind",
        title=_("What is asked for"),
        extensible=False,
        entries=(
            Entry(code="copy", title=p_("request", "A copy of the data")),
            Entry(code="correction", title=p_("request", "Correction")),
            Entry(code="erasure", title=p_("request", "Erasure")),
            Entry(code="withdrawal", title=p_("request", "Taking consent back")),
            Entry(code="restriction", title=p_("request", "Holding the data")),
        ),
    ),
    Dictionary(
        name="privacy_state",
        title=_("State of the request"),
        extensible=False,
        entries=(
            Entry(code="open", title=p_("request", "Open")),
            Entry(code="answered", title=p_("request", "Answered")),
            Entry(code="refused", title=p_("request", "Refused")),
        ),
    ),
]
