"""What care reminds the owners of customers of."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from sqlalchemy.orm import Session

from core.auth.access import Access, load_access
from core.calendar.queries import add_working_days
from core.care import queries
from core.care.days import days_from
from core.care.settings import CHANGES, KEY_DAYS, days_before, standings
from core.care.words import fill
from core.customers.models import Contact
from core.customers.permissions import Perm
from core.i18n import _, gettext, ngettext
from core.overlay import overlay
from core.plugin import Due, Reminder
from core.tasks.queries.silent import heard_of, silent_customers

DAY = dt.timedelta(days=1)
KEY = "core.care_key"


def lead_of(session: Session, day: dt.date) -> dt.date:
    """Give the day on which one is reminded of a day: so many working days before it."""
    before = days_before(session)
    return add_working_days(session, day, -before) if before else day


def led(session: Session, since: dt.date, until: dt.date, find: Callable[..., Iterable[Any]]) -> Iterable[Any]:
    """Give what `find(first, last)` finds whose reminder falls in the window."""
    reach = days_before(session) * 3 + 12  # the longest holidays lie between
    days = [day for day in days_from(since + DAY, until + reach * DAY) if since < lead_of(session, day) <= until]
    if days:  # no day between is led outside the window: of two days the later one is never led earlier
        yield from find(days[0], days[-1])


def birthdays(session: Session, since: dt.date, until: dt.date) -> Iterable[Due]:
    """Remind of birthdays those who may see the date of birth."""
    known: dict[int, Access | None] = {}
    for one in led(session, since, until, lambda first, last: queries.birthdays(session, first, last)):
        if one.owner_id not in known:
            known[one.owner_id] = load_access(session, one.owner_id, overlay().declared("register_permissions"))
        access, contact = known[one.owner_id], session.get(Contact, one.contact_id)
        if access is None or contact is None or not access.may(Perm.CONTACT_PRIVATE, contact):
            continue
        yield Due(
            key=f"core.birthday:{one.contact_id}:{one.day.year}",
            user_id=one.owner_id,
            text=gettext("Birthday of %(name)s, %(company)s", name=one.contact, company=one.company),
            due_on=one.day,
            company_id=one.company_id,
            href=f"/contacts/{one.contact_id}",
            note=one.greeting,
        )


def anniversaries(session: Session, since: dt.date, until: dt.date) -> Iterable[Due]:
    """Remind of the anniversaries of customers."""
    codes = standings(session)
    for one in led(session, since, until, lambda first, last: queries.anniversaries(session, first, last, codes)):
        yield Due(
            key=f"core.anniversary:{one.company_id}:{one.day.year}",
            user_id=one.owner_id,
            text=gettext("%(company)s was founded %(years)s years ago", company=one.company, years=one.what),
            due_on=one.day,
            company_id=one.company_id,
            href=f"/companies/{one.company_id}",
            note=one.greeting,
        )


def festivals(session: Session, since: dt.date, until: dt.date) -> Iterable[Due]:
    """Remind each owner once of a festival, with how many customers he greets."""
    coming = list(led(session, since, until, lambda first, last: queries.festival_days(session, first, last)))
    owners = queries.owners_to_greet(session, standings(session)) if coming else {}
    for one in coming:
        for owner_id, count in owners.items():
            yield Due(
                key=f"core.festival:{one.festival_id}:{one.day.year}:{owner_id}",
                user_id=owner_id,
                text=ngettext(
                    "%(festival)s: greet %(num)d customer", "%(festival)s: greet %(num)d customers", count,
                    festival=one.what,
                ),
                due_on=one.day,
                href=f"/care/festivals/{one.festival_id}",
            )  # fmt: skip


def key_accounts(session: Session, since: dt.date, until: dt.date) -> Iterable[Due]:
    """Ask for a word with the key accounts of whom nothing was heard for a while."""
    days = int(overlay().setting(session, KEY_DAYS) or 0)
    if days <= 0:
        return
    text = queries.greetings(session).get("care", "")
    for company_id, name, owner_id, heard in silent_customers(session, since, until, days, ["key"]):
        yield Due(
            key=f"{KEY}:{company_id}:{heard.isoformat() if heard else '-'}",
            user_id=owner_id,
            text=gettext("Care of the key account %(company)s", company=name),
            due_on=until,
            company_id=company_id,
            href=f"/companies/{company_id}",
            note=fill(text, {"company": name}),
        )


def changes(session: Session, since: dt.date, until: dt.date) -> Iterable[Due]:
    """Ask for a word with the customers where something changed."""
    if not overlay().setting(session, CHANGES):
        return
    for key, company_id, name, owner_id, what in queries.changed_customers(session, since, until):
        yield Due(
            key=f"core.care_change:{key}",
            user_id=owner_id,
            text=gettext("Something changed at %(company)s: %(what)s", company=name, what=what),
            due_on=add_working_days(session, until, 2),
            company_id=company_id,
            href=f"/companies/{company_id}",
            priority="low",
        )


REMINDERS = (
    Reminder(name="core.birthday", title=_("Birthdays"), due=birthdays),
    Reminder(name="core.anniversary", title=_("Anniversaries"), due=anniversaries),
    Reminder(name="core.festival", title=_("Festivals"), due=festivals),
    Reminder(name=KEY, title=_("Care of key accounts"), due=key_accounts, settled=heard_of, kept=False),
    Reminder(name="core.care_change", title=_("Customers that changed"), due=changes),
)
