"""Reports: what a period is, what a draft says, who still owes one."""

from __future__ import annotations

import calendar
import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.worklogs.models import WorkLog, WorkReport
from core.worklogs.queries.logs import logs_between

KINDS = ("day", "week", "month")


def period(kind: str, day: dt.date) -> tuple[dt.date, dt.date]:
    """Give the first and the last day of the day, the week (from Monday) or the month that a day lies in."""
    if kind == "week":
        monday = day - dt.timedelta(days=day.weekday())
        return monday, monday + dt.timedelta(days=6)
    if kind == "month":
        return day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1])
    return day, day


def report_of(session: Session, author_id: int, kind: str, day: dt.date) -> WorkReport | None:
    """Find somebody's report on the period that a day lies in."""
    starts_on, _ends = period(kind, day)
    rows = select(WorkReport).where(
        WorkReport.author_id == author_id, WorkReport.kind == kind, WorkReport.starts_on == starts_on
    )
    return session.scalars(rows).first()


def draft(
    session: Session,
    author_id: int,
    kind: str,
    day: dt.date,
    line: Callable[[WorkLog], str],
    elsewhere: Any,
) -> tuple[str, str]:
    """Draft a report from the log: what was done, by customer, and what comes next.

    `line(entry)` puts an entry into words; `elsewhere` heads what was done without a customer.
    """
    since, until = period(kind, day)
    logs = logs_between(session, author_id, since, until)
    by_customer: defaultdict[str, list[str]] = defaultdict(list)
    for log in logs:
        by_customer[log.company.name if log.company is not None else str(elsewhere)].append(line(log))
    done = "\n".join(f"{name}\n" + "\n".join(f"  · {one}" for one in lines) for name, lines in by_customer.items())
    ahead = [log for log in logs if log.next_on is not None or log.next_step]
    plan = "\n".join(
        " ".join(
            part
            for part in (
                log.next_on.isoformat() if log.next_on else "",
                log.company.name if log.company is not None else "",
                log.next_step or "",
            )
            if part
        )
        for log in sorted(ahead, key=lambda one: (one.next_on or dt.date.max, one.id))
    )
    return done, plan


def reports_between(session: Session, since: dt.date, until: dt.date) -> Sequence[WorkReport]:
    """List the reports handed in on periods that begin from one day to another, both counted."""
    rows = select(WorkReport).where(
        WorkReport.starts_on >= since, WorkReport.starts_on <= until, WorkReport.submitted_at.is_not(None)
    )
    return session.scalars(rows.order_by(WorkReport.starts_on, WorkReport.id).limit(2000)).all()


def unread(session: Session, reader_id: int) -> int:
    """Count the reports of others that nobody has read yet, as far as this session finds them."""
    rows = select(WorkReport.id).where(
        WorkReport.submitted_at.is_not(None), WorkReport.read_at.is_(None), WorkReport.author_id != reader_id
    )
    return len(session.scalars(rows.limit(100)).all())
