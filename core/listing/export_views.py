"""The export of a list as pages: what will be in the file, then the file, counted and on record before it leaves."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from typing import Any

from flask import request, send_file
from werkzeug.wrappers import Response

from core.auth.access import Access, current_access
from core.auth.guard import require
from core.clock import local_now, local_today
from core.db import session, transaction
from core.errors import Refused
from core.i18n import _
from core.listing import services
from core.listing.binding import Binding
from core.listing.export import ENCODINGS, FORMATS, Written, exportable, write_file, write_records
from core.listing.figures import count_exportable
from core.listing.lists import Look, field_names, look, views_of
from core.listing.page import Place
from core.listing.state import read_query
from core.listing.words import query_words
from core.plugin import Resource
from core.web import render

SPOOL = 8 * 1024 * 1024


def export_pages(add: Callable[..., None], resource: Resource, place: Place) -> None:
    """Mount the export of a resource."""

    @require(resource.code("export"))
    def export() -> Response:
        """Ask for columns and format, or send the file."""
        if request.method == "POST":
            return _send(resource, place)
        return export_page(resource, place, request.query_string.decode("utf-8", "replace"))

    add("/export", "export", export, ("GET", "POST"))


def _seen(resource: Resource, query: str) -> Look:
    access = current_access()
    seen = look(
        session(), resource, access, read_query(query, field_names(resource)), views_of(session(), resource, access)
    )
    if seen.state.problems:
        raise Refused(seen.state.problems[0].text)
    return seen


def export_page(
    resource: Resource, place: Place, query: str, *, ids: Sequence[int] | None = None, refused: Any = None
) -> Response:
    """Show how many rows the file will have, what the day's limit leaves, and the columns to choose from.

    What was chosen stays when it was `refused`.
    """
    access = current_access()
    seen = _seen(resource, query)
    fields = exportable(resource, access, session())
    columns = set(request.form.getlist("column")) if refused else {f.name for f in seen.columns}
    count = count_exportable(session(), resource, seen.state, access, ids)
    left = services.rows_left(session(), access, local_today())
    return render(
        "listing/export.html",
        422 if refused else 200,
        resource=resource,
        place=place,
        query=seen.query(seen.state),
        words=query_words(session(), resource, Binding(resource, access, session()), seen),
        fields=[(f, f.name in columns) for f in fields],
        count=count,
        left=left,
        quota=services.EXPORT_LIMIT,
        rows=count if left is None else min(count, left),
        ids=",".join(str(i) for i in ids) if ids is not None else "",
        refused=refused,
        kind=request.form.get("format", "") if refused else "xlsx",
        encoding=request.form.get("encoding", "") if refused else "utf-8",
    )


def _send(resource: Resource, place: Place) -> Response:
    """Write the file, count its rows and put it on record; only then it is sent."""
    from core.listing.batch import read_ids

    access = current_access()
    query = request.form.get("query", "")
    seen = _seen(resource, query)
    kind = request.form.get("format", "csv")
    encoding = request.form.get("encoding", "utf-8")
    ids = read_ids(request.form["ids"].split(",")) if request.form.get("ids") else None
    names = request.form.getlist("column")
    own = {one.name: one for one in resource.files}.get(kind)
    if (own is None and kind not in FORMATS) or encoding not in ENCODINGS:
        raise Refused(_("This format is not known"))
    today = local_today()
    left = services.rows_left(session(), access, today)
    count = count_exportable(session(), resource, seen.state, access, ids)
    cut = left is not None and count > left
    if cut and not (left and request.form.get("first") == str(left)):
        return export_page(resource, place, query, ids=ids, refused=services.beyond(count, left or 0).message)
    spool = tempfile.SpooledTemporaryFile(max_size=SPOOL)  # noqa: SIM115  closed by the answer
    try:
        if own is not None:
            names = []
            written = write_records(spool, session(), resource, access, seen.state, own, ids=ids, limit=left)
        else:
            written = write_file(
                spool, session(), resource, access, seen.state, names, kind=kind, encoding=encoding, ids=ids, limit=left
            )
        _put_on_record(resource, access, seen, written, names, kind, cut=cut)
    except Refused as refused:
        spool.close()
        return export_page(resource, place, query, ids=ids, refused=refused.message)
    except BaseException:
        spool.close()
        raise
    ending = kind if own is None else own.ending or own.name
    name = f"{resource.plural}-{local_now():%Y%m%d-%H%M}.{ending}"
    media_type = FORMATS[kind] if own is None else own.media_type
    return send_file(spool, mimetype=media_type, as_attachment=True, download_name=name, max_age=0)


def _put_on_record(
    resource: Resource, access: Access, seen: Look, written: Written, names: Sequence[str], kind: str, *, cut: bool
) -> None:
    with transaction() as writing:
        services.spend_rows(writing, access, local_today(), written.rows)
        services.record_export(
            writing, resource.key, seen.state.query(), list(names), written.rows, written.sha256, kind, cut=cut
        )
