"""The schedule: a month of tasks, and its feed for other programs."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Response, request, url_for
from sqlalchemy import select

from core.auth.access import current_access
from core.auth.guard import public, require
from core.auth.models import User
from core.calendar.queries import days_of, is_working_day
from core.clock import local_today
from core.db import session, system_session, transaction
from core.errors import NotFound
from core.i18n import _, gettext
from core.tasks.ics import Entry, calendar
from core.tasks.models import CalendarFeed
from core.tasks.permissions import Perm
from core.tasks.queries.schedule import feed_of, planned
from core.tasks.services.feeding import close_feed, hash_of, open_feed
from core.tasks.views.base import blueprint, by
from core.web import go, render, toast

DAY = dt.timedelta(days=1)


@blueprint.get("/schedule")
@require(Perm.TASK_QUERY)
def schedule() -> Any:
    """Show a month of one's tasks, of one colleague's or of all whose tasks one finds."""
    today = local_today()
    first = _month(request.args.get("month", ""), today)
    whose = request.args.get("whose", "me")
    people = [by() or 0] if whose == "me" else [int(whose)] if whose.isdecimal() and len(whose) < 16 else None
    begin = first - first.weekday() * DAY
    following = (first + 32 * DAY).replace(day=1)
    end = following + (-following.weekday() % 7) * DAY - DAY
    by_day: dict[dt.date, list[Any]] = {}
    for one in planned(session(), begin, end, people):
        by_day.setdefault(one.day, []).append(one)
    names = {
        one.day: one.name for year in {begin.year, end.year} for one in days_of(session(), year) if not one.working
    }
    days = [begin + number * DAY for number in range((end - begin).days + 1)]
    cells = [
        {
            "day": day,
            "here": day.month == first.month,
            "today": day == today,
            "off": not is_working_day(session(), day),
            "name": names.get(day, ""),
            "tasks": by_day.get(day, []),
        }
        for day in days
    ]
    return render(
        "tasks/schedule.html",
        first=first,
        weeks=[cells[n : n + 7] for n in range(0, len(cells), 7)],
        whose=whose,
        people=_people(),
        before=(first - DAY).strftime("%Y-%m"),
        after=following.strftime("%Y-%m"),
        has_feed=session().get(CalendarFeed, by()) is not None,
        told="",
    )


def _month(text: str, today: dt.date) -> dt.date:
    try:
        found = dt.date.fromisoformat(f"{text}-01") if text else today.replace(day=1)
    except ValueError:
        raise NotFound(_("There is no such month.")) from None
    if not 2000 <= found.year <= 2200:
        raise NotFound(_("There is no such month."))
    return found


def _people() -> list[tuple[int, str]]:
    """List the colleagues whose tasks the person finds; nobody where it is only himself."""
    access = current_access()
    scope = access.scope(Perm.TASK_QUERY)
    rows = select(User.id, User.name).where(User.active, User.id != access.user_id).order_by(User.name)
    if scope != "all":
        rows = rows.where(User.id.in_(sorted(access.people.get(scope, ()))))
    return [(key, name) for key, name in session().execute(rows)]


@blueprint.post("/schedule/feed")
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


@blueprint.get("/schedule/<token>.ics")
@public
def feed(token: str) -> Response:
    """Give the open tasks of the person whose private address this is."""
    with system_session("calendar feed") as reading:
        found = feed_of(reading, hash_of(token))
        if found is None:
            raise NotFound(_("This address does not work, or no longer."))
        user, rows = found
        entries = [
            Entry(
                uid=f"task-{task.id}@zhike",
                title=task.title,
                changed_at=task.updated_at,
                version=task.version,
                day=None if task.timed else task.due_on,
                at=task.due_at if task.timed else None,
                text=company or "",
                href=url_for("tasks.task_detail", id=task.id, _external=True),
            )
            for task, company in rows
        ]
        text = calendar(gettext("Tasks of %(name)s", name=user.name), entries)
    answer = Response(text, content_type="text/calendar; charset=utf-8")
    answer.headers["Cache-Control"] = "private, max-age=300"
    return answer
