"""Demo data: a group of companies with branches on two levels, and how they stand to others."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from core.customers.models import Company
from core.ties.services import add_tie

BELOW = ((1, 0, "branch"), (2, 0, "branch"), (3, 1, "office"), (4, 1, "office"), (5, 2, "office"))
"""Places of companies: of the one that belongs, of the one to which it does, and as what."""
TIES = (
    (0, 6, "supplier", "瓶盖与纸箱"),
    (0, 7, "agent", "川渝地区总代理"),
    (8, 0, "customer", ""),
    (0, 9, "competitor", ""),
)


def load_demo(session: Session, demo: Any) -> dict[str, int]:
    """Tie the first companies together."""
    if len(demo.companies) < 10:
        return {}
    found = [session.get_one(Company, one.id) for one in demo.companies[:10]]
    for place, above, kind in BELOW:
        found[place].parent_id, found[place].branch_kind = found[above].id, kind
    session.flush()
    for one, other, kind, note in TIES:
        add_tie(session, found[one], found[other], kind, note)
    return {}
