"""Pages of ties: the group of companies, adding and taking back a partner."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from flask import Blueprint, request, url_for

from core.auth.access import current_access
from core.auth.guard import require
from core.auth.queries.names import names_of
from core.charts import tree
from core.customers.models import Company
from core.customers.permissions import Perm
from core.customers.resources.company import STANDING_TONES
from core.customers.services import find_company
from core.db import session, transaction
from core.errors import NotFound, Refused
from core.i18n import _, gettext, unit_of
from core.overlay import overlay
from core.ties import queries
from core.ties.forms import TieForm
from core.ties.services import add_tie, remove_tie
from core.web import go_to, is_fragment, render, toast

blueprint = Blueprint("ties", __name__, template_folder="templates")
MAX_FACTS = 6
MOST_DRAWN = 120
MOST_LINKED = 200
"""Lists take so many companies one by one, where some of the group do not count; else they take the group whole."""


def _company(company_id: int) -> Company:
    company = find_company(session(), company_id)
    if not company.is_alive:
        raise NotFound(_("There is no such customer."))
    return company


@blueprint.get("/groups/<int:id>")
@require(Perm.COMPANY_QUERY)
def group(id: int) -> Any:
    """Show the group of companies that a customer belongs to, with what is counted of each and of all."""
    company = _company(id)
    reading, access = session(), current_access()
    found = queries.group_of(reading, company.id)
    sums = queries.sums_of(reading, access, found)
    names = names_of(reading, [one.company.owner_id for one in found.members])
    title = overlay().title
    owners: dict[int | None, int] = {}
    for one in found.members:
        owners[one.company.owner_id] = owners.get(one.company.owner_id, 0) + 1
    drawn = 1 < len(found.members) <= MOST_DRAWN
    picture = tree([(one.company.id, one.parent_id, one.company.name) for one in found.members]) if drawn else None
    met = queries.last_contact(found)
    return render(
        "ties/group.html",
        id=company.id,
        name=company.name,
        top=found.members[0].company.name if found.members else company.name,
        rows=[
            {
                "id": one.company.id,
                "name": one.company.name,
                "depth": one.depth,
                "kind": str(title(reading, "branch_kind", one.company.branch_kind)) if one.company.branch_kind else "",
                "city": one.company.city or "",
                "standing": str(title(reading, "standing", one.company.standing)),
                "tone": STANDING_TONES.get(one.company.standing, ""),
                "owner": names.get(one.company.owner_id or 0, ""),
                "contacted": one.company.last_contact_on,
                "cells": [
                    {
                        "text": words(each.values[one.company.id], each.figure.kind),
                        "href": _list_of(each, [one.company.id]) if each.values[one.company.id] else None,
                    }
                    for each in sums
                ],
            }
            for one in found.members
        ],
        facts=_facts(found, sums, met),
        figures=[
            {
                "title": each.figure.title,
                "unit": unit_of(each.figure.unit, float(each.total or 0)),
                "total": words(each.total, each.figure.kind),
                "href": _list_of(each, each.ids, found) if each.total else None,
            }
            for each in sums
        ],
        masked=_masked(sums),
        owners=sorted(((names.get(key or 0, ""), count) for key, count in owners.items()), key=lambda pair: -pair[1]),
        met=met[0] if met else None,
        hidden=found.hidden,
        more=found.more,
        most=queries.MOST,
        picture=picture,
    )


def _masked(sums: Sequence[queries.Sum]) -> list[tuple[str, int]]:
    """Say of how many companies which figures are not shown."""
    titles: dict[int, list[str]] = {}
    for each in sums:
        if each.masked:
            titles.setdefault(each.masked, []).append(str(each.figure.title))
    return [(gettext(", ").join(named), number) for number, named in titles.items()]


def _facts(
    found: queries.Group, sums: Sequence[queries.Sum], met: tuple[dt.date, Company] | None
) -> list[dict[str, Any]]:
    """Make the strip of what is so of the whole group, six facts at most."""
    facts = [
        {
            "label": _("Companies"),
            "value": len(found.members),
            "href": url_for("customers.company_list", group=found.ids[0]) if found.ids else None,
        },
        {
            "label": _("Last contact"),
            "value": met[0].isoformat() if met else "—",
            "sub": met[1].name if met else "",
            "href": url_for("customers.company_detail", id=met[1].id) if met else None,
        },
    ]
    facts += [
        {
            "label": each.figure.title,
            "value": words(each.total, each.figure.kind),
            "unit": unit_of(each.figure.unit, float(each.total or 0)),
            "href": _list_of(each, each.ids, found) if each.total else None,
        }
        for each in sums
    ]
    return facts[:MAX_FACTS]


def words(value: Decimal | int | None, kind: str) -> str | None:
    """Write a figure; None where it may not be seen."""
    if value is None:
        return None
    return f"¥{value:,.2f}" if kind == "money" else f"{value:,}"


def _list_of(one: queries.Sum, ids: Any, group: queries.Group | None = None) -> str | None:
    """Give the address of the list behind a figure: of one company, of those that count, or of the whole group."""
    figure = one.figure
    if figure.endpoint is None:
        return None
    if group is not None and len(ids) > 1 and (len(ids) > MOST_LINKED or not (group.hidden or one.masked)):
        narrowed = (f"{figure.key}__group", str(group.ids[0]))
    elif len(ids) == 1:
        narrowed = (figure.key, str(ids[0]))
    else:
        narrowed = (f"{figure.key}__in", ",".join(map(str, ids)))
    values: dict[str, Any] = dict([*figure.args.items(), narrowed])
    return url_for(figure.endpoint, **values)


# --- partners


def _partners(company: Company) -> str:
    return url_for("customers.company_tab", id=company.id, tab="partners")


@blueprint.route("/companies/<int:id>/partners/new", methods=["GET", "POST"])
@require(Perm.COMPANY_EDIT)
def tie_new(id: int) -> Any:
    """Say how another company stands to a customer."""
    company = _company(id)
    current_access().demand(Perm.COMPANY_EDIT, company)
    form = TieForm()
    if request.method == "POST" and form.validate():
        try:
            with transaction() as writing:
                other = find_company(writing, int(form.other_id.data))
                add_tie(writing, find_company(writing, id), other, form.kind.data or "", form.note.data or "")
            toast(_("%(name)s saved", name=other.name))
            return go_to(_partners(company))
        except Refused as refused:
            form.refuse(refused)
    return render(
        "customers/ask_part.html" if is_fragment() else "customers/ask.html",
        422 if form.all_errors else 200,
        form=form,
        title=_("New partner"),
        verb=_("Save"),
        text="",
        name=company.name,
        danger=False,
        back=_partners(company),
        here_address=url_for("ties.tie_new", id=company.id),
    )


@blueprint.post("/companies/<int:id>/partners/<int:tie_id>/delete")
@require(Perm.COMPANY_EDIT)
def tie_delete(id: int, tie_id: int) -> Any:
    """Take back what was said of another company."""
    company = _company(id)
    current_access().demand(Perm.COMPANY_EDIT, company)
    with transaction() as writing:
        remove_tie(writing, find_company(writing, id), tie_id)
    toast(_("Partner taken off"))
    return go_to(_partners(company))
