"""Forms of publications, issues and subscriptions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from wtforms import BooleanField, IntegerField, SelectField
from wtforms.validators import InputRequired, NumberRange, Optional

from core.db import session
from core.forms import (
    BaseForm,
    CustomerField,
    DateField,
    DictionariesField,
    DictionaryField,
    ExtensibleForm,
    LongField,
    MoneyField,
    TextField,
)
from core.i18n import _
from plugins.journals.queries.issues import next_issues, publication_choices
from plugins.journals.services.subscriptions import Recipient

AT_LEAST_NOTHING = NumberRange(0, message=_("A price cannot be negative"))
LINES = 6
POSTCODE = re.compile(r"\d{6}")


class PublicationForm(BaseForm):
    """A publication as it is entered."""

    title = TextField(_("Title"), [InputRequired(_("Enter the title"))], max_length=100)
    code = TextField(_("Code"), [InputRequired(_("Enter a short code"))], max_length=20)
    frequency = DictionaryField(
        _("Frequency"), [InputRequired(_("Choose the frequency"))], dictionary="journals_frequency"
    )
    price = MoneyField(_("Price of a copy"), [InputRequired(_("Enter the price")), AT_LEAST_NOTHING])
    closing_days = IntegerField(
        _("Closes so many days before the cover date"),
        [InputRequired(_("Enter a number")), NumberRange(0, 120)],
        default=10,
    )
    dispatch_days = IntegerField(
        _("Dispatched so many days before it"), [InputRequired(_("Enter a number")), NumberRange(0, 120)], default=2
    )
    editions = DictionariesField(_("Editions"), dictionary="journals_edition")
    active = BooleanField(_("Appears"), default=True)


class IssueForm(BaseForm):
    """One issue of the calendar."""

    label = TextField(_("Issue"), [InputRequired(_("Enter the number as readers know it"))], max_length=40)
    cover_date = DateField(_("Cover date"), [InputRequired(_("Enter the day"))])
    closing_date = DateField(_("Closing date"), [InputRequired(_("Enter the day"))])
    dispatch_date = DateField(_("Dispatch date"), [InputRequired(_("Enter the day"))])
    theme = TextField(_("Theme"), max_length=200)


@dataclass
class RecipientLine:
    """One recipient as it was typed; kept when the form comes back."""

    recipient: str = ""
    organisation: str = ""
    address: str = ""
    postcode: str = ""
    phone: str = ""
    copies: str = ""
    error: Any = ""

    LENGTHS: ClassVar[Mapping[str, int]] = {
        "recipient": 60,
        "organisation": 200,
        "address": 300,
        "postcode": 12,
        "phone": 40,
        "copies": 5,
    }

    @property
    def filled(self) -> bool:
        """Tell whether anything was typed."""
        return any(getattr(self, name) for name in self.LENGTHS)

    def read(self) -> Recipient | None:
        """Give the recipient; None, with the reason in `error`, where something is missing."""
        for name, length in self.LENGTHS.items():
            if len(getattr(self, name)) > length:
                self.error = _("At most %(n)s characters", n=length)
                return None
        if not self.recipient or not self.address:
            self.error = _("Enter recipient and address")
        elif self.postcode and not POSTCODE.fullmatch(self.postcode):
            self.error = _("Postcode must be 6 digits")
        elif not self.copies.isdecimal() or not int(self.copies):
            self.error = _("Enter the copies")
        return (
            None
            if self.error
            else Recipient(**{n: getattr(self, n) for n in self.LENGTHS} | {"copies": int(self.copies)})
        )


def typed_lines(form: Mapping[str, str], most: int = 200) -> list[RecipientLine]:
    """Read the recipients of a form, `recipient-0` and so on, in order, leaving out empty lines."""
    numbers = sorted(
        {int(m[1]) for name in form if (m := re.fullmatch(r"recipient-(\d{1,4})", name))},
    )[:most]
    lines = [
        RecipientLine(**{name: form.get(f"{name}-{number}", "").strip() for name in RecipientLine.LENGTHS})
        for number in numbers
    ]
    return [line for line in lines if line.filled]


def padded(lines: list[RecipientLine]) -> list[RecipientLine]:
    """Add empty lines, so that the form works without scripts."""
    return [*lines, *(RecipientLine() for _number in range(max(1, LINES - len(lines))))]


@dataclass
class Recipients:
    """The recipients of a form: as typed and as read."""

    lines: list[RecipientLine] = field(default_factory=list)

    def read(self) -> list[Recipient] | None:
        """Give the recipients; None where a line is not complete."""
        found = [line.read() for line in self.lines]
        return [one for one in found if one is not None] if all(found) else None


def issue_choices() -> dict[str, list[tuple[str, str]]]:
    """List the issues that a subscription can begin with, by publication."""
    current = session()
    found = {}
    for key, title in publication_choices(current):
        issues = next_issues(current, int(key), 36)
        if issues:
            found[title] = [(str(i.id), f"{title} {i.label} · {i.cover_date:%Y-%m-%d}") for i in issues]
    return found


class SubscriptionForm(ExtensibleForm):
    """A subscription as it is changed."""

    extends = "journals/subscriptions"

    channel = DictionaryField(_("Channel"), [InputRequired(_("Choose the channel"))], dictionary="journals_channel")
    payment = DictionaryField(_("Payment"), [InputRequired(_("Choose the payment"))], dictionary="journals_payment")
    note = LongField(_("Remark"), max_length=2000)


class NewSubscriptionForm(SubscriptionForm):
    """A subscription as it is taken; the end follows from the issue calendar."""

    company_id = CustomerField(_("Customer"), [InputRequired(_("Choose the customer"))])
    first_issue_id = SelectField(_("First issue"), [InputRequired(_("Choose the first issue"))], validate_choice=False)
    issue_count = IntegerField(
        _("Number of issues"), [InputRequired(_("Enter the number of issues")), NumberRange(1, 520)], default=24
    )
    copies = IntegerField(_("Copies"), [InputRequired(_("Enter the copies")), NumberRange(1, 9999)], default=1)
    edition = DictionaryField(_("Edition"), dictionary="journals_edition")
    nature = DictionaryField(_("Nature"), [InputRequired(_("Choose the nature"))], dictionary="journals_nature")
    price = MoneyField(_("Unit price"), [Optional(), AT_LEAST_NOTHING])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.first_issue_id.choices = issue_choices()


class CancelForm(BaseForm):
    """Why a subscription ends early, and with which issue."""

    cancel_reason = DictionaryField(
        _("Reason for cancelling"), [InputRequired(_("Choose the reason"))], dictionary="journals_cancel_reason"
    )
    last_issue_id = SelectField(_("Last issue to be sent"), validate_choice=False)
