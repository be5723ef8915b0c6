"""What care puts on the schedule: birthdays and anniversaries of one's customers, and festivals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from operator import attrgetter

from flask import url_for
from sqlalchemy import and_, true
from sqlalchemy.orm import Session

from core.auth.access import current_access
from core.auth.output import Visibility
from core.auth.queries.names import names_of
from core.care import queries
from core.care.queries import Coming
from core.care.settings import standings
from core.customers.models import Company
from core.customers.permissions import Perm
from core.customers.resources import COMPANY, CONTACT
from core.i18n import gettext, ngettext, p_
from core.plugin import CalendarEntry, CalendarSource

EACH = 3
"""So many birthdays, and so many anniversaries, stand by name on a day of the schedule; of more there is one line."""


def days_between(
    session: Session, first: dt.date, last: dt.date, people: Sequence[int] | None, company_id: int | None
) -> Iterable[CalendarEntry]:
    """Give the days of care in a span; as far as the viewer sees the dates that they follow from."""
    owned = Company.owner_id.in_(people) if people is not None else true()
    whose = and_(owned, Company.id == company_id) if company_id is not None else owned
    access = current_access()
    seen = Visibility(access, CONTACT).condition("private")
    founded = Visibility(access, COMPANY).condition("inner")
    each = EACH if company_id is None else None
    found = [
        *queries.birthdays(session, first, last, seen=and_(seen, whose), each=each),
        *queries.anniversaries(session, first, last, standings(session), seen=and_(founded, whose), each=each),
        *(queries.festival_days(session, first, last) if company_id is None else ()),
    ]
    names = names_of(session, [one.owner_id for one in found])
    for one in sorted(found, key=attrgetter("day")):
        yield _many(one, people) if one.many else _entry(one, names.get(one.owner_id or 0, ""))


def _many(one: Coming, people: Sequence[int] | None) -> CalendarEntry:
    if one.kind == "birthday":
        title = ngettext("%(num)d birthday", "%(num)d birthdays", one.many)
    else:
        title = ngettext("%(num)d anniversary", "%(num)d anniversaries", one.many)
    whose = "all" if people is None else ",".join(map(str, people))
    href = url_for("care.coming", day=one.day.isoformat(), whose=whose)
    return CalendarEntry(key=f"{one.kind}-{one.day:%Y%m%d}", day=one.day, title=title, href=href)


def _entry(one: Coming, owner: str) -> CalendarEntry:
    key = f"{one.kind}-{one.contact_id or one.company_id or one.festival_id}-{one.day:%Y%m%d}"
    if one.kind == "birthday":
        title, href = (
            gettext("Birthday: %(name)s", name=one.contact),
            url_for("customers.contact_detail", id=one.contact_id),
        )
    elif one.kind == "anniversary":
        title = gettext("%(years)s years: %(name)s", years=one.what, name=one.company)
        href = url_for("customers.company_detail", id=one.company_id)
    else:
        title, href = one.what, url_for("care.festival", id=one.festival_id)
    return CalendarEntry(key=key, day=one.day, title=title, href=href, note=one.company, by=owner)


DAYS = CalendarSource(
    name="core.care",
    title=p_("schedule", "Birthdays and festivals"),
    load=days_between,
    permission=Perm.COMPANY_QUERY,
    order=25,
)
