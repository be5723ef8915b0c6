"""A person who left traces everywhere, each with a text of its own."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from sqlalchemy import JSON, select

from core.auth.audit import record
from core.bus.models import StoredEvent
from core.customers.models import Address, Company, Contact, Email, Phone
from core.customers.services import (
    Wish,
    bar,
    change_employer,
    create_contact,
    index_company,
    merge_companies,
    state_consent,
    update_contact,
)
from core.db import Base, system_session
from core.desk.models import Star
from core.engines import sqlite_module
from core.listing.models import ListView
from core.mail.models import Letter
from core.messages.finding import keep_words
from core.messages.models import Message, MessageCopy
from core.privacy.models import PrivacyRequest
from core.privacy.queries.tables import CONTACT_KEPT
from core.review.models import ReviewStep
from core.tags.models import Segment
from core.tasks.services import Wanted, give_task, note_on_task
from core.transfer.models import ImportBatch, ImportRow
from core.worklogs.models import LogRemark, WorkLog, WorkReport

NAME = "王建平金丝雀"
NUMBERS = ("13877770142", "zz.canary@example.com", "糖坊街 9187 号金丝雀院")


@dataclass
class Traces:
    """The person's contacts, his companies and the texts that must go."""

    contact: int
    moved: int
    company: int
    twin: int
    merge: int
    texts: list[str]


@pytest.fixture
def traces(as_system: Any, people: Any) -> Traces:
    """Make a person with a text in every column and table that may speak of him; he was merged, and went elsewhere."""
    clerk = people.user("zhou", name="周岚")
    texts: list[str] = [NAME, *NUMBERS, quote(NAME), quote(NUMBERS[1])]

    def canary(name: str) -> str:
        texts.append(f"canary-{name}-{len(texts)}")
        return texts[-1]

    with as_system() as session:
        companies = [Company(name=name, owner_id=clerk.id) for name in ("成都锦城糖酒", "锦城糖酒成都", "绵阳川江酒业")]
        session.add_all(companies)
        session.flush()
        house, twin, there = companies
        for one in companies:
            index_company(session, one)
        contact = create_contact(session, house, {"name": NAME}, by=clerk.id)
        for column in Contact.__table__.columns:
            if column.name not in CONTACT_KEPT and column.name not in ("name", "name_key", "sort_key"):
                _fill(contact, column, canary)
        session.flush()
        rows: list[Any] = [
            Phone(company=house, contact=contact, kind="mobile", number=NUMBERS[0], note=canary("phone")),
            Email(company=house, contact=contact, kind="private", address=NUMBERS[1], note=canary("email")),
            Address(company=house, contact=contact, kind="home", text=NUMBERS[2], recipient=NAME, note=canary("home")),
        ]
        session.add_all(rows)
        session.flush()
        update_contact(session, contact, {"hobbies": canary("hobby")}, by=clerk.id)
        house.general_manager, house.general_manager_id = NAME, contact.id
        house.introduction = f"总经理{NAME}，电话 {NUMBERS[0]}"
        session.flush()
        bar(session, house, contact, "sms", canary("bar"), by=clerk.id)
        stated = {"channel": "mail", "purpose": "fair", "way": "paper", "given": True}
        words = {"wording": canary("wording"), "evidence": canary("evidence")}
        state_consent(session, contact, {**stated, **words}, by=clerk.id)
        session.add(
            ReviewStep(
                entity="core_contact", record_id=contact.id, company_id=house.id, kind="proposed",
                opinion=canary("opinion"), changes={"hobbies": [None, canary("proposed")]},
            )
        )  # fmt: skip
        session.add(
            ReviewStep(entity="core_company", record_id=house.id, company_id=house.id, kind="returned", opinion=NAME)
        )
        batch = ImportBatch(resource="companies", state="done", filename="a.csv", folder="none", file_hash="x", size=1)
        session.add(batch)
        session.flush()
        detail = {"before": {"general_manager": NAME, "city": "成都"}, "kept": {"x": NUMBERS[0]}, "version": 1}
        session.add(ImportRow(batch_id=batch.id, number=1, outcome="updated", record_id=house.id, detail=detail))
        session.add(StoredEvent(name="core.contact_created", payload={"contact_id": contact.id, "text": NAME}))
        test = {"sender_id": clerk.id, "key": "test-1", "address": "me@example.com", "address_key": "me@example.com"}
        session.add(Letter(bulk=True, **test, subject=f"[测试] {NAME}，您好", body=f"{NAME}：\n您好！"))
        session.add(ListView(resource="contacts", name="x", owner_id=clerk.id, query=f"name={NAME}"))
        session.add(
            PrivacyRequest(
                subject=NAME, kind="erasure", contact_id=contact.id, company_id=house.id, asked_by=canary("asked"),
                text=canary("text"), received_on=dt.date(2026, 3, 1), due_on=dt.date(2026, 3, 31),
            )
        )  # fmt: skip
        record(session, "export", entity="contacts", changes={"query": [None, f"name={NAME}"]}, note=f"q={NUMBERS[0]}")
        _told_by_colleagues(session, clerk.id, house, contact, canary)
        values = {"on": dt.date(2026, 3, 2), "own_numbers": True, "note": canary("moved")}
        moved = change_employer(session, contact, there, values, by=clerk.id, private=True)
        again = create_contact(session, twin, {"name": NAME, "hobbies": canary("twin")}, by=clerk.id)
        session.add(Phone(company=twin, contact=again, kind="mobile", number=NUMBERS[0]))
        session.flush()
        other = create_contact(session, house, {"name": "李秀英", "introduction": "另一个人"}, by=clerk.id)
        session.add(Phone(company=house, contact=other, kind="mobile", number="13900000199"))
    with as_system() as session:
        wish = Wish(target=house.id, sources=[twin.id], people={again.id: contact.id})
        merge = merge_companies(session, wish, by=clerk.id)
    return Traces(contact.id, moved.id, house.id, twin.id, merge.id, texts)


