"""Forms of care."""

from __future__ import annotations

from typing import Any

from wtforms import BooleanField, SelectField
from wtforms.validators import InputRequired, ValidationError

from core.care.models import Festival
from core.care.words import check
from core.errors import Refused
from core.forms import BaseForm, LongField, TextField
from core.i18n import _

ROWS = {"rows": 3}


class FestivalForm(BaseForm):
    """A day of every year."""

    name = TextField(_("Festival"), [InputRequired(_("Enter the name"))], max_length=40)
    calendar = SelectField(
        _("Of the calendar"), choices=[("solar", _("Solar calendar")), ("lunar", _("Lunar calendar"))]
    )
    month = SelectField(_("Month"), coerce=int, choices=[(str(n), str(n)) for n in range(1, 13)])
    day = SelectField(_("Day of the month"), coerce=int, choices=[(str(n), str(n)) for n in range(1, 32)])
    active = BooleanField(_("Customers are greeted on it"))

    def __init__(self, festival: Festival | None = None) -> None:
        data: dict[str, Any] = {"calendar": "solar", "month": 1, "day": 1, "active": True}
        if festival is not None:
            data = {
                "name": festival.name, "calendar": "lunar" if festival.lunar else "solar", "month": festival.month,
                "day": festival.day, "active": festival.active, "version": festival.version,
            }  # fmt: skip
        super().__init__(data=data)


class GreetingsForm(BaseForm):
    """The words for the occasions."""

    birthday = LongField(_("For birthdays"), max_length=1000, render_kw=ROWS)
    festival = LongField(_("For festivals"), max_length=1000, render_kw=ROWS)
    anniversary = LongField(_("For anniversaries of a customer"), max_length=1000, render_kw=ROWS)
    care = LongField(_("For key accounts"), max_length=1000, render_kw=ROWS)

    def _check(self, field: Any) -> None:
        try:
            check(field.data or "")
        except Refused as refused:
            raise ValidationError(str(refused)) from None

    validate_birthday = validate_festival = validate_anniversary = validate_care = _check
