"""The conditions of rules: what may be asked of a figure, as SQL and in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, not_, or_

from core.clock import start_of
from core.customers.models import Company
from core.i18n import _, gettext, unit_of
from core.plugin import CustomerFigure

OPERATORS: Mapping[str, tuple[str, ...]] = {
    "yes": ("is", "not"),
    "number": ("least", "most"),
    "money": ("least", "most"),
    "date": ("within", "ago"),
    "moment": ("within", "ago"),
}
"""What may be asked of each kind of figure."""

TITLES: Mapping[str, Any] = {
    "is": _("is so"),
    "not": _("is not so"),
    "least": _("at least"),
    "most": _("at most"),
    "within": _("within the last days"),
    "ago": _("none for so many days"),
}
LARGEST = 10**9
LONGEST_DAYS = 36_500


def needs_number(op: str) -> bool:
    """Tell whether an operator goes with a number: an amount, or days."""
    return op not in ("is", "not")


def condition(figure: CustomerFigure, op: str, number: int | None, today: dt.date) -> ColumnElement[bool]:
    """Give the SQL of one condition beside `Company`; never empty, so that it can be negated.

    That something was not so for a time counts for a customer from the day on which he was entered, so that nobody is
    lost on the day of an import.
    """
    value, amount = figure.value(), number or 0
    found: ColumnElement[bool]
    if op in ("is", "not"):
        found = func.coalesce(value, false())
        return not_(found) if op == "not" else found
    if op in ("least", "most"):
        counted = func.coalesce(value, 0)
        return counted >= amount if op == "least" else counted <= amount
    day = today - dt.timedelta(days=min(amount, LONGEST_DAYS))
    after_it = start_of(day + dt.timedelta(days=1))
    timed = figure.kind == "moment"
    if op == "within":
        return func.coalesce(value >= (start_of(day) if timed else day), false())
    before = value < after_it if timed else value <= day
    return and_(Company.created_at < after_it, or_(value.is_(None), before))


def words(figure: CustomerFigure, op: str, number: int | None) -> str:
    """Say a condition."""
    what = str(figure.title)
    if op == "is":
        return what
    if op == "not":
        return gettext("not: %(what)s", what=what)
    if op in ("least", "most"):
        sign = "≥" if op == "least" else "≤"
        return f"{what} {sign} {number or 0:,} {unit_of(figure.unit, number or 0)}".strip()
    if op == "within":
        return gettext("%(what)s within %(days)s days", what=what, days=number or 0)
    return gettext("%(what)s: none for %(days)s days", what=what, days=number or 0)
