"""The preview of a record: what its list may show of it, in the drawer beside the list."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.db import session
from core.errors import NotFound
from core.i18n import _
from core.listing import cells
from core.listing.lists import listed, title_field
from core.listing.queries import Reader, Ref, allowed_ids
from core.listing.table import CAME_FROM, record_link, record_links
from core.plugin import Resource
from core.web import go_to, is_fragment, render


def preview_page(resource: Resource, record_id: int) -> Response:
    """Show the fields of a record that hold something; without scripts lead to the record itself."""
    access, current = current_access(), session()
    fields, title = listed(resource), title_field(resource)
    allowed = allowed_ids(current, resource, [record_id], access, resource.code("query"))
    rows = Reader(current, resource, access, [f.name for f in fields]).found(allowed)
    if not rows:
        raise NotFound(_("It was deleted, or you may not see it."))
    href = record_link(str(resource.detail), request.args.get(CAME_FROM))(record_id)
    if not is_fragment():
        return go_to(href)
    row, links = rows[0], record_links()
    name = row.get(title.name)
    shown = [f for f in fields if f.name != title.name and f.name in row and row[f.name] not in (None, "", [], ())]
    return render(
        "listing/preview.html",
        name=name.title if isinstance(name, Ref) else name,
        icon=resource.icon,
        entries=[(f.title, cells.drawer(f, current, links)(row[f.name], row)) for f in shown],
        href=href,
    )
