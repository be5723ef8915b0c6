"""The page of the audit trail (日志监察)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import current_app, request, url_for
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.guard import require
from core.auth.permissions import Perm
from core.auth.queries import people
from core.auth.queries.trail import Line, Sought, Trail
from core.auth.views import blueprint
from core.auth.words import KINDS
from core.clock import local_today
from core.db import session
from core.forms import read_date
from core.i18n import _
from core.listing.table import record_link
from core.web import render, zhike

TEXT_DAYS = 90
"""How far back a search for a text goes when no day is named: it has to read every line."""

FILTERS = ("q", "user", "kind", "entity", "record", "since", "until")


def _day(name: str, problems: dict[str, Any]) -> dt.date | None:
    text = request.args.get(name, "").strip()
    try:
        return read_date(text) if text else None
    except (ValueError, OverflowError):
        problems[name] = _("Enter a date, for example 2026-03-18")
        return None


def _address(line: Line) -> str | None:
    if not line.name or line.entity_id is None or line.detail not in current_app.view_functions:
        return None
    return record_link(str(line.detail))(line.entity_id)


@blueprint.get("/admin/audit")
@require(Perm.AUDIT_READ)
def audit() -> Response:
    """Search the trail, newest first."""
    from core.review.views.history import source_words  # loaded here: it builds on accounts

    access, registry = current_access(), zhike().registry
    permissions = registry.permissions(everywhere=True)
    settings = registry.declared("register_settings", everywhere=True)
    templates = {one.name: one.title for one in registry.declared("register_prints", everywhere=True)}
    trail = Trail(session(), access, registry.resources(everywhere=True), permissions, settings, templates)
    problems: dict[str, Any] = {}
    since, until = _day("since", problems), _day("until", problems)
    number = request.args.get("record", "").strip()
    if number and not (number.isascii() and number.isdigit() and len(number) < 16):
        problems["record"] = _("Enter a whole number")
    text = request.args.get("q", "").strip()[:100]
    limited = bool(text and since is None and not number)
    if limited:
        since = local_today() - dt.timedelta(days=TEXT_DAYS)
    sought = Sought(
        user_id=request.args.get("user", type=int),
        kind=request.args.get("kind", "")[:30],
        entity=request.args.get("entity", "")[:60],
        entity_id=int(number) if number and "record" not in problems else None,
        since=since,
        until=until,
        text=text,
        before=request.args.get("before", type=int),
    )
    lines, after = trail.find(sought) if not problems else ([], None)
    kept: dict[str, Any] = {name: request.args[name] for name in FILTERS if request.args.get(name)}
    scope = access.scope(str(Perm.AUDIT_READ))
    readers = people.person_choices(session(), closed=True)  # also of those who left
    if scope != "all":
        reached = access.people.get(scope, frozenset())
        readers = [one for one in readers if int(one[0]) in reached]
    return render(
        "auth/audit.html",
        422 if problems else 200,
        lines=[
            {
                "line": one,
                # how a file was read is no word for people
                "note": "" if one.note.startswith("{") else source_words(one.note, exact=True),
                "href": _address(one),
            }
            for one in lines
        ],
        sought=sought,
        typed=request.args,
        problems=problems,
        limited=limited,
        days=TEXT_DAYS,
        kinds=KINDS,
        entities=trail.entities(),
        readers=readers,
        scope=scope,
        newest=url_for("auth.audit", **kept) if sought.before is not None else None,
        after=url_for("auth.audit", **{**kept, "before": str(after)}) if after is not None else None,
    )
