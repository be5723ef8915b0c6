"""The panel of likely duplicates beside the forms of companies and contacts."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask import request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.guard import require
from core.customers.duplicates.reasons import in_words
from core.customers.forms.fields import match_divisions
from core.customers.models import Company, Contact
from core.customers.permissions import Perm
from core.customers.queries import Candidate, Typed, likely_contacts, likely_duplicates
from core.customers.services.duplicates import HEADS, erased_since, is_as_before
from core.customers.views.base import blueprint
from core.db import session
from core.web import render

NUMBERS = re.compile(r"phones-\d+-number")
EMAILS = re.compile(r"emails-\d+-address")
LONGEST = 300


@blueprint.post("/companies/duplicates/check")
@require(Perm.COMPANY_QUERY)
def company_duplicates_check() -> Response:
    """List the customers that may be the one in the form; the part of the page at its side."""
    besides = request.args.get("besides", "")
    known = int(besides) if besides.isdigit() and len(besides) < 16 else None
    near = likely_duplicates(session(), typed_in(request.form), besides=known)
    return render("customers/duplicates.html", panel=panel(near, known))


@blueprint.post("/contacts/duplicates/check")
@require(Perm.CONTACT_QUERY)
def contact_duplicates_check() -> Response:
    """List the contacts that may be the one in the form; the part of the page at its side."""
    numbers = [request.args.get(name, "") for name in ("company", "besides")]
    company, besides = [int(one) if one.isdigit() and len(one) < 16 else None for one in numbers]
    near = likely_contacts(session(), typed_in(request.form), company or 0, besides=besides)
    home = session().get(Company, company) if company is not None and besides is None else None
    erased = erased_since(session(), home, typed_in(request.form)) if home is not None else None
    return render("customers/duplicates.html", panel=contact_panel(near, company or 0, besides, erased))


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
        people=tuple(value for name in HEADS if (value := sent.get(name, "")[:60].strip())),
        uscc=sent.get("uscc", "")[:18].strip().upper(),
    )


def reason_given() -> str:
    """Give why a record is entered once more, as it was sent."""
    return request.form.get("duplicate_reason", "")[:200]


def near_of_form(company: Company | None) -> list[Candidate]:
    """Give the likely duplicates of what was sent; of a known company only where its name or a number was changed."""
    typed = typed_in(request.form)
    if company is not None and is_as_before(typed, company):
        return []
    return likely_duplicates(session(), typed, besides=company.id if company is not None else None)


def near_of_contact(company_id: int, contact: Contact | None) -> list[Candidate]:
    """Give the likely duplicates of the person sent; of a known one only where the name or a number was changed."""
    typed = typed_in(request.form)
    if contact is not None and is_as_before(typed, contact):
        return []
    return likely_contacts(session(), typed, company_id, besides=contact.id if contact is not None else None)


def contact_panel(
    near: Sequence[Candidate], company_id: int, besides: int | None, erased: dt.date | None = None
) -> dict[str, Any]:
    """Give what the panel beside a contact's form shows."""
    address = url_for("customers.contact_duplicates_check", company=company_id, besides=besides)
    ways = {} if besides is not None else {"compare": "customers.contact_compare", "use": "customers.contact_use"}
    return {**_panel(near, address, "customers.contact_detail", ways, company_id), "erased": erased}


def panel(near: Sequence[Candidate], besides: int | None) -> dict[str, Any]:
    """Give what the panel beside a company's form shows."""
    address = url_for("customers.company_duplicates_check", besides=besides)
    ways = {} if besides is not None else {"compare": "customers.company_compare", "use": "customers.company_use"}
    return _panel(near, address, "customers.company_detail", ways, None, besides)


def _panel(
    near: Sequence[Candidate],
    address: str,
    endpoint: str,
    ways: Mapping[str, str],
    company: int | None,
    besides: int | None = None,
) -> dict[str, Any]:
    """Shape the candidates; `ways` names the pages that go on with one of them in place of a new entry."""
    merge = besides is not None and current_access().may(Perm.COMPANY_EDIT)
    return {
        "address": address,
        "items": [
            {
                "name": one.name,
                "masked": one.masked,
                "href": "" if one.masked else url_for(endpoint, id=one.id),
                "sub": " · ".join(filter(None, (one.code, one.city))),
                "owner": one.owner,
                "percent": round(one.score * 100),
                "certain": one.certain,
                "reasons": in_words(one.reasons),
                "parts": one.parts,
                "ways": {}
                if one.masked
                else {name: url_for(way, id=one.id, company=company) for name, way in ways.items()},
                "merge": url_for("customers.company_merge", id=[besides, one.id]) if merge and not one.masked else "",
            }
            for one in near
        ],
        "certain": any(one.certain for one in near),
        "may_keep": current_access().may(Perm.COMPANY_DUPLICATE),
        "reason": reason_given(),
        "person": endpoint == "customers.contact_detail",
        "erased": None,
    }
