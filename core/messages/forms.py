"""Forms of messages."""

from __future__ import annotations

from typing import Any

from flask import url_for
from wtforms import BooleanField, HiddenField, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import HiddenInput

from core.auth.models import Group
from core.auth.queries.people import department_choices, groups
from core.auth.words import group_title
from core.customers.forms.fields import CompanyField
from core.db import session
from core.forms import BaseForm, DateField, LongField, TextField
from core.i18n import _, p_
from core.messages.audience import Conditions
from core.messages.resources import PRIORITY_TITLES


def _number(value: Any) -> int | None:
    return int(value) if str(value or "").isascii() and str(value or "").isdigit() else None


class MessageForm(BaseForm):
    """A message as it is written. Receivers chosen from the list are sent beside it as `to`."""

    to_text = TextField(p_("message", "To"), max_length=1000)
    title = TextField(p_("message", "Title"), [InputRequired(_("Say what it is about"))], max_length=200)
    content = LongField(_("Content"), max_length=20_000)
    priority = SelectField(_("Priority"), choices=list(PRIORITY_TITLES.items()), default="normal")
    needs_receipt = BooleanField(_("Asks for a receipt"))
    department_id = SelectField(_("Department"), coerce=_number, validate_choice=True)
    group_id = SelectField(_("Group"), coerce=_number, validate_choice=True)
    position = TextField(_("Position contains"), max_length=60)
    region = TextField(_("Region contains"), max_length=60)
    company_id = CompanyField(_("Customer"), [Optional()], address=lambda: url_for("customers.company_lookup"))
    record_kind = HiddenField()
    record_id = IntegerField(validators=[Optional()], widget=HiddenInput())
    parent_id = IntegerField(validators=[Optional()], widget=HiddenInput())
    way = StringField(widget=HiddenInput())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        current = session()
        self.department_id.choices = [("", "—"), *department_choices(current)]
        named: list[Group] = groups(current)
        self.group_id.choices = [("", "—"), *((str(one.id), group_title(one.name, one.title)) for one in named)]

    def conditions(self) -> Conditions:
        """Give the conditions over the accounts."""
        return Conditions(
            department_id=self.department_id.data,
            group_id=self.group_id.data,
            position=self.position.data or "",
            region=self.region.data or "",
        )


class NoteForm(BaseForm):
    """What a holder notes about handling a message."""

    note = LongField(_("Handling note"), max_length=4000)


class FeedbackForm(BaseForm):
    """What a receiver answers on the message itself."""

    feedback = LongField(_("Feedback"), max_length=4000)


class LaterForm(BaseForm):
    """The day to which something is put off."""

    until = DateField(_("Put off to"), [InputRequired(_("Choose a day to come"))])


class FileForm(BaseForm):
    """Under which heading a message is filed."""

    under = TextField(_("Filed under"), max_length=60)
