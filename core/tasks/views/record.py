"""The page of a task, its form, and the board."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import request, url_for

from core.auth.access import current_access
from core.auth.guard import require
from core.auth.models import User
from core.auth.output import shown
from core.clock import local_today, to_local
from core.customers.models import Company, Contact
from core.db import session, transaction
from core.errors import Conflict, Forbidden, NotFound, Refused
from core.i18n import _, gettext, ngettext
from core.listing import steps as list_steps
from core.overlay import overlay
from core.tasks.forms import DoneForm, TaskForm
from core.tasks.lists import TASKS
from core.tasks.models import Task
from core.tasks.permissions import Perm
from core.tasks.queries import board, bundle_of, steps_of
from core.tasks.queries.lists import source_words
from core.tasks.resources import STATE_TONES, repeat_choices
from core.tasks.services import change_task, give_task, people_meant
from core.tasks.views.base import back_to, blueprint, by, subject_named, task_or_404
from core.tasks.views.quick import words_for
from core.web import go_to, remember, render, repeated, toast


@blueprint.get("/tasks/<int:id>")
@require(Perm.TASK_QUERY)
def task_detail(id: int) -> Any:
    """Show a task: what is to be done, what happened, who else was given it."""
    task = task_or_404(id)
    return render("tasks/detail.html", **page_of(task))


def page_of(task: Task) -> dict[str, Any]:
    """Gather what the page of a task shows."""
    access = current_access()
    view = shown(task, TASKS, access)
    title = overlay().title
    reading = session()
    people = {key: reading.get(User, key) for key in {task.assignee_id, task.giver_id} if key is not None}
    giver, assignee = people.get(task.giver_id or 0), people.get(task.assignee_id or 0)
    company = reading.get(Company, task.company_id) if task.company_id else None
    contact = reading.get(Contact, task.contact_id) if task.contact_id else None
    subject = subject_named(task.resource, task.record_id) if task.resource and task.record_id else None
    if subject is not None and subject.noun in ("company", "contact"):
        subject = None  # named by customer and contact already
    group = bundle_of(reading, task)
    mine = task.assignee_id == access.user_id
    may_edit = access.may(Perm.TASK_EDIT, task)
    reads = "inner" in view.classes
    return {
        "task": view,
        "task_id": task.id,
        "state": title(reading, "task_state", task.state),
        "state_tone": STATE_TONES[task.state],
        "priority": title(reading, "task_priority", task.priority),
        "source": source_words(task.source, task.giver_id, task.assignee_id, giver.name if giver else None),
        "assignee": assignee.name if assignee else "",
        "giver": giver.name if giver else "",
        "company": {"id": company.id, "name": company.name} if company is not None else None,
        "contact": {"id": contact.id, "name": contact.name} if contact is not None else None,
        "subject": subject,
        "href": task.href,
        "open": task.open,
        "kept": task.kept,
        "from_program": task.reminder is not None,
        "due_at": task.due_at,
        "timed": task.timed,
        "near": to_local(task.due_at).date() <= local_today() + dt.timedelta(days=1),
        "repeat": _repeat_words(task),
        "bundle": _bundle_view(group) if group is not None else None,
        "steps": [_step_view(one, reads=reads) for one in steps_of(reading, task.id)],
        "step": list_steps("tasks.task_", task.id),
        "version": task.version,
        "done_form": DoneForm(),
        "can": {
            "edit": may_edit and task.open,
            "accept": mine and task.state == "new",
            "start": mine and task.state in ("new", "accepted"),
            "done": may_edit and task.open,
            "put_off": may_edit and task.open,
            "hand": task.open and access.may(Perm.TASK_ASSIGN, task),
            "decline": mine and task.open and not task.is_own,
            "close": task.state in ("done", "declined") and task.giver_id == access.user_id,
            "withdraw": task.open and not mine and not task.kept and task.giver_id == access.user_id,
            "reopen": may_edit
            and not task.open
            and not task.kept
            and (task.state != "closed" or task.is_own or task.giver_id == access.user_id),
            "note": may_edit,
        },
    }


def _repeat_words(task: Task) -> str:
    """Say how often a task comes again, and until when."""
    if not task.repeat:
        return ""
    words = _how_often(task)
    if task.repeat_until is None:
        return words
    return gettext("%(words)s, until %(day)s", words=words, day=task.repeat_until.isoformat())


def _how_often(task: Task) -> str:
    if task.repeat_every > 1:
        words = {
            "daily": ngettext("every day", "every %(num)d days", task.repeat_every),
            "weekly": ngettext("every week", "every %(num)d weeks", task.repeat_every),
            "monthly": ngettext("every month", "every %(num)d months", task.repeat_every),
            "yearly": ngettext("every year", "every %(num)d years", task.repeat_every),
        }
        return words[task.repeat]
    return str(dict(repeat_choices())[task.repeat])


def _bundle_view(group: Any) -> dict[str, Any]:
    title = overlay().title
    return {
        "total": group.total,
        "done": group.done,
        "share": round(100 * group.done / group.total) if group.total else 0,
        "rows": [
            {
                "id": key,
                "name": name,
                "state": title(session(), "task_state", state),
                "tone": STATE_TONES[state],
                "at": to_local(moment).strftime("%m-%d %H:%M") if moment else "",
            }
            for key, name, state, moment in group.rows
        ],
    }


WORDS = {
    "created": _("gave this task"),
    "accepted": _("accepted it"),
    "started": _("began"),
    "done": _("reported it as done"),
    "reopened": _("opened it again"),
    "closed": _("closed it"),
    "declined": _("declined it"),
    "put_off": _("put it off"),
    "handed": _("handed it over"),
    "changed": _("changed it"),
    "noted": _("wrote"),
}
ICONS = {
    "created": "plus", "accepted": "check", "started": "play", "done": "check", "reopened": "undo", "closed": "lock",
    "declined": "x", "put_off": "clock", "handed": "swap", "changed": "pen", "noted": "chat",
}  # fmt: skip


def _step_view(step: dict[str, Any], *, reads: bool) -> dict[str, Any]:
    local = to_local(step["moment"])
    more = ""
    if step["kind"] == "handed" and len(step["people"]) == 2:
        more = " → ".join(step["people"])
    elif step["kind"] == "put_off":
        more = " → ".join(step["changes"].get("due_on", ()))
    return {
        "icon": ICONS[step["kind"]],
        "by": step["by"] or str(_("System")),
        "what": WORDS[step["kind"]],
        "more": more,
        "note": step["note"] if reads else "",
        "when": local.strftime("%m-%d %H:%M"),
        "iso": local.isoformat(timespec="seconds"),
    }


@blueprint.route("/tasks/new", methods=["GET", "POST"])
@require(Perm.TASK_CREATE)
def task_new() -> Any:
    """Give a task: to oneself, to a colleague, to several."""
    given = request.args
    subject = subject_named(given.get("of", ""), given.get("id"))
    if subject is None and given.get("company", "").isdecimal():
        subject = subject_named("companies", given["company"])
    data: dict[str, Any] = {"assignee_id": by()}
    to = [int(one) for one in given.getlist("to") if one.isdecimal() and len(one) < 16]
    if len(to) == 1:
        data["assignee_id"] = to[0]
    elif to:
        data["people"] = to
    if subject is not None:
        data |= {"company_id": subject.company_id, "contact_id": subject.contact_id}
        data |= {"resource": subject.noun, "record_id": subject.id}
        if not subject.is_kept_in_touch_with:
            data["title"] = subject.title[:200]
    if (day := _day(given.get("day", ""))) is not None:
        data |= {"due_on": day, "title": words_for([subject] if subject is not None else [])}
    form = TaskForm(data=data)
    if request.method == "POST" and form.validate():
        try:
            _check_subject(form)
            address, count = _give(form)
        except (Forbidden, NotFound):
            raise
        except Refused as refused:
            form.refuse(refused)
        else:
            toast(ngettext("%(num)d task given", "%(num)d tasks given", count) if count > 1 else _("Task saved"))
            return go_to(address)
    return _form_page(form, None, subject)


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _check_subject(form: TaskForm) -> None:
    """Refuse a record that this person does not find."""
    if form.resource.data and subject_named(form.resource.data, form.record_id.data) is None:
        raise NotFound(_("The record that this task is about does not exist."))


def _give(form: TaskForm) -> tuple[str, int]:
    sent = form.sent_to()
    count = 1
    with transaction() as writing:
        address = repeated(writing)
        if address is None:
            first = [form.assignee_id.data] if form.assignee_id.data and not (sent and _only_me(form)) else []
            people = [*first, *people_meant(writing, **sent)] if sent else first
            made = give_task(writing, form.wanted(), people, by=by())
            count = len(made)
            address = remember(writing, url_for("tasks.task_detail", id=made[0].id))
    return address, count


def _only_me(form: TaskForm) -> bool:
    """Tell whether the one assignee is still oneself, as the form came: then those chosen besides are meant alone."""
    return bool(form.assignee_id.data == by())


@blueprint.route("/tasks/<int:id>/edit", methods=["GET", "POST"])
@require(Perm.TASK_EDIT)
def task_edit(id: int) -> Any:
    """Change what a task says and when it is due."""
    task = task_or_404(id, Perm.TASK_EDIT)
    form = TaskForm(task)
    if request.method == "POST" and form.validate():
        try:
            with transaction() as writing:
                again = task_or_404(id, Perm.TASK_EDIT)
                if form.version.data is not None and form.version.data != again.version:
                    raise Conflict(_("Somebody changed this task meanwhile. Nothing was saved; look at it again."))
                change_task(writing, again, form.wanted(), by=by())
        except (Forbidden, NotFound):
            raise
        except Refused as refused:
            form.refuse(refused)
        else:
            return go_to(url_for("tasks.task_detail", id=id))
    return _form_page(form, id, None)


def _form_page(form: TaskForm, task_id: int | None, subject: Any) -> Any:
    back = url_for("tasks.task_detail", id=task_id) if task_id else url_for("tasks.task_list", view="today")
    return render(
        "tasks/form.html",
        422 if form.all_errors else 200,
        form=form,
        task_id=task_id,
        subject=subject,
        back=back_to(back),
    )


@blueprint.get("/tasks/board")
@require(Perm.TASK_QUERY)
def task_board() -> Any:
    """Show how much each of one's people has to do."""
    access = current_access()
    scope = access.scope(Perm.TASK_QUERY)
    people = None if scope == "all" else sorted(access.people.get(scope, ()))
    rows, today = board(session(), people), local_today()
    monday = today - dt.timedelta(days=today.weekday())
    return render(
        "tasks/board.html",
        rows=rows,
        total={name: sum(getattr(one, name) for one in rows) for name in ("open", "overdue", "to_accept", "done")},
        may_give=access.may(Perm.TASK_CREATE),
        week=f"{monday},{monday + dt.timedelta(days=6)}",
    )
