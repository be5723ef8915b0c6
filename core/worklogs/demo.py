"""Demo data: what clerks wrote in the last two weeks, and their reports."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import start_of
from core.customers.models import Company
from core.worklogs.models import OUTWARD, WorkLog, WorkReport

if TYPE_CHECKING:
    from core.demo.load import Demo

WRITERS = ("sales", "sales2", "desk", "desk2")
DAYS = 14
EACH = 40
SAID = (
    ("call", "interested", "介绍了下半年的版位，对方要报价和最近两期样刊。", "发报价"),
    ("call", "unreached", "总机转接无人接听，下午再打。", "再打一次"),
    ("visit", "considering", "拜访了市场部，看了展位图，意向两个标摊，等总经理回来定。", "确认展位数"),
    ("call", "agreed", "同意续订，份数不变，下周安排打款。", "跟进到款"),
    ("chat", "considering", "微信发了春季糖酒会方案，对方在比较。", "问进展"),
    ("handling", "solved", "上期少收一份，已补寄，对方满意。", ""),
    ("call", "declined", "今年预算取消，明年一季度再联系。", "明年再联系"),
    ("note", "done", "名片信息已核对，传真停用。", ""),
)


def load_demo(session: Session, demo: Demo) -> dict[str, int]:
    """Write entries on each writer's own customers and a report of the day before; give the ids of the first ones."""
    first: int | None = None
    for writer in WRITERS:
        user_id = demo.users[writer]
        rows = select(Company.id).where(Company.owner_id == user_id, Company.alive()).order_by(Company.id)
        owned = session.scalars(rows.limit(EACH)).all()
        for number, company_id in enumerate(owned):
            kind, outcome, text, ahead = SAID[(number + user_id) % len(SAID)]
            days = number % DAYS + 1
            day = demo.today - dt.timedelta(days=days)
            log = WorkLog(
                kind=kind,
                company_id=company_id,
                author_id=user_id,
                text=text,
                outcome=outcome,
                minutes=5 * (number % 7),
            )
            log.happened_at = start_of(day) + dt.timedelta(hours=9 + number % 8, minutes=number % 50)
            if ahead:
                log.next_step, log.next_on = ahead, demo.today + dt.timedelta(days=number % 5)
            session.add(log)
            if kind in OUTWARD:
                session.get_one(Company, company_id).last_contact_on = day
            session.flush()
            first = first or log.id
        yesterday = demo.today - dt.timedelta(days=1)
        report = WorkReport(
            author_id=user_id, kind="day", starts_on=yesterday, ends_on=yesterday, plan="继续回访到期客户"
        )
        report.text, report.submitted_at = "电话回访 6 家，拜访 1 家，续订 2 家。", start_of(demo.today)
        session.add(report)
        session.flush()
    return {"worklogs": first or 0, "workreports": report.id}
