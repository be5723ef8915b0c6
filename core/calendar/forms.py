"""The form of the house's own days."""

from __future__ import annotations

from wtforms import SelectField
from wtforms.validators import DataRequired

from core.forms import BaseForm, DateField, TextField
from core.i18n import _


class DaysForm(BaseForm):
    """Days that are worked or off here."""

    first = DateField(_("From day"), [DataRequired(_("Enter the day"))], render_kw={"data-kind": "date"})
    last = DateField(_("To day"), render_kw={"data-kind": "date"}, description=_("Empty: this one day"))
    kind = SelectField(_("What it is"), choices=[("off", _("Day off")), ("work", _("Working day"))])
    name = TextField(_("Occasion"), max_length=60)
