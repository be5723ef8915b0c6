"""The work log: entries in two keys, whose they are, and what follows from them."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import select

from core.auth.access import access_of
from core.auth.models import Audit
from core.bus.delivery import sweep
from core.clock import local_today
from core.columns import utcnow
from core.customers.models import Company
from core.customers.services import change_owner
from core.db import transaction, work
from core.errors import Forbidden, Refused
from core.messages.models import Message, MessageCopy
from core.worklogs.models import WorkLog
from core.worklogs.reminders import made_contacts, planned_contacts
from core.worklogs.services import add_log, change_log, forget_log, remark_on_log

KEY = "k" * 20


def quick(house, **values):
    return {
        "idempotency_key": KEY,
        "kind": "call",
        "company_id": str(house.mine),
        "text": "对方要报价",
        "outcome": "interested",
        "next_on": "+3",
        **values,
    }


def test_an_entry_is_written_from_the_customers_page_and_stands_on_its_timeline(house, browser_of, as_system):
    browser = browser_of(house.clerk)
    answer = browser.post(
        "/worklogs/quick", quick(house, contact_id=str(house.person), back=f"/companies/{house.mine}")
    )
    assert answer.status_code == 303
    assert answer.location == f"/companies/{house.mine}"
    with as_system() as session:
        log = session.scalars(select(WorkLog)).one()
        assert (log.author_id, log.contact_id, log.next_on) == (
            house.clerk.id,
            house.person,
            local_today() + dt.timedelta(days=3),
        )
    page = browser.get(f"/companies/{house.mine}").get_data(as_text=True)
    assert "对方要报价" in page
    assert "王建平" in page


def test_one_form_sent_often_makes_one_entry(house, browser_of, as_system):
    browser = browser_of(house.clerk)
    for _time in range(5):
        assert browser.post("/worklogs/quick", quick(house)).status_code == 303
    with as_system() as session:
        assert len(session.scalars(select(WorkLog)).all()) == 1


def test_an_entry_leads_back_to_pages_of_the_house_only(house, browser_of):
    for address in ("https://elsewhere.example/", "http://["):
        sent = quick(house, back=address, idempotency_key=address)
        answer = browser_of(house.clerk).post("/worklogs/quick", sent)
        assert answer.location == f"/companies/{house.mine}", address


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"text": "", "outcome": ""}, "请填写沟通内容，或选择结果"),
        ({"kind": ""}, "请选择类别"),
        ({"next_on": "2001-01-01"}, "下次联系不能早于今天"),
        ({"company_id": "999999", "company_id-text": "查无此家"}, "没有这家客户"),
    ],
)
def test_what_cannot_be_is_refused_with_what_was_typed_kept(house, browser_of, as_system, values, words):
    answer = browser_of(house.clerk).post("/worklogs/quick", quick(house, **values))
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert words in page
    if values.get("text") is None:
        assert "对方要报价" in page
    with as_system() as session:
        assert session.scalars(select(WorkLog)).all() == []


def test_a_customer_that_one_does_not_find_is_refused_also_by_his_number(house, browser_of, as_system, people):
    people.grant_group("staff", "core:company:query", "own")
    browser = browser_of(house.clerk)
    for address in ("/worklogs/quick", "/worklogs/new"):
        day = local_today().isoformat()
        sent = quick(house, company_id=str(house.theirs), happened_on=day, idempotency_key=address)
        answer = browser.post(address, sent)
        assert answer.status_code == 422, address
        assert "没有这家客户" in answer.text
    with as_system() as session:
        assert session.scalars(select(WorkLog)).all() == []


def test_a_customer_that_one_does_not_find_stays_where_the_form_is_saved(house, browser_of, as_system, people):
    with as_system() as session:
        log = WorkLog(kind="call", text="早先", author_id=house.clerk.id, company_id=house.theirs)
        session.add(log)
        session.flush()
        log_id, version = log.id, log.version
    people.grant_group("staff", "core:company:query", "own")
    browser = browser_of(house.clerk)
    assert "已设置，你无权查看" in browser.get(f"/worklogs/{log_id}/edit").text
    box = {"company_id": str(house.theirs), "company_id-text": "", "version": version, "text": "补充"}
    day = {"happened_on": (local_today() - dt.timedelta(days=1)).isoformat(), "happened_time": "09:00"}
    answer = browser.post(f"/worklogs/{log_id}/edit", quick(house, **box, **day))
    assert answer.status_code == 303, answer.text
    with as_system() as session:
        saved = session.get_one(WorkLog, log_id)
        assert (saved.text, saved.company_id) == ("补充", house.theirs)


def test_somebody_elses_contact_is_refused(house, as_user):
    with as_user(house.clerk), pytest.raises(Refused), transaction() as session:
        add_log(
            session, author_id=house.clerk.id, kind="call", company_id=house.theirs, contact_id=house.person, text="x"
        )


def test_a_talk_moves_the_customers_last_contact_whoever_had_it(app, house, as_user, as_system):
    with as_user(house.other), transaction() as session:
        add_log(session, author_id=house.other.id, kind="visit", company_id=house.mine, text="顺路拜访")
    with as_system() as session:
        assert session.get_one(Company, house.mine).last_contact_on == local_today(), "the page that follows says so"
    with as_user(house.other), transaction() as session:
        add_log(session, author_id=house.other.id, kind="call", company_id=house.mine, text="再次致电")
    with as_system() as session:
        lines = session.scalars(select(Audit).where(Audit.entity == "core_company", Audit.kind == "edit")).all()
        assert [(one.user_id, one.entity_id, one.company_id, one.changes) for one in lines] == [
            (house.other.id, house.mine, house.mine, {"last_contact_on": [None, local_today().isoformat()]})
        ]
    assert sweep(app.extensions["zhike"].bus)
    with as_system() as session:
        assert session.get_one(Company, house.mine).last_contact_on == local_today()


def test_a_planned_contact_is_reminded_of_on_its_day_until_there_was_one(house, as_user, as_system):
    day = local_today() + dt.timedelta(days=3)

    def write(**values):
        with as_user(house.clerk), transaction() as session:
            log = add_log(session, author_id=house.clerk.id, kind="call", company_id=house.mine, text="报价", **values)
            return log.id

    def found(since, until):
        with as_system() as session:
            return [(one.user_id, one.text, one.due_on, one.key) for one in planned_contacts(session, since, until)]

    def over(key):
        with as_system() as session:
            return made_contacts(session, [key]) == [key]

    first = write(next_on=day, next_step="发合同")
    key = f"core.planned_contact:{first}:{day}"
    assert found(local_today(), day - dt.timedelta(days=1)) == []
    assert found(local_today(), day) == [(house.clerk.id, "发合同", day, key)]
    assert not over(key)
    with as_system() as session:
        session.get_one(WorkLog, first).next_on = day + dt.timedelta(days=1)
    assert over(key), "it is planned for another day"
    second = write(next_on=day)
    assert [one[1] for one in found(local_today(), day + dt.timedelta(days=9))] == ["联系四川川江源酒业有限公司"]
    key = f"core.planned_contact:{second}:{day}"
    assert not over(key)
    with as_system() as session:
        session.get_one(Company, house.mine).deleted_at = utcnow()
    assert found(local_today(), day) == []
    assert over(key), "the customer is in the bin"
    with as_system() as session:
        session.get_one(Company, house.mine).deleted_at = None
        session.get_one(Company, house.mine).last_contact_on = day
    assert over(key), "there was a contact"
    with as_system() as session:
        session.get_one(Company, house.mine).last_contact_on = None
    write()
    assert over(key), "a later entry plans none"
    assert found(local_today(), day) == []


def test_a_contact_planned_for_the_same_day_is_reminded_of_by_the_next_look_until_there_was_another(
    house, as_user, as_system
):
    today = local_today()

    def write(**values):
        with as_user(house.clerk), transaction() as session:
            log = add_log(session, author_id=house.clerk.id, kind="call", company_id=house.mine, text="报价", **values)
            return log.id

    def found():  # the look of today has been
        with as_system() as session:
            dues = [one.key for one in planned_contacts(session, today, today + dt.timedelta(days=1))]
            gone = made_contacts(session, dues)
            return [one for one in dues if one not in gone]

    key = f"core.planned_contact:{write(next_on=today, next_step='下午再打')}:{today}"
    assert found() == [key]
    write(origin="journals.call:1")
    assert found() == [], "what a plugin wrote is a contact too"


def test_a_planned_contact_goes_with_its_customer_and_a_colleagues_stays_his(house, as_user, as_system):
    today = local_today()

    def planned():
        with as_system() as session:
            return [one.user_id for one in planned_contacts(session, today, today + dt.timedelta(days=2))]

    def give(owner_id):
        with as_system() as session:
            change_owner(session, session.get_one(Company, house.mine), owner_id, by=None)

    for author in (house.other, house.clerk):
        with as_user(author), transaction() as session:
            soon = today + dt.timedelta(days=2)
            add_log(session, author_id=author.id, kind="call", company_id=house.mine, text="报价", next_on=soon)
        assert planned() == [author.id]
    give(house.other.id)
    assert planned() == [house.other.id]
    give(None)
    assert planned() == [], "in the pool it is nobody's"


def test_the_next_step_of_a_customer_names_the_contact_that_is_planned(house, as_user, browser_of):
    browser = browser_of(house.clerk)
    assert "尚未安排" in browser.get(f"/companies/{house.mine}").text
    day = local_today() + dt.timedelta(days=9)
    with as_user(house.clerk), transaction() as session:
        add_log(session, author_id=house.clerk.id, kind="call", company_id=house.mine, text="报价", next_on=day)
    page = browser.get(f"/companies/{house.mine}").text
    assert f"下次联系：{day}" in page
    assert "尚未安排" not in page


def test_a_note_is_no_contact(app, house, as_user, as_system):
    with as_user(house.clerk), transaction() as session:
        add_log(session, author_id=house.clerk.id, kind="note", company_id=house.mine, text="名片已核对")
    sweep(app.extensions["zhike"].bus)
    with as_system() as session:
        assert session.get_one(Company, house.mine).last_contact_on is None


def test_an_entry_is_its_authors_and_the_customers_owners_and_nobody_elses(app, house, as_system):
    with as_system() as session:
        logs = [
            WorkLog(kind="call", text="a", author_id=house.clerk.id, company_id=house.mine),
            WorkLog(kind="call", text="b", author_id=house.other.id, company_id=house.mine),
            WorkLog(kind="call", text="c", author_id=house.clerk.id, company_id=house.theirs),
            WorkLog(kind="call", text="d", author_id=house.other.id, company_id=house.theirs),
            WorkLog(kind="note", text="e", author_id=house.other.id),
        ]
        session.add_all(logs)
    parts = app.extensions["zhike"]
    wanted = {house.clerk: "abc", house.other: "bcde", house.chief: "abc"}
    for user, texts in wanted.items():
        with work(parts.database, reason="test") as unit:
            enabled = parts.registry.enabled(unit.session)
            access = access_of(unit.session, user.id, parts.registry.permissions, enabled)
            rows = unit.session.scalars(select(WorkLog)).all()
            single = {log.text for log in rows if access.may("core:worklog:query", log)}
        with work(parts.database, actor=access) as own:
            listed = set(own.session.scalars(select(WorkLog.text)))
        assert listed == single == set(texts), user.username


def test_a_strangers_entry_is_not_there(house, browser_of, as_system):
    with as_system() as session:
        log = WorkLog(kind="note", text="内部事项", author_id=house.clerk.id)
        session.add(log)
        session.flush()
        key = log.id
    assert browser_of(house.other).get(f"/worklogs/{key}").status_code == 404
    assert browser_of(house.clerk).get(f"/worklogs/{key}").status_code == 200
    assert browser_of(house.chief).get(f"/worklogs/{key}").status_code == 200


def test_only_its_author_changes_an_entry_others_comment_on_it(house, browser_of, as_user, as_system):
    with as_system() as session:
        log = WorkLog(kind="visit", text="看了展位图", author_id=house.clerk.id, company_id=house.mine)
        session.add(log)
        session.flush()
        key = log.id
    with as_user(house.chief), pytest.raises(Forbidden), transaction() as session:
        change_log(session, session.get_one(WorkLog, key), {"text": "改"}, by=house.chief.id)
    with as_user(house.chief), transaction() as session:
        remark_on_log(session, session.get_one(WorkLog, key), "请补上报价", by=house.chief.id)
    assert "请补上报价" in browser_of(house.clerk).get(f"/worklogs/{key}").get_data(as_text=True)
    told = browser_of(house.clerk).get("/messages?folder=system").get_data(as_text=True)
    assert re.search(r"批注了 \d\d-\d\d 的日志", told)
    assert "请补上报价" in told
    with as_user(house.clerk), pytest.raises(Refused, match="批注"), transaction() as session:
        forget_log(session, session.get_one(WorkLog, key), by=house.clerk.id)


def test_a_stale_change_is_refused_and_kept_on_the_form(house, browser_of, as_system):
    with as_system() as session:
        log = WorkLog(kind="visit", text="旧", author_id=house.clerk.id, company_id=house.mine)
        session.add(log)
        session.flush()
        key, version = log.id, log.version
    sent = {"kind": "visit", "company_id": str(house.mine), "happened_on": "今天", "happened_time": "00:01"}
    browser = browser_of(house.clerk)
    assert browser.post(f"/worklogs/{key}/edit", sent | {"text": "新", "version": version}).status_code == 303
    late = browser.post(f"/worklogs/{key}/edit", sent | {"text": "更新", "version": version})
    assert late.status_code == 422
    assert "更新" in late.get_data(as_text=True)
    with as_system() as session:
        assert session.get_one(WorkLog, key).text == "新"


def test_a_future_entry_is_refused(house, as_user):
    with as_user(house.clerk), pytest.raises(Refused), transaction() as session:
        later = utcnow() + dt.timedelta(days=1)
        add_log(session, author_id=house.clerk.id, kind="call", text="x", happened_at=later)


def test_the_tab_of_sales_tracking_tells_each_contact_with_its_outcome_and_what_follows(house, browser_of, as_system):
    browser = browser_of(house.clerk)
    tab = f"/companies/{house.mine}/tracking"
    assert "没有可显示的事务日志" in browser.get(tab).text
    assert browser.post("/worklogs/quick", quick(house, contact_id=str(house.person))).status_code == 303
    page = browser.get(tab).text
    due = (local_today() + dt.timedelta(days=3)).isoformat()
    assert "对方要报价" in page
    assert "王建平" in page
    assert page.count(due) == 3  # the key fact of the head, the next step, and the line
    with as_system() as session:
        session.scalars(select(WorkLog)).one().next_on = local_today() - dt.timedelta(days=1)
    assert "c-bad" in browser.get(tab).text


def test_sales_tracking_is_no_tab_for_who_may_not_find_the_work_log(house, browser_of, people):
    people.grant_group("staff", "core:worklog:query", "none")
    browser = browser_of(house.clerk)
    assert browser.get(f"/companies/{house.mine}/tracking").status_code == 404
    assert "销售跟踪" not in browser.get(f"/companies/{house.mine}").text


def test_who_commented_and_may_not_see_the_entry_any_more_is_not_told_of_the_next_comment(
    house, people, as_user, as_system
):
    with as_system() as session:
        log = WorkLog(kind="visit", text="看了展位图", author_id=house.clerk.id, company_id=house.mine)
        session.add(log)
        session.flush()
        key = log.id
    boss = people.user("boss", ("decision_maker",))
    for by, text in ((house.chief, "请补上报价"), (boss, "何时签约")):
        with as_user(by), transaction() as session:
            remark_on_log(session, session.get_one(WorkLog, key), text, by=by.id)
    with as_system() as session:  # handed to another department: the chief reads it no more
        session.get_one(WorkLog, key).author_id = house.other.id
        session.get_one(Company, house.mine).owner_id = house.other.id
    with as_user(boss), transaction() as session:
        remark_on_log(session, session.get_one(WorkLog, key), "价格保密", by=boss.id)
    with as_system() as session:
        rows = select(MessageCopy.user_id, Message.content).join(Message).order_by(MessageCopy.id)
        assert [tuple(row) for row in session.execute(rows)] == [
            (house.clerk.id, "请补上报价"),
            (house.chief.id, "何时签约"),
            (house.clerk.id, "何时签约"),
            (house.other.id, "价格保密"),
        ]
