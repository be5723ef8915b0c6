"""Settings of customer types."""

from __future__ import annotations

from core.i18n import _
from core.plugin import Setting

HAND_DAYS = "core.standing_hand_days"

SETTINGS = [
    Setting(
        key=HAND_DAYS, title=_("Days for which a customer type that somebody chose is left alone by rules"),
        default=90, kind="number", hint=_("0: rules change it at once"), order=208,
    )
]  # fmt: skip
