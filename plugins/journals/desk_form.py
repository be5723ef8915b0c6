"""The form of the phone desk."""

from __future__ import annotations

from typing import Any

from wtforms import IntegerField, SelectField
from wtforms.validators import Optional
from wtforms.widgets import HiddenInput

from core.errors import Refused
from core.forms import BaseForm, DateField, DictionaryField, TextField
from core.i18n import _
from plugins.journals.forms import POSTCODE
from plugins.journals.queries.desk import DeskCustomer

ORDER_CELLS = ("publication", "edition", "nature", "copies", "first", "last", "price", "publication_id")


class DeskForm(BaseForm):
    """Who is called, where the copies go, what came of it. The order's lines are read apart."""

    company = TextField(_("Company"), max_length=200)
    company_id = IntegerField(_("Company"), [Optional()], widget=HiddenInput())
    recipient = TextField(_("Recipient"), max_length=60)
    phone = TextField(_("Phone"), max_length=40)
    address = TextField(_("Dispatch address"), max_length=300)
    postcode = TextField(_("Postcode"), max_length=6)
    channel = DictionaryField(_("Channel"), dictionary="journals_channel")
    payment = DictionaryField(_("Payment"), dictionary="journals_payment")
    outcome = DictionaryField(_("Outcome of the call"), dictionary="journals_outcome")
    note = TextField(_("Remark"), max_length=500)
    next_call_on = DateField(_("Next call"))
    cancel_reason = DictionaryField(_("Reason for cancelling"), dictionary="journals_cancel_reason")
    cancel_id = SelectField(
        _("What is cancelled"),
        coerce=lambda v: int(v) if str(v).isdecimal() else 0,
        choices=[(0, "—")],
        validate_choice=False,
    )

    def fill(self, customer: DeskCustomer) -> None:
        """Prefill the form with a customer."""
        self.company.data, self.company_id.data = customer.name, customer.id
        for name in ("recipient", "phone", "address", "postcode"):
            self[name].data = getattr(customer, name)

    def offer(self, customer: DeskCustomer) -> None:
        """Offer the customer's running subscriptions to be cancelled."""
        self.cancel_id.choices = [
            (0, "—"),
            *((line.id, f"{line.publication} · {line.code}") for line in customer.running),
        ]

    def check(self, *, lines: bool) -> None:
        """Check what belongs together: an order needs a recipient with a full address, a call its outcome."""
        wrong: dict[str, Any] = {}
        if lines:
            wrong |= {
                n: text
                for n, text in (("recipient", _("Enter the recipient")), ("address", _("Enter the address")))
                if not self[n].data
            }
            if not self.postcode.data or not POSTCODE.fullmatch(self.postcode.data):
                wrong["postcode"] = _("Postcode must be 6 digits")
        elif not self.outcome.data:
            wrong["outcome"] = _("Choose the outcome")
        elif self.outcome.data in ("renewed", "new"):
            wrong["outcome"] = _("Enter what was ordered")
        if wrong:
            self.refuse(Refused("", fields=wrong))
