"""Tasks as lists, cards and panels show them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, func, not_, or_, select
from sqlalchemy.orm import Session

from core.auth.models import User
from core.auth.queries.names import names_of
from core.clock import local_today, start_of, to_local
from core.columns import utcnow
from core.customers.models import Company
from core.customers.queries import search_companies
from core.db import current_work, prepared
from core.i18n import gettext, ngettext
from core.presence import is_known_absent
from core.tasks.models import OPEN, Task

DAY = dt.timedelta(days=1)
GIVEN = (*OPEN, "done", "declined")
"""The states in which a task is still of interest to its giver."""


def moments(today: dt.date) -> dict[str, ColumnElement[bool]]:
    """Give the conditions of open tasks by when they are due: overdue, today (with what is overdue), week, later."""
    monday = today - dt.timedelta(days=today.weekday())
    tomorrow, next_week = start_of(today + DAY), start_of(monday + 7 * DAY)
    return {
        "overdue": and_(Task.open, Task.due_at < start_of(today)),
        "today": and_(Task.open, Task.due_at < tomorrow),
        "week": and_(Task.open, Task.due_at < next_week),
        "later": and_(Task.open, Task.due_at >= next_week),
    }


def when_where(session: Session, op: str, values: Sequence[str]) -> ColumnElement[bool] | None:
    """Give the condition of tasks that are due then."""
    rules = moments(local_today())
    known = [rules[value] for value in values if value in rules]
    if not known:
        return None
    found = or_(*known)
    return not_(found) if op == "ne" else found


def search_tasks(statement: Select[Any], text: str, session: Session, *, whole: bool = False) -> Select[Any]:
    """Narrow a select of tasks to a key word: in the title, or the customers found by it."""
    customers = search_companies(select(Company.id), text, session, whole=True)
    return statement.where(or_(Task.title.icontains(text.strip(), autoescape=True), Task.company_id.in_(customers)))


def sources(session: Session, ids: Sequence[int]) -> Mapping[int, str]:
    """Say of tasks where they come from: oneself, a colleague by name, the program, another business."""
    rows = session.execute(
        select(Task.id, Task.source, Task.giver_id, Task.assignee_id, User.name)
        .outerjoin(User, User.id == Task.giver_id)
        .where(Task.id.in_(ids))
    )
    return {row.id: source_words(row.source, row.giver_id, row.assignee_id, row.name) for row in rows}


def source_words(source: str, giver_id: int | None, assignee_id: int | None, giver: str | None) -> str:
    """Say where one task comes from."""
    if source == "rule":
        return gettext("System")
    if source == "activity":
        return gettext("Activity")
    if source == "feedback":
        return gettext("Complaint")
    return gettext("Own") if giver_id == assignee_id else giver or "—"


def due_words(due_at: dt.datetime, timed: bool, today: dt.date) -> str:
    """Say when something is due as people talk: overdue 2 days, today 11:00, tomorrow, 03-21."""
    local = to_local(due_at)
    days = (local.date() - today).days
    time = local.strftime(" %H:%M") if timed else ""
    if days < 0:
        return ngettext("overdue %(num)d day", "overdue %(num)d days", -days)
    if days == 0:
        return gettext("today") + time
    if days == 1:
        return gettext("tomorrow") + time
    return (local.strftime("%m-%d") if local.year == today.year else local.strftime("%Y-%m-%d")) + time


@dataclass(frozen=True)
class Line:
    """A task as a card or panel draws it."""

    id: int
    title: str
    priority: str
    state: str
    open: bool
    due: str
    tone: str
    company_id: int | None
    company: str
    source: str
    system: bool
    own: bool
    kept: bool
    mine: bool
    assignee: str
    href: str
    repeat: str


def _lines(session: Session, statement: Select[Any], viewer: int | None) -> list[Line]:
    rows = session.execute(statement.add_columns(Company.name).outerjoin(Company, Company.id == Task.company_id)).all()
    return _drawn(session, rows, viewer)


def _drawn(session: Session, rows: Sequence[Any], viewer: int | None) -> list[Line]:
    people = names_of(session, [key for task, _company in rows for key in (task.giver_id, task.assignee_id)])
    today, now = local_today(), utcnow()
    found = []
    for task, company in rows:
        given_by, person = people.get(task.giver_id), people.get(task.assignee_id)
        late = task.open and task.due_at < now
        near = task.open and task.due_on == today
        words = due_words(task.due_at, task.timed, today) if task.open else _day(task.done_at or task.updated_at)
        found.append(
            Line(
                id=task.id,
                title=task.title,
                priority=task.priority,
                state=task.state,
                open=task.open,
                due=words,
                tone="c-bad b" if late else "c-warn b" if near and task.timed else "t2",
                company_id=task.company_id if company is not None else None,
                company=company or "",
                source=source_words(task.source, task.giver_id, task.assignee_id, given_by),
                system=task.source == "rule",
                own=task.source == "hand" and task.giver_id == task.assignee_id,
                kept=task.kept,
                mine=task.assignee_id == viewer,
                assignee=person or "",
                href=task.href,
                repeat=task.repeat,
            )
        )
    return found


def _day(moment: dt.datetime) -> str:
    return to_local(moment).strftime("%m-%d")


@dataclass(frozen=True)
class Tab:
    """One tab of the task card: its name, the view of the list behind it, how many."""

    name: str
    count: int


def _tab_conditions(viewer: int | None, today: dt.date) -> dict[str, ColumnElement[bool]]:
    mine, rules = Task.assignee_id == viewer, moments(today)
    return {
        "today": and_(mine, rules["today"]),
        "overdue": and_(mine, rules["overdue"]),
        "week": and_(mine, rules["week"]),
        "given": and_(
            Task.giver_id == viewer,
            Task.state.in_(GIVEN),
            or_(Task.assignee_id != viewer, Task.assignee_id.is_(None)),
        ),
    }


def tab_counts(session: Session, viewer: int | None) -> list[Tab]:
    """Count the tabs of a person's task card."""
    conditions = _tab_conditions(viewer, local_today())
    counted = [select(func.count(Task.id)).where(one).scalar_subquery() for one in conditions.values()]
    row = session.execute(select(*counted)).one()
    return [Tab(name, int(number or 0)) for name, number in zip(conditions, row, strict=True)]


