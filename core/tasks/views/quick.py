"""A task in two keys: T on any record, then a digit for the day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import request, url_for

from core.auth.guard import require
from core.clock import local_today
from core.db import session, transaction
from core.errors import Refused
from core.i18n import _, gettext
from core.tasks.forms import TaskForm
from core.tasks.permissions import Perm
from core.tasks.presets import PRESETS, preset_day
from core.tasks.services import give_task
from core.tasks.views.base import Subject, back_to, blueprint, by, subject_at, subject_named
from core.web import go_to, is_fragment, remember, render, repeated, toast

MOST = 50
"""Records for which a task is planned at once."""


@blueprint.route("/tasks/quick", methods=["GET", "POST"])
@require(Perm.TASK_CREATE)
def task_quick() -> Any:
    """Put a record on one's own list for a day: by a preset, or by any day."""
    at = request.values.get("here", "")[:500]
    subjects = _subjects(at)
    subject = subjects[0] if len(subjects) == 1 else None
    form = TaskForm(data={"assignee_id": by(), "title": words_for(subjects)})
    preset = request.form.get("preset", "")
    if request.method == "POST":
        day = preset_day(session(), preset, local_today()) if preset else None
        if day is not None:
            form.due_on.process(None, data=day)
            form.due_on.raw_data = [day.isoformat()]  # what the form shows when something else is missing
        if form.validate():
            try:
                address = _give(form, subjects)
            except Refused as refused:
                form.refuse(refused)
            else:
                toast(
                    _("Put on your list for %(day)s: %(task)s", day=form.due_on.data, task=form.title.data),
                    href=address,
                )
                return go_to(back_to(address))
    today = local_today()
    about: dict[str, Any] = {"of": subject.noun, "id": subject.id} if subject is not None else {}
    return render(
        "tasks/quick_part.html" if is_fragment() else "tasks/quick.html",
        422 if form.all_errors else 200,
        form=form,
        subject=subject,
        subjects=subjects,
        presets=[(one.name, one.title, one.day(session(), today)) for one in PRESETS],
        back=back_to(at) if at else "",
        more=url_for("tasks.task_new", **about),
    )


def _subjects(at: str) -> list[Subject]:
    """Find the records that are meant: those that were selected, else the one of the page."""
    ids = list(dict.fromkeys(request.values.getlist("id")))[:MOST]
    found = [one for key in ids if (one := subject_named(request.values.get("of", ""), key)) is not None]
    if found:
        return found
    here = subject_at(at)
    return [here] if here is not None else []


def words_for(subjects: Sequence[Subject]) -> str:
    """Say that one gets back to the records."""
    if not subjects:
        return ""
    if len(subjects) > 1:
        return gettext("Get back to")
    (one,) = subjects
    return (gettext("Get back to %(name)s", name=one.title) if one.is_kept_in_touch_with else one.title)[:200]


def _about(subject: Subject | None) -> dict[str, Any]:
    if subject is None:
        return {"company_id": None, "contact_id": None, "resource": None, "record_id": None}
    return {
        "company_id": subject.company_id,
        "contact_id": subject.contact_id,
        "resource": subject.noun,
        "record_id": subject.id,
    }


def _give(form: TaskForm, subjects: Sequence[Subject]) -> str:
    """Make a task about each of the records; of several each is named in its own."""
    with transaction() as writing:
        address = repeated(writing)
        if address is None:
            wanted = form.wanted()
            made = []
            about: Sequence[Subject | None] = subjects or [None]
            for one in about:
                title = f"{wanted.title} {one.title}" if one is not None and len(subjects) > 1 else wanted.title
                made += give_task(writing, replace(wanted, title=title, **_about(one)), [by()], by=by())
            several = url_for("tasks.task_list", view="mine")
            address = url_for("tasks.task_detail", id=made[0].id) if len(made) == 1 else several
            address = remember(writing, address)
    return address
