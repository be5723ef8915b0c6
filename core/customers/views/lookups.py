"""Answers for fields that look their value up while somebody types."""

from __future__ import annotations

from flask import request
from werkzeug.wrappers import Response

from core.auth.guard import require
from core.customers.forms.fields import match_countries, match_divisions
from core.customers.permissions import Perm
from core.customers.queries import find_companies
from core.customers.resources.loads import division_title
from core.customers.views.base import blueprint
from core.db import session
from core.web import render

LIMIT = 10


@blueprint.get("/companies/lookup")
@require(Perm.COMPANY_QUERY)
def company_lookup() -> Response:
    """List the customers that match what was typed."""
    found = find_companies(session(), request.args.get("q", "")[:100], LIMIT)
    options = [
        {"value": hit.id, "label": hit.name, "sub": " · ".join(filter(None, (hit.city, hit.why)))} for hit in found
    ]
    return render("customers/options.html", options=options)


@blueprint.get("/divisions/lookup")
@require(Perm.COMPANY_QUERY)
def division_lookup() -> Response:
    """List the places that match what was typed."""
    found = match_divisions(request.args.get("q", "")[:100], LIMIT)
    options = [{"value": unit.code, "label": division_title(unit.code), "sub": unit.postcode} for unit in found]
    return render("customers/options.html", options=options)


@blueprint.get("/countries/lookup")
@require(Perm.COMPANY_QUERY)
def country_lookup() -> Response:
    """List the countries and regions that match what was typed."""
    found = match_countries(request.args.get("q", "")[:100], LIMIT)
    return render("customers/options.html", options=[{"value": c, "label": t, "sub": c} for c, t in found])
