"""The tabs that tell what happened: timeline and history."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from flask import request
from markupsafe import Markup

from core.clock import to_local
from core.customers.lists import COMPANIES, CONTACTS
from core.customers.models import Contact
from core.customers.queries import record as queries
from core.customers.views import shapes
from core.customers.views.base import note_look
from core.customers.views.credit import credit_words
from core.customers.views.parts import Page, call, has_none, sources_of
from core.db import session
from core.i18n import _, gettext, ngettext
from core.plugin import TimelineEntry
from core.review.queries.history import DUPLICATE, MERGE, UNMERGE
from core.review.queries.trail import Line, Trail
from core.review.views.history import source_words, ways_back
from core.standing.queries import free_from

STEP = 20
MOST = 200
AT_ONCE = dt.timedelta(seconds=10)
ONE_SAVE = dt.timedelta(seconds=1)


def timeline(page: Page) -> dict[str, Any]:
    """Mix what plugins know with the changes of the record, the newest first."""
    wanted = request.args.get("kind", "")
    limit = min(MOST, max(STEP, request.args.get("limit", STEP, type=int)))
    lines: list[tuple[dt.datetime, str, Any]] = []
    for owner, source in sources_of(page.access):
        if wanted in ("", source.kind) and not has_none(page, source.of):
            entries = call(owner, f"timeline {source.name}", source.load, page.id, limit + 1)
            lines += [(entry.moment, "entry", entry) for entry in entries or ()]
    if wanted in ("", "change"):
        told = [step.moment for step in queries.standing_steps(session(), page.id)]
        lines += [
            (group[0].entry.moment, "change", group)
            for group in _saves(_changes(page).newest(limit + 1))
            if not any(line.record is page.company and _makes_record(line) for line in group)
            and not (len(group) == 1 and _is_told(page, group[0], told))
        ]
        lines.append((page.company.created_at, "entered", page.company.entered_by_id))
    lines.sort(key=lambda line: line[0], reverse=True)
    more = len(lines) > limit
    titles = [("", _("All")), ("talk", _("Talks")), ("business", _("Deals")), ("system", _("System"))]
    return {
        "template": "customers/tab_timeline.html",
        "composers": _composers(page),
        "days": _by_day(lines[:limit]),
        "kinds": [
            {"label": str(label), "href": page.href(kind=kind or None), "current": kind == wanted}
            for kind, label in [*titles, ("change", _("Changes"))]
        ],
        "earlier": page.href(kind=wanted or None, limit=min(MOST, limit + STEP)) if more and limit < MOST else None,
    }


def _makes_record(line: Line) -> bool:
    return line.entry.kind == "create" and not line.entry.part


def _saves(lines: Sequence[Line]) -> list[list[Line]]:
    """Gather what one save changed of one record, its numbers and addresses with it; the newest save first."""
    found: list[list[Line]] = []
    for line in lines:
        if found and _is_one_save(found[-1][-1], line):
            found[-1].append(line)
        else:
            found.append([line])
    return found


def _is_one_save(later: Line, line: Line) -> bool:
    one, other = later.entry, line.entry
    return (
        later.record is line.record
        and (one.user_id, one.note) == (other.user_id, other.note)
        and one.moment - other.moment < ONE_SAVE
        and not {one.kind, other.kind} & ICONS.keys()
    )


def _is_told(page: Page, line: Line, told: Sequence[dt.datetime]) -> bool:
    """Tell whether a change is one of the customer type alone, which has a line of its own with its reason."""
    alone = line.record is page.company and [one.name for one in line.entry.values] == ["standing"]
    return alone and any(abs(line.entry.moment - moment) < AT_ONCE for moment in told)


def _composers(page: Page) -> list[Markup]:
    """Draw the forms that stand above the timeline."""
    drawn = [
        call(owner, f"composer of {source.name}", source.composer, page.id)
        for owner, source in sources_of(page.access)
        if source.composer is not None
    ]
    return [Markup(one) for one in drawn if one]  # noqa: S704  (rendered by the owner's own template)


def _by_day(lines: Sequence[tuple[dt.datetime, str, Any]]) -> list[tuple[dt.date, list[dict[str, Any]]]]:
    people = [group[0].entry.user_id for _m, kind, group in lines if kind == "change"]
    users = queries.names_of_users(session(), [*people, *(line for _m, kind, line in lines if kind == "entered")])
    days: dict[dt.date, list[dict[str, Any]]] = {}
    for moment, kind, line in lines:
        local = to_local(moment)
        if kind == "entered":
            drawn = _line("plus", users.get(line) or gettext("System"), gettext("entered this customer"))
        else:
            drawn = _discreet(_change_line(line, users), line) if kind == "change" else _entry_line(line)
        drawn["time"] = local.strftime("%H:%M")
        drawn["iso"] = local.isoformat(timespec="seconds")
        days.setdefault(local.date(), []).append(drawn)
    return list(days.items())


def _line(icon: str, who: Any, what: Any, **more: Any) -> dict[str, Any]:
    """Give a line of the timeline as templates want it."""
    plain = {"tone": "", "body": "", "tag": "", "tag_tone": "", "href": "", "fields": ()}
    return {"icon": icon, "who": who, "what": what, **plain, **more}


def _discreet(drawn: dict[str, Any], save: Sequence[Line]) -> dict[str, Any]:
    """Leave private values to the history, where reading them is put on record."""
    private = frozenset[str]().union(*(line.private for line in save))
    told = gettext("see the history")
    fields = [replace(one, before=None, after=told) if one.name in private else one for one in drawn["fields"]]
    return {**drawn, "fields": fields}


ICONS = {MERGE: "swap", UNMERGE: "undo", DUPLICATE: "copy"}


def _entry_line(entry: TimelineEntry) -> dict[str, Any]:
    return _line(
        entry.icon,
        entry.by or gettext("System"),
        entry.text,
        tone="" if entry.tone == "sys" else entry.tone,
        body=entry.body,
        tag=entry.tag,
        tag_tone=entry.tag_tone,
        href=entry.href,
    )


def _change_line(save: Sequence[Line], users: dict[int | None, str]) -> dict[str, Any]:
    line = next(filter(_makes_record, save), save[0])
    entry, person = line.entry, isinstance(line.record, Contact)
    fields = [value for one in reversed(save) if not _makes_record(one) for value in one.entry.values]
    if entry.kind in (MERGE, UNMERGE):
        what = gettext("took a merge back")
        if entry.kind == MERGE:
            what = gettext("merged others into %(name)s", name=line.record.name)
    elif entry.kind == DUPLICATE:
        what = (
            gettext("kept the contact %(name)s as a duplicate", name=line.record.name)
            if person
            else gettext("kept this customer as a duplicate")
        )
    elif _makes_record(line):
        what = (
            gettext("entered the contact %(name)s", name=line.record.name)
            if person
            else gettext("entered this customer")
        )
    elif person:
        what = gettext("changed the contact %(name)s", name=line.record.name)
    else:
        what = ngettext("changed %(num)d field", "changed %(num)d fields", len(fields))
    return _line(ICONS.get(entry.kind, "pen"), users.get(entry.user_id) or gettext("System"), what, fields=fields)


def _changes(page: Page) -> Trail:
    return Trail(session(), page.id, (COMPANIES.key, CONTACTS.key), page.access)


def history(page: Page) -> dict[str, Any]:
    """List the changes of the record, its owners and its ratings."""
    before = request.args.get("before", type=int)
    found = _changes(page).newest(51, before)
    owners = queries.owner_steps(session(), page.id)
    standings = queries.standing_steps(session(), page.id)
    ratings = queries.credit_ratings(session(), page.id) if "private" in page.classes else []
    looked_at = {(one.rule.entity, one.record.id) for one in found[:50] if one.private and not _makes_record(one)}
    if ratings:
        looked_at.add(("core_company", page.id))
    for entity, record_id in looked_at:
        note_look(entity, record_id, page.id)
    people = [*(one.entry.user_id for one in found), *(step.by_id for step in [*owners, *standings])]
    people += [one.rated_by_id for one in ratings]
    people += [key for step in owners for key in (step.before, step.after)]
    users = queries.names_of_users(session(), people)
    pool = gettext("Public pool")
    return {
        "template": "customers/tab_history.html",
        "changes": [
            {
                **_change_line(save, users),
                "moment": to_local(save[0].entry.moment).strftime("%Y-%m-%d %H:%M"),
                "source": source_words(save[0].entry.note),
                **_ways_back(page, save),
            }
            for save in _saves(found[:50])
        ],
        "earlier": page.href("history", before=found[49].entry.id) if len(found) > 50 else None,
        "owners": [_step(step, users, users.get(step.before, pool), users.get(step.after, pool)) for step in owners],
        "standings": [
            _step(step, users, *(shapes.title(session(), "standing", code) for code in (step.before, step.after)))
            for step in standings
        ],
        "rules_from": free_from(session(), page.id),
        "credits": [
            _step(queries.Step(one.rated_at, one.rated_by_id, None, None, one.reason), users, before, credit_words(one))
            for one, before in zip(ratings, [*(credit_words(one) for one in ratings[1:]), ""], strict=False)
        ],
    }


def _ways_back(page: Page, save: Sequence[Line]) -> dict[str, Any]:
    """Give the values of a save with the addresses that bring old ones back, for who may change the record."""
    rule, record = save[0].rule, save[0].record
    if not page.access.may(rule.resource.code("edit"), record) or not record.is_alive:
        return {}
    ways = [ways_back(rule, record.id, line.entry) for line in save]
    fields = [
        value
        for line, way in zip(reversed(save), reversed(ways), strict=True)
        if not _makes_record(line)
        for value in way["values"]
    ]
    return {**ways[0], "fields": fields}


def _step(step: queries.Step, users: dict[int | None, str], before: str | None, after: str | None) -> dict[str, Any]:
    return {
        "moment": to_local(step.moment).strftime("%Y-%m-%d %H:%M"),
        "by": gettext("Rule %(name)s", name=step.rule) if step.rule else users.get(step.by_id, ""),
        "before": before or "—",
        "after": after or "—",
        "reason": step.reason,
    }
