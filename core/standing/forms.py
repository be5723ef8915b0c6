"""The form of a rule."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, FieldList, Form, FormField, IntegerField, SelectField
from wtforms.validators import DataRequired, Optional
from wtforms.widgets import TextInput

from core.db import session
from core.errors import Refused
from core.forms import BaseForm, ChoicesField, DictionaryField, TextField
from core.i18n import _
from core.standing.conditions import TITLES
from core.standing.models import StandingRule
from core.standing.queries import figures

LINES = 4
"""So many conditions a rule may have; lines that name no figure say nothing."""
KINDS = (
    (("yes",), _("Yes or no")),
    (("number", "money"), _("How many")),
    (("date", "moment"), _("When last")),
)


def _code(value: Any) -> str:
    return str(value or "")


class ConditionForm(Form):
    """One condition: a figure, what is asked of it, and the number that goes with it."""

    figure = SelectField(_("Figure"), coerce=_code, default="")
    op = SelectField(_("Comparison"), coerce=_code, default="is", choices=list(TITLES.items()))
    number = IntegerField(_("Number or days"), [Optional()], widget=TextInput(), render_kw={"inputmode": "numeric"})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = dict(figures(session()))
        kept = figures(session(), everywhere=True).get(str(self.figure.data or ""))
        if kept is not None:
            known.setdefault(kept.name, kept)  # one of a module that is switched off stays what it was
        grouped = {
            str(title): [(one.name, one.title) for one in known.values() if one.kind in kinds] for kinds, title in KINDS
        }
        self.figure.choices = {"": [("", "—")], **{title: rows for title, rows in grouped.items() if rows}}


class RuleForm(BaseForm):
    """A rule: from which types it leads to which, and under what conditions."""

    name = TextField(_("Name of the rule"), [DataRequired(_("Enter a name"))], max_length=60)
    before = ChoicesField(
        _("Customers of these types"), [DataRequired(_("Choose from the list"))], dictionary="standing"
    )
    after = DictionaryField(_("become"), [DataRequired(_("Choose one of the list"))], dictionary="standing")
    conditions = FieldList(FormField(ConditionForm), _("When all of this is so"), min_entries=LINES, max_entries=LINES)
    active = BooleanField(_("The rule works"))

    def __init__(self, rule: StandingRule | None = None) -> None:
        data: dict[str, Any] = {"before": ["prospect"], "active": False}
        if rule is not None:
            data = {
                "name": rule.name, "before": rule.before, "after": rule.after, "conditions": rule.conditions,
                "active": rule.active, "version": rule.version,
            }  # fmt: skip
        super().__init__(data=data)

    def values(self) -> dict[str, Any]:
        """Give what the service wants."""
        return {
            "name": self.name.data or "",
            "before": self.before.data or [],
            "after": self.after.data or "",
            "conditions": [one.data for one in self.conditions if one.data["figure"]],
            "active": bool(self.active.data),
            "version": self.version.data,
        }

    def refuse(self, refused: Refused) -> None:
        """Show what is wrong with the conditions above them."""
        if "conditions" in refused.fields:
            self.form_errors = [*self.form_errors, refused.fields["conditions"]]
        else:
            super().refuse(refused)
