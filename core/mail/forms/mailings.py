"""Forms of templates and mailings."""

from __future__ import annotations

from typing import Any

from wtforms import HiddenField, MultipleFileField, PasswordField, SelectField
from wtforms.validators import InputRequired

from core.forms import BaseForm, DictionaryField, LongField, NumberField, TextField
from core.i18n import _, p_
from core.mail.resources import KIND_TITLES

WORDS = 20_000
KINDS = KIND_TITLES


class TemplateForm(BaseForm):
    """A text to begin with."""

    name = TextField(_("Name"), [InputRequired(_("Enter a name"))], max_length=60)
    kind = SelectField(_("Kind"), choices=KINDS, default="information")
    subject = TextField(_("Subject"), [InputRequired(_("Say what it is about"))], max_length=200)
    body = LongField(
        p_("letter", "Text"), [InputRequired(_("Write something"))], max_length=WORDS, render_kw={"rows": 14}
    )


class MailingForm(BaseForm):
    """A mailing: text, kind and rules. Whom it goes to comes along from the list on which it was begun."""

    of = HiddenField()
    query = HiddenField()
    chosen = HiddenField()
    segment_id = SelectField(_("Segment"), choices=(), validate_choice=False)
    name = TextField(_("Name of the mailing"), [InputRequired(_("Enter a name"))], max_length=100)
    kind = SelectField(_("Kind"), choices=KINDS, default="information")
    purpose = DictionaryField(
        _("Purpose"), [InputRequired(_("Choose one of the list"))], dictionary="consent_purpose", default="service"
    )
    subject = TextField(_("Subject"), [InputRequired(_("Say what it is about"))], max_length=200)
    body = LongField(
        p_("letter", "Text"), [InputRequired(_("Write something"))], max_length=WORDS, render_kw={"rows": 14}
    )
    files = MultipleFileField(_("Files"))
    quiet_days = NumberField(_("Leave out who was contacted within so many days"), default=0)
    per_minute = NumberField(_("Letters a minute at most"), default=0)

    def values(self) -> dict[str, Any]:
        """Give what the service wants."""
        names = ("name", "kind", "purpose", "subject", "body")
        found: dict[str, Any] = {name: self.data[name] for name in names}
        for name in ("quiet_days", "per_minute"):
            found[name] = min(100_000, max(0, int(self.data[name] or 0)))
        return found


class StartForm(BaseForm):
    """Why so many are written to, and the password again."""

    reason = LongField(_("Why so many are written to"), max_length=1000, render_kw={"rows": 2})
    password = PasswordField(_("Your password"), render_kw={"autocomplete": "current-password", "maxlength": 200})


class DecideForm(BaseForm):
    """What the second person remarks."""

    remark = LongField(_("Remark"), max_length=1000, render_kw={"rows": 2})