def lines_of_tab(session: Session, viewer: int | None, tab: str, limit: int = 8) -> list[Line]:
    """List the first tasks of a tab, what is due first on top."""
    condition = _tab_conditions(viewer, local_today())[tab]
    return _lines(session, select(Task).where(condition).order_by(Task.due_at, Task.id).limit(limit), viewer)


def count_due(session: Session, viewer: int | None) -> tuple[int, int]:
    """Count a person's open tasks that are due today or were before, and those of them that are overdue."""
    rules = moments(local_today())
    mine = select(func.count(Task.id)).where(Task.assignee_id == viewer)
    return session.scalar(mine.where(rules["today"])) or 0, session.scalar(mine.where(rules["overdue"])) or 0


def lines_of_company(session: Session, company_id: int, viewer: int | None, limit: int = 50) -> list[Line]:
    """List a customer's tasks: the open ones by day, then what is over, the newest first."""
    of = select(Task).where(Task.company_id == company_id)
    waiting = _lines(session, of.where(Task.open).order_by(Task.due_at, Task.id).limit(limit), viewer)
    over = of.where(~Task.open).order_by(Task.due_at.desc(), Task.id.desc()).limit(max(0, limit - len(waiting)))
    return [*waiting, *_lines(session, over, viewer)]


def count_of_company(session: Session, company_id: int, viewer: int | None) -> int:
    """Count a customer's open tasks."""
    return _ahead(session, company_id, viewer)[0]


def next_of_company(session: Session, company_id: int, viewer: int | None) -> Line | None:
    """Give the open task of a customer that comes next: one's own before a colleague's."""
    return _ahead(session, company_id, viewer)[1]


_AHEAD = prepared(
    select(Task, Company.name, func.count().over())
    .outerjoin(Company, Company.id == Task.company_id)
    .where(Task.company_id == bindparam("company"), Task.open)
    .order_by((Task.assignee_id != bindparam("viewer")).asc(), Task.due_at, Task.id)
    .limit(1)
)


def _ahead(session: Session, company_id: int, viewer: int | None) -> tuple[int, Line | None]:
    """Count a customer's open tasks and give the one that comes next for the viewer; once a page."""
    memory: dict[Any, tuple[int, Line | None]] = current_work().memory.setdefault("tasks.ahead", {})
    if is_known_absent(Task, Company.__tablename__, company_id):
        return 0, None
    if (company_id, viewer) not in memory:
        found = session.execute(_AHEAD, {"company": company_id, "viewer": viewer}).all()
        lines = _drawn(session, [row[:2] for row in found], viewer)
        memory[company_id, viewer] = (found[0][2], lines[0]) if found else (0, None)
    return memory[company_id, viewer]
