"""Settings of sign-in and of the audit trail."""

from __future__ import annotations

from core.auth.access import SEPARATION_SETTING
from core.auth.jobs import KEEP_SETTING
from core.auth.sessions import IDLE_SETTING, LONGEST_SETTING
from core.i18n import _
from core.plugin import Setting

SETTINGS = [
    Setting(
        key=IDLE_SETTING,
        title=_("Sign-in ends after so many idle minutes"),
        default=30,
        kind="number",
        order=10,
    ),
    Setting(
        key=LONGEST_SETTING,
        title=_("Sign-in ends in any case after so many hours"),
        default=12,
        kind="number",
        order=11,
    ),
    Setting(
        key=KEEP_SETTING,
        title=_("Lines of the audit trail are kept so many days"),
        default=0,
        kind="number",
        hint=_("0 keeps them for ever"),
        order=12,
    ),
    Setting(
        key=SEPARATION_SETTING,
        title=_("System administrators see no private data of customers by their post"),
        default=False,
        kind="bool",
        hint=_("They still do in a group that gives it"),
        order=13,
    ),
]
