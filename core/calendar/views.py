"""The page of working days."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, abort, request

from core.auth.guard import require
from core.auth.permissions import Perm
from core.calendar.forms import DaysForm
from core.calendar.official import FIRST_YEAR
from core.calendar.queries import days_of, is_known, is_working_day
from core.calendar.services import forget_day, set_days
from core.clock import local_today
from core.db import session, transaction
from core.errors import NotFound, Refused
from core.i18n import _, ngettext
from core.web import go, render, toast

blueprint = Blueprint("calendar", __name__, template_folder="templates")


@blueprint.route("/admin/calendar", methods=["GET", "POST"])
@require(Perm.SETTING_ADMIN)
def days() -> Any:
    """Show the days of a year that are not as their weekday; enter days of the house's own."""
    year = request.args.get("year", local_today().year, type=int)
    if not FIRST_YEAR <= year <= 2200:
        abort(404)
    form = DaysForm()
    if request.method == "POST" and form.validate():
        first = form.first.data
        try:
            with transaction() as writing:
                count = set_days(
                    writing,
                    first,
                    form.last.data or first,
                    working=form.kind.data == "work",
                    name=form.name.data or "",
                )
        except Refused as refused:
            form.refuse(refused)
        else:
            toast(ngettext("%(num)d day entered", "%(num)d days entered", count))
            return go("calendar.days", year=first.year)
    rows = days_of(session(), year)
    known = {one.day: one for one in rows}
    return render(
        "calendar/days.html",
        422 if form.all_errors else 200,
        form=form,
        year=year,
        known=is_known(session(), year),
        rows=rows,
        months=[_month(year, month, known) for month in range(1, 13)],
        working=sum(
            is_working_day(session(), dt.date(year, 1, 1) + dt.timedelta(days=n))
            for n in range((dt.date(year + 1, 1, 1) - dt.date(year, 1, 1)).days)
        ),
    )


def _month(year: int, month: int, known: dict[dt.date, Any]) -> dict[str, Any]:
    first = dt.date(year, month, 1)
    following = dt.date(year + month // 12, month % 12 + 1, 1)
    days = [first + dt.timedelta(days=n) for n in range((following - first).days)]
    cells: list[Any] = [None] * first.weekday()
    for day in days:
        one = known.get(day)
        off = not one.working if one is not None else day.weekday() >= 5
        cells.append({"number": day.day, "off": off, "made_up": not off and day.weekday() >= 5, "special": one})
    cells += [None] * (-len(cells) % 7)
    weeks = [cells[n : n + 7] for n in range(0, len(cells), 7)]
    return {"first": first, "weeks": weeks, "worked": sum(1 for c in cells if c and not c["off"])}


@blueprint.post("/admin/calendar/<day>/forget")
@require(Perm.SETTING_ADMIN)
def day_forget(day: str) -> Any:
    """Take back what was entered for a day."""
    try:
        wanted = dt.date.fromisoformat(day)
    except ValueError:
        raise NotFound(_("Nothing was entered for this day.")) from None
    with transaction() as writing:
        forget_day(writing, wanted)
    toast(_("%(day)s is as the official calendar says again", day=day))
    return go("calendar.days", year=wanted.year)
