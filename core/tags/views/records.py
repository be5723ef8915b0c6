"""Tags on one record: the card on its page, putting one on, taking one off, and what fits what is typed."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.guard import require
from core.auth.output import Visibility
from core.db import session, transaction
from core.errors import Forbidden, NotFound, Refused
from core.i18n import _
from core.plugin import Resource
from core.presence import is_known_absent
from core.tags.models import Tagging
from core.tags.permissions import Perm
from core.tags.queries.segments import resource_of
from core.tags.queries.tags import entity_of, matching_tags, tags_of, usual_tags
from core.tags.services import add_tags, names_in, remove_tags
from core.tags.views.base import blueprint
from core.web import go_to, is_fragment, render

SHOWN = 12
SUGGESTED = 6


def record_tags(resource: Resource, record: Any) -> dict[str, Any]:
    """Give what the card of tags on a record's page shows."""
    noun = entity_of(resource)
    access = current_access()
    bare = is_known_absent(Tagging, resource.model.__tablename__, record.id)
    borne = [] if bare else tags_of(session(), noun, [record.id]).get(record.id, [])
    may = access.may(resource.code("edit"), record)
    have = frozenset(one.id for one in borne)
    return {
        "noun": noun,
        "id": record.id,
        "tags": [
            {"id": one.id, "name": one.name, "tone": one.tone, "private": one.private, "mine": may or one.private,
             "href": url_for(resource.listing, tags=one.id) if resource.listing else None}
            for one in borne
        ],
        "may": may,
        "usual": usual_tags(session(), noun, SUGGESTED, without=have) if may else [],
    }  # fmt: skip


def _record(noun: str, record_id: int) -> tuple[Resource, Any]:
    resource = resource_of(noun)
    record = session().get(resource.model, record_id) if 0 < record_id < 2**53 else None
    if record is None or not Visibility(current_access(), resource).of_record(record):
        raise NotFound(_("There is no such record, or it is not yours to see."))
    return resource, record


@blueprint.get("/tags/on/<noun>/<int:record_id>")
@require(Perm.TAG_QUERY)
def of_record(noun: str, record_id: int) -> Response:
    """Show the tags of a record, with what puts one on and takes one off."""
    resource, record = _record(noun, record_id)
    return _answer(resource, record)


@blueprint.post("/tags/on/<noun>/<int:record_id>")
@require(Perm.TAG_QUERY, own=True)
def on_record(noun: str, record_id: int) -> Response:
    """Put tags on a record, or take one off. Shared ones need the right to change it, private ones to find it."""
    resource, record = _record(noun, record_id)
    access = current_access()
    may = access.may(resource.code("edit"), record)
    private = bool(request.form.get("private"))
    off = request.form.get("off", type=int)
    try:
        with transaction() as writing:
            if off is not None:
                borne = tags_of(writing, noun, [record.id]).get(record.id, [])
                found = next((one for one in borne if one.id == off), None)
                if found is not None and not found.private:
                    access.demand(resource.code("edit"), record)
                remove_tags(writing, noun, [record.id], [off])
            else:
                names = names_in(request.form.get("tag", ""))
                if not may and not private:
                    access.demand(resource.code("edit"), record)
                add_tags(writing, access, noun, [record.id], names, private=private)
    except Forbidden as refused:
        if refused.permission == resource.code("edit"):
            raise
        return _answer(resource, record, refused)
    except Refused as refused:
        return _answer(resource, record, refused)
    if is_fragment() or resource.detail is None:
        return _answer(resource, record)
    return go_to(url_for(resource.detail, id=record.id))


def _answer(resource: Resource, record: Any, refused: Refused | None = None) -> Response:
    template = "tags/card_part.html" if is_fragment() else "tags/record.html"
    name = str(getattr(record, resource.title_path.split(".", maxsplit=1)[0], "") or f"#{record.id}")
    back = url_for(resource.detail, id=record.id) if resource.detail else None
    problem = next(iter(refused.fields.values()), refused.message) if refused is not None else None
    return render(
        template,
        422 if refused is not None else 200,
        record_tags=record_tags(resource, record),
        problem=problem,
        typed=request.form.get("tag", "") if refused is not None else "",
        name=name,
        back=back,
        listing=url_for(resource.listing) if resource.listing else None,
        resource_title=resource.title_plural,
    )


@blueprint.get("/tags/lookup")
@require(Perm.TAG_QUERY)
def lookup() -> Response:
    """List the tags that fit what was typed, by a part, by pinyin or by initials."""
    text = request.args.get("q", "")[:60]
    done, _comma, last = text.replace("，", ",").replace("、", ",").rpartition(",")
    found = matching_tags(session(), last.strip(), SHOWN)
    before = f"{done}, " if done else ""
    return render("tags/options.html", options=[(f"{before}{one.name}", one) for one in found])
