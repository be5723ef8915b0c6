"""The workbench's card of the deployment, for administrators: what is wrong comes first, each figure opens its page."""

from __future__ import annotations

from flask import render_template, url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.auth.models import User
from core.auth.permissions import Perm
from core.bus.queries import counts
from core.i18n import _, gettext
from core.plugin import DashboardCard
from core.web import zhike


def system_card(session: Session) -> str:
    """Draw what gave up, what is late, which modules are broken, and how many accounts are open."""
    states, registry = counts(session), zhike().registry
    failures, modules = url_for("bus.failure_list"), url_for("admin.plugin_list")
    accounts = session.scalar(select(func.count()).select_from(User).where(User.active)) or 0
    rows = [
        (gettext("Deliveries and jobs that gave up"), states["gave_up"], failures, True),
        (gettext("Deliveries and jobs that are late"), states["late"], failures, True),
        (gettext("Modules that do not work"), len(registry.broken), modules, True),
        (gettext("Modules at work"), len(registry.active()), modules, False),
        (gettext("Open accounts"), accounts, url_for("auth.user_list"), False),
    ]
    return render_template("admin/card.html", rows=rows)


CARD = DashboardCard(
    name="core.system", title=_("Deployment"), render=system_card, permission=Perm.SYSTEM_ADMIN, size=4, icon="gear",
    places={"system_administrator": 5, "decision_maker": None}, order=70,
)  # fmt: skip
