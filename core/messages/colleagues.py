"""The list of colleagues: who works here, and messages and tasks to a selection or to all that a query finds (C-09)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, not_, or_, select
from sqlalchemy.orm import Session
from wtforms import BooleanField, SelectField
from wtforms.validators import DataRequired, InputRequired

from core.auth.access import current_access
from core.auth.models import Department, Group, Membership, User
from core.auth.queries.people import department_choices
from core.auth.words import group_title
from core.clock import local_today
from core.desk.queries import find_colleagues
from core.forms import BaseForm, DateField, DictionaryField, LongField, TextField
from core.i18n import _, gettext, n_, ngettext, p_
from core.messages.audience import Audience
from core.messages.permissions import Perm
from core.messages.resources import PRIORITY_TITLES
from core.messages.services import Draft, send
from core.plugin import BatchAction, Field, Resource, SystemView
from core.tasks.permissions import Perm as TaskPerm
from core.tasks.services import Wanted, give_task

MOST = 2_000


class MessageToForm(BaseForm):
    """What goes to each of the colleagues that were chosen."""

    title = TextField(p_("message", "Title"), [InputRequired(_("Say what it is about"))], max_length=200)
    content = LongField(_("Content"), max_length=20_000, render_kw={"rows": 6})
    priority = SelectField(_("Priority"), choices=list(PRIORITY_TITLES.items()), default="normal")
    needs_receipt = BooleanField(_("Asks for a receipt"))


class TaskToForm(BaseForm):
    """What each of the colleagues that were chosen is to do."""

    title = TextField(_("What is to be done"), [InputRequired(_("Say what is to be done"))], max_length=200)
    due_on = DateField(
        _("Due on"), [DataRequired(_("Enter the day"))], default=local_today, render_kw={"data-kind": "date"}
    )
    priority = DictionaryField(_("Priority"), dictionary="task_priority")
    text = LongField(_("Details"), max_length=5000, render_kw={"rows": 4})


def send_message(session: Session, ids: Sequence[int], form: Mapping[str, Any]) -> str:
    """Send one message to the chosen colleagues."""
    draft = Draft(
        title=form["title"],
        content=form.get("content") or "",
        priority=form.get("priority") or "normal",
        needs_receipt=bool(form.get("needs_receipt")),
    )
    sender = current_access().user_id
    assert sender is not None
    send(session, sender, Audience(people=tuple(ids)), draft)
    return gettext("Sent to %(count)s people", count=len(ids)) if len(ids) != 1 else gettext("Message sent")


def give_tasks(session: Session, ids: Sequence[int], form: Mapping[str, Any]) -> str:
    """Give each of the chosen colleagues a task of his own."""
    wanted = Wanted(
        title=form["title"],
        due_on=form["due_on"],
        text=form.get("text"),
        priority=form.get("priority") or "normal",
        source="hand",
    )
    made = give_task(session, wanted, ids, by=current_access().user_id)
    return ngettext("Task saved", "%(num)d tasks given", len(made))


def search_colleagues(statement: Select[Any], text: str, session: Session, *, whole: bool = False) -> Select[Any]:
    """Narrow to colleagues by name, also by pinyin initials, by user name or phone."""
    named = [one.id for one in find_colleagues(session, text, MOST)]
    return statement.where(or_(User.id.in_(named), User.phone.icontains(text, autoescape=True)))


def _ids(values: Sequence[str]) -> list[int]:
    return [int(one) for one in values if one.isascii() and one.isdecimal() and len(one) < 16]


def _in_department(session: Session, op: str, values: Sequence[str]) -> ColumnElement[bool] | None:
    """Give the condition that somebody belongs to a department or to one below it."""
    if op not in ("eq", "ne", "in"):
        return None
    paths = session.scalars(select(Department.path).where(Department.id.in_(_ids(values)))).all()
    below = [Department.path.startswith(path, autoescape=True) for path in paths]
    found = User.department_id.in_(select(Department.id).where(or_(*below) if below else Department.id.is_(None)))
    return or_(not_(found), User.department_id.is_(None)) if op == "ne" else found


def _in_group(session: Session, op: str, values: Sequence[str]) -> ColumnElement[bool] | None:
    if op not in ("eq", "ne", "in"):
        return None
    found = User.id.in_(select(Membership.user_id).where(Membership.group_id.in_(_ids(values))))
    return not_(found) if op == "ne" else found


def _group_choices(session: Session) -> list[tuple[str, Any]]:
    rows = session.scalars(select(Group).order_by(Group.builtin.desc(), Group.id))
    return [(str(one.id), group_title(one.name, one.title)) for one in rows]


def _departments(session: Session) -> list[tuple[str, Any]]:
    return [(str(key), name) for key, name in department_choices(session)]


def _groups_of(session: Session, ids: Sequence[int]) -> dict[int, str]:
    rows = session.execute(
        select(Membership.user_id, Group.name, Group.title)
        .join(Group, Group.id == Membership.group_id)
        .where(Membership.user_id.in_(ids))
        .order_by(Group.id)
    )
    found: dict[int, list[str]] = {}
    for user_id, name, title in rows:
        found.setdefault(user_id, []).append(str(group_title(name, title)))
    return {user_id: "、".join(names) for user_id, names in found.items()}


COLLEAGUE = Resource(
    name="colleague",
    plural="colleagues",
    title=_("Colleague"),
    title_plural=_("Colleagues"),
    model=User,
    detail="desk.colleague",
    listing="messages.colleague_list",
    default_sort="username",
    search=search_colleagues,
    search_hint=_("Name, pinyin initials, user name or phone"),
    only=lambda: User.active.is_(True),
    fields=(
        Field(name="name", title=_("Full name"), field_class="brief", default=True, sortable=True, order=1),
        Field(
            name="department", title=_("Department"), path="department.name", field_class="brief", default=True,
            filterable=False, order=2,
        ),
        Field(
            name="department_id", title=_("Department"), kind="choice", field_class="brief", listed=False,
            exportable=False, choices=_departments, where=_in_department,
            operators=("eq", "ne"), order=3,
        ),
        Field(name="position", title=_("Position"), field_class="brief", default=True, order=4),
        Field(name="region", title=p_("account", "Region"), field_class="brief", default=True, order=5),
        Field(
            name="groups", title=_("Groups"), field_class="brief", default=True, filterable=False, load=_groups_of,
            order=6,
        ),
        Field(
            name="group_id", title=_("Group"), kind="choice", field_class="brief", listed=False, exportable=False,
            choices=_group_choices, where=_in_group, operators=("eq", "ne"), order=7,
        ),
        Field(
            name="supervisor_id", title=_("Supervisor"), kind="user", field_class="brief", default=True, order=8,
        ),
        Field(name="phone", title=_("Phone"), field_class="brief", default=True, order=9),
        Field(name="email", title=_("Email"), field_class="brief", order=10),
        Field(name="username", title=_("User name"), field_class="brief", sortable=True, order=11),
    ),
    quick_filters=("department_id", "group_id"),
    views=(SystemView(name="mine", title=_("My people"), query="supervisor_id=me", order=10),),
    actions=(
        BatchAction(
            name="message", title=_("Send a message"), permission=str(Perm.SEND_MANY), run=send_message, icon="mail",
            form=MessageToForm, order=10,
        ),
        BatchAction(
            name="task", title=_("Give a task"), permission=str(TaskPerm.TASK_SEND), run=give_tasks, icon="send",
            form=TaskToForm, order=20,
        ),
    ),
    card=((), ("department", "position"), ("phone",)),
    unit=n_(" colleague", " colleagues"),
    icon="user",
    order=95,
)  # fmt: skip
