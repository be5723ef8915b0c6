"""Demo data: records that were returned with an opinion, changed after their review, and passed twice."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.auth.audit import record
from core.columns import utcnow
from core.customers.models import Company
from core.customers.services import index_company
from core.db import permitted
from core.review.models import ReviewStep

EACH = 6
OPINIONS = ("地址缺门牌号，请补全", "电话与名片不符，请核对", "行业选得太宽，请选到小类")


def load_demo(session: Session, demo: Any) -> dict[str, int]:
    """Give a few customers of each state their story; those entered by a clerk."""
    chief, boss = demo.users["chief"], demo.users["boss"]
    now = utcnow()
    entered = Company.entered_by_id.not_in([chief, boss])
    waiting = select(Company).where(Company.review_state == "submitted", entered).order_by(Company.id)
    for number, company in enumerate(session.scalars(waiting.limit(EACH // 2))):
        opinion = OPINIONS[number % len(OPINIONS)]
        _set(session, company, review_state="returned")
        _step(session, company, "returned", chief, now - dt.timedelta(hours=3 + number), opinion)
    passed = select(Company).where(Company.review_state == "reviewed", entered).order_by(Company.id)
    for number, company in enumerate(session.scalars(passed.limit(2 * EACH))):
        moment = now - dt.timedelta(days=1, hours=number)
        if number % 2:
            _set(session, company, review_state="confirmed", confirmed_by_id=boss, confirmed_at=moment)
            _step(session, company, "confirmed", boss, moment)
            continue
        author, site = company.entered_by_id, f"www.demo-{company.id}.example"
        changes = {"website": [company.website, site], "review_state": ["reviewed", "submitted"]}
        _set(session, company, website=site, review_state="submitted", reviewed_at=moment)
        record(
            session, "edit", entity="core_company", entity_id=company.id, company_id=company.id, changes=changes,
            user_id=author,
        )  # fmt: skip
        _step(session, company, "submitted", author, now)
        index_company(session, company)
    return {}


def _set(session: Session, company: Company, **values: Any) -> None:
    """Change a customer without a line of the program's own in its history."""
    with permitted():
        session.execute(update(Company).where(Company.id == company.id).values(**values))
    session.refresh(company)


def _step(session: Session, company: Company, kind: str, by: int | None, at: dt.datetime, opinion: str = "") -> None:
    step = ReviewStep(entity="core_company", record_id=company.id, company_id=company.id, kind=kind, by_id=by)
    step.happened_at, step.opinion = at, opinion
    session.add(step)
