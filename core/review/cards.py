"""The workbench's card of what waits for a review (待审核)."""

from __future__ import annotations

from flask import render_template
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.i18n import _, gettext
from core.plugin import DashboardCard
from core.review.queries.queue import QUEUES, Queues
from core.review.rules import rules
from core.review.views.base import desk_address
from core.review.views.desk import TITLES


def review_card(session: Session) -> str:
    """Draw how many records wait in each of the viewer's queues; each figure opens its queue."""
    access = current_access()
    rows = []
    for rule in rules(session).queues():
        waiting = Queues(session, rule, access)
        for queue in QUEUES:
            if count := waiting.count(queue):
                title = gettext("%(records)s: %(queue)s", records=rule.resource.title_plural, queue=TITLES[queue])
                rows.append((title, count, desk_address({"of": rule.resource.key, "queue": queue})))
    return render_template("review/card.html", rows=rows)


CARD = DashboardCard(
    name="core.review", title=_("To be reviewed"), render=review_card, size=4, icon="check",
    places={"staff": 60, "decision_maker": 40, "system_administrator": None, "finance": None}, order=25,
)  # fmt: skip
