"""Folded tables and cards on a phone: each figure beside its words, nothing broken within a word."""

from __future__ import annotations

from playwright.sync_api import expect

from core.clock import local_today
from core.columns import utcnow
from core.customers.models import Company
from core.tags.models import Segment
from core.tasks.models import Task
from core.tasks.services import end_of
from core.worklogs.models import WorkLog
from tests.browser.conftest import PHONE


def test_sums_stand_with_their_words_and_kinds_in_one_line(people, open_page, as_system):
    market = people.department("市场部")
    chief = people.user("chief", ("supervisor",), department=market, name="赵启明")
    clerk = people.user("clerk", department=market, supervisor=chief, name="周岚")
    with as_system() as session:
        company = Company(name="四川川江源酒业有限公司", owner_id=clerk.id, entered_by_id=clerk.id)
        session.add(company)
        session.flush()
        session.add(Task(title="回电", assignee_id=clerk.id, state="new", open=True, due_at=end_of(local_today())))
        long = "拜访了市场部，看了展位图，意向两个标摊，等总经理回来定下来再说"
        session.add(WorkLog(kind="visit", company_id=company.id, author_id=clerk.id, happened_at=utcnow(), text=long))
    page = open_page(chief, "/tasks/board", viewport=PHONE)
    told = page.locator("tfoot td:visible")
    expect(told).to_have_count(4)
    marks = told.evaluate_all("cells => cells.map(one => getComputedStyle(one, '::before').content)")
    assert [one.strip('"') for one in marks] == ["逾期", "待办", "未接收", "本周完成"]
    tops = page.locator("tfoot").evaluate("one => [one.scrollWidth, one.clientWidth]")
    assert tops[0] <= tops[1]
    page = open_page(chief, "/worklogs", viewport=PHONE)
    line = page.locator(".mc .l1").first
    expect(line).to_contain_text("拜访")
    assert line.evaluate("one => one.getBoundingClientRect().height") < 40


def test_the_quick_panel_shows_whole_tasks(people, open_page, as_system):
    clerk = people.user("clerk", name="周岚")
    with as_system() as session:
        company = Company(name="四川川江源酒业有限公司", owner_id=clerk.id, entered_by_id=clerk.id)
        session.add(company)
        session.flush()
        due = end_of(local_today())
        one = Task(title="电话回访：改版后的投放意向", assignee_id=clerk.id, state="new", open=True, due_at=due)
        one.company_id = company.id
        session.add(one)
    page = open_page(clerk, "/companies")
    page.keyboard.press("Alt+m")
    title = page.locator("#drawer .task .tt")
    expect(title).to_contain_text("电话回访")
    assert title.evaluate("one => one.scrollWidth <= one.clientWidth && one.scrollHeight <= one.clientHeight")


def test_the_lines_of_a_form_can_be_read_on_a_phone_and_an_address_at_the_desk(people, open_page):
    clerk = people.user("clerk", name="周岚")
    wide = "one => one.getBoundingClientRect().width"
    phone = open_page(clerk, "/companies/new", viewport=PHONE)
    for name in ("phones-0-number", "emails-0-address", "addresses-0-text", "need_lines-0-text"):
        assert phone.locator(f"[name={name}]").evaluate(wide) > 250, name
    desk = open_page(clerk, "/companies/new")
    assert desk.locator("[name=addresses-0-text]").evaluate(wide) > 160
    for name, value in (("valid_from", "2026-11-30"), ("valid_to", "2026-11-30")):
        field = desk.locator(f"[name=addresses-0-{name}]")
        field.fill(value)
        assert field.evaluate("one => one.scrollWidth <= one.clientWidth"), name


def test_a_third_trade_can_be_chosen_at_once_and_one_that_was_chosen_changed(people, open_page):
    page = open_page(people.user("clerk", name="周岚"), "/companies/new")
    trades = page.locator("select[name=industries]")
    for number in range(3):
        trades.nth(number).select_option(index=number + 2)
    expect(trades).to_have_count(4)
    assert trades.last.input_value() == ""
    page.fill("[name=name]", "成都锦城糖酒有限公司")
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    page.goto(page.url.split("?")[0] + "/edit")
    kept = trades.nth(1).input_value()
    trades.nth(1).focus()
    assert trades.nth(1).input_value() == kept
    trades.nth(1).select_option(index=7)
    assert trades.nth(1).locator("option").count() == trades.last.locator("option").count()


def test_the_segments_are_whole_on_a_phone(people, open_page, as_system):
    boss = people.user("boss", ("decision_maker",), name="何建国")
    with as_system() as session:
        one = Segment(name="重点客户久未联系", resource="companies", query="standing=key", audience="everybody")
        one.owner_id, one.description = boss.id, "重点客户里 60 天没有联系的，每周一过一遍。"
        session.add(one)
    page = open_page(boss, "/segments", viewport=PHONE)
    expect(page.locator("main")).to_contain_text("何建国")
    wide = page.locator("main .tw").evaluate("one => [one.scrollWidth, one.clientWidth]")
    assert wide[0] <= wide[1]
    right = "cells => Math.max(...cells.map(one => one.getBoundingClientRect().right))"
    assert page.locator("main td:visible").evaluate_all(right) <= 390


def test_why_somebody_may_is_asked_on_a_phone_too(people, open_page, as_system):
    admin = people.user("root", ("system_administrator",), name="陈学敏")
    with as_system() as session:
        session.add(company := Company(name="四川川江源酒业有限公司", owner_id=admin.id, entered_by_id=admin.id))
        session.flush()
        number = company.id
    page = open_page(admin, "/admin/access", viewport=PHONE)
    page.locator("[name=resource]").select_option("companies")
    page.locator("[name=record]").fill(str(number))
    page.locator("main form").get_by_role("button").click()
    expect(page.locator("main tbody")).to_contain_text("陈学敏")
    wide = page.locator("main .tw").evaluate("one => [one.scrollWidth, one.clientWidth]")
    assert wide[0] <= wide[1]
