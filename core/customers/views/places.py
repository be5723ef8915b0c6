"""Where one looks up a place: its code, postcode and area code; and countries with their dialling codes."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from core.auth.guard import require
from core.customers.data.divisions import Division, below, division, divisions, own_cities, shown_once, way_to
from core.customers.dictionaries.places import FIRST
from core.customers.forms.fields import match_countries, match_divisions
from core.customers.permissions import Perm
from core.customers.text import sort_key
from core.customers.views.base import blueprint
from core.db import session
from core.overlay import overlay
from core.web import render

MOST = 200


@blueprint.get("/places")
@require(Perm.COMPANY_QUERY)
def place_list() -> Response:
    """List the places below one, or those of a name, a code, a postcode or an area code."""
    q = request.args.get("q", "").strip()[:40]
    above = division(request.args.get("within", "")) if not q else None
    above = own_cities().get(above.code, above) if above is not None else None
    if request.args.get("within") and above is None and not q:
        raise NotFound
    found = shown_once(_matching(q)) if q else below(above.code if above else "")
    return render(
        "customers/places.html", q=q, found=found[:MOST], more=len(found) > MOST, above=above, path=_path(above),
        leading={unit.code for unit in found[:MOST] if below(unit.code)},
        postcodes={code: city.postcode for code, city in own_cities().items()},
    )  # fmt: skip


@blueprint.get("/places/countries")
@require(Perm.COMPANY_QUERY)
def country_list() -> Response:
    """List countries and regions with their codes, or those of a name or a dialling code."""
    import phonenumbers

    q = request.args.get("q", "").strip()[:40]
    known = [(code, title, phonenumbers.country_code_for_region(code)) for code, title in _countries(q)]
    dialled = q.removeprefix("+").removeprefix("00")
    if dialled.isdigit():
        known = [one for one in known if str(one[2]) == dialled]
    return render("customers/countries.html", q=q, countries=known)


def _countries(q: str) -> Sequence[tuple[str, str]]:
    if q and not q.removeprefix("+").isdigit():
        return match_countries(q, MOST)
    every = [(code, str(title)) for code, title in overlay().choices(session(), "country")]
    return sorted(every, key=lambda one: (FIRST.index(one[0]) if one[0] in FIRST else len(FIRST), sort_key(one[1])))


def _matching(q: str) -> Sequence[Division]:
    if not q.isdigit():
        return match_divisions(q, MOST + 1)
    if q.startswith("0") and len(q) <= 4:
        return [unit for unit in divisions() if unit.area_code == q]
    same = [unit for unit in divisions() if unit.postcode == q]
    return same or [unit for unit in divisions() if unit.code.startswith(q)]


def _path(unit: Division | None) -> list[tuple[str, str]]:
    """Give the names of a place and of those above it, with their addresses, the highest first."""
    return [(one.name, url_for("customers.place_list", within=one.code)) for one in way_to(unit)]
