"""Answers for fields that look their value up while somebody types."""

from __future__ import annotations

import re

from flask import request
from werkzeug.wrappers import Response

from core.auth.guard import require
from core.customers.addresses import parse_address
from core.customers.forms.fields import match_countries, match_divisions
from core.customers.forms.lines import AddressLine
from core.customers.forms.small import PlaceForm
from core.customers.permissions import Perm
from core.customers.queries import find_companies
from core.customers.resources.loads import division_title
from core.customers.views.base import blueprint
from core.db import session
from core.web import render

LIMIT = 10
PLACE = ("division_code", "postcode", "area_code")
LINE = re.compile(r"addresses-\d{1,4}-text")


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


@blueprint.get("/divisions/of-address")
@require(Perm.COMPANY_QUERY)
def place_of_address() -> Response:
    """Fill the fields that follow from the address of a customer and are empty; show what else it says.

    `proposed` is what was filled in before: it was not typed by hand, and follows the address again.
    """
    sent = request.args
    before = dict(zip(PLACE, sent.get("proposed", "").split("|"), strict=False))
    held = {name: sent.get(name, "").strip()[:40] for name in PLACE}
    if not sent.get("division_code-text", held["division_code"]).strip():
        held["division_code"] = ""
    typed = {name: value if value != before.get(name) else "" for name, value in held.items()}
    found = parse_address(sent.get("address", "")[:300], typed["area_code"], typed["postcode"])
    says = {"division_code": found.code, "postcode": found.postcode, "area_code": found.area_code}
    if typed["division_code"] and typed["division_code"] != found.code:
        says |= {"postcode": "", "area_code": ""}
    filled = {name: value for name, value in says.items() if not typed[name] and held[name] != value and found.code}
    return render(
        "customers/place_of_address.html",
        form=PlaceForm(data=filled),
        filled=filled,
        proposed="|".join("" if typed[name] else says[name] for name in PLACE) if found.code else "",
        title=division_title(found.code) if found.code else "",
        place=found,
        differs=bool(typed["division_code"]) and typed["division_code"] != found.code,
    )


@blueprint.get("/divisions/of-line")
@require(Perm.COMPANY_QUERY)
def place_of_line() -> Response:
    """Fill in the postcode of a further address where it is empty."""
    field = next((name for name in request.args if name.endswith("-text")), "")
    postcode = field.removesuffix("text") + "postcode"
    found = parse_address(request.args.get(field, "")[:300])
    if not LINE.fullmatch(field) or request.args.get(postcode, "").strip() or not found.postcode:
        return render("customers/place_of_line.html", field="")
    line = AddressLine(prefix=field.removesuffix("text"), data={"postcode": found.postcode})
    return render("customers/place_of_line.html", field=line.postcode)


@blueprint.get("/countries/lookup")
@require(Perm.COMPANY_QUERY)
def country_lookup() -> Response:
    """List the countries and regions that match what was typed."""
    found = match_countries(request.args.get("q", "")[:100], LIMIT)
    return render("customers/options.html", options=[{"value": c, "label": t, "sub": c} for c, t in found])
