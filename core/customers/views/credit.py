"""The credit of a customer (企业资信) on its page: what holds now, how it went, who said so."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from core import charts
from core.clock import local_today, to_local
from core.customers.models import CreditRating
from core.customers.queries import record as queries
from core.customers.views import shapes
from core.customers.views.parts import Page
from core.db import session
from core.i18n import gettext
from core.overlay import overlay


def credit_of(page: Page) -> dict[str, Any] | None:
    """Shape a customer's credit for one who sees what is private of him; None for all others."""
    if "private" not in page.classes:
        return None
    ratings = queries.credit_ratings(session(), page.id)
    names = queries.names_of_users(session(), [one.rated_by_id for one in ratings])
    company, today = page.company, local_today()
    until = company.credit_valid_until
    rows = [
        {
            "moment": to_local(one.rated_at).strftime("%Y-%m-%d %H:%M"),
            "by": names.get(one.rated_by_id, ""),
            "words": credit_words(one),
            "until": one.valid_until,
            "reason": one.reason,
        }
        for one in ratings
    ]
    return {
        "rating": shapes.title(session(), "credit_rating", company.credit_rating) or "—",
        "limit": money(company.credit_limit),
        "until": until,
        "over": until is not None and until < today,
        "rows": rows,
        "known": bool(rows or company.credit_rating or company.credit_limit is not None),
        **_chart(ratings),
    }


def money(value: Decimal | None) -> str:
    """Write an amount, a dash where there is none."""
    return "—" if value is None else f"¥{value:,.2f}"


def credit_words(one: CreditRating) -> str:
    """Say a rating: its class and the limit."""
    rating = shapes.title(session(), "credit_rating", one.rating) or gettext("no class")
    return rating if one.limit is None else f"{rating} · {money(one.limit)}"


def _chart(ratings: list[CreditRating]) -> dict[str, Any]:
    """Lay the limits over time; where none was ever set, the classes, the best on top."""
    oldest = sorted(ratings, key=lambda one: (one.rated_at, one.id))
    limits = [one for one in oldest if one.limit is not None]
    if limits:
        points = [(to_local(one.rated_at).date(), one.limit or Decimal(0)) for one in limits]
        what = gettext("Credit limit over time")
    else:
        codes = list(overlay().dictionary(session(), "credit_rating"))
        limits = [one for one in oldest if one.rating in codes]
        points = [
            (to_local(one.rated_at).date(), Decimal(len(codes) - codes.index(one.rating or ""))) for one in limits
        ]
        what = gettext("Credit class over time")
    chart = charts.line(points, until=local_today(), stepped=True)
    if chart is None:
        return {"chart": None}
    best = max(range(len(points)), key=lambda place: points[place][1])
    return {
        "chart": chart,
        "what": what,
        "values": [credit_words(one) for one in limits],
        "top": credit_words(limits[best]),
    }
