"""What the system reports by itself, and what becomes of messages when customers are merged or erased."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from core.bus.services import Event
from core.customers.models import Company
from core.db import system_transaction, transaction
from core.messages.finding import search_messages
from core.messages.models import Message, MessageCopy
from core.messages.reports import (
    import_finished,
    owner_changed,
    record_decided,
    segment_entered,
    task_assigned,
    task_declined,
    task_done,
)
from core.messages.services import Record, forget_customer, mark_read, notify
from core.tags.models import Segment


@pytest.fixture
def companies(as_system, house):
    with as_system() as session:
        made = [Company(name=f"客户{n}", owner_id=house["sales"].id) for n in range(3)]
        session.add_all(made)
        session.flush()
        return [one.id for one in made]


def event(number, name, by, /, **payload):
    moment = dt.datetime(2026, 3, 18, 2, 0, tzinfo=dt.UTC)
    return Event(id=number, name=name, payload=payload, happened_at=moment, user_id=by)


def titles(session, user):
    held = select(MessageCopy).where(MessageCopy.user_id == user.id).order_by(MessageCopy.id)
    return [(one.message.title, one.message.content) for one in session.scalars(held)]


def test_customers_given_to_one_person_stand_in_one_report_while_it_is_unread(house, companies, as_system, as_user):
    owner, chief = house["sales2"], house["chief"].id
    with as_system() as session:
        for number, company in enumerate(companies[:2]):
            payload = {"company_id": company, "before_id": None, "after_id": owner.id}
            owner_changed(session, event(number, "core.company_owner_changed", chief, **payload))
        assert titles(session, owner) == [("有 2 家客户交给你", "客户0\n客户1")]
    with as_user(owner) as session:
        assert len(session.scalars(search_messages(select(MessageCopy), "客户1", session)).all()) == 1
    with as_user(owner), transaction() as session:
        mark_read(session, session.scalars(select(MessageCopy)).all())
    with as_system() as session:
        payload = {"company_id": companies[2], "before_id": None, "after_id": owner.id}
        owner_changed(session, event(9, "core.company_owner_changed", chief, **payload))
        assert titles(session, owner)[1:] == [("有 1 家客户交给你", "客户2")]


def copy_of(as_system, user):
    with as_system() as session:
        return session.scalars(select(MessageCopy.id).where(MessageCopy.user_id == user.id)).first()


def test_tasks_are_told_of_together_while_the_notice_is_unread(house, as_system, as_user, browser_of):
    sales, chief = house["sales"], house["chief"]
    given = {"task_id": 1, "assignee_id": sales.id, "giver_id": chief.id, "title": "回访王经理", "source": "hand"}
    with as_system() as session:
        told = []
        for number in (1, 2):
            task_assigned(session, event(number, "core.task_assigned", chief.id, **given, by_id=chief.id))
            told.append((titles(session, sales), session.scalars(select(Message.record_id)).one()))
        assert told == [
            ([("赵启明 给你交办了 1 项任务", "回访王经理")], 1),
            ([("赵启明 给你交办了 2 项任务", "回访王经理\n回访王经理")], None),
        ]
        task_assigned(session, event(3, "core.task_assigned", None, **{**given, "source": "rule"}, by_id=None))
        assert len(titles(session, sales)) == 1
        task_done(session, event(4, "core.task_done", sales.id, **given, by_id=sales.id))
        task_declined(session, event(5, "core.task_declined", sales.id, **given, by_id=sales.id, reason="不归我管"))
        assert [one for one, _content in titles(session, chief)] == [
            "周岚 完成了你交办的 1 项任务",
            "周岚 退回了你交办的 1 项任务",
        ]
    for person, view in ((sales, "mine"), (chief, "task")):
        page = browser_of(person).get(f"/messages/{copy_of(as_system, person)}").text
        assert ("/tasks?view=mine" in page) is (view == "mine"), "of several to their list, of one to itself"
    with as_user(sales), transaction() as session:
        mark_read(session, session.scalars(select(MessageCopy)).all())
    with as_system() as session:
        task_assigned(session, event(6, "core.task_assigned", chief.id, **given, by_id=chief.id))
        own = {**given, "giver_id": sales.id}
        task_assigned(session, event(7, "core.task_assigned", sales.id, **own, by_id=sales.id))
        assert len(titles(session, sales)) == 2


def test_who_takes_a_customer_himself_is_told_nothing(house, companies, as_system):
    owner = house["sales2"]
    with as_system() as session:
        payload = {"company_id": companies[0], "before_id": None, "after_id": owner.id}
        owner_changed(session, event(1, "core.company_owner_changed", owner.id, **payload))
        assert titles(session, owner) == []


def test_who_had_a_customer_hears_that_the_program_put_it_into_the_pool_and_nobody_that_a_person_did(
    house, companies, as_system
):
    owner = house["sales"]
    with as_system() as session:
        for number, by in ((0, None), (1, None), (2, house["chief"].id)):
            payload = {"company_id": companies[number], "before_id": owner.id, "after_id": None}
            owner_changed(session, event(number, "core.company_owner_changed", by, **payload))
        assert titles(session, owner) == [("你有 2 家客户已放入公海", "客户0\n客户1")]


def test_who_watches_a_segment_hears_which_records_entered_it(house, companies, as_system):
    owner = house["sales2"]
    with as_system() as session:
        segment = Segment(resource="companies", name="川酒", owner_id=owner.id, query="city=成都", watched=True)
        session.add(segment)
        session.flush()
        for number, company in enumerate(companies[:2]):
            entered = {"resource": "companies", "record_id": company, "owner_id": owner.id, "segment_id": segment.id}
            segment_entered(session, event(number, "core.segment_entered", None, **entered))
        assert titles(session, owner) == [("有 2 条记录进入客户分群“川酒”", "客户0\n客户1")]


def test_the_author_hears_of_a_returned_record_once_and_the_importer_of_his_import(house, companies, as_system):
    author = house["sales"]
    decided = {"resource": "companies", "record_id": companies[0], "author_id": author.id, "by_id": house["chief"].id}
    with as_system() as session:
        for _ in range(2):
            record_decided(session, event(5, "core.record_decided", None, state="returned", **decided))
        record_decided(session, event(6, "core.record_decided", None, state="reviewed", **decided))
        counts = {"created": 2, "updated": 1, "errors": 0}
        done = {"batch_id": 1, "resource": "companies", "user_id": author.id, **counts}
        import_finished(session, event(7, "core.import_finished", None, **done))
        found = titles(session, author)
        assert [one[0] for one in found] == ["你录入的一条记录被退回，请看意见后修改", "你的导入已结束"]
        assert found[1][1] == "新建 2 条，更新 1 条，有错 0 条"
        about = session.scalars(select(Message).where(Message.kind == "core.record_decided")).one()
        assert (about.record_kind, about.record_id, about.company_id) == ("company", companies[0], companies[0])


def test_erasing_a_customer_blanks_what_messages_say_about_him(house, companies, app):
    owner = house["sales2"]
    with system_transaction("test", database=app.extensions["zhike"].database) as session:
        about = Record(kind="company", id=companies[0], company_id=companies[0])
        notify(session, [owner.id], "客户0 的王总生病", "住在三楼", module="core.customers", record=about)
        notify(session, [owner.id], "无关", "留下", module="core.customers")
        session.scalars(select(MessageCopy).limit(1)).one().note = "带水果"
        payload = {"company_id": companies[0], "before_id": None, "after_id": owner.id}
        owner_changed(session, event(1, "core.company_owner_changed", None, **payload))
        session.flush()
        forget_customer(session, companies[0], "客户0")
        session.expire_all()
        assert titles(session, owner) == [("—", ""), ("无关", "留下"), ("有 1 家客户交给你", "—")]
        assert {one.note for one in session.scalars(select(MessageCopy))} == {""}


def test_a_report_that_nobody_is_left_to_hear_leaves_no_copy(house, as_system):
    with as_system() as session:
        session.get(type(house["fair"]), house["fair"].id).active = False
        session.flush()
        notify(session, [house["fair"].id], "导入完成", module="core.transfer", key="a")
        assert session.scalars(select(MessageCopy)).all() == []
