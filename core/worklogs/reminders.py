"""Reminds people of reports that they owe, as the house has set it, and of contacts that they planned."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from core.auth.models import User
from core.calendar.queries import is_working_day, next_working_day
from core.clock import start_of
from core.customers.models import Company, OwnerChange
from core.i18n import _, gettext, p_
from core.overlay import overlay
from core.plugin import Due, Reminder, Setting
from core.worklogs.models import WorkLog, WorkReport
from core.worklogs.queries.logs import PLANNED, is_over, met_again, plan_key
from core.worklogs.queries.reports import KINDS, period

OWED = "core.reports_owed"
NAME = "core.report_owed"
DAY = dt.timedelta(days=1)
CHOICES = (
    ("", p_("reports owed", "None")),
    ("day", p_("reports owed", "Daily")),
    ("week", p_("reports owed", "Weekly")),
    ("month", p_("reports owed", "Monthly")),
    ("day,week", p_("reports owed", "Daily and weekly")),
    ("week,month", p_("reports owed", "Weekly and monthly")),
    ("day,week,month", p_("reports owed", "Daily, weekly and monthly")),
)

SETTINGS = (
    Setting(
        key=OWED, title=_("Reports that everybody with a supervisor hands in"), default="", kind="choice",
        choices=CHOICES, hint=_("Whoever has not handed one in when its days are over gets a task"), order=320,
    ),
)  # fmt: skip


def owed_reports(session: Session, since: dt.date, until: dt.date) -> Iterable[Due]:
    """Remind on the day after its last one of each report that was not handed in; of days off none is owed."""
    kinds = [one for one in str(overlay().setting(session, OWED) or "").split(",") if one in KINDS]
    people = select(User.id).where(User.active, User.supervisor_id.is_not(None)).order_by(User.id)
    for number in range((until - since).days):
        last = since + number * DAY  # its reminder falls on the day after, which lies in the window
        for kind in kinds:
            first, end = period(kind, last)
            if end != last or (kind == "day" and not is_working_day(session, last)):
                continue
            handed_in = select(WorkReport.author_id).where(
                WorkReport.kind == kind, WorkReport.starts_on == first, WorkReport.submitted_at.is_not(None)
            )
            here = people.where(User.id.not_in(handed_in), User.created_at < start_of(last + DAY))
            for user_id in session.scalars(here):
                yield Due(
                    key=f"{NAME}:{kind}:{first}:{user_id}",
                    user_id=user_id,
                    text=_words(kind, first, last),
                    due_on=next_working_day(session, last + DAY),
                    href=f"/worklogs/report/{kind}?on={first}",
                )


def _words(kind: str, first: dt.date, last: dt.date) -> str:
    if kind == "day":
        return gettext("Hand in the daily report of %(day)s", day=f"{first:%m-%d}")
    days = {"first": f"{first:%m-%d}", "last": f"{last:%m-%d}"}
    if kind == "week":
        return gettext("Hand in the weekly report of %(first)s to %(last)s", **days)
    return gettext("Hand in the monthly report of %(month)s", month=f"{first:%Y-%m}")


def handed_in(session: Session, keys: Sequence[str]) -> Iterable[str]:
    """Tell which of the reports that were reminded of are handed in."""
    for key in keys:
        _name, kind, first, user_id = key.split(":")
        rows = select(WorkReport.id).where(
            WorkReport.author_id == int(user_id), WorkReport.kind == kind,
            WorkReport.starts_on == dt.date.fromisoformat(first), WorkReport.submitted_at.is_not(None),
        )  # fmt: skip
        if session.scalar(rows) is not None:
            yield key


def planned_contacts(session: Session, since: dt.date, until: dt.date) -> Iterable[Due]:
    """Remind of the contacts that were planned for a day of the window, unless a later entry says otherwise.

    The day of the last look counts once more: for what was planned for it after that look. A plan goes with the
    customer whom its author has handed over since. What a plugin wrote down it reminds of itself.
    """
    given = select(OwnerChange.id).where(
        OwnerChange.company_id == WorkLog.company_id,
        OwnerChange.before_id == WorkLog.author_id,
        OwnerChange.changed_at >= WorkLog.created_at,
    )
    rows = (
        select(WorkLog, Company.name, Company.owner_id, given.exists())
        .join(Company, Company.id == WorkLog.company_id)
        .where(WorkLog.next_on.between(since, until), WorkLog.origin.is_(None), WorkLog.id == _newest())
        .where(Company.alive())
    )
    for log, company, owner_id, handed_over in session.execute(rows.order_by(WorkLog.id)):
        if handed_over and owner_id is None:
            continue  # in the pool: whoever claims it plans anew
        yield Due(
            key=plan_key(log),
            user_id=owner_id if handed_over else log.author_id,
            text=log.next_step or gettext("Contact %(customer)s", customer=company),
            due_on=log.next_on,
            company_id=log.company_id,
            href=f"/companies/{log.company_id}",
        )


def _newest() -> Any:
    later = aliased(WorkLog)
    rows = select(later.id).where(later.company_id == WorkLog.company_id, later.origin.is_(None))
    return rows.order_by(later.happened_at.desc(), later.id.desc()).limit(1).correlate(WorkLog).scalar_subquery()


def made_contacts(session: Session, keys: Sequence[str]) -> list[str]:
    """Tell which planned contacts are over: there was one, a later entry says otherwise, the day was changed, or the
    customer is in the bin.
    """
    ids = [int(key.split(":")[1]) for key in keys]
    rows = select(WorkLog, Company.last_contact_on, met_again()).join(Company, Company.id == WorkLog.company_id)
    rows = rows.where(WorkLog.id.in_(ids), WorkLog.next_on.is_not(None), WorkLog.id == _newest(), Company.alive())
    still = {plan_key(log) for log, heard, again in session.execute(rows) if not is_over(log, heard, again=again)}
    return [key for key in keys if key not in still]


REMINDERS = (
    Reminder(name=NAME, title=_("Reports owed"), due=owed_reports, settled=handed_in, kept=False),
    Reminder(name=PLANNED, title=_("Planned contacts"), due=planned_contacts, settled=made_contacts, kept=False),
)
