"""The workbench's card of customers by rating."""

from __future__ import annotations

from flask import render_template, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.customers.models import Company
from core.customers.permissions import Perm
from core.i18n import _
from core.overlay import overlay
from core.plugin import DashboardCard


def standings(session: Session) -> dict[str, int]:
    """Count the customers that the viewer finds by their rating."""
    rows = select(Company.standing, func.count()).where(Company.alive()).group_by(Company.standing)
    counts: dict[str, int] = {row[0]: row[1] for row in session.execute(rows)}
    return counts


def standings_card(session: Session) -> str:
    """Draw the customers by rating; each figure opens its list."""
    counts = standings(session)
    most = max(counts.values(), default=0)
    rows = [
        (choice.title, count, round(100 * count / most), url_for("customers.company_list", standing=choice.code))
        for choice in overlay().dictionary(session, "standing").values()
        if (count := counts.get(choice.code, 0))
    ]
    every = url_for("customers.company_list")
    return render_template("customers/standings_card.html", rows=rows, total=sum(counts.values()), every=every)


CARD = DashboardCard(
    name="core.standings", title=_("Customers by rating"), render=standings_card, permission=Perm.COMPANY_QUERY,
    size=4, icon="users", later=True,
    places={"decision_maker": 10, "supervisor": 42, "system_administrator": None, "finance": 50}, order=50,
)  # fmt: skip
