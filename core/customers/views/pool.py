"""The public pool: its list, claiming and releasing one customer, the card of those that fall into it soon."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from flask import redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from core.auth.access import current_access
from core.auth.guard import require
from core.customers.forms import ReasonForm, ReleaseForm
from core.customers.models import Company, OwnerChange
from core.customers.permissions import Perm
from core.customers.queries.pool import endangered, rules_of
from core.customers.queries.record import names_of_users, owner_steps
from core.customers.services import claim_company, release_companies
from core.customers.views.base import blueprint, by, company_or_404
from core.customers.views.companies import ask
from core.i18n import _, gettext
from core.plugin import DashboardCard, TimelineEntry, TimelineSource

SHOWN = 6
AT_ONCE = dt.timedelta(seconds=10)
"""So soon after its entry a customer is given to its first owner."""


@blueprint.get("/companies/pool")
@require(Perm.COMPANY_QUERY)
def company_pool() -> Response:
    """Lead to the list of customers in its view of the pool, with the conditions of the address."""
    given = [(key, value) for key, value in request.args.items(multi=True) if key != "view"]
    address = f"{url_for('customers.company_list')}?{urlencode([('view', 'free'), *given])}"
    return redirect(address)


@blueprint.post("/companies/<int:id>/claim")
@require(Perm.COMPANY_CLAIM)
def company_claim(id: int) -> Response:
    """Claim a customer; a refusal is told on its page."""
    company, _classes = company_or_404(id)

    def do(writing: Any, again: Company) -> None:
        claim_company(writing, again.id, by=by() or 0)

    said = _("%(name)s is yours now", name=company.name)
    return ask(ReasonForm(), company, do, title=_("Claim"), verb=_("Claim"), said=said)


@blueprint.route("/companies/<int:id>/release", methods=["GET", "POST"])
@require(Perm.COMPANY_ASSIGN)
def company_release(id: int) -> Response:
    """Put a customer into the pool, with the reason."""
    company, _classes = company_or_404(id)
    current_access().demand(Perm.COMPANY_ASSIGN, company)

    def do(writing: Any, again: Company) -> None:
        release_companies(writing, [again.id], by=by(), reason=form.reason.data or "")

    form = ReleaseForm()
    text = _("The customer goes to the public pool, where everybody may claim it.")
    said = _("%(name)s is in the public pool now", name=company.name)
    return ask(form, company, do, title=_("Release to pool"), verb=_("Release to pool"), text=text, said=said)


def falling_card(session: Session) -> str:
    """Draw the card of one's customers that fall into the pool soon."""
    count, rows = endangered(session, current_access().user_id, SHOWN)
    rules = rules_of(session)
    return render_template("customers/falling_card.html", rows=rows, count=count, days=rules.warn, on=rules.on)


CARDS = [
    DashboardCard(
        name="core.falling", title=_("Falling into the pool"), render=falling_card, permission=Perm.COMPANY_QUERY,
        size=4, icon="out", places={"decision_maker": None, "system_administrator": None, "finance": None}, order=45,
    )
]  # fmt: skip


def owners_told(session: Session, company_id: int, limit: int) -> Sequence[TimelineEntry]:
    """Give the changes of a customer's owner: claims, transfers, falls into the pool. Its first stands in its entry."""
    entered = session.get_one(Company, company_id).created_at
    steps = [one for one in owner_steps(session, company_id) if one.moment - entered > AT_ONCE or one.before][:limit]
    users = names_of_users(session, [key for one in steps for key in (one.by_id, one.before, one.after)])
    pool = gettext("Public pool")
    return [
        TimelineEntry(
            moment=one.moment,
            icon="swap",
            tone="sys",
            text=gettext(
                "owner %(before)s → %(after)s",
                before=users.get(one.before, pool),
                after=users.get(one.after, pool),
            ),
            body=one.reason,
            by=users.get(one.by_id, ""),
        )
        for one in steps
    ]


PANELS = [TimelineSource(name="core.owners", load=owners_told, kind="change", of=[OwnerChange.company_id])]
