"""The schedule: a month, week or day of tasks, visits and dates of the house, and its feed for other programs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from flask import Response, request, url_for
from sqlalchemy import select

from core.auth.access import Access, access_of, current_access
from core.auth.guard import public, require
from core.auth.models import Department, User
from core.auth.queries.people import department_choices
from core.calendar.queries import days_of, is_working_day
from core.clock import local_today, start_of, zone
from core.db import session, system_session, transaction, work
from core.errors import NotFound
from core.i18n import _, gettext, p_
from core.plugin import CalendarEntry
from core.tasks.agenda import TASKS, entries_between, sources
from core.tasks.forms import CustomerForm
from core.tasks.ics import Entry, calendar
from core.tasks.models import CalendarFeed
from core.tasks.permissions import Perm
from core.tasks.queries.schedule import feed_of, feed_owner, feed_stands
from core.tasks.services.feeding import close_feed, hash_of, open_feed
from core.tasks.views.base import blueprint, by, subject_named
from core.web import go, render, toast, zhike

DAY = dt.timedelta(days=1)
SHORT = {"week": 7, "day": 1}
"""The views other than that of a month, with their days."""
PAST, AHEAD = 30 * DAY, 366 * DAY
"""So far the private address reaches for what is no task."""


@blueprint.get("/calendar")
@require(Perm.TASK_QUERY)
def schedule() -> Any:
    """Show a span of days: one's own, a colleague's, a department's, a customer's, or of all whom one finds."""
    today = local_today()
    view = request.args.get("view", "")
    span = _span(view, today)
    first, begin, end = span.first, span.begin, span.end
    whose, people = _whose()
    asked_for = CustomerForm(request.args)
    asked_for.validate()
    customer = subject_named("companies", asked_for.company.data)
    known = sources()
    names = [one.name for one in known if one.name in request.args.getlist("of")]
    if customer is not None and "whose" not in request.args:
        whose, people = "all", None
    by_day: dict[dt.date, list[Any]] = {}
    for one in entries_between(session(), begin, end, people, customer.id if customer else None, names):
        by_day.setdefault(one.day, []).append(one)
    off = {one.day: one.name for year in {begin.year, end.year} for one in days_of(session(), year) if not one.working}
    days = [begin + number * DAY for number in range((end - begin).days + 1)]
    cells: list[dict[str, Any]] = [
        {
            "day": day,
            "here": span.view in SHORT or day.month == first.month,
            "today": day == today,
            "off": not is_working_day(session(), day),
            "name": off.get(day, ""),
            "entries": by_day.get(day, []),
        }
        for day in days
    ]
    kept: dict[str, Any] = {"whose": whose, "of": names, "company": customer.id if customer else None}
    at = today if begin <= today <= end else first
    return render(
        "tasks/schedule.html",
        first=first,
        last=end,
        view=span.view,
        views=[
            {"label": title, "href": url_for("tasks.schedule", **kept, **address), "current": name == span.view}
            for name, title, address in _views(at)
        ],
        found=bool(by_day),
        weeks=[cells[n : n + 7] for n in range(0, len(cells), 7)],
        whose=whose,
        people=_people(),
        departments=_departments(),
        sources=[(one.name, one.title, not names or one.name in names) for one in known],
        customer=asked_for.company if current_access().may("core:company:query") else None,
        kept=kept,
        before=url_for("tasks.schedule", **kept, **span.before),
        after=url_for("tasks.schedule", **kept, **span.after),
        has_feed=(feed := session().get(CalendarFeed, by())) is not None,
        feed_ended=feed is not None and not feed_stands(session(), feed),
        told="",
    )


@dataclass(frozen=True)
class Span:
    """The days that are shown, and the parts of the addresses of those before and after."""

    view: str
    first: dt.date
    begin: dt.date
    end: dt.date
    before: dict[str, Any]
    after: dict[str, Any]


def _span(view: str, today: dt.date) -> Span:
    if view not in SHORT:
        first = _month(request.args.get("month", ""), today)
        following = (first + 32 * DAY).replace(day=1)
        begin, end = first - first.weekday() * DAY, following + (-following.weekday() % 7) * DAY - DAY
        return Span("month", first, begin, end, {"month": f"{first - DAY:%Y-%m}"}, {"month": f"{following:%Y-%m}"})
    day = _day(request.args.get("day", ""), today)
    begin = day - day.weekday() * DAY if view == "week" else day
    length = SHORT[view]
    before, after = ({"view": view, "day": (begin + by * DAY).isoformat()} for by in (-length, length))
    return Span(view, begin, begin, begin + (length - 1) * DAY, before, after)


def _whose() -> tuple[str, list[int] | None]:
    """Read whose days are asked for: `me`, `all`, a person's number, or `d` and a department's."""
    whose = request.args.get("whose", "me")
    number = whose.removeprefix("d")
    if whose == "me" or not (whose == "all" or (number.isdecimal() and len(number) < 16)):
        return "me", [by() or 0]
    if whose == "all":
        return whose, None
    if not whose.startswith("d"):
        return whose, [int(number)]
    path = session().scalar(select(Department.path).where(Department.id == int(number))) or "-"
    below = select(Department.id).where(Department.path.startswith(path, autoescape=True))
    return whose, list(session().scalars(select(User.id).where(User.department_id.in_(below))))


def _departments() -> list[tuple[str, str]]:
    """List the departments whose people the person finds, with those above them; none for who finds only himself."""
    access = current_access()
    scope = access.scope(Perm.TASK_QUERY)
    if scope == "own":
        return []
    rows = select(Department.path).join(User, User.department_id == Department.id).where(User.active)
    if scope != "all":
        rows = rows.where(User.id.in_(sorted(access.people.get(scope, ()))))
    peopled = {number for path in session().scalars(rows.distinct()) for number in path.split("/") if number}
    return [(f"d{key}", name) for key, name in department_choices(session()) if key in peopled]


def _month(text: str, today: dt.date) -> dt.date:
    try:
        found = dt.date.fromisoformat(f"{text}-01") if text else today.replace(day=1)
    except ValueError:
        raise NotFound(_("There is no such month.")) from None
    if not 2000 <= found.year <= 2200:
        raise NotFound(_("There is no such month."))
    return found


def _views(at: dt.date) -> list[tuple[str, Any, dict[str, Any]]]:
    """List the views around a day: name, title, and the parts of the address."""
    return [
        ("month", p_("schedule", "Month"), {"month": f"{at:%Y-%m}"}),
        ("week", p_("schedule", "Week"), {"view": "week", "day": at.isoformat()}),
        ("day", p_("schedule", "Day"), {"view": "day", "day": at.isoformat()}),
    ]


def _day(text: str, today: dt.date) -> dt.date:
    try:
        found = dt.date.fromisoformat(text) if text else today
    except ValueError:
        raise NotFound(_("There is no such day.")) from None
    if not 2000 <= found.year <= 2200:
        raise NotFound(_("There is no such day."))
    return found


def _people() -> list[tuple[int, str]]:
    """List the colleagues whose tasks the person finds; nobody where it is only himself."""
    access = current_access()
    scope = access.scope(Perm.TASK_QUERY)
    rows = select(User.id, User.name).where(User.active, User.id != access.user_id).order_by(User.name)
    if scope != "all":
        rows = rows.where(User.id.in_(sorted(access.people.get(scope, ()))))
    return [(key, name) for key, name in session().execute(rows)]


@blueprint.post("/calendar/feed")
@require(Perm.TASK_QUERY, own=True)
def schedule_feed() -> Any:
    """Make a private address for one's tasks, or take it back."""
    user_id = by()
    assert user_id is not None
    if request.form.get("action") == "close":
        with transaction() as writing:
            close_feed(writing, user_id)
        toast(_("The private address no longer works"))
        return go("tasks.schedule")
    with transaction() as writing:
        token = open_feed(writing, user_id)
    return render("tasks/feed.html", address=url_for("tasks.feed", token=token, _external=True))


