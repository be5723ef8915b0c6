"""The description of the interface: for programs as OpenAPI, for people as a page made from it."""

from __future__ import annotations

from typing import Any

from flask import request
from werkzeug.wrappers import Response

from core.api import schema
from core.api.fields import offered
from core.api.views import pages, reading
from core.api.views.read import answer
from core.auth.access import current_access
from core.auth.guard import signed_in
from core.db import session
from core.listing.binding import Binding
from core.web import render, zhike


@reading.get("/openapi.json")
@signed_in
def openapi() -> Response:
    """Describe what the person's programs may read; with a token what that one may."""
    return answer(schema.document(session(), zhike().registry.resources(), current_access()))


@pages.get("/api/docs")
@signed_in
def docs() -> Response:
    """Tell people how programs read, with the fields of one resource."""
    access = current_access()
    shown = schema.readable(zhike().registry.resources(), access)
    chosen = next((one for one in shown if one.key == request.args.get("resource")), shown[0] if shown else None)
    context: dict[str, Any] = {}
    if chosen is not None:
        binding = Binding(chosen, access, session())
        operators = {field.name: found for field, found in schema.conditions(binding, chosen)}
        context = {
            "fields": [(one, schema.field_schema(one)) for one in offered(chosen, access, session())],
            "operators": operators,
            "writing": schema.writing_of(chosen, access),
            "written": schema.writable_names(session(), chosen, access),
            "sortable": {one.name for one in schema.sortable(binding, chosen)},
        }
    context |= {"resources": shown, "chosen": chosen, "host": request.host_url, "prefix": schema.PREFIX}
    return render("api/docs.html", **context)
