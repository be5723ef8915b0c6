"""The form of a visit."""

from __future__ import annotations

from wtforms.validators import InputRequired

from core.forms import BaseForm, CustomerField, DateField, DictionaryField, LongField, MoneyField, TextField
from core.i18n import _


class VisitForm(BaseForm):
    """A visit as it is entered."""

    company_id = CustomerField(_("Customer"), [InputRequired(_("Choose the customer"))])
    topic = TextField(_("Topic"), [InputRequired(_("Enter the topic"))], max_length=100)
    visited_on = DateField(_("Visited on"), [InputRequired(_("Enter the day"))])
    outcome = DictionaryField(_("Outcome"), dictionary="demo_outcome")
    cost = MoneyField(_("Cost"))
    report = LongField(_("Report"), max_length=5000)
