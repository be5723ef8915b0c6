"""Forms of tasks."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from flask import url_for
from wtforms import BooleanField, HiddenField, SelectField
from wtforms.validators import DataRequired, InputRequired

from core.auth.access import current_access
from core.auth.forms.people import MultiCheckboxField
from core.auth.queries.people import department_choices, group_titles, groups
from core.clock import local_today, zone
from core.customers.forms.fields import CompanyField
from core.customers.forms.small import colleagues, number_or_none
from core.customers.models import Contact
from core.customers.queries.record import contacts_of
from core.db import session
from core.forms import BaseForm, DateField, DictionaryField, LongField, TextField
from core.i18n import _, gettext
from core.tasks.models import Task
from core.tasks.permissions import Perm
from core.tasks.resources import repeat_choices
from core.tasks.services import Wanted

TIME = re.compile(r"^([01]?\d|2[0-3])[:：.]?([0-5]\d)$")


class CustomerForm(BaseForm):
    """Of which customer something is shown."""

    company = CompanyField(_("Customer"), address=lambda: url_for("customers.company_lookup"))


class TimeField(TextField):
    """A time of the day as people type it: 9:30, 0930, 17:00."""

    data: Any

    def process_formdata(self, valuelist: list[Any]) -> None:
        """Read hours and minutes."""
        self.data = None
        text = (valuelist[0] if valuelist else "").strip()
        if text:
            found = TIME.match(text)
            if found is None:
                raise ValueError(_("Enter a time, for example 17:30"))
            self.data = dt.time(int(found[1]), int(found[2]))

    def pre_validate(self, form: Any) -> None:
        """Everything was checked on reading."""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.data.strftime("%H:%M")


BLANK = {"priority": "normal", "source": "hand", "repeat": "", "repeat_every": 1, "repeat_after": "done"}


class TaskForm(BaseForm):
    """A task, for one or for several people."""

    title = TextField(_("What is to be done"), [InputRequired(_("Say what is to be done"))], max_length=200)
    due_on = DateField(_("Due on"), [DataRequired(_("Enter the day"))], render_kw={"data-kind": "date"})
    at = TimeField(_("At"), render_kw={"placeholder": "17:30", "inputmode": "numeric"})
    priority = DictionaryField(_("Priority"), dictionary="task_priority")
    assignee_id = SelectField(_("Assignee"), coerce=number_or_none, validate_choice=False)
    company_id = CompanyField(_("Customer"), address=lambda: url_for("customers.company_lookup"))
    contact_id = SelectField(_("Contact"), coerce=number_or_none, validate_choice=False)
    text = LongField(_("Details"), max_length=5000, render_kw={"rows": 4})
    source = SelectField(_("Source"), validate_choice=True)
    repeat = SelectField(_("Repeated"))
    repeat_every = SelectField(_("Every so many"), choices=[(str(n), str(n)) for n in range(1, 13)], coerce=int)
    repeat_after = SelectField(
        _("The next one comes"),
        choices=[("done", _("when this one is done")), ("due", _("when this one is due"))],
    )
    repeat_until = DateField(_("Repeated until"), render_kw={"data-kind": "date"})
    resource = HiddenField()
    record_id = HiddenField()
    people = MultiCheckboxField(_("Also to these colleagues"), coerce=int)
    departments = MultiCheckboxField(_("To departments with all below"), coerce=int)
    groups = MultiCheckboxField(_("To groups"), coerce=int)
    everybody = BooleanField(_("To everybody"))

    def __init__(self, task: Task | None = None, **kwargs: Any) -> None:
        data = dict(kwargs.pop("data", None) or {})
        if task is not None:
            data |= {name: getattr(task, name) for name in STORED}
            data |= {"due_on": task.due_on, "at": task.due_at.astimezone(zone()).time() if task.timed else None}
        super().__init__(data={**BLANK, "due_on": local_today(), **data}, **kwargs)
        self.repeat.choices = [(code, title) for code, title in repeat_choices()]
        self.source.choices = [
            ("hand", _("Entered by hand")), ("activity", _("Market activity")), ("feedback", _("Feedback or complaint"))
        ]  # fmt: skip
        self.assignee_id.choices = colleagues(self.assignee_id.data)
        company = self.company_id.data
        people = contacts_of(session(), company) if company else []
        kept = self.contact_id.data
        if not company and kept:
            found = session().get(Contact, kept)
            people = [found] if found is not None else []
        self.contact_id.choices = [("", "—"), *((str(one.id), one.name) for one in people)]
        if task is not None:
            for name in ("assignee_id", "source", "people", "departments", "groups", "everybody"):
                del self[name]
        elif not current_access().may(Perm.TASK_SEND):
            self.people.choices = [(int(key), name) for key, name in colleagues()]
            for name in ("departments", "groups", "everybody"):
                del self[name]
        else:
            titles = group_titles(session())
            self.people.choices = [(int(key), name) for key, name in colleagues()]
            self.departments.choices = [(int(key), name) for key, name in department_choices(session())]
            self.groups.choices = [(one.id, titles(one.name)) for one in groups(session())]

    def wanted(self) -> Wanted:
        """Give what was asked for."""
        return Wanted(
            title=self.title.data or "",
            due_on=self.due_on.data,
            at=self.at.data,
            text=self.text.data,
            priority=self.priority.data or "normal",
            source=self.source.data if "source" in self else "hand",
            company_id=self.company_id.data,
            contact_id=self.contact_id.data,
            resource=self.resource.data or None,
            record_id=number_or_none(self.record_id.data) if str(self.record_id.data).isdecimal() else None,
            repeat=self.repeat.data or "",
            repeat_every=self.repeat_every.data or 1,
            repeat_after=self.repeat_after.data or "done",
            repeat_until=self.repeat_until.data,
        )

    def sent_to(self) -> dict[str, Any]:
        """Give whom else it is for, as `people_meant` wants it; empty for one person."""
        found = {
            name: list(self[name].data or ()) for name in ("people", "departments", "groups") if name in self
        }  # fmt: skip
        everybody = bool(self.everybody.data) if "everybody" in self else False
        return {**found, "everybody": everybody} if everybody or any(found.values()) else {}


STORED = (
    "title", "priority", "company_id", "contact_id", "text", "repeat", "repeat_every", "repeat_after", "repeat_until",
    "version", "resource", "record_id",
)  # fmt: skip


class PutOffForm(BaseForm):
    """To which day, and why."""

    day = DateField(
        _("Put off to"), [DataRequired(_("Enter the day"))], description=_("A date, or +3 for in three days"),
        render_kw={"data-kind": "date"},
    )  # fmt: skip
    reason = TextField(_("Reason given"), [DataRequired(_("Say why"))], max_length=500)


class HandForm(BaseForm):
    """To which colleague, with a word to him."""

    assignee_id = SelectField(_("Hand over to"), [InputRequired(_("Choose one of the list"))], coerce=number_or_none)
    note = TextField(_("A word to go with it"), max_length=500)

    def __init__(self, but: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        others = [pair for pair in colleagues() if pair[0] != str(but)]
        self.assignee_id.choices = [("", gettext("Choose a colleague")), *others]


class DoneForm(BaseForm):
    """What came of it."""

    result = LongField(_("What came of it"), max_length=5000, render_kw={"rows": 3})


class ReasonForm(BaseForm):
    """Why."""

    reason = TextField(_("Reason given"), max_length=500)
