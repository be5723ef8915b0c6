"""Settings of personal data: answering times and keeping times."""

from __future__ import annotations

from core.i18n import _
from core.plugin import Setting
from core.privacy.queries.due import LEFT_SETTING, PRIVATE_SETTING, REQUEST_SETTING
from core.privacy.services.requests import DAYS_SETTING

SETTINGS = [
    Setting(
        key=DAYS_SETTING, title=_("Days in which a request about personal data is to be answered"), default=30,
        kind="number", order=200,
    ),
    Setting(
        key=LEFT_SETTING, title=_("Keep contacts who left for so many months"), default=0, kind="number", order=210,
        hint=_("Purpose: reaching the house. 0 keeps them; what is due is shown, and removed when somebody confirms."),
    ),
    Setting(
        key=PRIVATE_SETTING, title=_("Keep personal fields for so many months after the last contact"), default=0,
        kind="number", order=220, hint=_("Purpose: care of customers (birthdays, greetings). 0 keeps them."),
    ),
    Setting(
        key=REQUEST_SETTING, title=_("Keep answered requests for so many months"), default=36, kind="number",
        order=230, hint=_("Purpose: proof of the answer. 0 keeps them."),
    ),
]  # fmt: skip
