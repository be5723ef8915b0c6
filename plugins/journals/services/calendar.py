"""The issue calendar: issues by frequency, and the span that a subscription covers."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import Refused
from core.i18n import _
from plugins.journals.models import DispatchRun, Issue, Publication

MOST_ISSUES = 520


def cover_dates(frequency: str, year: int) -> Iterator[dt.date]:
    """Give the cover dates of a year by frequency. Half-monthly ones lie on the 1st and the 16th."""
    if frequency == "weekly":
        day = dt.date(year, 1, 1)
        day += dt.timedelta(days=-day.weekday() % 7)
        while day.year == year:
            yield day
            day += dt.timedelta(days=7)
        return
    months = {"half_monthly": 1, "monthly": 1, "quarterly": 3, "half_yearly": 6, "yearly": 12}[frequency]
    for month in range(1, 13, months):
        yield dt.date(year, month, 1)
        if frequency == "half_monthly":
            yield dt.date(year, month, 16)


def generate_issues(session: Session, publication: Publication, year: int) -> list[Issue]:
    """Make the issues of a year that are not there yet; numbers go on from the newest.

    Raises Refused for a year that lies before issues already there, since numbers order the issues.
    """
    known = set(session.scalars(select(Issue.cover_date).where(Issue.publication_id == publication.id)))
    newest = session.execute(
        select(func.max(Issue.number), func.max(Issue.cover_date)).where(Issue.publication_id == publication.id)
    ).one()
    missing = [day for day in cover_dates(publication.frequency, year) if day not in known]
    if missing and newest[1] is not None and missing[0] < newest[1]:
        raise Refused(_("There are later issues already: issues are made year by year."))
    number = newest[0] or 0
    made = []
    for place, day in enumerate(cover_dates(publication.frequency, year), start=1):
        if day in known:
            continue
        number += 1
        made.append(
            Issue(
                publication_id=publication.id,
                number=number,
                label=f"{year}-{place:02d}",
                cover_date=day,
                closing_date=day - dt.timedelta(days=publication.closing_days),
                dispatch_date=day - dt.timedelta(days=publication.dispatch_days),
            )
        )
    session.add_all(made)
    session.flush()
    return made


def change_issue(session: Session, issue: Issue, values: Mapping[str, Any]) -> None:
    """Change the dates or the theme of one issue. Raises Refused once it was dispatched, or when the order breaks."""
    if session.scalar(select(DispatchRun.id).where(DispatchRun.issue_id == issue.id).limit(1)):
        raise Refused(_("This issue was dispatched already; its dates stay."))
    cover: dt.date = values["cover_date"]
    if values["closing_date"] > cover:
        raise Refused(
            _("The closing date lies after the cover date."), fields={"closing_date": _("Not after the cover date")}
        )
    around = session.execute(
        select(Issue.number, Issue.cover_date).where(
            Issue.publication_id == issue.publication_id, Issue.number.in_((issue.number - 1, issue.number + 1))
        )
    )
    for number, day in around:
        if (number < issue.number and day >= cover) or (number > issue.number and day <= cover):
            raise Refused(
                _("The cover date must lie between those of the issues before and after."),
                fields={"cover_date": _("Between the issues before and after")},
            )
    for name, value in values.items():
        setattr(issue, name, value)
    session.flush()


def span(session: Session, publication_id: int, first: Issue, count: int) -> list[Issue]:
    """Give the `count` issues from `first` on. Raises Refused where the calendar does not reach that far."""
    if not 1 <= count <= MOST_ISSUES:
        raise Refused(
            _("A subscription covers 1 to %(n)s issues.", n=MOST_ISSUES),
            fields={"issue_count": _("Longer than the calendar")},
        )
    issues = list(
        session.scalars(
            select(Issue)
            .where(Issue.publication_id == publication_id, Issue.number >= first.number)
            .order_by(Issue.number)
            .limit(count)
        )
    )
    if len(issues) < count:
        raise Refused(
            _(
                "The issue calendar holds only %(n)s issues from there on: make the next year's issues first.",
                n=len(issues),
            ),
            fields={"issue_count": _("Longer than the calendar")},
        )
    return issues


def issues_between(session: Session, publication_id: int, first: dt.date, last: dt.date) -> list[Issue]:
    """Give the issues whose cover date lies within months of the first and last day given."""
    until = last.replace(day=calendar.monthrange(last.year, last.month)[1])
    return list(
        session.scalars(
            select(Issue)
            .where(
                Issue.publication_id == publication_id,
                Issue.cover_date >= first.replace(day=1),
                Issue.cover_date <= until,
            )
            .order_by(Issue.number)
        )
    )


YEARS_AHEAD = 2
"""A subscription for a year that begins after one that runs until next year must find its last issue."""


def extend_calendars(session: Session, today: dt.date, only: Publication | None = None) -> int:
    """Make what lacks of the issues of this year and the two after, of one or all running publications; count them."""
    made = 0
    running = select(Publication).where(Publication.active.is_(True)).order_by(Publication.id)
    for publication in [only] if only is not None else session.scalars(running).all():
        newest = session.scalar(select(func.max(Issue.cover_date)).where(Issue.publication_id == publication.id))
        for year in range(today.year, today.year + YEARS_AHEAD + 1):
            if newest is None or newest.year < year:
                made += len(generate_issues(session, publication, year))
    return made
