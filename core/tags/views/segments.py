"""The pages of segments: what there are, making one of a list, one with its members and its growth."""

from __future__ import annotations

import datetime as dt
from urllib.parse import parse_qsl, urlencode

from flask import request, url_for
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from core import charts
from core.auth.access import current_access
from core.auth.guard import require
from core.auth.queries.names import names_of
from core.clock import local_today
from core.db import session, transaction
from core.errors import Conflict, Forbidden, Refused
from core.i18n import _, ngettext, unit_of
from core.listing.binding import Binding
from core.listing.figures import COUNT_LIMIT, count_rows
from core.listing.lists import title_field
from core.listing.queries import Ref, list_page
from core.listing.words import chips
from core.plugin import Resource
from core.tags.forms import FreezeForm, SegmentForm
from core.tags.models import Segment
from core.tags.permissions import Perm
from core.tags.queries.segments import (
    conditions_of,
    find_segment,
    growth,
    in_state,
    resource_of,
    visible_segments,
)
from core.tags.services.segments import (
    change_segment,
    delete_segment,
    freeze,
    make_segment,
    may_change,
    redefine,
    remove_members,
)
from core.tags.views.base import blueprint
from core.web import go, go_to, remember, render, repeated, toast

DAYS = 90


def in_words(resource: Resource, query: str) -> list[dict[str, str]]:
    """Say the conditions of a segment in words."""
    state = conditions_of(resource, query)
    binding = Binding(resource, current_access(), session())
    return [{"title": one.title, "words": one.words} for one in chips(session(), resource, binding, state)]


def counted(segment: Segment) -> str:
    """Say how many records a segment has; nothing where one of its conditions is not for this person."""
    resource = resource_of(segment.resource)
    try:
        count, over = count_rows(session(), resource, in_state(segment.id), current_access(), fresh=False)
    except Refused:
        return ""
    return f"{COUNT_LIMIT:,}+" if over else f"{count:,}"


def address_of(segment: Segment) -> str | None:
    """Give the list that shows a segment."""
    resource = resource_of(segment.resource)
    return url_for(resource.listing, segment=segment.id) if resource.listing else None


def list_address(resource: Resource, query: str) -> str | None:
    """Give the list that shows what meets some conditions."""
    return f"{url_for(resource.listing)}?{query}" if resource.listing else None


@blueprint.get("/segments")
@require(Perm.SEGMENT_QUERY)
def segment_list() -> Response:
    """List the segments that the person may use."""
    found = visible_segments(session())
    owners = names_of(session(), [one.owner_id for one in found])
    rows = [
        {
            "id": one.id,
            "name": one.name,
            "description": one.description,
            "resource": resource_of(one.resource).title_plural,
            "frozen": one.frozen,
            "watched": one.watched,
            "audience": one.audience,
            "owner": owners.get(one.owner_id or 0, ""),
            "count": counted(one),
            "address": address_of(one),
        }
        for one in found
    ]
    return render("tags/segment_list.html", rows=rows)


@blueprint.route("/segments/new", methods=["GET", "POST"])
@require(Perm.SEGMENT_QUERY, own=True)
def segment_new() -> Response:
    """Make a segment of the conditions of a list, or give one of one's own these conditions."""
    access = current_access()
    resource = resource_of(request.values.get("of", ""))
    access.demand(resource.code("query"))
    query = request.form.get("query", "") if request.method == "POST" else _sent_query()
    form = SegmentForm(access)
    own = [one for one in visible_segments(session()) if one.resource == resource.key and not one.frozen]
    own = [one for one in own if may_change(access, one)]
    if request.method == "POST":
        replaced = request.form.get("replaces", type=int)
        try:
            if replaced is not None:
                with transaction() as writing:
                    redefine(writing, access, find_segment(writing, replaced), query)
                toast(_("Saved"))
                return go("tags.segment_detail", segment_id=replaced)
            if form.validate():
                with transaction() as writing:
                    address = repeated(writing)
                    if address is None:
                        made = make_segment(writing, access, resource, query=query, **form.values())
                        address = remember(writing, url_for("tags.segment_detail", segment_id=made.id))
                        toast(_("Segment %(name)s saved", name=made.name))
                return go_to(address)
        except Refused as refused:
            form.refuse(refused)
    state = conditions_of(resource, query)
    return render(
        "tags/segment_new.html",
        422 if form.all_errors else 200,
        form=form,
        of=resource.key,
        query=query,
        words=in_words(resource, query),
        empty=not state.conditions and not state.q,
        own=[(one.id, one.name) for one in own],
        back=list_address(resource, query),
        resource_title=resource.title_plural,
    )


def _sent_query() -> str:
    """Give the conditions of the list as the address carries them, without what says which list it is."""
    pairs = parse_qsl(request.query_string.decode("utf-8", "replace"), keep_blank_values=True)
    return urlencode([(name, value) for name, value in pairs if name != "of"])


