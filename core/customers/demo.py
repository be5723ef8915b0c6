"""Demo data: the credit of some customers, rated anew over two years; one rating has run out."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from core.columns import utcnow
from core.customers.models import Company, CreditRating

RATINGS = (
    (700, "b", 30_000, "首次评定"),
    (420, "a", 80_000, "全年按期付款"),
    (160, "aa", 150_000, "采购量增长，付款及时"),
)
"""Days ago, class, limit, reason."""


def load_demo(session: Session, demo: Any) -> dict[str, int]:
    """Rate the credit of the first customers that somebody looks after."""
    rated = [one for one in demo.companies if one.owner_id is not None][:8]
    for place, known in enumerate(rated):
        company = session.get_one(Company, known.id)
        for ago, code, limit, reason in RATINGS[: 1 + place % 3]:
            until = demo.today + dt.timedelta(days=365 - ago)
            session.add(
                CreditRating(
                    company_id=company.id, rating=code, limit=Decimal(limit), reason=reason, valid_until=until,
                    rated_by_id=demo.users["chief"], rated_at=utcnow() - dt.timedelta(days=ago),
                )
            )  # fmt: skip
            company.credit_rating, company.credit_limit = code, Decimal(limit)
            company.credit_valid_until = until
    return {}
