"""The administration of tags: what there are, how often, renaming, colours, merging, retiring."""

from __future__ import annotations

from flask import url_for
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.guard import require
from core.db import session, transaction
from core.errors import Conflict, Refused
from core.i18n import _, ngettext
from core.tags.forms import MergeForm, NewTagForm, TagForm
from core.tags.models import Tag
from core.tags.permissions import Perm
from core.tags.queries.segments import tagged_resources
from core.tags.queries.tags import all_tags, counts
from core.tags.services.tags import change_tag, delete_tag, find_tag_row, make_tag, merge_tags
from core.tags.views.base import blueprint
from core.web import go, go_to, remember, render, repeated, toast


@blueprint.route("/tags", methods=["GET", "POST"])
@require(Perm.TAG_QUERY, own=True)
def tag_list() -> Response:
    """List the tags with how many records bear each, and make a new one."""
    access = current_access()
    form = NewTagForm()
    if form.idempotency_key.raw_data and form.validate():
        try:
            with transaction() as writing:
                address = repeated(writing)
                if address is None:
                    made = make_tag(
                        writing, access, form.name.data or "", private=form.private.data, tone=form.tone.data or ""
                    )
                    address = remember(writing, url_for("tags.tag_list"))
                    toast(_("Tag %(name)s made", name=made.name))
            return go_to(address)
        except Refused as refused:
            form.refuse(refused)
    resources = [one for one in tagged_resources() if access.may(one.code("query"))]
    found = counts(session(), resources)
    rows = [
        {
            "tag": one,
            "counts": [
                {"number": found[one.id][r.key], "href": url_for(r.listing, tags=one.id) if r.listing else None}
                if r.key in found.get(one.id, {})
                else {"number": 0, "href": None}
                for r in resources
            ],
            "mine": one.private or access.may(Perm.TAG_ADMIN),
        }
        for one in all_tags(session()).values()
    ]
    return render(
        "tags/tag_list.html",
        422 if form.all_errors else 200,
        rows=rows,
        resources=[one.title_plural for one in resources],
        form=form,
        may_create=access.may(Perm.TAG_CREATE),
    )


@blueprint.route("/tags/<int:tag_id>", methods=["GET", "POST"])
@require(Perm.TAG_QUERY, own=True)
def tag_detail(tag_id: int) -> Response:
    """Rename a tag, colour it, retire it."""
    tag = find_tag_row(session(), current_access(), tag_id)
    form = TagForm(obj=tag)
    if form.idempotency_key.raw_data and form.validate():
        try:
            with transaction() as writing:
                change_tag(
                    writing,
                    find_tag_row(writing, current_access(), tag_id),
                    name=form.name.data or "",
                    tone=form.tone.data or "",
                    retired=form.retired.data,
                    version=form.version.data,
                )
            toast(_("Saved"))
            return go("tags.tag_list")
        except StaleDataError:
            form.refuse(Conflict(_("Somebody changed this tag meanwhile. Nothing was overwritten.")))
        except Refused as refused:
            form.refuse(refused)
    return _page(tag, form, MergeForm(tag_id, None))


def _page(tag: Tag, form: TagForm, merging: MergeForm) -> Response:
    access = current_access()
    resources = [one for one in tagged_resources() if access.may(one.code("query"))]
    return render(
        "tags/tag_detail.html",
        422 if form.all_errors or merging.all_errors else 200,
        form=form,
        merging=merging,
        name=tag.name,
        tone=tag.tone,
        tag_id=tag.id,
        total=sum(counts(session(), resources).get(tag.id, {}).values()),
    )


@blueprint.post("/tags/<int:tag_id>/merge")
@require(Perm.TAG_QUERY, own=True)
def tag_merge(tag_id: int) -> Response:
    """Let the records of a tag bear another."""
    access = current_access()
    tag = find_tag_row(session(), access, tag_id)
    form = MergeForm(tag_id)
    if form.validate():
        try:
            with transaction() as writing:
                target = find_tag_row(writing, access, int(form.into.data))
                count = merge_tags(writing, find_tag_row(writing, access, tag_id), target)
                name = target.name
            toast(ngettext("%(num)d record now bears %(name)s", "%(num)d records now bear %(name)s", count, name=name))
            return go("tags.tag_list")
        except Refused as refused:
            form.refuse(refused)
    return _page(tag, TagForm(None, obj=tag), form)


@blueprint.post("/tags/<int:tag_id>/delete")
@require(Perm.TAG_QUERY, own=True)
def tag_delete(tag_id: int) -> Response:
    """Take a tag off all records and away."""
    tag = find_tag_row(session(), current_access(), tag_id)
    try:
        with transaction() as writing:
            delete_tag(writing, find_tag_row(writing, current_access(), tag_id))
    except Refused as refused:
        form = TagForm(None, obj=tag)
        form.refuse(refused)
        return _page(tag, form, MergeForm(tag_id, None))
    toast(_("Tag %(name)s deleted", name=tag.name))
    return go("tags.tag_list")
