"""The report of who saw what, and what is due to be removed."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from core.auth.guard import require
from core.clock import local_today
from core.customers.models import Company, Contact
from core.db import after_read, session, system_session, system_transaction
from core.errors import NotFound
from core.forms import read_date
from core.i18n import _, ngettext
from core.privacy.permissions import Perm
from core.privacy.queries.due import RULES, due, due_counts, months_of
from core.privacy.queries.report import KINDS, report
from core.privacy.services.files import wipe
from core.privacy.services.keeping import MOST, remove_due
from core.privacy.views.base import blueprint, by
from core.privacy.words import RULES as RULE_WORDS
from core.web import go_to, render, toast, zhike

SHOWN = 50


def _day(name: str, usual: dt.date, problems: dict[str, Any]) -> dt.date:
    text = request.args.get(name, "").strip()
    try:
        return read_date(text) if text else usual
    except (ValueError, OverflowError):
        problems[name] = _("Enter a date, for example 2026-03-18")
        return usual


@blueprint.get("/report")
@require(Perm.ADMIN)
def access_report() -> Response:
    """Show who saw, exported, printed and mailed what in a period; each figure leads to its lines."""
    today = local_today()
    problems: dict[str, Any] = {}
    since, until = _day("since", today.replace(day=1), problems), _day("until", today, problems)
    with system_session("privacy") as reading:
        people = report(reading, since, until)
    span: dict[str, Any] = {"since": since.isoformat(), "until": until.isoformat()}
    return render(
        "privacy/report.html",
        422 if problems else 200,
        people=[
            {
                "name": one.name,
                "cells": [
                    {
                        "lines": one.lines.get(kind, 0),
                        "rows": one.rows.get(kind),
                        "href": url_for("auth.audit", user=one.user_id, kind=kind, **span) if one.user_id else "",
                    }
                    for kind in KINDS
                ],
            }
            for one in people
        ],
        totals=[sum(one.lines.get(kind, 0) for one in people) for kind in KINDS],
        kinds=KINDS,
        since=since,
        until=until,
        problems=problems,
    )


@blueprint.route("/due", methods=["GET", "POST"])
@require(Perm.ADMIN)
def due_list() -> Response:
    """Show what has been kept long enough, and remove it when somebody confirms."""
    if request.method == "POST":
        return _remove(request.form.get("rule", ""))
    with system_session("privacy") as reading:
        counts = due_counts(reading)
        rules = [
            {
                "name": rule,
                "title": RULE_WORDS[rule],
                "months": months_of(reading, rule),
                "count": counts[rule],
                "rows": _rows(reading, rule) if counts[rule] else [],
            }
            for rule in RULES
        ]
    return render("privacy/due.html", rules=rules, most=MOST)


def _rows(reading: Any, rule: str) -> list[dict[str, Any]]:
    found = list(reading.scalars(due(reading, rule).limit(MOST)))
    if rule == "request":
        return [{"id": one.id, "title": one.subject, "since": one.answered_on} for one in found]
    homes = select(Company.id, Company.name).where(Company.id.in_({one.company_id for one in found}))
    names = dict(reading.execute(homes).all())
    return [
        {
            "id": one.id,
            "title": f"{one.name} · {names.get(one.company_id, '')}",
            "since": one.invalid_on if rule == "left" else one.updated_at.date(),
        }
        for one in found
        if isinstance(one, Contact)
    ]


def _remove(rule: str) -> Response:
    if rule not in RULES:
        raise NotFound(_("There is no such rule."))
    ids = [int(one) for one in request.form.getlist("id") if one.isascii() and one.isdigit() and len(one) < 16]
    after_read(session())
    with system_transaction("privacy") as writing:
        hooks = zhike().registry.takers("before_contact_erase", writing)
        count = remove_due(writing, rule, ids, by=by(), contact_hooks=hooks)
    wipe(zhike().database)
    toast(ngettext("%(num)d record removed", "%(num)d records removed", count))
    return go_to(url_for("privacy.due_list"))