def _told_by_colleagues(
    session: Any, clerk: int, house: Company, contact: Contact, canary: Callable[[str], str]
) -> None:
    """Leave what people write of a person beside his records: remarks, answers, reports, searches that they kept."""
    log = WorkLog(kind="call", company_id=house.id, contact_id=contact.id, author_id=clerk, text=canary("log"))
    other = WorkLog(kind="call", company_id=house.id, author_id=clerk, text="谈了价格")
    bare = WorkLog(kind="note", author_id=clerk, text=f"回电 {NUMBERS[0]}")
    about = Message(title=canary("subject"), record_kind="contact", record_id=contact.id, sender_id=clerk)
    loose = Message(title="订货", content=f"{house.name}的{NAME}要两套", sender_id=clerk)
    session.add_all([log, other, bare, about, loose])
    session.flush()
    for one in (about, loose):
        keep_words(session, one.id, one.title, one.content, [clerk])
    wanted = Wanted(title=canary("task"), due_on=dt.date(2026, 3, 2), contact_id=contact.id)
    task = give_task(session, wanted, [clerk], by=clerk)[0]
    note_on_task(session, task, canary("step"), by=clerk)
    session.add_all(
        [
            LogRemark(log_id=log.id, by_id=clerk, text=canary("remark")),
            LogRemark(log_id=other.id, by_id=clerk, text=f"{NAME}的话要记下来"),
            MessageCopy(message_id=about.id, user_id=clerk, note=canary("handling"), feedback=canary("feedback")),
            WorkReport(
                author_id=clerk, kind="day", starts_on=dt.date(2026, 3, 2), ends_on=dt.date(2026, 3, 2),
                text=f"{house.name}\n · {NAME} 谈了价格",
            ),
            Segment(resource="contacts", name="x", owner_id=clerk, query=urlencode({"q": NAME})),
            Star(user_id=clerk, path=f"/contacts?{urlencode({'q': NAME})}", title="找人"),
            Star(user_id=clerk, path=f"/contacts?q={NUMBERS[0]}", title="找人"),
        ]
    )  # fmt: skip
    record(session, "export", entity="contacts", changes={"query": [None, urlencode({"email": NUMBERS[1]})]})


def _fill(contact: Contact, column: Any, canary: Callable[[str], str]) -> None:
    if isinstance(column.type, JSON):
        setattr(contact, column.name, {"canary": canary("custom")} if column.name == "custom" else {canary("q"): 3})
    elif column.type.python_type is str:
        text = canary(column.name[:3]) if (column.type.length or 60) > 20 else "98765"
        setattr(contact, column.name, text)
    elif column.type.python_type is dt.date:
        setattr(contact, column.name, dt.date(1978, 4, 2))


@pytest.fixture
def everything(app: Any) -> Callable[[], str]:
    """Give all values of all tables as one text, the bytes of the file and of its log besides on SQLite."""

    def read() -> str:
        database = app.extensions["zhike"].database
        found: list[str] = []
        with system_session("test", database=database) as session:
            for table in Base.metadata.sorted_tables:
                for row in session.connection().execute(select(table)):
                    found.append(json.dumps([str(one) for one in row], ensure_ascii=False))
                    found.append(str(tuple(row)))
        if database.is_sqlite:
            path = database.engine.url.database
            with sqlite_module().connect(path) as raw:
                found += [str(row) for row in raw.execute("SELECT * FROM core_search_fts_data").fetchall()]
            for suffix in ("", "-wal"):
                file = Path(path + suffix)
                if file.exists():
                    found.append(file.read_bytes().decode("utf-8", errors="replace"))
        return "\n".join(found)

    return read
