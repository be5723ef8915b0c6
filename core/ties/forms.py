"""The form of a partner."""

from __future__ import annotations

from flask import url_for
from wtforms.validators import DataRequired

from core.customers.forms.fields import CompanyField
from core.forms import BaseForm, DictionaryField, TextField
from core.i18n import _


class TieForm(BaseForm):
    """Which company is what to this one."""

    other_id = CompanyField(
        _("The other company"), [DataRequired(_("Choose a customer"))],
        address=lambda: url_for("customers.company_lookup"),
    )  # fmt: skip
    kind = DictionaryField(
        _("is this customer's"), [DataRequired(_("Choose one of the list"))], dictionary="relation_kind"
    )
    note = TextField(_("Remark"), max_length=200)
