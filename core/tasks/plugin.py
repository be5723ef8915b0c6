"""Tasks and reminders: who does what until when, on any record of any plugin."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Blueprint
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from core.i18n import _, gettext, p_
from core.messages.services import forget_tasks
from core.plugin import (
    Badge,
    CalendarSource,
    CustomerPanel,
    DashboardCard,
    Dictionary,
    EventType,
    Job,
    MenuItem,
    Metric,
    Permission,
    PluginInfo,
    Reminder,
    Resource,
    Setting,
    Subscriber,
    TimelineSource,
    hookimpl,
)
from core.tasks import models
from core.tasks.agenda import TASKS as TASKS_IN_CALENDAR
from core.tasks.bell import tally
from core.tasks.dictionaries import DICTIONARIES
from core.tasks.events import EVENTS
from core.tasks.lists import TASKS
from core.tasks.models import Task
from core.tasks.panels import CARDS, METRICS, PANELS, due_count
from core.tasks.permissions import PERMISSIONS, Perm
from core.tasks.reminders import JOBS, REMINDERS, SUBSCRIBERS
from core.tasks.settings import SETTINGS
from core.tasks.views import blueprint

if TYPE_CHECKING:
    from core.customers.models import Company, Contact

info = PluginInfo(name="core.tasks", title=_("Tasks"), summary=_("Tasks, reminders, the board of one's people"))
tables = models


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    return [blueprint]


@hookimpl
def register_permissions() -> Iterable[Permission]:
    return PERMISSIONS


@hookimpl
def register_resources() -> Iterable[Resource]:
    return [TASKS]


@hookimpl
def register_menu() -> Iterable[MenuItem]:
    return [
        MenuItem(
            title=_("Tasks"),
            endpoint="tasks.task_list",
            permission=Perm.TASK_QUERY,
            menu="my",
            args={"view": "today"},
            icon="check",
            count=due_count,
            keys="G T",
            order=10,
        ),
        MenuItem(
            title=p_("desk", "Schedule"),
            endpoint="tasks.schedule",
            permission=Perm.TASK_QUERY,
            menu="my",
            icon="cal",
            order=15,
        ),
        MenuItem(
            title=_("Tasks of my people"),
            endpoint="tasks.task_board",
            permission=Perm.TASK_SEND,
            menu="my",
            icon="users",
            order=11,
        ),
    ]


@hookimpl
def register_badges() -> Iterable[Badge]:
    return [Badge(name="core.tasks", title=_("Tasks"), tally=tally, order=10)]


@hookimpl
def register_dictionaries() -> Iterable[Dictionary]:
    return DICTIONARIES


@hookimpl
def register_settings() -> Iterable[Setting]:
    return SETTINGS


@hookimpl
def register_calendars() -> Iterable[CalendarSource]:
    return [TASKS_IN_CALENDAR]


@hookimpl
def register_dashboard_cards() -> Iterable[DashboardCard]:
    return CARDS


@hookimpl
def register_customer_panels() -> Iterable[CustomerPanel | TimelineSource]:
    return PANELS


@hookimpl
def register_reminders() -> Iterable[Reminder]:
    return REMINDERS


@hookimpl
def register_metrics() -> Iterable[Metric]:
    return METRICS


@hookimpl
def register_events() -> Iterable[EventType]:
    return EVENTS


@hookimpl
def register_subscribers() -> Iterable[Subscriber]:
    return SUBSCRIBERS


@hookimpl
def register_jobs() -> Iterable[Job]:
    return JOBS


@hookimpl
def before_contact_erase(session: Session, contact: Contact, neutral: str) -> None:
    """Blank what was written of tasks about the person; that there was a task stays."""
    _blank(session, Task.contact_id == contact.id, neutral)


@hookimpl
def before_customer_erase(session: Session, customer: Company) -> None:
    """Blank what was written about the customer's people; that there was a task stays."""
    _blank(session, Task.company_id == customer.id, gettext("Task of an erased customer"))


def _blank(session: Session, of_whom: ColumnElement[bool], neutral: str) -> None:
    tasks = session.scalars(select(Task).where(of_whom)).all()
    people = {one for task in tasks for one in (task.assignee_id, task.giver_id) if one is not None}
    forget_tasks(session, [task.title for task in tasks], people)
    for task in tasks:
        task.title, task.text, task.result = neutral, None, None
        for step in task.steps:
            step.note, step.changes = "", {}
