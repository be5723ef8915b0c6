"""Forms of personal data."""

from __future__ import annotations

from typing import Any

from flask import url_for
from wtforms import SelectField
from wtforms.validators import DataRequired, ValidationError

from core.clock import local_today
from core.customers.forms.fields import CompanyField
from core.forms import BaseForm, DateField, DictionaryField, LongField, TextField
from core.i18n import _, p_


class EraseForm(BaseForm):
    """That a person is to be erased: the name typed once more, and why."""

    confirm = TextField(_("Type the name to confirm"), [DataRequired(_("Type the name to confirm"))], max_length=200)
    reason = TextField(_("Reason given"), [DataRequired(_("Say why"))], max_length=200)

    def __init__(self, name: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.name = name

    def validate_confirm(self, field: Any) -> None:
        """Only the very name counts."""
        if field.data != self.name:
            raise ValidationError(_("This is not the name"))


class HoldForm(BaseForm):
    """Why a person is to be held."""

    reason = TextField(_("Reason given"), [DataRequired(_("Say why"))], max_length=200)


class RequestForm(BaseForm):
    """What somebody asks for."""

    kind = DictionaryField(
        _("What is asked for"), [DataRequired(_("Choose one of the list"))], dictionary="privacy_kind"
    )
    subject = TextField(_("Whose data"), max_length=100)
    company_id = CompanyField(_("Customer"), address=lambda: url_for("customers.company_lookup"))
    received_on = DateField(
        _("Received on"), [DataRequired(_("Enter the day"))], default=local_today, render_kw={"data-kind": "date"}
    )
    asked_by = TextField(_("How it came"), max_length=200)
    text = LongField(_("What was asked"), max_length=4000, render_kw={"rows": 4})


STATES = [
    ("answered", p_("request", "Answered")),
    ("refused", p_("request", "Refused")),
    ("open", p_("request", "Still open")),
]


class AnswerForm(BaseForm):
    """What was answered."""

    state = SelectField(_("State of the request"))
    answer = LongField(_("Answer"), max_length=4000, render_kw={"rows": 4})
    refusal = LongField(_("Why it was refused"), max_length=4000, render_kw={"rows": 3})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.state.choices = STATES
