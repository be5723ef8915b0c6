"""Forms of mail."""

from __future__ import annotations

from flask import url_for
from wtforms import HiddenField, IntegerField, MultipleFileField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired, Optional
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget

from core.customers.forms.fields import CompanyField
from core.forms import BaseForm, DictionaryField, LongField, TextField
from core.i18n import _, p_
from core.mail.resources import KIND_TITLES

WORDS = 20_000


class LetterForm(BaseForm):
    """A letter to one address. Whose it is comes along from the record on which it was begun."""

    address = TextField(
        _("E-mail address"), [InputRequired(_("Enter the address"))], max_length=200, render_kw={"type": "email"}
    )
    name = TextField(p_("letter", "Recipient"), max_length=100)
    subject = TextField(_("Subject"), [InputRequired(_("Say what it is about"))], max_length=200)
    body = LongField(
        p_("letter", "Text"), [InputRequired(_("Write something"))], max_length=WORDS, render_kw={"rows": 14}
    )
    files = MultipleFileField(_("Files"))
    enclosed = SelectMultipleField(
        _("Attachments of the customer"), coerce=int, choices=[], validate_choice=False,
        widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(),
    )  # fmt: skip
    company_id = IntegerField(validators=[Optional()], widget=HiddenInput())
    contact_id = IntegerField(validators=[Optional()], widget=HiddenInput())
    answers = IntegerField(validators=[Optional()], widget=HiddenInput())


class FileForm(BaseForm):
    """To which customer an e-mail is filed."""

    company_id = CompanyField(
        _("Customer"), [InputRequired(_("Choose the customer"))], address=lambda: url_for("customers.company_lookup")
    )
    contact_id = IntegerField(validators=[Optional()], widget=HiddenInput())


class SmsForm(BaseForm):
    """A short message to one number. Whose it is comes along from the record on which it was begun."""

    number = TextField(
        _("Telephone number"), [InputRequired(_("Enter the number"))], max_length=40, render_kw={"type": "tel"}
    )
    name = TextField(_("To whom"), max_length=100)
    text = LongField(_("Short message"), [InputRequired(_("Write something"))], max_length=500, render_kw={"rows": 5})
    company_id = IntegerField(validators=[Optional()], widget=HiddenInput())
    contact_id = IntegerField(validators=[Optional()], widget=HiddenInput())


class SmsToManyForm(BaseForm):
    """One short message to each of some contacts or customers, which come along from the list."""

    of = HiddenField()
    chosen = HiddenField()
    kind = SelectField(_("Kind"), choices=KIND_TITLES, default="information")
    purpose = DictionaryField(
        _("Purpose"), [InputRequired(_("Choose one of the list"))], dictionary="consent_purpose", default="service"
    )
    text = LongField(_("Short message"), [InputRequired(_("Write something"))], max_length=500, render_kw={"rows": 5})
