"""The age of contacts in lists: by the date of birth where it is known, else as it was once typed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, false, not_, or_, select
from sqlalchemy.orm import Session

from core.clock import local_today
from core.customers.births import OLDEST, age_of
from core.customers.models import Contact
from core.db import among
from core.errors import Refused
from core.i18n import _

DAY = dt.timedelta(days=1)


def load_ages(session: Session, ids: Sequence[int]) -> Mapping[int, int | None]:
    """Give the ages of some contacts."""
    columns = (Contact.id, Contact.age, Contact.birth_date, Contact.birth_lunar, Contact.birth_leap)
    rows = select(*columns).where(among(session, Contact.id, ids))
    today = local_today()
    return {row.id: age_of(row, today) for row in session.execute(rows)}


def age_where(session: Session, op: str, values: Sequence[str]) -> ColumnElement[bool] | None:
    """Give the condition on the age that `load_ages` tells."""
    if op == "empty":
        none = and_(not_(_born()), Contact.age.is_(None))
        return none if values[0] == "1" else not_(none)
    try:
        years = [_within(int(one)) if one.strip() else None for one in values]
    except ValueError:
        raise Refused(_("Enter an age in years")) from None
    if op == "between":
        low, high = years[0], years[-1]
        parts = [_at_least(low)] if low is not None else []
        return and_(*parts, *([not_(_at_least(high + 1))] if high is not None else []), _known())
    known = [one for one in years if one is not None]
    if op == "gt":
        return or_(false(), *(_at_least(one + 1) for one in known))
    if op == "lt":
        return and_(_known(), or_(false(), *(not_(_at_least(one)) for one in known)))
    if op not in ("eq", "ne", "in"):
        return None
    same = or_(false(), *(and_(_at_least(one), not_(_at_least(one + 1))) for one in known))
    return or_(not_(_known()), not_(same)) if op == "ne" else and_(_known(), same)


def _within(years: int) -> int:
    """Hold what was typed within what a date and a column can be compared with; nobody is that young or old."""
    return max(-1, min(years, OLDEST * 10))


def _known() -> ColumnElement[bool]:
    return or_(_born(), Contact.age.is_not(None))


def _born() -> ColumnElement[bool]:
    """Give the condition that the age follows from the date of birth."""
    today = local_today()
    too_old = _born_until(_years_before(today, OLDEST + 1))
    return and_(Contact.birth_date.is_not(None), _born_until(today), not_(too_old))


def _at_least(years: int) -> ColumnElement[bool]:
    """Give the condition that somebody is so old or older; false, never unknown, where nothing is known."""
    typed: Any = and_(Contact.age.is_not(None), Contact.age >= years)
    by_birth = _born_until(_years_before(local_today(), years))
    return or_(and_(_born(), by_birth), and_(not_(_born()), typed))


def _born_until(day: dt.date) -> ColumnElement[bool]:
    """Give the condition of a birth on a solar day or before it.

    Lunar dates follow each other as solar ones do: a lunar birth is compared with the lunar date of the day.
    """
    from lunar_python import Solar

    lunar = Solar.fromYmd(day.year, day.month, day.day).getLunar()
    year, month, number = lunar.getYear(), lunar.getMonth(), lunar.getDay()
    first = dt.date(year, abs(month), 1)
    following = (first + 31 * DAY).replace(day=1)
    within: Any = and_(Contact.birth_date >= first, Contact.birth_date <= f"{first.isoformat()[:8]}{number:02d}")
    if month > 0:
        within = and_(within, not_(Contact.birth_leap))
    else:  # the whole ordinary month lies before
        within = or_(within, and_(not_(Contact.birth_leap), Contact.birth_date < following))
    return and_(
        Contact.birth_date.is_not(None),
        or_(
            and_(not_(Contact.birth_lunar), Contact.birth_date <= day),
            and_(Contact.birth_lunar, or_(Contact.birth_date < first, within)),
        ),
    )


def _years_before(day: dt.date, years: int) -> dt.date:
    """Give the day so many years before; the 28th of February for the 29th where there is none."""
    year = day.year - years
    try:
        return day.replace(year=year)
    except ValueError:
        return day.replace(year=year, day=28)
