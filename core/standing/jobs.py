"""What the worker does with the rules: every night all customers, after an event the one that it is about."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from core.bus.services import Event
from core.i18n import _, ngettext
from core.plugin import Job, Subscriber
from core.standing.services import apply_rules, apply_rules_to

CHUNK = 200
JOB = "core.apply_standing_rules"


def apply_all(turn: Any) -> str:
    """Change the customers that meet a rule, some at a time; without rules none."""
    count, last = 0, 0
    while True:
        with turn.transaction() as session:
            some, upto = apply_rules(session, last, CHUNK)
            count += some
            text = str(ngettext("%(num)d customer type changed", "%(num)d customer types changed", count))
            turn.note(session, text)
        if upto is None:
            return text
        last = upto


def on_company_contacted(session: Session, event: Event) -> None:
    """Ask the rules of a customer with whom somebody was in touch."""
    apply_rules_to(session, event["company_id"])


JOBS = (
    Job(name=JOB, title=_("Change customer types by their rules"), run=apply_all, schedule="50 3 * * *", chunked=True),
)
SUBSCRIBERS = (Subscriber(event="core.company_contacted", handler=on_company_contacted, name="apply_standing_rules"),)
