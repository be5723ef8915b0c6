"""Demo data: what clerks asked for beyond the limit of a day."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from core.allowances.models import Allowance
from core.allowances.queries import EXPORTS
from core.columns import utcnow

if TYPE_CHECKING:
    from core.demo.load import Demo

PRINTS = "core.print_rows_a_day"
ASKED = (
    ("sales", EXPORTS, 300, "春季糖酒会邀请名单要交给会务公司", "企业客户：四川省", "asked", ""),
    ("desk", PRINTS, 450, "年终贺卡一次寄出", "信封", "agreed", "寄完即可"),
    ("sales2", EXPORTS, 5000, "做一份全部客户的通讯录", "企业客户", "refused", "只要本人负责的客户就够了"),
)


def load_demo(session: Session, demo: Demo) -> dict[str, int]:
    """Write one request that waits and two that were answered last week; give the id of the first one."""
    made = [
        Allowance(
            owner_id=demo.users[who], quota=quota, rows=rows, reason=reason, what=what, state=state, remark=remark
        )
        for who, quota, rows, reason, what, state, remark in ASKED
    ]
    for one in made:
        if one.state != "asked":
            one.decided_by_id, one.decided_at = demo.users["boss"], utcnow() - dt.timedelta(days=7)
        if one.state == "agreed":
            one.day = demo.today - dt.timedelta(days=7)
    session.add_all(made)
    session.flush()
    return {"allowances": made[0].id}
