"""What tasks add to other pages: workbench card, customer's tab, next step, timeline, figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from flask import render_template, request, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.clock import local_today, start_of
from core.i18n import _, gettext, n_, p_
from core.plugin import CustomerPanel, DashboardCard, Metric, TimelineEntry, TimelineSource, Urgent
from core.tasks.models import Task
from core.tasks.permissions import Perm
from core.tasks.queries import (
    board,
    count_due,
    count_of_company,
    lines_of_company,
    lines_of_tab,
    next_of_company,
    tab_counts,
    tasks_on_timeline,
)
from core.worklogs.queries.logs import newest_of_company

SHOWN = 8
TABS = {"today": _("Today"), "overdue": _("Overdue"), "week": _("This week"), "given": _("Given by me")}


def task_card(session: Session) -> str:
    """Draw the task manager of the workbench (任务管理器)."""
    viewer = current_access().user_id
    chosen = request.args.get("tasks", "today")
    chosen = chosen if chosen in TABS else "today"
    tabs = tab_counts(session, viewer)
    return render_template(
        "tasks/card.html",
        tabs=tabs,
        titles=TABS,
        chosen=chosen,
        total=next(tab.count for tab in tabs if tab.name == chosen),
        lines=lines_of_tab(session, viewer, chosen, SHOWN),
    )


def _panel(session: Session, company_id: int) -> str:
    lines = lines_of_company(session, company_id, current_access().user_id)
    back = url_for("customers.company_tab", id=company_id, tab="tasks")
    return render_template("tasks/panel.html", lines=lines, company_id=company_id, back=back)


def _count(session: Session, company_id: int) -> int:
    return count_of_company(session, company_id, current_access().user_id)


def _next_step(session: Session, company_id: int) -> str:
    line = next_of_company(session, company_id, current_access().user_id)
    back = url_for("customers.company_detail", id=company_id)
    last = newest_of_company(session, company_id) if line is None else None
    day = last.next_on if last is not None else None
    return render_template("tasks/next_step.html", line=line, day=day, company_id=company_id, back=back)


WORDS = {
    "created": _("planned: %(task)s"),
    "done": _("done: %(task)s"),
    "put_off": _("put off: %(task)s"),
    "handed": _("handed over: %(task)s"),
}
SIGNS = {"created": "plus", "done": "check", "put_off": "clock", "handed": "swap"}


def _timeline(session: Session, company_id: int, limit: int) -> Sequence[TimelineEntry]:
    may_read = current_access().may(Perm.TASK_READ)
    return [
        TimelineEntry(
            moment=one["moment"],
            icon=SIGNS[one["kind"]],
            tone="care" if one["kind"] == "done" else "sys",
            text=str(WORDS[one["kind"]]) % {"task": one["title"]},
            body=one["note"] if may_read else "",
            tag=gettext("Task"),
            by=one["by"] or "",
            href=url_for("tasks.task_detail", id=one["id"]),
        )
        for one in tasks_on_timeline(session, company_id, limit)
    ]


def due_count(session: Session) -> int | None:
    """Count what the viewer has to do today; urgent while something is overdue."""
    due, overdue = count_due(session, current_access().user_id)
    return Urgent(due) if overdue else due or None


def _done(session: Session, since: dt.date, until: dt.date) -> int:
    finished = select(func.count(Task.id)).where(
        Task.assignee_id == current_access().user_id,
        Task.done_at >= start_of(since),
        Task.done_at < start_of(until),
    )
    return session.scalar(finished) or 0


def team_card(session: Session) -> str:
    """Draw how much each of the viewer's people has to do, the most overdue first; each figure opens its list."""
    access, today = current_access(), local_today()
    scope = access.scope(Perm.TASK_QUERY)
    people = None if scope == "all" else sorted(access.people.get(scope, ()))
    rows = [one for one in board(session, people) if one.open or one.overdue or one.done][:SHOWN]
    monday = today - dt.timedelta(days=today.weekday())
    return render_template("tasks/team_card.html", rows=rows, week=f"{monday},{monday + dt.timedelta(days=6)}")


CARDS = [
    DashboardCard(
        name="core.tasks", title=_("Task manager"), render=task_card, permission=Perm.TASK_QUERY, size=8, icon="check",
        places={"decision_maker": 30}, order=10,
    ),
    DashboardCard(
        name="core.team", title=_("Tasks of my people"), render=team_card, permission=Perm.TASK_QUERY, size=8,
        icon="users", places={"staff": None, "finance": None, "system_administrator": None, "decision_maker": 12},
        order=27,
    ),
]  # fmt: skip
PANELS: list[CustomerPanel | TimelineSource] = [
    CustomerPanel(
        name="tasks", title=p_("tab", "Tasks"), render=_panel, permission=Perm.TASK_QUERY, count=_count,
        rail=_next_step, of=(Task.company_id,), order=20,
    ),
    TimelineSource(
        name="core.tasks", load=_timeline, permission=Perm.TASK_QUERY, kind="system", of=(Task.company_id,)
    ),
]  # fmt: skip
METRICS = [
    Metric(
        name="core.tasks_done",
        title=_("Tasks done"),
        unit=n_("task", "tasks"),
        measure=_done,
        permission=Perm.TASK_QUERY,
        endpoint="tasks.task_list",
        args=lambda since, until: {
            "assignee_id": "me", "done_at__between": f"{since},{until - dt.timedelta(days=1)}"
        },
        order=60,
    )
]  # fmt: skip
