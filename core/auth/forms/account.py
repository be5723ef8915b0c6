"""Forms of a person's own account."""

from __future__ import annotations

from wtforms import PasswordField, SelectField
from wtforms.validators import InputRequired, Optional, Regexp, ValidationError

from core.forms import BaseForm, LongField, TextField
from core.i18n import _

MAIL = Regexp(r"^[^@\s]+@[^@\s]+\.[^@\s]+$", message=_("Enter a mail address, for example li@example.com"))


class PasswordForm(BaseForm):
    """The present password and the new one, twice."""

    old = PasswordField(
        _("Present password"),
        [InputRequired(_("Enter the present password"))],
        render_kw={"autocomplete": "current-password"},
    )
    password = PasswordField(
        _("New password"), [InputRequired(_("Enter a new password"))], render_kw={"autocomplete": "new-password"}
    )
    again = PasswordField(
        _("New password again"),
        [InputRequired(_("Enter the new password again"))],
        render_kw={"autocomplete": "new-password"},
    )

    def validate_again(self, field: PasswordField) -> None:
        """Both must be the same."""
        if field.data != self.password.data:
            raise ValidationError(_("The two passwords differ"))


class ProfileForm(BaseForm):
    """What everybody changes about himself."""

    phone = TextField(_("Phone"), max_length=40, render_kw={"autocomplete": "tel"})
    email = TextField(_("Email"), [Optional(), MAIL], max_length=120, render_kw={"autocomplete": "email"})
    address = TextField(_("Address"), max_length=200, render_kw={"autocomplete": "street-address"})
    own_note = LongField(_("Own note"), max_length=2000)
    locale = SelectField(_("Language"), choices=[("zh_CN", "中文"), ("en", "English")])
    theme = SelectField(_("Colours"), choices=[("light", _("Light")), ("dark", _("Dark"))])
    density = SelectField(
        _("Row height"), choices=[("cozy", _("Cozy")), ("standard", _("Standard")), ("compact", _("Compact"))]
    )
