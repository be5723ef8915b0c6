"""Demo data: tags on customers, one private, two segments with a fortnight of growth."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy.orm import Session

from core.columns import utcnow
from core.db import insert_into
from core.state import bump
from core.tags.models import Segment, SegmentDay, SegmentMember, Tag, Tagging
from core.tags.queries.tags import COUNTER

TAGS = (
    ("展会认识", "v", 9),
    ("年货大户", "p", 7),
    ("赠刊单位", "te", 11),
    ("协会会员", "ok", 6),
    ("价格敏感", "w", 13),
    ("名酒产区", "i", 5),
    ("老朋友", "", 17),
)
"""Names, colours, and every which customer bears one."""


def load_demo(session: Session, demo: Any) -> dict[str, int]:
    """Put tags on customers; make a segment by conditions that everybody uses, and a frozen list of a clerk's."""
    now, boss, sales = utcnow(), demo.users["boss"], demo.users["sales"]
    companies = demo.companies[:2000]
    rows = []
    for place, (name, tone, every) in enumerate(TAGS):
        tag = Tag(name=name, tone=tone)
        session.add(tag)
        session.flush()
        rows += [_tagging(tag.id, one.id, boss, now) for one in companies[place::every]]
    private = Tag(name="下月拜访", tone="bad", owner_id=sales, owner_key=sales)
    session.add(private)
    session.flush()
    mine = [one for one in companies if one.owner_id == sales][:6]
    rows += [_tagging(private.id, one.id, sales, now) for one in mine]
    for start in range(0, len(rows), 500):
        session.execute(insert_into(session, Tagging), rows[start : start + 500])
    lively = Segment(
        resource="companies", name="重点客户久未联系", description="重点客户里 60 天没有联系的，每周一过一遍。",
        owner_id=boss, audience="everybody", query="standing=key&last_contact_on__lt=-60d", watched=True,
    )  # fmt: skip
    frozen = Segment(
        resource="companies", name="春交会邀请名单", description="春季糖酒会的首批邀请，名单已定。",
        owner_id=sales, audience="department", frozen=True,
    )  # fmt: skip
    session.add_all((lively, frozen))
    session.flush()
    members = [
        {"segment_id": frozen.id, "entity": "company", "record_id": one.id, "by_id": sales, "entered_at": now}
        for one in companies[3:200:9]
    ]
    if members:
        session.execute(insert_into(session, SegmentMember), members)
    for back in range(14, 0, -1):
        day = demo.today - dt.timedelta(days=back)
        count = max(1, len(companies) // 40 - back + demo.rng.randrange(3))
        session.add(SegmentDay(segment_id=lively.id, day=day, members=count))
    bump(session, COUNTER)
    return {"tags": private.id, "segments": lively.id}


def _tagging(tag_id: int, record_id: int, by: int, at: dt.datetime) -> dict[str, Any]:
    return {"tag_id": tag_id, "entity": "company", "record_id": record_id, "by_id": by, "tagged_at": at}
