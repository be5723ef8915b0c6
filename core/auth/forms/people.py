"""Forms of accounts, departments and groups."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from wtforms import BooleanField, SelectField, SelectMultipleField
from wtforms.validators import InputRequired, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from core.auth.forms.account import MAIL
from core.auth.models import Department, User
from core.auth.queries.people import department_choices, group_titles, groups, person_choices
from core.auth.services.accounts import PROFILE
from core.clock import local_today
from core.db import session
from core.forms import BaseForm, DateField, LongField, TextField
from core.i18n import _, p_

SHOWN = (*PROFILE, "department_id", "supervisor_id", "version")


def number_or_none(value: Any) -> int | None:
    """Read the id that a list of choices sends; the empty choice is none."""
    return int(value) if value not in (None, "", "None") else None


class PickField(SelectField):
    """A choice of a record by id, or of none."""

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, coerce=number_or_none, choices=[], **kwargs)

    def offer(self, choices: list[tuple[str, str]]) -> None:
        """Set what may be chosen."""
        self.choices = [("", "—"), *choices]


class MultiCheckboxField(SelectMultipleField):
    """Several choices, by check boxes; the macro `field` knows it by this name."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class UserForm(BaseForm):
    """An account as administrators edit it (A-03, K-06)."""

    username = TextField(_("User name"), max_length=60, render_kw={"autocomplete": "off", "autocapitalize": "none"})
    name = TextField(_("Full name"), [InputRequired(_("Enter the name"))], max_length=60)
    department_id = PickField(_("Department"))
    supervisor_id = PickField(_("Supervisor"))
    groups = MultiCheckboxField(_("Groups"), coerce=int)
    gender = SelectField(
        _("Gender"),
        choices=[("", "—"), ("male", _("Male")), ("female", _("Female"))],
        coerce=lambda value: value or None,
        validate_choice=False,
    )
    birth_date = DateField(_("Birth date"))
    position = TextField(_("Position"), max_length=60)
    region = TextField(
        p_("account", "Region"), max_length=100, description=_("Provinces or towns that this person looks after")
    )
    phone = TextField(_("Phone"), max_length=40)
    email = TextField(_("Email"), [Optional(), MAIL], max_length=120)
    address = TextField(_("Address"), max_length=200)
    appraisal = TextField(_("Appraisal level"), max_length=20)
    supervisor_note = LongField(_("Supervisor's note"), max_length=2000)

    def __init__(self, user: User | None = None) -> None:
        stored = None
        if user is not None:
            stored = SimpleNamespace(**{name: getattr(user, name) for name in SHOWN})
            stored.groups = [group.id for group in user.groups]
        super().__init__(obj=stored)
        self.stored = stored
        if user is not None:
            del self.username
        current = session()
        self.department_id.offer(department_choices(current, keep=user.department_id if user else None))
        supervisor = user.supervisor_id if user else None
        self.supervisor_id.offer(person_choices(current, keep=supervisor, but=user.id if user else None))
        titles = group_titles(current)
        self.groups.choices = [(group.id, titles(group.name)) for group in groups(current)]

    def restore(self) -> None:
        """Show the account as it stands, whatever was posted."""
        self.process(None, obj=self.stored)

    def validate_birth_date(self, field: DateField) -> None:
        """Nobody at work was born tomorrow, or a hundred years ago."""
        if field.data and not 14 <= local_today().year - field.data.year <= 100:
            raise ValidationError(_("Check the year of birth"))

    def validate_gender(self, field: SelectField) -> None:
        """One of the list."""
        if field.data not in (None, "male", "female"):
            raise ValidationError(_("Choose one of the list"))


class DepartmentForm(BaseForm):
    """A department."""

    name = TextField(_("Name"), [InputRequired(_("Enter the name"))], max_length=60)
    parent_id = PickField(_("Above it"))
    profile = LongField(_("What it does"), max_length=2000)
    retired = BooleanField(_("Retired: kept on old records, offered to no new one"))

    def __init__(self, department: Department | None = None, parent_id: int | None = None) -> None:
        super().__init__(obj=department, data={} if department else {"parent_id": parent_id})
        choices = department_choices(session(), keep=department.parent_id if department else None)
        own = str(department.id) if department else ""
        self.parent_id.offer([choice for choice in choices if choice[0] != own])


class GroupForm(BaseForm):
    """A group of the house's own."""

    name = TextField(_("Code"), max_length=40, description=_("Small letters, for commands and imports: night_desk"))
    title = TextField(p_("group", "Title"), [InputRequired(_("Enter a title"))], max_length=60)
