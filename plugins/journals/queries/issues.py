"""Reading publications, issues and dispatch runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, not_, or_, select
from sqlalchemy.orm import Session

from core.auth.models import User
from core.clock import local_today
from core.customers.models import Company
from core.customers.pinyin import read
from core.customers.text import normal
from plugins.journals.models import DispatchLine, DispatchRun, HeldLine, Issue, Publication

DISPATCHED = exists().where(DispatchRun.issue_id == Issue.id)


def publication_choices(session: Session) -> list[tuple[str, str]]:
    """List publications to choose from: running ones first."""
    rows = session.execute(
        select(Publication.id, Publication.title).order_by(Publication.active.desc(), Publication.id)
    )
    return [(str(key), title) for key, title in rows]


def find_publications(session: Session, text: str) -> list[Publication]:
    """Find running publications by part of the title, by code or by pinyin initials; the best first."""
    key = normal(text)
    found = []
    for one in session.scalars(select(Publication).where(Publication.active.is_(True)).order_by(Publication.id)):
        name = normal(one.title)
        initials = read(name).initials
        if not key or name.startswith(key) or one.code.lower() == key or any(i.startswith(key) for i in initials):
            found.append((0, one))
        elif key in name:
            found.append((1, one))
    return [one for _rank, one in sorted(found, key=lambda pair: (pair[0], pair[1].id))]


def find_entries(entries: Sequence[tuple[str, str]], text: str) -> list[tuple[str, str]]:
    """Find entries of a dictionary `(code, title)` by code, part of the title or pinyin initials."""
    key = normal(text)
    return [
        (code, title)
        for code, title in entries
        if not key
        or key in normal(title)
        or code == text
        or any(i.startswith(key) for i in read(normal(title)).initials)
    ]


def stage_of(session: Session, ids: Sequence[int]) -> Mapping[int, str]:
    """Tell of issues whether they are planned, closed for copy or dispatched."""
    today = local_today()
    rows = session.execute(select(Issue.id, Issue.closing_date, DISPATCHED).where(Issue.id.in_(ids)))
    return {key: "dispatched" if sent else "closed" if closing < today else "planned" for key, closing, sent in rows}


def stage_where(session: Session, op: str, values: Sequence[str]) -> ColumnElement[bool] | None:
    """Give the condition of issues at a stage."""
    today = local_today()
    rules = {
        "dispatched": DISPATCHED,
        "closed": and_(not_(DISPATCHED), Issue.closing_date < today),
        "planned": and_(not_(DISPATCHED), Issue.closing_date >= today),
    }
    return among(rules, op, values)


def among(rules: Mapping[str, ColumnElement[bool]], op: str, values: Sequence[str]) -> ColumnElement[bool] | None:
    """Give the condition that one of the named rules holds, or none of them."""
    if op not in ("eq", "in", "ne"):
        return None
    found = or_(false(), *(rules[v] for v in values if v in rules))
    return not_(found) if op == "ne" else found


def publication_where(column: Any) -> Any:
    """Make the condition on a column with a publication's id."""

    def where(session: Session, op: str, values: Sequence[str]) -> ColumnElement[bool] | None:
        if op not in ("eq", "in", "ne"):
            return None
        found: ColumnElement[bool] = column.in_([int(v) for v in values if v.isdigit() and len(v) < 19])
        return not_(found) if op == "ne" else found

    return where


def issues_of_year(session: Session, publication_id: int, year: int) -> list[dict[str, Any]]:
    """List a publication's issues of a year with copies sent."""
    sent = (
        select(func.coalesce(func.sum(DispatchRun.copies), 0)).where(DispatchRun.issue_id == Issue.id).scalar_subquery()
    )
    rows = session.execute(
        select(Issue.id, Issue.label, Issue.cover_date, Issue.closing_date, Issue.dispatch_date, Issue.theme, sent)
        .where(Issue.publication_id == publication_id)
        .where(Issue.cover_date.between(dt.date(year, 1, 1), dt.date(year, 12, 31)))
        .order_by(Issue.number)
    )
    names = ("id", "label", "cover_date", "closing_date", "dispatch_date", "theme", "copies")
    return [dict(zip(names, row, strict=True)) for row in rows]


def years_of(session: Session, publication_id: int) -> list[int]:
    """List the years that have issues."""
    days = session.scalars(select(Issue.cover_date).where(Issue.publication_id == publication_id))
    return sorted({day.year for day in days})


def next_issues(session: Session, publication_id: int, limit: int = 60) -> list[Issue]:
    """List the issues ahead that are not dispatched yet: the first that a new subscription can get comes first."""
    return list(
        session.scalars(
            select(Issue)
            .where(Issue.publication_id == publication_id, not_(DISPATCHED), Issue.dispatch_date >= local_today())
            .order_by(Issue.number)
            .limit(limit)
        )
    )


def runs_of(session: Session, issue_id: int | None = None, limit: int = 100) -> list[dict[str, Any]]:
    """List dispatch runs, the newest first, of one issue or of all."""
    statement = (
        select(
            DispatchRun.id, DispatchRun.sequence, DispatchRun.created_at, DispatchRun.line_count, DispatchRun.copies,
            User.name, Issue.label, Publication.title, Issue.id,
        )
        .join(Issue, Issue.id == DispatchRun.issue_id)
        .join(Publication, Publication.id == Issue.publication_id)
        .outerjoin(User, User.id == DispatchRun.made_by_id)
        .order_by(DispatchRun.id.desc())
        .limit(limit)
    )  # fmt: skip
    if issue_id is not None:
        statement = statement.where(DispatchRun.issue_id == issue_id)
    names = ("id", "sequence", "made_at", "lines", "copies", "by", "issue", "publication", "issue_id")
    return [dict(zip(names, row, strict=True)) for row in session.execute(statement)]


def held_of(session: Session, run_id: int) -> list[dict[str, Any]]:
    """List the recipients that a run could not serve."""
    rows = session.execute(
        select(HeldLine.recipient, HeldLine.copies, HeldLine.reason, HeldLine.subscription_id, Company.name)
        .join(Company, Company.id == HeldLine.company_id)
        .where(HeldLine.run_id == run_id)
        .order_by(HeldLine.id)
    )
    names = ("recipient", "copies", "reason", "subscription_id", "company")
    return [dict(zip(names, row, strict=True)) for row in rows]


def copies_dispatched(session: Session, since: dt.date, until: dt.date) -> int:
    """Count the copies of the viewer's customers that were sent of issues with a cover date within a period."""
    total = session.scalar(
        select(func.sum(DispatchLine.copies))
        .join(Issue, Issue.id == DispatchLine.issue_id)
        .where(Issue.cover_date >= since, Issue.cover_date < until)
    )
    return int(total or 0)


def dates_between(session: Session, first: dt.date, last: dt.date) -> list[tuple[Issue, str, str, dt.date]]:
    """List the dates of issues in a span of days: the issue, its publication, `closing` or `dispatch`, and the day."""
    rows = (
        select(Issue, Publication.title)
        .join(Publication, Publication.id == Issue.publication_id)
        .where(or_(Issue.closing_date.between(first, last), Issue.dispatch_date.between(first, last)))
        .order_by(Issue.cover_date, Issue.id)
        .limit(1000)
    )
    return [
        (issue, title, kind, day)
        for issue, title in session.execute(rows)
        for kind, day in (("closing", issue.closing_date), ("dispatch", issue.dispatch_date))
        if first <= day <= last
    ]
