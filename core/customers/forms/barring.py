"""Forms in which it is said that somebody must not be reached, and what he agreed to."""

from __future__ import annotations

from typing import Any

from wtforms import RadioField, SelectField, SelectMultipleField
from wtforms.validators import DataRequired
from wtforms.widgets import CheckboxInput, ListWidget

from core.clock import local_today
from core.customers.models import EVERY
from core.db import session
from core.forms import BaseForm, DateField, DictionaryField, LongField, TextField
from core.i18n import _
from core.overlay import overlay


def channels() -> list[tuple[str, Any]]:
    """List the channels with their titles."""
    return list(overlay().choices(session(), "contact_channel"))


class BarForm(BaseForm):
    """That a person or a company must not be reached."""

    channel = SelectField(_("Must not be reached by"), [DataRequired(_("Choose one of the list"))])
    reason = TextField(_("Reason given"), [DataRequired(_("Say why"))], max_length=200)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.channel.choices = [(EVERY, _("every channel")), *channels()]


class MethodForm(BaseForm):
    """For what a number or an address must not be used; nothing ticked allows all again."""

    channels = SelectMultipleField(
        _("Must not be used for"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput()
    )
    reason = TextField(_("Reason given"), max_length=200)

    def __init__(self, offered: tuple[str, ...], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.channels.choices = [pair for pair in channels() if pair[0] in offered]


class LiftForm(BaseForm):
    """Why a bar is taken back."""

    reason = TextField(_("Reason given"), [DataRequired(_("Say why"))], max_length=200)


class ConsentForm(BaseForm):
    """What a person agreed to, or takes back."""

    given = RadioField(
        _("What was stated"), choices=[("yes", _("The person agrees")), ("no", _("The person no longer agrees"))],
        default="yes",
    )  # fmt: skip
    channel = DictionaryField(
        _("Contact channel"), [DataRequired(_("Choose one of the list"))], dictionary="contact_channel"
    )
    purpose = DictionaryField(
        _("Purpose of the consent"), [DataRequired(_("Choose one of the list"))], dictionary="consent_purpose"
    )
    way = DictionaryField(_("How it was stated"), [DataRequired(_("Choose one of the list"))], dictionary="consent_way")
    stated_on = DateField(
        _("Stated on"), [DataRequired(_("Enter the day"))], default=local_today, render_kw={"data-kind": "date"}
    )
    wording = LongField(
        _("Wording"), max_length=2000, render_kw={"rows": 3},
        description=_("What the person was told and agreed to, word by word. Needed for an agreement."),
    )  # fmt: skip
    evidence = LongField(
        _("Evidence"), max_length=2000, render_kw={"rows": 2},
        description=_("Where the proof is: file, letter, call of a day and a number."),
    )  # fmt: skip

    def values(self) -> dict[str, Any]:
        """Give what was stated as the service takes it."""
        names = ("channel", "purpose", "way", "stated_on", "wording", "evidence")
        return {**{name: self[name].data for name in names}, "given": self.given.data == "yes"}
