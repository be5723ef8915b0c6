"""Demo data: rules of customer types, one of which is switched off."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from core.standing.queries import figures
from core.standing.services import save_rule

RULES: tuple[tuple[str, tuple[str, ...], str, tuple[tuple[str, str, int | None], ...], bool], ...] = (
    ("首次订阅成为客户", ("prospect", "target", "lost"), "customer", (("journals.subscriptions", "least", 1),), True),
    ("有需求的潜在客户列为目标", ("prospect",), "target",
     (("core.needs", "least", 1), ("core.owned", "is", None)), True),
    ("久未联系且没有在订视为流失", ("customer", "regular"), "lost",
     (("core.contacted", "ago", 180), ("journals.last_ends", "ago", 365)), False),
)  # fmt: skip


def load_demo(session: Session, demo: Any) -> dict[str, int]:
    """Write the rules whose figures are there."""
    known = figures(session, everywhere=True)
    for name, before, after, conditions, active in RULES:
        if all(figure in known for figure, _op, _number in conditions):
            asked = [dict(zip(("figure", "op", "number"), one, strict=True)) for one in conditions]
            save_rule(session, None, name=name, before=before, after=after, conditions=asked, active=active)
    return {}
