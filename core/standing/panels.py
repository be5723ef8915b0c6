"""What customer types add to the page of a customer: each change on its timeline, with who or which rule made it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from core.auth.queries.names import names_of
from core.customers.queries.record import standing_steps
from core.i18n import gettext
from core.overlay import overlay
from core.plugin import TimelineEntry


def timeline(session: Session, company_id: int, limit: int) -> Sequence[TimelineEntry]:
    """Give the changes of a customer's type."""
    steps = standing_steps(session, company_id)[:limit]
    names = names_of(session, [step.by_id for step in steps])
    title = overlay().title
    return [
        TimelineEntry(
            moment=step.moment,
            icon="star",
            tone="sys",
            text=gettext(
                "customer type %(before)s → %(after)s",
                before=title(session, "standing", step.before) if step.before else "—",
                after=title(session, "standing", step.after),
            ),
            body=step.reason,
            by=gettext("Rule %(name)s", name=step.rule) if step.rule else names.get(step.by_id or 0, ""),
        )
        for step in steps
    ]