@blueprint.get("/calendar/<token>.ics")
@public
def feed(token: str) -> Response:
    """Give the open tasks, and what else the schedule shows, of the person whose private address this is."""
    access = _feed_access(token)
    if access is None or access.user_id is None or not access.may(Perm.TASK_QUERY):
        raise NotFound(_("This address does not work, or no longer."))
    today = local_today()
    with work(zhike().database, actor=access) as unit:
        tasks = [_task_entry(task, company or "") for task, company in feed_of(unit.session, access.user_id)]
        names = [one.name for one in sources() if one.name != TASKS.name]
        people = [access.user_id]
        found = entries_between(unit.session, today - PAST, today + AHEAD, people, names=names) if names else []
    text = calendar(gettext("Schedule of %(name)s", name=access.name), [*tasks, *map(_entry, found)])
    answer = Response(text, content_type="text/calendar; charset=utf-8")
    answer.headers["Cache-Control"] = "private, max-age=300"
    return answer


def _feed_access(token: str) -> Access | None:
    """Give the rights of the person whose private address it is: his calendar shows what he finds, and no more."""
    registry = zhike().registry
    with system_session("calendar feed") as reading:
        user_id = feed_owner(reading, hash_of(token))
        if user_id is None:
            return None
        return access_of(reading, user_id, registry.permissions, registry.enabled(reading))


def _task_entry(task: Any, company: str) -> Entry:
    return Entry(
        uid=f"task-{task.id}@zhike",
        title=task.title,
        changed_at=task.updated_at,
        version=task.version,
        day=None if task.timed else task.due_on,
        at=task.due_at if task.timed else None,
        text=company,
        href=url_for("tasks.task_detail", id=task.id, _external=True),
    )


def _entry(one: CalendarEntry) -> Entry:
    at = dt.datetime.combine(one.day, one.time, zone()) if one.time is not None else None
    return Entry(
        uid=f"{one.key}@zhike",
        title=str(one.title),
        changed_at=one.changed_at or start_of(one.day),
        version=one.version,
        day=None if at is not None else one.day,
        at=at,
        text=one.note,
        href=request.host_url.rstrip("/") + one.href if one.href else "",
    )
