"""The supervisor's board: who wrote what on which day, who handed in his report; and one person's log."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.guard import require
from core.auth.models import User
from core.auth.queries.names import people
from core.clock import local_today
from core.db import session
from core.errors import NotFound
from core.i18n import _
from core.overlay import overlay
from core.web import render
from core.worklogs.models import WorkReport
from core.worklogs.permissions import Perm
from core.worklogs.queries.logs import accounts_of, by_person, figures_between, logs_between
from core.worklogs.queries.reports import reports_between
from core.worklogs.views.base import blueprint, log_view, me
from core.worklogs.views.reports import chosen_day

DAYS = 7
BUSY = 10
"""Entries of a day from which on the darkest shade is used, unless somebody wrote more."""


def watched() -> list[tuple[int, str]]:
    """List the people whose log this person reads: himself first, then by name."""
    access = current_access()
    scope = access.scope(Perm.WORKLOG_QUERY)
    known = people(session())
    active = set(session().scalars(select(User.id).where(User.active)))
    ids = active if scope == "all" else active & access.people.get(scope, frozenset())
    rest = sorted((known[one].name, one) for one in ids if one != access.user_id and one in known)
    return [(me(), access.name), *((one, name) for name, one in rest)]


@blueprint.get("/worklogs/board")
@require(Perm.WORKLOG_QUERY)
def worklog_board() -> Response:
    """Show people by day: entries, contacts with customers, the state of their daily report."""
    until = chosen_day(request.args.get("on", ""))
    since = until - dt.timedelta(days=DAYS - 1)
    counts = by_person(session(), since, until)
    daily = [one for one in reports_between(session(), since, until) if one.kind == "day"]
    reports = {(one.author_id, one.starts_on): one for one in daily}
    days = [since + dt.timedelta(days=n) for n in range(DAYS)]
    rows = [
        {
            "name": name,
            "href": url_for("worklogs.worklog_person", id=user_id),
            "cells": [_cell(user_id, day, counts.get((user_id, day)), reports.get((user_id, day))) for day in days],
            "all": url_for("worklogs.worklog_list", author_id=user_id, happened_at__between=f"{since},{until}"),
            "total": sum(counts.get((user_id, day), (0, 0))[0] for day in days),
        }
        for user_id, name in watched()
    ]
    return render(
        "worklogs/board.html",
        days=days,
        rows=rows,
        most=max([BUSY, *(count for count, _contacts in counts.values())]),
        prev=url_for("worklogs.worklog_board", on=since - dt.timedelta(days=1)),
        next=url_for("worklogs.worklog_board", on=until + dt.timedelta(days=DAYS)) if until < local_today() else None,
    )


def _cell(user_id: int, day: dt.date, count: tuple[int, int] | None, report: WorkReport | None) -> dict[str, Any]:
    return {
        "count": count[0] if count else 0,
        "contacts": count[1] if count else 0,
        "href": url_for("worklogs.worklog_list", author_id=user_id, happened_at__between=f"{day},{day}"),
        "report": url_for("worklogs.workreport_detail", id=report.id) if report is not None else None,
        "read": report is not None and report.read_at is not None,
    }


@blueprint.get("/worklogs/people/<int:id>")
@require(Perm.WORKLOG_QUERY)
def worklog_person(id: int) -> Response:
    """Show one person's log (业务员客户日志): his customers with their last contact, his last entries."""
    names = dict(watched())
    if id not in names:
        raise NotFound(_("There is no such colleague."))
    known, today = people(session()), local_today()
    above = known[id].supervisor_id if id in known else None
    since = today - dt.timedelta(days=29)
    found = figures_between(session(), id, since, today)
    latest = logs_between(session(), id, today - dt.timedelta(days=13), today)
    span = f"{since},{today}"
    return render(
        "worklogs/person.html",
        name=names[id],
        supervisor=known[above].name if above is not None and above in known else "",
        figures=[
            {
                "label": _("Entries in 30 days"),
                "value": found.total,
                "href": url_for("worklogs.worklog_list", author_id=id, happened_at__between=span),
            },
            {"label": _("Customers in 30 days"), "value": found.customers},
            *(
                {
                    "label": overlay().title(session(), "worklog_kind", kind),
                    "value": count,
                    "href": url_for("worklogs.worklog_list", author_id=id, kind=kind, happened_at__between=span),
                }
                for kind, count in sorted(found.kinds.items(), key=lambda pair: -pair[1])[:4]
            ),
        ],
        accounts=[
            {
                "name": one.name,
                "href": url_for("customers.company_detail", id=one.id),
                "standing": overlay().title(session(), "standing", one.standing),
                "last": one.last_contact_on,
                "days": (today - one.last_contact_on).days if one.last_contact_on else None,
                "text": one.text,
                "next_on": one.next_on,
            }
            for one in accounts_of(session(), id)
        ],
        logs=[log_view(session(), one) for one in latest[::-1][:30]],
    )
