"""The message centre through HTTP: folders, reading, acting, writing; the bell's figures on every page."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from core.customers.models import Company
from core.messages.audience import Audience
from core.messages.models import Message, MessageCopy
from core.messages.services import Record, notify


@pytest.fixture
def copy_of(as_system):
    def find(user, side="in"):
        with as_system() as session:
            statement = select(MessageCopy.id).where(MessageCopy.user_id == user.id, MessageCopy.side == side)
            return session.scalars(statement.order_by(MessageCopy.id.desc())).first()

    return find


def bells(page):
    """Give what the bell, the panel and the title say."""
    title = re.search(r"<title>(?:\((\d+\+?)\) )?", page)[1] or ""
    return {title, *re.findall(r'data-bell-text(?:="[^"]*")?(?: hidden)?>([^<]*)<', page)}


def test_the_centre_shows_a_folder_and_its_first_message_beside_it(house, sent, browser_of, copy_of):
    sent(house["chief"], [house["sales"]], "请看合同", content="第一行\n第二行")
    page = browser_of(house["sales"]).get("/messages").text
    assert "请看合同" in page
    assert "第一行\n第二行" in page
    assert 'data-resource="messages" data-total="1"' in page
    assert f"/messages/{copy_of(house['sales'])}/read" in page


def test_bell_panel_and_title_say_the_same_number(house, sent, browser_of, as_system):
    browser = browser_of(house["sales"])
    assert bells(browser.get("/").text) == {""}
    for number in range(3):
        sent(house["chief"], [house["sales"]], f"第 {number} 条")
    assert bells(browser.get("/").text) == {"3"}
    assert browser.get("/badge").json["text"] == "3"
    with as_system() as session:
        notify(session, [house["sales"].id], "导入完成", module="core.transfer")
    found = browser.get("/badge").json
    assert (found["text"], found["dot"]) == ("3", True)
    for number in range(100):
        sent(house["chief"], [house["sales"]], f"又 {number} 条")
    assert bells(browser.get("/messages").text) == {"99+"}


def test_the_panel_counts_what_the_page_of_messages_shows_and_the_bell_tasks_too(house, sent, browser_of, as_user):
    from core.clock import local_today
    from core.db import transaction
    from core.tasks.services import Wanted, give_task

    browser = browser_of(house["sales"])
    sent(house["chief"], [house["sales"]])
    before = browser.get("/badge").json["mark"]
    with as_user(house["chief"]), transaction() as session:
        give_task(session, Wanted(title="送样刊", due_on=local_today()), [house["sales"].id], by=house["chief"].id)
    for page in (browser.get("/messages").text, browser.get("/menu").text):
        panel = re.search(r'data-bell-text="core.messages">([^<]*)<', page)
        assert panel is None or panel[1] == "1"
    assert 'data-bell-text="core.messages">1<' in browser.get("/messages").text
    assert "<title>(2) " in browser.get("/messages").text
    found = browser.get(f"/badge?mark={before}").json
    assert (found["text"], found["texts"]) == ("2", {"core.messages": "1", "core.tasks": "1"})


def test_nothing_new_is_answered_without_a_body(house, sent, browser_of):
    browser = browser_of(house["sales"])
    mark = browser.get("/badge").json["mark"]
    assert browser.get(f"/badge?mark={mark}").status_code == 204
    sent(house["chief"], [house["sales"]])
    assert browser.get(f"/badge?mark={mark}").json["text"] == "1"


def test_asking_for_the_figures_does_not_keep_a_sign_in_alive(house, browser_of, as_system):
    import datetime as dt

    from core.auth.models import WebSession
    from core.columns import utcnow

    browser = browser_of(house["sales"])
    long_ago = utcnow() - dt.timedelta(minutes=20)
    with as_system() as session:
        session.scalars(select(WebSession)).one().seen_at = long_ago
    assert browser.get("/badge").status_code == 200
    assert browser.get("/live").status_code == 204
    with as_system() as session:
        assert session.scalars(select(WebSession)).one().seen_at == long_ago
    browser.get("/messages")
    with as_system() as session:
        assert session.scalars(select(WebSession)).one().seen_at > long_ago


def test_reading_lowers_the_bell_and_can_be_undone(house, sent, browser_of, copy_of):
    sent(house["chief"], [house["sales"]])
    browser, copy = browser_of(house["sales"]), copy_of(house["sales"])
    assert browser.post(f"/messages/{copy}/read", headers={"HX-Request": "true"}).json["text"] == ""
    assert bells(browser.get("/messages").text) == {""}
    assert browser.post(f"/messages/{copy}/unread").status_code == 303
    assert bells(browser.get("/messages").text) == {"1"}


def test_the_messages_of_others_are_not_found(house, sent, browser_of, copy_of):
    sent(house["chief"], [house["sales"]])
    copy = copy_of(house["sales"])
    for name in ("chief", "boss", "fair"):
        stranger = browser_of(house[name])
        assert stranger.get(f"/messages/{copy}").status_code == 404
        for how in ("read", "unread", "done", "receipt", "reopen", "back", "file", "note", "feedback", "later"):
            assert stranger.post(f"/messages/{copy}/{how}", {"until": "+1", "feedback": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("how", "data", "shown"),
    [
        ("receipt", {}, "回执已发出"),
        ("done", {}, "已办结"),
        ("later", {"until": "+3"}, "推迟"),
        ("file", {"under": "合同"}, "已存"),
        ("note", {"note": "先问财务"}, "笔记已储存"),
        ("feedback", {"feedback": "已安排"}, "反馈已发出"),
    ],
)
def test_every_action_does_what_its_button_says(house, sent, browser_of, copy_of, how, data, shown):
    sent(house["chief"], [house["sales"]], needs_receipt=True)
    browser, copy = browser_of(house["sales"]), copy_of(house["sales"])
    answer = browser.post(f"/messages/{copy}/{how}", data)
    assert answer.status_code == 303
    page = browser.get(answer.location).text
    assert shown in page
    assert all(value in page for name, value in data.items() if name != "until")


def test_what_was_typed_stands_where_it_was_refused(house, sent, browser_of, copy_of):
    sent(house["chief"], [house["sales"]])
    browser, at = browser_of(house["sales"]), f"/messages/{copy_of(house['sales'])}"
    long = "字" * 4001
    for how, form in (("feedback", {"feedback": long}), ("note", {"note": long}), ("later", {"until": "昨天"})):
        answer = browser.post(f"{at}/{how}", form)
        assert answer.status_code == 422
        assert next(iter(form.values())) in answer.text, how
    assert re.search(r'<details class="menu" data-menu open><summary[^>]*data-key="d"', answer.text)


def test_a_refused_action_says_why_on_the_message(house, as_system, browser_of, copy_of):
    with as_system() as session:
        notify(session, [house["sales"].id], "续订到期", module="core.tasks", sticky=True)
    answer = browser_of(house["sales"]).post(f"/messages/{copy_of(house['sales'])}/done")
    assert answer.status_code == 422
    assert "要等所指的事办完才会消失" in answer.text


def test_a_message_is_written_by_names_and_sent_once(house, browser_of, as_system):
    browser = browser_of(house["chief"])
    form = {"to_text": "周岚、广告组", "title": "周会", "content": "三点", "priority": "high", "idempotency_key": "k1"}
    for _ in range(2):
        answer = browser.post("/messages/new", form)
        assert (answer.status_code, answer.location) == (303, "/messages?folder=sent")
    with as_system() as session:
        assert session.scalars(select(Message.title)).all() == ["周会"]
        receivers = session.scalars(select(MessageCopy.user_id).where(MessageCopy.side == "in")).all()
        assert receivers == [house["sales"].id]


def test_a_name_that_nobody_has_is_told_at_the_field_and_nothing_typed_is_lost(house, browser_of):
    answer = browser_of(house["chief"]).post(
        "/messages/new", {"to_text": "没有这人", "title": "周会", "content": "三点"}
    )
    assert answer.status_code == 422
    assert "没有叫“没有这人”的人或部门" in answer.text
    assert "三点" in answer.text


def test_more_than_fifty_receivers_are_asked_about_first(house, browser_of, people, as_system):
    for number in range(60):
        people.user(f"p{number}")
    browser = browser_of(house["boss"])
    form = {"to": "all", "title": "放假通知", "content": "", "priority": "normal"}
    answer = browser.post("/messages/new", form)
    assert answer.status_code == 200
    assert "这条信息将发给 64 人" in answer.text
    with as_system() as session:
        assert session.scalar(select(func.count()).select_from(Message)) == 0
    assert browser.post("/messages/new", {**form, "confirmed": "64"}).status_code == 303


def test_everybody_is_offered_by_each_of_his_names(house, browser_of):
    for word in ("全体", "所有人", "syr"):
        assert 'data-value="all"' in browser_of(house["chief"]).get(f"/messages/receivers?q={word}").text


def test_the_sender_goes_from_feedback_to_his_message(house, sent, browser_of, copy_of):
    sent(house["chief"], [house["sales"]], "看合同", content="第 3 页")
    browser_of(house["sales"]).post(f"/messages/{copy_of(house['sales'])}/feedback", {"feedback": "看过了"})
    chief = browser_of(house["chief"])
    told = chief.get(f"/messages/{copy_of(house['chief'])}").text
    address = f"/messages/{copy_of(house['chief'], 'out')}"
    assert f'href="{address}"' in told
    assert "第 3 页" in chief.get(address).text


def test_headings_stand_with_what_is_filed_and_are_offered_again(house, sent, browser_of, copy_of):
    browser = browser_of(house["sales"])
    sent(house["chief"], [house["sales"]], "第一件")
    browser.post(f"/messages/{copy_of(house['sales'])}/file", {"under": "合同"})
    sent(house["chief"], [house["sales"]], "第二件")
    assert '<option value="合同">' in browser.get("/messages").text
    browser.post(f"/messages/{copy_of(house['sales'])}/file", {"under": "会展"})
    assert browser.get("/messages?folder=filed").text.count('<span class="tag o">') == 2
    narrowed = browser.get("/messages?folder=filed&filed_under=合同").text
    assert "第一件" in narrowed
    assert "第二件" not in narrowed


def test_staff_are_not_offered_departments_and_may_not_write_to_them(house, browser_of):
    offered = browser_of(house["chief"]).get("/messages/receivers?q=scb").text
    assert "市场部" in offered
    browser = browser_of(house["sales"])
    assert "市场部" not in browser.get("/messages/receivers?q=scb").text
    assert "李放" in browser.get("/messages/receivers?q=lf").text
    answer = browser.post("/messages/new", {"to": "all", "title": "周会", "priority": "normal"})
    assert answer.status_code == 403


def test_an_answer_is_addressed_to_the_sender_and_a_forwarded_one_quotes(house, sent, browser_of, copy_of):
    sent(house["chief"], [house["sales"]], "请看合同", content="第一行")
    browser, copy = browser_of(house["sales"]), copy_of(house["sales"])
    answer = browser.get(f"/messages/new?reply={copy}").text
    assert f'name="to" value="u{house["chief"].id}"' in answer
    assert "回复：请看合同" in answer
    forwarded = browser.get(f"/messages/new?forward={copy}").text
    assert "转发：请看合同" in forwarded
    assert "第一行" in forwarded
    assert 'name="to" value=' not in forwarded


def test_the_record_of_a_message_is_a_link_only_for_whom_may_find_it(house, as_system, browser_of, copy_of, people):
    with as_system() as session:
        company = Company(name="川江源酒业", owner_id=house["sales"].id, entered_by_id=house["sales"].id)
        session.add(company)
        session.flush()
        about = Record(kind="company", id=company.id, company_id=company.id)
        ids = [house["sales"].id, house["fair"].id]
        notify(session, ids, "请回访", module="core.customers", record=about)
    people.grant(house["fair"], "core:company:query", "none")
    page = browser_of(house["sales"]).get(f"/messages/{copy_of(house['sales'])}").text
    assert "川江源酒业" in page
    assert f'href="/companies/{about.id}"' in page
    hidden = browser_of(house["fair"]).get(f"/messages/{copy_of(house['fair'])}").text
    assert "川江源酒业" not in hidden
    assert "一条你看不到的记录" in hidden


def test_a_customer_is_attached_from_its_page_the_palette_and_the_form(house, as_system, browser_of, copy_of, people):
    with as_system() as session:
        company = Company(name="川江源酒业", owner_id=house["sales"].id, entered_by_id=house["sales"].id)
        session.add(company)
        session.flush()
        number = company.id
    browser = browser_of(house["sales"])
    assert f'href="/messages/new?company={number}"' in browser.get(f"/companies/{number}").text
    found = browser.get(f"/palette?at=/companies/{number}").text
    assert f"/messages/new?kind=company&amp;record={number}" in found
    assert "川江源酒业" in browser.get(f"/messages/new?kind=company&record={number}").text
    form = browser.get(f"/messages/new?company={number}").text
    assert 'value="川江源酒业"' in form
    sent = {"to": f"u{house['chief'].id}", "title": "请看这家", "company_id": number, "idempotency_key": "k" * 20}
    assert browser.post("/messages/new", sent).status_code == 303
    page = browser_of(house["chief"]).get(f"/messages/{copy_of(house['chief'])}").text
    assert f'href="/companies/{number}"' in page
    people.grant(house["fair"], "core:company:query", "none")
    assert browser_of(house["fair"]).post("/messages/new", sent).status_code == 422


def test_search_and_conditions_narrow_a_folder(house, sent, browser_of):
    sent(house["chief"], [house["sales"]], "周会", content="三点会议室")
    sent(house["boss"], [house["sales"]], "预算", priority="high")
    browser = browser_of(house["sales"])
    assert 'data-total="1"' in browser.get("/messages?q=会议室").text
    page = browser.get("/messages?priority=high").text
    assert "预算" in page
    assert "周会" not in page
    assert "预算" in browser.get("/messages?folder=todo").text
    whole = browser.get("/messages/all?sender_id=" + str(house["boss"].id)).text
    assert "预算" in whole
    assert "周会" not in whole


def test_card_popover_and_sent_folder_show_what_was_sent(house, sent, browser_of, copy_of):
    sent(house["boss"], Audience(everybody=True), "放假通知", content="三天")
    assert "放假通知" in browser_of(house["sales"]).get("/messages/latest").text
    assert "放假通知" in browser_of(house["sales"]).get("/cards/core.messages").text
    page = browser_of(house["boss"]).get("/messages?folder=sent").text
    assert "所有人" in page
    assert "4 人收到，0 人已阅读" in page
    assert "已读 0/4" in page
    browser_of(house["sales"]).post(f"/messages/{copy_of(house['sales'])}/read")
    assert "已读 1/4" in browser_of(house["boss"]).get("/messages?folder=sent").text
    assert "已读 1/4" not in browser_of(house["sales"]).get("/messages?folder=inbox").text


def test_a_page_whose_sign_in_ended_is_told_that_there_is_no_stream(browser_of):
    answer = browser_of().get("/live")
    assert answer.status_code == 204
    assert answer.data == b""
