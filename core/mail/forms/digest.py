"""The wish for the daily e-mail."""

from __future__ import annotations

from wtforms import SelectField

from core.forms import BaseForm
from core.i18n import _

HOURS = [(str(hour), f"{hour:02d}:00") for hour in range(5, 23)]


class DigestForm(BaseForm):
    """Whether and when somebody wants an e-mail of what waits for him."""

    days = SelectField(
        _("An e-mail of what waits for me"),
        choices=[("", _("Never")), ("working", _("On working days")), ("all", _("Every day"))],
    )
    hour = SelectField(_("From this hour on"), choices=HOURS)
