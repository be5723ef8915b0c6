"""Batch actions: which rows, which of them this person may touch, and what is shown before many are changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request, url_for

from core.auth.access import current_access
from core.db import session, transaction
from core.errors import Forbidden, NotFound, Refused
from core.i18n import _, gettext, ngettext
from core.listing.export_views import export_page
from core.listing.lists import field_names, look, title_field, views_of
from core.listing.page import Place, action_named, show, unit
from core.listing.queries import Reader, Ref, allowed_ids, found_ids
from core.listing.state import read_query
from core.plugin import BatchAction, Resource
from core.web import go_to, remember, render, repeated, toast

MAX_ROWS = 10_000
SHOWN_FIRST = 20
"""More rows than these are shown in a summary before anything is done (ui.md 6.2)."""


def batch_page(resource: Resource, place: Place) -> Any:
    """Do what was chosen with the selected rows; a refusal is told on the list, where they are still chosen."""
    try:
        return _batch(resource, place)
    except (NotFound, Forbidden):
        raise
    except Refused as refused:
        state = read_query(request.form.get("query", ""), field_names(resource))
        sent = ",".join([*request.form.getlist("id"), request.form.get("ids", "")])
        chosen = [one for one in dict.fromkeys(sent.split(",")) if one.isascii() and one.isdecimal()]
        return show(resource, place, state, refused=refused.message, chosen=chosen)


def _batch(resource: Resource, place: Place) -> Any:
    """Do what was chosen, or show first what it would do."""
    access = current_access()
    query = request.form.get("query", "")
    state = look(
        session(), resource, access, read_query(query, field_names(resource)), views_of(session(), resource, access)
    ).state
    if state.problems:
        raise Refused(state.problems[0].text)
    if request.form.get("all"):
        ids = found_ids(session(), resource, state, access, MAX_ROWS)
    else:
        ids = read_ids([*request.form.getlist("id"), *request.form.get("ids", "").split(",")])
    if not ids:
        raise Refused(_("Select records first"))
    name = request.form.get("action", "")
    if name == ":export":
        access.demand(resource.code("export"))
        return export_page(resource, place, query, ids=ids)
    action = action_named(resource, access, name)
    if action is None:
        raise NotFound(_("There is no such action, or it is not for you."))
    allowed = allowed_ids(session(), resource, ids, access, action.permission)
    left_out = len(ids) - len(allowed)
    if not allowed:
        raise Refused(action.refusal or _("You may not do this with any of the selected records."))
    if action.page is not None:
        if action.most is not None and len(allowed) > action.most:
            raise Refused(
                _("More than %(n)s records are too many at once. Narrow the conditions.", n=f"{action.most:,}")
            )
        led: dict[str, Any] = {**action.args, "id": allowed[: action.most or SHOWN_FIRST]}
        return go_to(url_for(action.page, **led))
    form = action.form() if action.form is not None else None
    confirmed = bool(request.form.get("confirmed"))
    asked = form is not None or action.confirm or len(ids) > SHOWN_FIRST
    if asked and not (confirmed and (form is None or form.validate())):
        return _summary(resource, place, action, allowed, left_out, query, form if confirmed else _blank(action))
    try:
        with transaction() as writing:
            address = repeated(writing)
            if address is None:
                values = dict(form.data) if form is not None else request.form.to_dict()
                said = action.run(writing, allowed, values) if action.run is not None else ""
                address = remember(writing, place.url("list", query))
                toast(_with_rest(str(said), left_out))
    except Refused as refused:
        if form is None or not hasattr(form, "refuse"):
            raise
        form.refuse(refused)
        return _summary(resource, place, action, allowed, left_out, query, form)
    return go_to(address)


def _blank(action: BatchAction) -> Any:
    """Make the action's form as it is first shown, without what the list sent."""
    if action.form is None:
        return None
    form = action.form()
    if form is not None:
        form.process(None)
    return form


def _with_rest(said: str, left_out: int) -> str:
    if not left_out:
        return said
    rest = ngettext(
        "%(num)d was left out: you may not change it, or it is gone",
        "%(num)d were left out: you may not change them, or they are gone",
        left_out,
    )
    return str(gettext("%(done)s · %(rest)s", done=said, rest=str(rest)))


def _summary(
    resource: Resource, place: Place, action: BatchAction, ids: Sequence[int], left_out: int, query: str, form: Any
) -> Any:
    """Show what would be done with how many, the first by name, and how many are left out."""
    access = current_access()
    title = title_field(resource)
    reader = Reader(session(), resource, access, [title.name])
    names = [str(n[1] if isinstance(n, Ref) else n) for n in reader.named(ids[:10], title.name)]
    return render(
        "listing/batch.html",
        422 if form is not None and form.errors else 200,
        resource=resource,
        place=place,
        action=action,
        unit=unit(resource, len(ids)),
        count=len(ids),
        left_out=left_out,
        names=names,
        ids=",".join(str(i) for i in ids),
        query=query,
        form=form,
    )


def read_ids(texts: Sequence[str]) -> list[int]:
    """Read ids as a form sends them. Raises Refused for anything else."""
    found: dict[int, None] = {}
    for text in (t.strip() for t in texts):
        if not text:
            continue
        if not (text.isascii() and text.isdecimal() and len(text) < 19):
            raise Refused(_("The selection cannot be read. Select the records again."))
        found[int(text)] = None
    if len(found) > MAX_ROWS:
        raise Refused(_("More than %(n)s records are too many at once. Narrow the conditions.", n=f"{MAX_ROWS:,}"))
    return list(found)
