"""The steps of a task as forms send them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import current_app, request, url_for
from sqlalchemy.orm import Session

from core.auth.guard import require
from core.db import transaction
from core.errors import Forbidden, NotFound, Refused
from core.forms import BaseForm
from core.i18n import _, p_
from core.tasks.forms import DoneForm, HandForm, PutOffForm, ReasonForm
from core.tasks.models import Task
from core.tasks.permissions import Perm
from core.tasks.services import (
    accept_task,
    close_task,
    decline_task,
    finish_task,
    note_on_task,
    pass_on_task,
    put_off_task,
    reopen_task,
    start_task,
)
from core.tasks.views.base import back_to, blueprint, by, is_settled, task_or_404
from core.tasks.views.record import page_of
from core.web import go_to, is_fragment, render, toast

LOG = "worklogs.worklog_new"
"""The page on which a talk is noted, where there is one."""


def _do(id: int, code: str, step: Callable[[Session, Task], Any], said: Any = "", **more: Any) -> Any:
    """Take a step of a task and go back to where it was taken; a refusal is told on the task's page."""
    task_or_404(id, code)
    try:
        with transaction() as writing:
            step(writing, task_or_404(id, code))
    except (Forbidden, NotFound):
        raise
    except Refused as refused:
        return render("tasks/detail.html", 422, refused=refused.message, **page_of(task_or_404(id)))
    if said:
        toast(said, **more)
    return go_to(back_to(url_for("tasks.task_detail", id=id)))


@blueprint.post("/tasks/<int:id>/accept")
@require(Perm.TASK_EDIT)
def task_accept(id: int) -> Any:
    """Say that one will do it."""
    return _do(id, Perm.TASK_EDIT, lambda writing, task: accept_task(writing, task, by=by()), _("Task accepted"))


@blueprint.post("/tasks/<int:id>/start")
@require(Perm.TASK_EDIT)
def task_start(id: int) -> Any:
    """Say that one is at it."""
    return _do(id, Perm.TASK_EDIT, lambda writing, task: start_task(writing, task, by=by()))


@blueprint.post("/tasks/<int:id>/done")
@require(Perm.TASK_EDIT)
def task_done(id: int) -> Any:
    """Report a task as done; it can be taken back at once, and a talk can be noted."""
    task = task_or_404(id, Perm.TASK_EDIT)
    settled = is_settled(task)
    form = DoneForm()
    form.validate()
    back = back_to(url_for("tasks.task_detail", id=id))
    more: dict[str, Any] = {} if task.kept else {"undo": url_for("tasks.task_reopen", id=id, next=back)}
    if task.company_id is not None and LOG in current_app.view_functions:
        more |= {"href": url_for(LOG, company=task.company_id, task=id), "link": _("Note it down")}
    said = _("Done: %(task)s", task=task.title)

    def step(writing: Session, again: Task) -> None:
        finish_task(writing, again, by=by(), result=form.result.data or "", settled=settled)

    return _do(id, Perm.TASK_EDIT, step, said, **more)


@blueprint.post("/tasks/<int:id>/reopen")
@require(Perm.TASK_EDIT)
def task_reopen(id: int) -> Any:
    """Open a task again."""
    reason = request.form.get("reason", "")[:500]
    said = _("The task is open again")
    return _do(id, Perm.TASK_EDIT, lambda writing, task: reopen_task(writing, task, by=by(), reason=reason), said)


@blueprint.post("/tasks/<int:id>/close")
@require(Perm.TASK_EDIT)
def task_close(id: int) -> Any:
    """Close as its giver what was done, declined or is no longer wanted."""
    said = _("Task closed")
    return _do(id, Perm.TASK_EDIT, lambda writing, task: close_task(writing, task, by=by()), said)


@blueprint.post("/tasks/<int:id>/note")
@require(Perm.TASK_EDIT)
def task_note(id: int) -> Any:
    """Keep a word on how it goes."""
    note = request.form.get("note", "")[:2000]
    return _do(id, Perm.TASK_EDIT, lambda writing, task: note_on_task(writing, task, note, by=by()))


@blueprint.route("/tasks/<int:id>/decline", methods=["GET", "POST"])
@require(Perm.TASK_EDIT)
def task_decline(id: int) -> Any:
    """Give a task back to its giver, with the reason."""
    task = task_or_404(id, Perm.TASK_EDIT)
    form = ReasonForm()
    return _ask(
        form,
        task,
        lambda writing, again: decline_task(writing, again, by=by(), reason=form.reason.data or ""),
        Perm.TASK_EDIT,
        p_("task", "Decline"),
    )


@blueprint.route("/tasks/<int:id>/put-off", methods=["GET", "POST"])
@require(Perm.TASK_EDIT)
def task_put_off(id: int) -> Any:
    """Put a task off to a later day, with the reason."""
    task = task_or_404(id, Perm.TASK_EDIT)
    form = PutOffForm()

    def step(writing: Session, again: Task) -> None:
        put_off_task(writing, again, form.day.data, by=by(), reason=form.reason.data or "")

    return _ask(form, task, step, Perm.TASK_EDIT, _("Put off"))


@blueprint.route("/tasks/<int:id>/hand-over", methods=["GET", "POST"])
@require(Perm.TASK_ASSIGN)
def task_hand_over(id: int) -> Any:
    """Give a task to a colleague, with a word."""
    task = task_or_404(id, Perm.TASK_ASSIGN)
    form = HandForm(but=task.assignee_id)

    def step(writing: Session, again: Task) -> None:
        pass_on_task(writing, again, form.assignee_id.data, by=by(), note=form.note.data or "")

    return _ask(form, task, step, Perm.TASK_ASSIGN, p_("task", "Hand over"), leaves=True)


def _ask(
    form: BaseForm, task: Task, step: Callable[[Session, Task], Any], code: str, title: Any, *, leaves: bool = False
) -> Any:
    """Ask what a step needs, beside the page or as one; then take it. `leaves`: one may not find the task after it."""
    home = url_for("tasks.task_list", view="today") if leaves else url_for("tasks.task_detail", id=task.id)
    back = back_to(home)
    name = task.title
    if request.method == "POST" and form.validate():
        try:
            with transaction() as writing:
                step(writing, task_or_404(task.id, code))
        except (Forbidden, NotFound):
            raise
        except Refused as refused:
            form.refuse(refused)
        else:
            toast(_("%(what)s: %(task)s", what=title, task=name))
            return go_to(back)
    template = "tasks/ask_part.html" if is_fragment() else "tasks/ask.html"
    return render(
        template, 422 if form.all_errors else 200, form=form, title=title, name=name, back=back, action=request.path
    )
