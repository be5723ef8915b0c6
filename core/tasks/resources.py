"""Tasks as staff list, filter, export and batch them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import Session

from core.customers.resources.customer import customer_fields
from core.i18n import _, n_, p_
from core.plugin import Field, Resource, SystemView
from core.tasks.models import Task
from core.tasks.queries import search_tasks, when_where
from core.tasks.services import hand_over_task

STATE_TONES = {"new": "w", "accepted": "p", "working": "p", "done": "te", "closed": "ok", "declined": "bad"}


def when_choices(session: Session) -> Sequence[tuple[str, Any]]:
    """List when tasks may be due."""
    return [
        ("overdue", _("Overdue")),
        ("today", _("Today, with what is overdue")),
        ("week", _("Until Sunday")),
        ("later", _("After this week")),
    ]


def repeat_choices(session: Session | None = None) -> Sequence[tuple[str, Any]]:
    """List how a task may come again."""
    return [
        ("", _("Once")),
        ("daily", _("Every day")),
        ("weekly", _("Every week")),
        ("monthly", _("Every month")),
        ("yearly", _("Every year")),
    ]


def _handed(session: Session, record: Any, owner_id: int | None, *, by: int | None, reason: str) -> bool:
    return hand_over_task(session, record, owner_id, by=by, note=reason)


FIELDS = (
    Field(name="title", title=_("Task"), field_class="brief", required=True, default=True, order=1),
    Field(
        name="due_at", title=p_("task", "Due"), kind="datetime", field_class="brief", default=True, sortable=True,
        order=2, render="tasks/cells.html#due", needs=("open", "timed"),
    ),
    Field(
        name="priority", title=_("Priority"), kind="choice", dictionary="task_priority", field_class="brief",
        default=True, tones={"high": "bad", "low": "o"}, order=3,
    ),
    Field(name="company_id", title=_("Customer"), kind="company", field_class="brief", default=True, order=4),
    Field(name="assignee_id", title=_("Assignee"), kind="user", field_class="brief", default=True, order=5),
    Field(name="giver_id", title=_("Given by"), kind="user", field_class="brief", default=True, order=6),
    Field(
        name="source", title=_("Source"), kind="choice", dictionary="task_source", field_class="brief", default=True,
        tones={"rule": "i", "feedback": "w", "activity": "v"}, order=7,
    ),
    Field(
        name="state", title=_("State"), kind="choice", dictionary="task_state", field_class="brief", default=True,
        tones=STATE_TONES, order=8,
    ),
    Field(
        name="when", title=_("When due"), kind="choice", path="due_at", choices=when_choices, where=when_where,
        operators=("eq", "ne"), field_class="brief", listed=False, exportable=False, order=9,
    ),
    Field(name="open", title=_("Still open"), kind="bool", field_class="brief", order=10),
    Field(name="timed", title=_("At a certain time"), kind="bool", field_class="brief", listed=False, order=11),
    Field(name="text", title=_("Details"), kind="long", order=12),
    Field(name="result", title=_("Result"), kind="long", order=13),
    Field(name="contact_id", title=_("Contact"), kind="contact", order=14),
    Field(name="repeat", title=_("Repeated"), kind="choice", choices=repeat_choices, field_class="brief", order=15),
    Field(name="put_off", title=_("Times put off"), kind="number", field_class="brief", order=16),
    Field(name="kept", title=_("Stays until settled"), kind="bool", field_class="brief", order=17),
    Field(name="done_at", title=_("Done at"), kind="datetime", field_class="brief", order=18),
    Field(name="created_at", title=_("Entered at"), kind="datetime", field_class="brief", order=19),
    Field(name="updated_at", title=_("Last change"), kind="datetime", field_class="brief", order=20),
    *customer_fields(Task.company_id),
)  # fmt: skip

TASK = Resource(
    name="task",
    plural="tasks",
    title=_("Task"),
    title_plural=p_("tab", "Tasks"),
    model=Task,
    fields=FIELDS,
    title_path="title",
    customer="company_id",
    owner="assignee_id",
    change_owner=_handed,
    held=lambda: Task.open,
    detail="tasks.task_detail",
    new="tasks.task_new",
    edit="tasks.task_edit",
    listing="tasks.task_list",
    default_sort="due_at",
    search=search_tasks,
    search_hint=_("Task, or the customer by name or initials"),
    quick_filters=("when", "state", "assignee_id", "priority"),
    views=(
        SystemView(name="today", title=_("Today"), query="assignee_id=me&when=today", counted=True, hot=True, order=10),
        SystemView(
            name="overdue", title=_("Overdue"), query="assignee_id=me&when=overdue", counted=True, hot=True, order=20
        ),
        SystemView(name="week", title=_("This week"), query="assignee_id=me&when=week", counted=True, order=30),
        SystemView(name="mine", title=_("All my open tasks"), query="assignee_id=me&open=1", order=40),
        SystemView(
            name="given",
            title=_("Given by me"),
            query="giver_id=me&assignee_id__ne=me&state__in=new,accepted,working,done,declined",
            counted=True,
            order=50,
        ),
        SystemView(name="department", title=_("My department"), query="assignee_id=department&open=1", order=60),
        SystemView(name="nobody", title=_("Without assignee"), query="assignee_id=none&open=1", order=70),
        SystemView(name="closed", title=p_("task", "Closed"), query="assignee_id=me&open=0&sort=-due_at", order=80),
        SystemView(name="all", title=_("All"), query="", order=90),
    ),
    card=(("due_at",), ("company_id", "assignee_id"), ("state", "source")),
    unit=n_(" task", " tasks"),
    icon="check",
    order=25,
)
