"""The blueprint of tasks and what its pages have in common."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, request, url_for
from werkzeug.exceptions import HTTPException

from core.auth.access import current_access
from core.auth.hosts import hosts, noun_of
from core.clock import local_today
from core.columns import utcnow
from core.customers.models import Company, Contact
from core.db import session, system_session
from core.errors import NotFound
from core.i18n import _
from core.listing.views import resource_views
from core.plugin import Resource
from core.tasks.lists import TASKS
from core.tasks.models import Task
from core.tasks.permissions import Perm
from core.tasks.queries import due_words
from core.web import is_own_address, parts_of, zhike

blueprint = Blueprint("tasks", __name__, template_folder="../templates")


@blueprint.app_template_global("task_due")
def task_due(due_at: Any, timed: Any) -> str:
    """Say when a task is due."""
    return due_words(due_at, bool(timed), local_today())


@blueprint.app_template_global("now_utc")
def now_utc() -> Any:
    """Tell the moment, for what is overdue."""
    return utcnow()


@blueprint.app_template_global("task_address")
def task_address() -> str:
    """Give the address that the key T opens on every page, empty for whom it is not."""
    return url_for("tasks.task_quick") if current_access().may(Perm.TASK_CREATE) else ""


def by() -> int | None:
    """Give the id of the person who is signed in."""
    return current_access().user_id


def task_or_404(task_id: int, code: str | None = None) -> Task:
    """Give a task that the person may find, and for which he holds a right."""
    task = session().get(Task, task_id) if task_id < 2**53 else None
    if task is None:
        raise NotFound(_("There is no such task."))
    if code is not None:
        current_access().demand(code, task)
    return task


def back_to(default: str) -> str:
    """Give the address of our own to which a step leads back."""
    address = request.values.get("next", "")
    return address if is_own_address(address) else default


def is_settled(task: Task) -> bool:
    """Tell whether what a task of a reminder asks for is recorded; of one that nobody speaks for any more, too.

    The program looks, past the row scope: what a person does not find is not settled by that.
    """
    if not task.kept or task.reminder is None:
        return True
    for reminder in zhike().registry.declared("register_reminders"):
        if reminder.name == task.reminder and reminder.settled is not None:
            with system_session("is a reminder settled") as reading:
                return str(task.reminder_key) in set(reminder.settled(reading, [str(task.reminder_key)]))
    return True


class Subject:
    """The record that a task is about: of any resource, found by its page's address or by name and number."""

    def __init__(self, resource: Resource, record: Any) -> None:
        self.resource = resource
        self.noun = noun_of(resource)
        self.id = int(record.id)
        self.title = _title(resource, record)
        self.company_id: int | None = None
        self.contact_id: int | None = None
        if isinstance(record, Company):
            self.company_id = record.id
        elif isinstance(record, Contact):
            self.company_id, self.contact_id = record.company_id, record.id
        else:
            of = getattr(record, resource.customer or "company_id", None)
            self.company_id = of if of is not None and session().get(Company, of) is not None else None
        self.is_kept_in_touch_with = resource.customer is not None
        """Whether it is a customer or belongs to one; of anything else, such as a message, the task is what it says."""

    @property
    def href(self) -> str:
        """The address of the record's page."""
        return record_href(self.resource, self.id)


def _title(resource: Resource, record: Any) -> str:
    value = record
    for part in resource.title_path.split("."):
        value = getattr(value, part, None)
    return str(value or f"#{record.id}")


def record_href(resource: Resource, record_id: int) -> str:
    """Give the address of a record's page, empty where it has none."""
    if resource.detail not in current_app.view_functions:
        return ""
    rule = next(iter(current_app.url_map.iter_rules(str(resource.detail))))
    values: dict[str, Any] = {next(iter(rule.arguments)): record_id}
    return url_for(str(resource.detail), **values)


def subject_named(word: str, record_id: Any) -> Subject | None:
    """Find the record by the word or key of its resource and its number; None where this person finds none."""
    try:
        resource = hosts().get(word) or zhike().registry.resource(word)
        number = int(record_id)
    except (KeyError, TypeError, ValueError):
        return None
    if not 0 < number < 2**53 or not current_access().may(resource.code("query")):
        return None
    record = session().get(resource.model, number)
    return Subject(resource, record) if record is not None else None


def subject_at(path: str) -> Subject | None:
    """Find the record whose page, or one of whose tabs, has this address."""
    parts = parts_of(path).path.removeprefix(request.script_root).rstrip("/").split("/")
    pages = {one.detail: one for one in zhike().registry.resources() if one.detail and one.key != TASKS.key}
    adapter = current_app.url_map.bind("")
    while len(parts) > 1:
        try:
            endpoint, values = adapter.match("/".join(parts), method="GET")
        except HTTPException:
            endpoint, values = "", {}
        resource = pages.get(endpoint)
        if resource is not None and len(values) == 1:
            return subject_named(noun_of(resource), next(iter(values.values())))
        parts.pop()
    return None


resource_views(blueprint, TASKS)
