"""Demo data: tasks of the clerks, given by themselves, by their chief, by the program; some overdue, some over."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from core.calendar.queries import add_working_days
from core.tasks.services import Wanted, accept_task, finish_task, give_task, put_off_task

WORDS = (
    "催收合同尾款", "确认展位楣板文字", "电话回访：改版后的投放意向", "报价：内插广告 2 期", "重访新任市场部经理",
    "寄样刊两份", "核对发刊地址", "约访总经理", "提交重点客户辨别表", "请客户补盖公章",
)  # fmt: skip
TIMES = (None, None, dt.time(11), None, dt.time(17))
PRIORITIES = ("normal", "high", "normal", "normal", "low")


def load_demo(session: Session, demo: Any) -> dict[str, int]:
    """Give each clerk a dozen tasks, and everybody in the market department one together."""
    first = 0
    for number, (name, chief) in enumerate(
        (("sales", "chief"), ("sales2", "chief"), ("desk", "lead"), ("desk2", "lead"), ("chief", "boss"))
    ):
        person, above = demo.users[name], demo.users[chief]
        own = [one for one in demo.companies if one.owner_id == person][:14] or demo.companies[:14]
        for place, company in enumerate(own):
            given = place % 4 == 2
            wanted = Wanted(
                title=WORDS[(place + number) % len(WORDS)],
                due_on=_day(session, demo.today, place - 4),
                at=TIMES[place % len(TIMES)],
                priority=PRIORITIES[place % len(PRIORITIES)],
                company_id=company.id,
                contact_id=company.contact_ids[0] if place % 3 == 0 else None,
                repeat="weekly" if place == 9 else "",
            )
            task = give_task(session, wanted, [person], by=above if given else person)[0]
            first = first or task.id
            if given and place % 8 == 2:
                accept_task(session, task, by=person)
            if place == 1:
                finish_task(session, task, by=person, result="已联系，下周再谈")
            elif place == 6:
                put_off_task(session, task, _day(session, demo.today, 9), by=person, reason="客户出差")
    together = Wanted(title="交第四季度重点客户辨别表", due_on=_day(session, demo.today, 5), priority="high")
    give_task(session, together, [demo.users[one] for one in ("sales", "sales2")], by=demo.users["chief"])
    return {"tasks": first}


def _day(session: Session, today: dt.date, days: int) -> dt.date:
    return today if days == 0 else add_working_days(session, today, days)