@blueprint.get("/segments/<int:segment_id>")
@require(Perm.SEGMENT_QUERY)
def segment_detail(segment_id: int) -> Response:
    """Show a segment: its conditions, the first members, how it grew."""
    return _detail(find_segment(session(), segment_id))


def _detail(segment: Segment, freezing: FreezeForm | None = None) -> Response:
    access = current_access()
    resource = resource_of(segment.resource)
    problem, rows, total = None, [], ""
    try:
        title = title_field(resource).name
        page = list_page(session(), resource, in_state(segment.id), access, [title], sums=False)
        rows = [
            {
                "id": row.id,
                "name": str(row[title].title if isinstance(row[title], Ref) else row[title]),
                "href": url_for(resource.detail, id=row.id) if resource.detail else None,
            }
            for row in page.rows
        ]
        total = counted(segment)
    except Refused as refused:
        problem = refused.message
    mine = segment.owner_id == access.user_id  # counted as its owner finds them: others would see past their rows
    points = growth(session(), segment.id, local_today() - dt.timedelta(days=DAYS)) if mine else []
    return render(
        "tags/segment_detail.html",
        422 if freezing is not None and freezing.all_errors else 200,
        id=segment.id,
        name=segment.name,
        description=segment.description,
        frozen=segment.frozen,
        watched=segment.watched,
        audience=segment.audience,
        owner=names_of(session(), [segment.owner_id]).get(segment.owner_id or 0, ""),
        of=resource.key,
        resource_title=resource.title_plural,
        unit=unit_of(resource.unit, 1 if total == "1" else 2),
        words=in_words(resource, segment.query) if not segment.frozen and problem is None else [],
        definition=list_address(resource, segment.query) if not segment.frozen else None,
        address=address_of(segment),
        rows=rows,
        total=total,
        problem=problem,
        mine=mine,
        points=points,
        chart=charts.line(points) if len(points) > 1 else None,
        may_change=may_change(access, segment),
        freezing=freezing if freezing is not None else FreezeForm(None),
    )


@blueprint.route("/segments/<int:segment_id>/edit", methods=["GET", "POST"])
@require(Perm.SEGMENT_QUERY, own=True)
def segment_edit(segment_id: int) -> Response:
    """Change what a segment is called, what it is for, who may use it."""
    access = current_access()
    segment = find_segment(session(), segment_id)
    if not may_change(access, segment):
        raise Forbidden(_("Only its owner may change this segment."), permission=str(Perm.SEGMENT_QUERY))
    form = SegmentForm(access, segment, frozen=segment.frozen)
    if request.method == "POST" and form.validate():
        try:
            with transaction() as writing:
                again = find_segment(writing, segment_id)
                change_segment(writing, access, again, version=form.version.data, **form.values())
            toast(_("Saved"))
            return go("tags.segment_detail", segment_id=segment_id)
        except StaleDataError:
            form.refuse(Conflict(_("Somebody changed this segment meanwhile. Nothing was overwritten.")))
        except Refused as refused:
            form.refuse(refused)
    return render(
        "tags/segment_edit.html", 422 if form.all_errors else 200, form=form, id=segment_id, name=segment.name
    )


@blueprint.post("/segments/<int:segment_id>/freeze")
@require(Perm.SEGMENT_QUERY, own=True)
def segment_freeze(segment_id: int) -> Response:
    """Keep today's members as a segment of their own."""
    form = FreezeForm()
    if form.validate():
        try:
            with transaction() as writing:
                address = repeated(writing)
                if address is None:
                    made = freeze(writing, current_access(), find_segment(writing, segment_id), form.name.data or "")
                    address = remember(writing, url_for("tags.segment_detail", segment_id=made.id))
                    toast(_("Segment %(name)s saved", name=made.name))
            return go_to(address)
        except Refused as refused:
            form.refuse(refused)
    return _detail(find_segment(session(), segment_id), form)


@blueprint.post("/segments/<int:segment_id>/out")
@require(Perm.SEGMENT_QUERY, own=True)
def segment_out(segment_id: int) -> Response:
    """Take a record out of a frozen segment."""
    number = request.form.get("id", 0, type=int)
    with transaction() as writing:
        count = remove_members(writing, current_access(), find_segment(writing, segment_id), [number])
    toast(ngettext("%(num)d record taken out", "%(num)d records taken out", count))
    return go("tags.segment_detail", segment_id=segment_id)


@blueprint.post("/segments/<int:segment_id>/delete")
@require(Perm.SEGMENT_QUERY, own=True)
def segment_delete(segment_id: int) -> Response:
    """Delete a segment; its records stay."""
    with transaction() as writing:
        segment = find_segment(writing, segment_id)
        name = segment.name
        delete_segment(writing, current_access(), segment)
    toast(_("Segment %(name)s deleted", name=name))
    return go("tags.segment_list")
