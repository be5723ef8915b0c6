"""Forms of the work log and of reports."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import url_for
from wtforms import IntegerField, SelectField, TextAreaField
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError

from core.clock import local_now, to_local, zone
from core.customers.forms.fields import CompanyField
from core.customers.queries.record import contact_names
from core.db import session
from core.forms import BaseForm, DateField, DictionaryField, LongField, TextField, strip
from core.i18n import _

WORDS = 4000


def number_or_none(value: Any) -> int | None:
    """Read an id; an empty text is none."""
    text = str(value if value is not None else "")
    return int(text) if text.isdigit() and len(text) < 16 else None


def contacts_to_choose(company_id: int | None) -> list[tuple[str, Any]]:
    """List a customer's contacts to choose from."""
    choices: list[tuple[str, Any]] = [("", "—")]
    if company_id is not None:
        choices += [(str(key), name) for key, name in contact_names(session(), company_id)]
    return choices


class LogForm(BaseForm):
    """An entry, short or in full: only what it says is asked for."""

    kind = DictionaryField(_("Kind"), [InputRequired(_("Choose the kind"))], dictionary="worklog_kind", default="call")
    company_id = CompanyField(_("Customer"), [Optional()], address=lambda: url_for("customers.company_lookup"))
    contact_id = SelectField(_("Contact"), [Optional()], coerce=number_or_none, validate_choice=False)
    happened_on = DateField(_("Day"), [InputRequired(_("Enter the day"))], default=lambda: local_now().date())
    happened_time = TextField(_("Time"), max_length=5, default=lambda: local_now().strftime("%H:%M"))
    minutes = IntegerField(_("Minutes"), [Optional(), NumberRange(0, 1440, _("Between 0 and %(n)s minutes", n=1440))])
    text = LongField(_("What was said and done"), max_length=WORDS, render_kw={"rows": 4})
    outcome = DictionaryField(_("Outcome"), dictionary="worklog_outcome")
    next_step = TextField(_("Next step"), max_length=200)
    next_on = DateField(_("Next contact"))

    def validate_happened_time(self, field: Any) -> None:
        """Hours and minutes."""
        if field.data:
            try:
                dt.time.fromisoformat(field.data.replace("：", ":").zfill(5))
            except ValueError:
                raise ValidationError(_("Enter a time, for example 14:20")) from None

    @property
    def moment(self) -> dt.datetime:
        """The moment in UTC. A day that is past without a time counts from its noon."""
        text = (self.happened_time.data or "12:00").replace("：", ":").zfill(5)
        local = dt.datetime.combine(self.happened_on.data, dt.time.fromisoformat(text), tzinfo=zone())
        return local.astimezone(dt.UTC)

    def show_moment(self, moment: dt.datetime) -> None:
        """Fill day and time from a moment in UTC."""
        local = to_local(moment)
        self.happened_on.data, self.happened_time.data = local.date(), local.strftime("%H:%M")


class QuickLogForm(BaseForm):
    """An entry in two keys: on a customer's page and on the workbench."""

    kind = DictionaryField(_("Kind"), [InputRequired(_("Choose the kind"))], dictionary="worklog_kind", default="call")
    company_id = CompanyField(_("Customer"), [Optional()], address=lambda: url_for("customers.company_lookup"))
    contact_id = SelectField(_("Contact"), [Optional()], coerce=number_or_none, validate_choice=False)
    text = LongField(_("What was said and done"), max_length=WORDS, render_kw={"rows": 3})
    outcome = DictionaryField(_("Outcome"), dictionary="worklog_outcome")
    next_on = DateField(_("Next contact"))


class RemarkForm(BaseForm):
    """A remark (批注)."""

    text = TextAreaField(
        _("Comment"), [InputRequired(_("Write something"))], filters=[strip], render_kw={"rows": 2, "maxlength": 1000}
    )


class ReportForm(BaseForm):
    """A report."""

    text = LongField(
        _("What was done"), [InputRequired(_("Write what was done"))], max_length=20_000, render_kw={"rows": 14}
    )
    plan = LongField(_("What comes next"), max_length=20_000, render_kw={"rows": 6})
