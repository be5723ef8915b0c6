"""The form of a new token."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from wtforms import BooleanField, PasswordField
from wtforms.validators import InputRequired, ValidationError

from core.auth.forms.people import MultiCheckboxField
from core.forms import BaseForm, DateField, TextField
from core.i18n import _

USUAL = dt.timedelta(days=90)


class TokenForm(BaseForm):
    """What the token is for, what it may read and write, until when, and the password."""

    title = TextField(_("What it is for"), [InputRequired(_("Say what it is for"))], max_length=80)
    expires_on = DateField(_("Last day"), [InputRequired(_("Enter the last day"))])
    nouns = MultiCheckboxField(_("It may read"))
    writes = MultiCheckboxField(_("It may also write"))
    private = BooleanField(_("Private fields too, where I see them; each look is on record"))
    password = PasswordField(
        _("Your password"),
        [InputRequired(_("Enter your password"))],
        render_kw={"autocomplete": "current-password", "maxlength": 200},
    )

    def __init__(self, choices: Sequence[tuple[str, Any]], writable: Sequence[tuple[str, Any]], today: dt.date) -> None:
        super().__init__(data={"expires_on": today + USUAL})
        self.nouns.choices = list(choices)
        self.writes.choices = list(writable)

    def validate_nouns(self, field: MultiCheckboxField) -> None:
        """A token that reads nothing is good for nothing."""
        if not field.data:
            raise ValidationError(_("Choose at least one"))
