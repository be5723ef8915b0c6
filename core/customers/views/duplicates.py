"""The panel of likely duplicates beside the form of a company."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from flask import request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.guard import require
from core.customers.duplicates.reasons import in_words
from core.customers.forms.fields import match_divisions
from core.customers.models import Company
from core.customers.permissions import Perm
from core.customers.queries import Candidate, Typed, likely_duplicates
from core.customers.text import name_key
from core.customers.views.base import blueprint
from core.db import session
from core.web import render

NUMBERS = re.compile(r"phones-\d+-number")
EMAILS = re.compile(r"emails-\d+-address")
LONGEST = 300
SHORTEST_NAME = 2


@blueprint.post("/companies/duplicates/check")
@require(Perm.COMPANY_QUERY)
def company_duplicates_check() -> Response:
    """List the customers that may be the one in the form; the part of the page at its side."""
    besides = request.args.get("besides", "")
    known = int(besides) if besides.isdigit() and len(besides) < 16 else None
    near = likely_duplicates(session(), typed_in(request.form), besides=known)
    return render("customers/duplicates.html", panel=panel(near, known))


def typed_in(sent: MultiDict[str, str]) -> Typed:
    """Read what the form of a company says so far."""

    def all_of(names: re.Pattern[str]) -> tuple[str, ...]:
        return tuple(value[:LONGEST] for name, value in sent.items() if names.fullmatch(name) and value.strip())[:10]

    place = sent.get("division_code", "")
    if not place and (written := sent.get("division_code-text", "")[:100].strip()):
        found = match_divisions(written, 1)
        place = found[0].code if found else ""
    return Typed(
        name=sent.get("name", "")[:LONGEST].strip(),
        division=place,
        address=sent.get("address", "")[:LONGEST].strip(),
        postcode=sent.get("postcode", "")[:12].strip(),
        numbers=all_of(NUMBERS),
        emails=all_of(EMAILS),
        people=tuple(value for name in ("general_manager", "sales_head") if (value := sent.get(name, "")[:60].strip())),
        uscc=sent.get("uscc", "")[:18].strip().upper(),
    )


def near_of_form(company: Company | None) -> list[Candidate]:
    """Give the likely duplicates of what was sent; of a known company only where its name or a number was changed."""
    typed = typed_in(request.form)
    if company is not None:
        digits = {phone.digits for phone in company.phones}
        if name_key(typed.name) == company.name_key and set(typed.digits()) <= digits:
            return []
    return likely_duplicates(session(), typed, besides=company.id if company is not None else None)


def panel(near: Sequence[Candidate], besides: int | None) -> dict[str, Any]:
    """Give what the panel shows."""
    return {
        "address": url_for("customers.company_duplicates_check", besides=besides),
        "items": [
            {
                "name": one.name,
                "masked": one.masked,
                "href": "" if one.masked else url_for("customers.company_detail", id=one.id),
                "sub": " · ".join(filter(None, (one.code, one.city))),
                "owner": one.owner,
                "percent": round(one.score * 100),
                "certain": one.certain,
                "reasons": in_words(one.reasons),
                "parts": one.parts,
            }
            for one in near
        ],
        "certain": any(one.certain for one in near),
        "may_keep": current_access().may(Perm.COMPANY_DUPLICATE),
        "reason": request.form.get("duplicate_reason", "")[:200],
    }
