"""The form of a field that an administrator adds."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, RadioField
from wtforms.validators import DataRequired, Optional

from core.forms import BaseForm, LongField, TextField
from core.i18n import _, p_

KIND_TITLES = (
    ("text", _("Text")),
    ("long", _("Long text")),
    ("number", p_("kind of field", "Number")),
    ("money", _("Amount of money")),
    ("date", _("Date")),
    ("bool", _("Yes or no")),
    ("choice", _("One of a list")),
    ("choices", _("Several of a list")),
)
CLASS_TITLES = (
    ("brief", _("Everybody who finds the record")),
    ("inner", _("Whoever may read the record")),
    ("private", _("Whoever may see its private data")),
)


class CustomFieldForm(BaseForm):
    """A field: what it is called, what kind it is, where it stands, who sees it, what it demands."""

    title = TextField(_("Title in Chinese"), [DataRequired(_("Enter the title in Chinese"))], max_length=60)
    title_en = TextField(_("Title in English"), max_length=60)
    kind = RadioField(
        _("Kind of field"), [DataRequired(_("Choose one of the list"))], default="text", choices=list(KIND_TITLES)
    )
    choices = LongField(
        _("Choices"), max_length=20_000, description=_("One a line; later they are kept under Dictionaries")
    )
    hint = TextField(_("Help in Chinese"), max_length=200, description=_("Stands below the field on the form"))
    hint_en = TextField(_("Help in English"), max_length=200)
    section = TextField(_("Section in Chinese"), max_length=60, description=_("The heading on form and record"))
    section_en = TextField(_("Section in English"), max_length=60)
    field_class = RadioField(_("Who sees it"), [Optional()], choices=list(CLASS_TITLES), default="inner")
    required = BooleanField(_("Must be filled in"))
    only_once = BooleanField(_("No two records may have the same value"))
    default_column = BooleanField(_("Shown in lists by default"))
    sortable = BooleanField(_("Lists can be sorted by it"))
    checked = BooleanField(_("A change of it needs a new review"), default=True)

    def fix_kind(self) -> None:
        """Take out what is settled once the field is there: its kind, and its first choices."""
        del self.kind
        del self.choices

    @property
    def first_choices(self) -> list[str]:
        """Give the choices that were typed, one a line."""
        return [line.strip() for line in (self.choices.data or "").splitlines() if line.strip()]

    def values(self) -> dict[str, Any]:
        """Give what the rules take."""
        skipped = ("version", "idempotency_key", "choices")
        return {name: field.data for name, field in self._fields.items() if name not in skipped}
