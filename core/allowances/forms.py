"""Forms of requests for more rows."""

from __future__ import annotations

from wtforms import PasswordField, SelectField
from wtforms.validators import InputRequired, ValidationError

from core.forms import BaseForm, LongField, NumberField
from core.i18n import _


class AskForm(BaseForm):
    """What is asked for, and why."""

    quota = SelectField(_("Limit"), [InputRequired(_("Choose one of the list"))], choices=(), validate_choice=False)
    rows = NumberField(_("More rows"), [InputRequired(_("Say how many"))])
    what = LongField(_("What is taken out"), max_length=1000, render_kw={"rows": 2})
    reason = LongField(_("Reason"), [InputRequired(_("Say why"))], max_length=1000, render_kw={"rows": 3})
    password = PasswordField(
        _("Your password"),
        [InputRequired(_("Enter your password"))],
        render_kw={"autocomplete": "current-password", "maxlength": 200},
    )

    def validate_rows(self, field: NumberField) -> None:
        """Refuse parts of a row."""
        if field.data is not None and field.data != int(field.data):
            raise ValidationError(_("Enter a whole number"))


class AnswerForm(BaseForm):
    """What the second person remarks."""

    remark = LongField(_("Remark"), max_length=1000, render_kw={"rows": 2})
