"""Settings of what programs may ask for."""

from __future__ import annotations

from core.i18n import _
from core.plugin import Setting

CALLS_SETTING = "core.api_requests_a_minute"
ROWS_SETTING = "core.api_rows_a_day"

SETTINGS = [
    Setting(
        key=CALLS_SETTING,
        title=_("Requests that one access token may make in a minute"),
        default=300,
        kind="number",
        hint=_("0 lets no program in"),
        order=60,
    ),
    Setting(
        key=ROWS_SETTING,
        title=_("Records that the programs of one person may read in a day"),
        default=20_000,
        kind="number",
        hint=_("0 is without limit"),
        order=61,
    ),
]
