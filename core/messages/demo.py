"""Demo data: a week of messages between colleagues, an announcement, an answered one, reports of the system."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from core.auth.queries.names import names_of
from core.columns import utcnow
from core.db import permitted
from core.messages.finding import keep_words
from core.messages.models import Message, MessageCopy
from core.messages.services import Record, notify

Line = tuple[str, tuple[str, ...], str, str, float, str]

LINES: tuple[Line, ...] = (
    ("boss", ("sales",), "川江源全年框架", "请本周五前给出方案，重点是封二连续两期的价格。", 0.3, "high"),
    (
        "chief",
        ("sales", "sales2"),
        "分派公海客户",
        "分给你们 3 家公海客户，本周内各打一次电话，结果记到事务日志。",
        2,
        "receipt",
    ),
    ("lead", ("sales",), "春季会展位", "B 馆 T 区只剩 6 个标摊，要留位的今天回我。", 20, "normal"),
    ("finance", ("sales", "chief"), "开票资料", "豫中调味的税号少一位，请核对后回复。", 26, "receipt"),
    ("desk", ("lead",), "退回的样刊", "上周退回 12 本，地址都在北门一带，已改好 9 本。", 30, "normal"),
    ("chief", ("boss",), "本月回款", "到款 48.6 万，完成 81%，逾期 4 单已分到人。", 50, "normal"),
)
EVERYBODY = ("boss", "周一例会", "周一上午 9 点在三楼会议室开例会，请各部门带上本月数字。", 74)


def load_demo(session: Session, demo: Any) -> dict[str, int]:
    """Make the messages; the newest are unread."""
    users, now = demo.users, utcnow()
    first = 0
    for sender, receivers, title, content, hours, how in LINES:
        ids = [users[name] for name in receivers]
        moment = now - dt.timedelta(hours=hours)
        made = _message(session, users[sender], ids, title, content, moment, how=how, read=hours > 28)
        first = first or made
    sender, title, content, hours = EVERYBODY
    others = [number for name, number in users.items() if name != sender]
    moment = now - dt.timedelta(hours=hours)
    _message(session, users[sender], others, title, content, moment, audience="所有人", read=True)
    question = session.scalars(select(Message.id).where(Message.title == "开票资料")).one()
    moment = now - dt.timedelta(hours=25)
    answer: dict[str, Any] = {"parent_id": question, "thread_id": question}
    _message(session, users["chief"], [users["finance"]], "回复：开票资料", "已让周岚去核对。", moment, **answer)
    company = demo.companies[0]
    record = Record(kind="company", id=company.id, company_id=company.id)
    notify(session, [users["sales"]], "你的导入已结束", "新建 36 条，更新 4 条，有错 1 条", module="core.transfer")
    text = "联系电话连续两次打不通，请核对。"
    owner = company.owner_id or users["sales"]
    notify(session, [owner], "请核对客户电话", text, module="core.customers", record=record, sticky=True)
    copy = session.scalars(select(MessageCopy.id).where(MessageCopy.user_id == users["sales"]).limit(1)).one()
    return {"messages": copy}


def _message(
    session: Session,
    sender: int,
    receivers: list[int],
    title: str,
    content: str,
    moment: dt.datetime,
    *,
    how: str = "normal",
    read: bool = False,
    audience: str = "",
    **more: Any,
) -> int:
    priority = "high" if how == "high" else "normal"
    same = {"sender_id": sender, "priority": priority, "sent_at": moment}
    with permitted():
        values = {**same, **more, "title": title, "content": content, "audience": audience}
        written = insert(Message).values(**values, needs_receipt=how == "receipt", receivers=len(receivers))
        message_id = int(session.execute(written.returning(Message.id)).scalar_one())
        due = moment if how in ("high", "receipt") else None
        rows: list[dict[str, Any]] = [
            {**same, "message_id": message_id, "user_id": one, "side": "in", "folder": "inbox", "due_at": due}
            for one in receivers
        ]
        rows.append({**rows[0], "user_id": sender, "side": "out", "folder": "sent", "due_at": None})
        seen = moment + dt.timedelta(minutes=20)
        copies = [{**row, "read_at": seen if read or row["side"] == "out" else None} for row in rows]
        session.execute(insert(MessageCopy), copies)
        if not audience:
            names = "、".join(names_of(session, receivers).values())
            session.execute(update(Message).where(Message.id == message_id).values(audience=names))
        keep_words(session, message_id, title, content, [*receivers, sender])
    return message_id
