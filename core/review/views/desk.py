"""The review desk: queues of every reviewed resource, a pane with the record, decisions by key or for many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import request
from sqlalchemy import select
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.guard import signed_in
from core.auth.queries.names import names_of
from core.custom import fields_of as fields_of_resource
from core.db import session, transaction
from core.errors import Conflict, Forbidden, Refused
from core.i18n import _, ngettext
from core.listing import cells
from core.listing.lists import field_names
from core.listing.queries import Reader
from core.listing.state import read_state
from core.listing.table import record_link, record_links
from core.review.queries.history import Value
from core.review.queries.marks import Marks, marks_of, steps_of
from core.review.queries.queue import PAGE, QUEUES, Queue, Queues
from core.review.rules import Rule, rules
from core.review.services import approve, give_back, submit
from core.review.views.base import (
    STEPS,
    asked_record,
    asked_rule,
    blueprint,
    desk_address,
    page_of,
    sent_version,
    title_of,
)
from core.web import go_to, render, toast

TITLES = {
    "first": _("First review"),
    "changed": _("Changed after review"),
    "second": _("Second review"),
    "returned": _("Returned to me"),
}
OWN = ("of", "queue", "on", "author", "next", "after")
SHOWN_FIRST = 20
CHOICES = 100


@blueprint.get("/review")
@signed_in
def desk() -> Response:
    """Show a queue with its first record, or the one that was asked for."""
    return _page()


def _page(status: int = 200, *, refused: Any = None, opinion: str = "") -> Response:
    known = rules(session()).queues()
    access = current_access()
    queues = [Queues(session(), rule, access) for rule in known]
    shown = [one for one in queues if one.reviews or one.count("returned")]
    if not shown:
        return render("review/desk.html", status, tabs=[], queues=[], of=None, refused=refused)
    asked_key = request.values.get("of", "")
    here = next((one for one in shown if one.rule.resource.key == asked_key), None) or next(
        (one for one in shown if any(one.count(queue, 1) for queue in QUEUES)), shown[0]
    )
    counts = {queue: here.count(queue) for queue in QUEUES}
    asked = request.values.get("queue", "")
    queue: Queue = next((q for q in QUEUES if q == asked), next((q for q in QUEUES if counts[q]), "first"))
    desk_of = _Desk(here, queue)
    return render(
        "review/desk.html",
        status,
        tabs=[
            {
                "label": str(one.rule.resource.title_plural),
                "href": desk_address({"of": one.rule.resource.key}),
                "current": one is here,
                "count": sum(one.count(q) for q in QUEUES),
                "hot": True,
            }
            for one in shown
        ],
        queues=[
            {
                "label": f"{TITLES[q]} {counts[q]:,}" if counts[q] else str(TITLES[q]),
                "href": desk_address({"of": here.rule.resource.key, "queue": q}),
                "current": q == queue,
            }
            for q in QUEUES
            if here.reviews or q == "returned"
        ],
        of=here.rule.resource,
        reviews=here.reviews,
        blind=here.reviews and not access.may(here.rule.resource.code("query")),
        queue=queue,
        count=counts[queue],
        refused=refused,
        opinion=opinion,
        **desk_of.context(),
    )


class _Desk:
    """One queue as the address asks for it: its rows, and the record that is open."""

    def __init__(self, queues: Queues, queue: Queue) -> None:
        self.queues = queues
        self.rule = queues.rule
        self.queue = queue
        pairs = request.args.items(multi=True) if request.method != "POST" else parse_qsl(request.form.get("query", ""))
        self.pairs = list(pairs)
        self.state = read_state(self.pairs, field_names(self.rule.resource), ignored=OWN)
        self.given = dict(self.pairs)
        self.author = self._number("author")
        self.after = self._number("after")

    def _number(self, name: str) -> int | None:
        text = self.given.get(name, "")
        return int(text) if text.isdecimal() and len(text) < 16 else None

    def context(self) -> dict[str, Any]:
        """Give what the template shows."""
        problems = [one.text for one in self.state.problems]
        ids: list[int] = []
        if not problems:
            try:
                ids = self._ids(PAGE + 1)
            except Refused as refused:
                problems.append(refused.message)
        more = len(ids) > PAGE
        ids = ids[:PAGE]
        asked = request.form.get("id", type=int) if request.method == "POST" else self._number("on")
        if asked is not None and asked not in ids and self.queues.holds(self.queue, asked):
            ids = [asked, *ids]  # it waits further down; nobody is to decide about another record than he asked for
        chosen = asked if asked in ids else ids[0] if ids else None
        return {
            "problems": problems,
            "rows": self._rows(ids, chosen),
            "query": self.address(),
            "state": self.state,
            "author": self.author,
            "authors": self._authors(),
            "carried": [(k, v) for k, v in self.state.pairs() if k != "q"],
            "narrowed": bool(self.state.conditions or self.state.q or self.author),
            "following": desk_address({**dict(parse_qsl(self.address())), "after": ids[-1]}) if more and ids else None,
            "start": desk_address({**dict(parse_qsl(self.address())), "after": ""}) if self.after else None,
            "pane": self._pane(chosen, ids) if chosen is not None else None,
        }

    def _ids(self, size: int) -> list[int]:
        state = self.state.with_()
        model = self.rule.resource.model
        if self.author is None:
            return self.queues.ids(self.queue, state, after=self.after, size=size)
        found = self.queues.ids(self.queue, state, after=self.after, size=size * 20)
        mine = session().scalars(select(model.id).where(model.id.in_(found), self.queues.author == self.author))
        kept = set(mine)
        return [one for one in found if one in kept][:size]

    def address(self, **more: Any) -> str:
        """Write the state of the desk as a query string."""
        given = {
            "of": self.rule.resource.key,
            "queue": self.queue,
            "author": self.author or "",
            "after": self.after or "",
            **more,
        }
        pairs = [*((k, v) for k, v in given.items() if v), *self.state.pairs()]
        return urlencode(pairs)

    def _authors(self) -> list[tuple[int, str]]:
        """List who entered what waits, to filter by."""
        author = self.queues.author
        if not self.queues.open_to(self.queue):
            return []
        statement = select(author).where(self.queues.condition(self.queue)).distinct().limit(CHOICES)
        ids = [one for one in session().scalars(statement) if one is not None]
        return sorted(names_of(session(), ids).items(), key=lambda pair: pair[1])

    def _rows(self, ids: Sequence[int], chosen: int | None) -> list[dict[str, Any]]:
        model = self.rule.resource.model
        found = {row.id: row for row in session().scalars(select(model).where(model.id.in_(ids)))}
        authors = names_of(session(), [getattr(row, self.rule.author, None) for row in found.values()])
        return [
            {
                "id": one,
                "name": title_of(self.rule, found[one]),
                "author": authors.get(getattr(found[one], self.rule.author, None) or 0, ""),
                "since": found[one].updated_at,
                "current": one == chosen,
                "href": f"?{self.address(on=one)}",
            }
            for one in ids
            if one in found
        ]

    def _pane(self, chosen: int, ids: Sequence[int]) -> dict[str, Any]:
        record = asked_record(session(), self.rule, chosen)
        marks = marks_of(session(), self.rule, record, current_access())
        place = ids.index(chosen)
        following = next(iter([*ids[place + 1 : place + 2], *ids[max(0, place - 1) : place]]), None)
        steps = steps_of(session(), self.rule, record)
        people = names_of(session(), [step.by_id for step in steps])
        edit = self.rule.resource.edit
        return {
            "marks": marks,
            "name": title_of(self.rule, record),
            "href": page_of(self.rule, chosen),
            "edit": record_link(edit)(chosen) if edit and marks.mine else None,
            "next": following or "",
            "fields": fields_of(self.rule, chosen, marks),
            "steps": [
                {"who": people.get(step.by_id or 0, ""), "what": STEPS[step.kind], "when": step.happened_at,
                 "opinion": step.opinion}
                for step in steps
            ],
            "may_propose": self.rule.resource.change is not None and self.queue != "returned",
        }  # fmt: skip


def fields_of(rule: Rule, record_id: int, marks: Marks) -> list[dict[str, Any]]:
    """Give the fields of a record that hold something, the changes marked and first.

    Private ones are shown only where they changed. Of one field there may be several changes: its own, and rows of it.
    """
    changed: defaultdict[str, list[Value]] = defaultdict(list)
    for one in marks.changed:
        changed[one.name].append(one)
    resource = rule.resource
    fields = fields_of_resource(resource)
    names = [f.name for f in fields if f.field_class in ("brief", "inner") and (f.listed or f.name in changed)]
    found = Reader(session(), resource, current_access(), names).found([record_id])
    links = record_links()
    shown = []
    for field in fields:
        changes = changed.pop(field.name, [])
        shown += [{"title": one.title, "value": one.after or "—", "change": one} for one in changes]
        value = found[0].get(field.name) if found else None
        if changes or field.name not in names or value in (None, "", [], ()) or field.name == "review_state":
            continue
        shown.append({"title": field.title, "value": _drawn(field, value, found[0], links), "change": None})
    shown += [
        {"title": one.title, "value": one.after or "—", "change": one} for rest in changed.values() for one in rest
    ]
    return sorted(shown, key=lambda one: one["change"] is None)


def _drawn(field: Any, value: Any, row: Any, links: Any) -> Any:
    plain = field if field.render is None else None
    if plain is None:
        return str(value) if isinstance(value, str | int) else cells.drawer(field, session(), links)(value, row)
    return cells.drawer(field, session(), None)(value, row)


# --- decisions -------------------------------------------------------------------------------------------------------


def _next() -> str:
    """Give the address of the desk with the next record open."""
    pairs = dict(parse_qsl(request.form.get("query", "")))
    return desk_address({**pairs, "on": request.form.get("next", "")})


@blueprint.post("/review/approve")
@signed_in
def approve_one() -> Response:
    """Approve a record and go to the next."""
    rule = asked_rule()
    name = title_of(rule, asked_record(session(), rule))
    try:
        with transaction() as writing:
            state = approve(writing, rule, asked_record(writing, rule), current_access(), version=sent_version())
    except Forbidden:
        raise
    except Refused as refused:
        return _page(409 if isinstance(refused, Conflict) else 422, refused=refused.message)
    done = _("%(name)s: second review passed", name=name) if state == "confirmed" else _("%(name)s approved", name=name)
    toast(done, href=page_of(rule, request.form.get("id", 0, type=int)), link=_("View"))
    return go_to(_next())


@blueprint.post("/review/return")
@signed_in
def return_one() -> Response:
    """Return a record to its author with an opinion, and go to the next."""
    rule = asked_rule()
    name = title_of(rule, asked_record(session(), rule))
    opinion = request.form.get("opinion", "")[:2000]
    try:
        with transaction() as writing:
            record = asked_record(writing, rule)
            give_back(writing, rule, record, current_access(), opinion=opinion, version=sent_version())
    except Forbidden:
        raise
    except Refused as refused:
        return _page(409 if isinstance(refused, Conflict) else 422, refused=refused.message, opinion=opinion)
    toast(_("%(name)s returned to its author", name=name))
    return go_to(_next())


@blueprint.post("/review/approve-many")
@signed_in
def approve_many() -> Response:
    """Approve the selected records; more than twenty are shown first."""
    rule = asked_rule()
    access = current_access()
    access.demand(rule.resource.code("review"))
    ids = list(dict.fromkeys(one for one in request.form.getlist("id", type=int) if 0 < one < 2**53))[:500]
    if len(ids) > SHOWN_FIRST and "confirmed" not in request.form:
        names = [title_of(rule, record) for one in ids if (record := session().get(rule.resource.model, one))]
        return render("review/many.html", resource=rule.resource, ids=ids, names=names, query=request.form["query"])
    done, left = 0, 0
    with transaction() as writing:
        for one in ids:
            try:
                approve(writing, rule, asked_record(writing, rule, one), access)
                done += 1
            except (Forbidden, Refused):
                left += 1
    toast(ngettext("%(num)d record approved", "%(num)d records approved", done))
    if left:
        toast(ngettext("%(num)d left out: not yours to review", "%(num)d left out: not yours to review", left))
    return go_to(_next())


@blueprint.post("/review/submit")
@signed_in
def submit_one() -> Response:
    """Hand in a draft or a returned record."""
    rule = asked_rule()
    with transaction() as writing:
        record = asked_record(writing, rule)
        submit(writing, rule, record, current_access())
        name = title_of(rule, record)
    toast(_("%(name)s handed in for review", name=name))
    return go_to(page_of(rule, request.form.get("id", 0, type=int)))
