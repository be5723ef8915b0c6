"""Pages of care: the days to come, the customers of a festival, the administrator's words and festivals."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import Blueprint, request
from sqlalchemy import and_, true

from core.auth.access import current_access
from core.auth.guard import require
from core.auth.output import Visibility
from core.auth.permissions import Perm as Admin
from core.care import queries
from core.care.days import kept_on
from core.care.forms import FestivalForm, GreetingsForm
from core.care.models import OCCASIONS, Festival
from core.care.services import save_festival, save_greetings
from core.care.settings import days_before, standings
from core.care.words import PLACEHOLDERS
from core.clock import local_today
from core.customers.models import Company
from core.customers.permissions import Perm
from core.customers.resources import COMPANY, CONTACT
from core.db import session, transaction
from core.errors import Conflict, NotFound, Refused
from core.i18n import _
from core.web import go, render, toast

blueprint = Blueprint("care", __name__, template_folder="templates")
AHEAD = 30
EACH = 20
"""So many birthdays, and so many anniversaries, of each day stand by name on the page of the days to come."""
EACH_OF_DAY = 1_000
YEAR = dt.timedelta(days=400)


@blueprint.get("/care")
@require(Perm.COMPANY_QUERY)
def coming() -> Any:
    """Show the birthdays, festivals and anniversaries of one's customers in the next thirty days, or on one day."""
    access, reading, today = current_access(), session(), local_today()
    day = _day(request.args.get("day", ""))
    first, last = (day, day) if day is not None else (today, today + dt.timedelta(days=AHEAD))
    each = EACH_OF_DAY if day is not None else EACH
    asked = request.args.get("whose", "")
    people = [int(one) for one in asked.split(",") if one.isascii() and one.isdecimal() and len(one) < 16]
    people = people or [access.user_id or 0]
    whose = Company.owner_id.in_(people) if asked != "all" else true()
    seen = Visibility(access, CONTACT).condition("private")
    founded = Visibility(access, COMPANY).condition("inner")
    rows = [
        *queries.birthdays(reading, first, last, seen=and_(seen, whose), each=each),
        *queries.anniversaries(reading, first, last, standings(reading), seen=and_(founded, whose), each=each),
        *queries.festival_days(reading, first, last),
    ]
    return render(
        "care/coming.html",
        rows=sorted(rows, key=lambda one: one.day),
        total=sum(one.many or 1 for one in rows),
        whose=asked,
        mine=asked != "all" and people == [access.user_id],
        day=day,
        ahead=AHEAD,
        before=days_before(reading),
        today=today,
        may_admin=access.may(Admin.SETTING_ADMIN),
    )


def _day(text: str) -> dt.date | None:
    try:
        day = dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise NotFound(_("There is no such day.")) from None
    if day is not None and not 2000 <= day.year <= 2200:
        raise NotFound(_("There is no such day."))
    return day


@blueprint.get("/care/festivals/<int:id>")
@require(Perm.COMPANY_QUERY)
def festival(id: int) -> Any:
    """Show one's customers to greet on a festival, each with the prepared words."""
    found = _festival(id)
    today = local_today()
    days = kept_on(found.month, found.day, lunar=found.lunar, first=today, last=today + YEAR)
    user_id = current_access().user_id
    assert user_id is not None
    return render(
        "care/festival.html",
        name=found.name,
        day=days[0] if days else None,
        rows=queries.greeted_on(session(), found, user_id, standings(session())),
    )


def _festival(id: int) -> Festival:
    found = session().get(Festival, id) if id < 2**53 else None
    if found is None:
        raise NotFound(_("There is no such festival."))
    return found


@blueprint.route("/admin/care", methods=["GET", "POST"])
@require(Admin.SETTING_ADMIN)
def care_admin() -> Any:
    """Change the words for the occasions; show the festivals."""
    form = GreetingsForm(data=dict(queries.greetings(session())))
    if request.method == "POST" and form.validate():
        with transaction() as writing:
            save_greetings(writing, {one: form[one].data or "" for one in OCCASIONS})
        toast(_("Greetings saved"))
        return go("care.care_admin")
    today = local_today()
    return render(
        "care/admin.html",
        422 if form.all_errors else 200,
        form=form,
        marks="、".join(f"{{{one}}}" for one in PLACEHOLDERS),
        festivals=[
            {
                "id": one.id,
                "name": one.name,
                "lunar": one.lunar,
                "month": one.month,
                "day": one.day,
                "active": one.active,
                "next": next(iter(kept_on(one.month, one.day, lunar=one.lunar, first=today, last=today + YEAR)), None),
            }
            for one in queries.festivals(session(), active=False)
        ],
    )


@blueprint.route("/admin/care/festivals/new", methods=["GET", "POST"])
@require(Admin.SETTING_ADMIN)
def festival_new() -> Any:
    """Enter a festival."""
    return _festival_page(None)


@blueprint.route("/admin/care/festivals/<int:id>", methods=["GET", "POST"])
@require(Admin.SETTING_ADMIN)
def festival_edit(id: int) -> Any:
    """Change a festival."""
    return _festival_page(_festival(id))


def _festival_page(found: Festival | None) -> Any:
    form = FestivalForm(found)
    if request.method == "POST" and form.validate():
        try:
            with transaction() as writing:
                again = writing.get_one(Festival, found.id) if found is not None else None
                if again is not None and form.version.data is not None and form.version.data != again.version:
                    raise Conflict(_("Somebody changed this festival meanwhile. Nothing was saved."))
                save_festival(
                    writing,
                    again,
                    name=form.name.data or "",
                    lunar=form.calendar.data == "lunar",
                    month=form.month.data,
                    day=form.day.data,
                    active=form.active.data,
                )
        except Refused as refused:
            form.refuse(refused)
        else:
            toast(_("Festival saved"))
            return go("care.care_admin")
    return render("care/festival_form.html", 422 if form.all_errors else 200, form=form, new=found is None)
