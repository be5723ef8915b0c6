"""How long the bus keeps what is done."""

from __future__ import annotations

from core.i18n import _
from core.plugin import Setting

KEEP_DAYS = "core.bus_keep_days"

SETTINGS = [
    Setting(
        key=KEEP_DAYS,
        title=_("Keep delivered events and finished job runs for so many days"),
        default=30,
        kind="number",
        order=500,
    )
]
