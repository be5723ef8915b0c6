"""Tasks at the keyboard: planned in two keys, ticked off and taken back, coming again."""

from __future__ import annotations

import datetime as dt

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from core.calendar.queries import next_working_day
from core.clock import local_today
from core.customers.models import Company
from core.customers.services import index_company
from core.tasks.models import Task
from core.tasks.services import Wanted, give_task
from tests.browser.conftest import PHONE


@pytest.fixture
def clerk(people):
    return people.user("zhou", name="周岚")


@pytest.fixture
def customer(as_system, clerk):
    with as_system() as session:
        company = Company(name="成都锦城糖酒有限公司", owner_id=clerk.id, review_state="reviewed")
        session.add(company)
        session.flush()
        index_company(session, company)
    return company


@pytest.fixture
def task(as_system, clerk, customer):
    with as_system() as session:
        wanted = Wanted(title="回访客户", due_on=local_today(), company_id=customer.id, repeat="weekly")
        return give_task(session, wanted, [clerk.id], by=clerk.id)[0]


def tasks(as_system):
    with as_system() as session:
        return session.scalars(select(Task).order_by(Task.id)).all()


def test_t_and_a_digit_plan_the_next_visit_of_a_customer(clerk, customer, open_page, as_system):
    page = open_page(clerk, f"/companies/{customer.id}")
    page.keyboard.press("t")
    expect(page.locator("#drawer h2")).to_have_text("为“成都锦城糖酒有限公司”安排任务")
    expect(page.locator("#drawer h2")).to_be_focused()
    with page.expect_navigation():
        page.keyboard.press("6")
    assert page.url.endswith(f"/companies/{customer.id}")
    expect(page.locator("#toasts")).to_contain_text("已安排到")
    expect(page.locator("aside")).to_contain_text(["回访 成都锦城糖酒有限公司"])
    (made,) = tasks(as_system)
    with as_system() as session:
        assert made.due_on == next_working_day(session, local_today() + dt.timedelta(days=21))
    assert (made.company_id, made.assignee_id) == (customer.id, clerk.id)


def test_a_phone_plans_from_the_card_of_the_next_step(clerk, customer, task, open_page, as_system):
    page = open_page(clerk, f"/companies/{customer.id}", viewport={"width": 390, "height": 844})
    page.get_by_role("link", name="再安排").click()
    with page.expect_navigation():
        page.locator("#drawer button[value='21d']").click()
    assert [one.company_id for one in tasks(as_system)] == [customer.id, customer.id]


def test_t_on_a_row_of_a_list_is_about_that_row(clerk, customer, open_page):
    page = open_page(clerk, "/companies")
    page.keyboard.press("j")
    page.keyboard.press("t")
    expect(page.locator("#drawer h2")).to_have_text("为“成都锦城糖酒有限公司”安排任务")


def test_t_on_selected_rows_plans_something_for_each(clerk, customer, open_page, as_system):
    with as_system() as session:
        other = Company(name="重庆雾都食品有限公司", owner_id=clerk.id, review_state="reviewed")
        session.add(other)
        session.flush()
        index_company(session, other)
    page = open_page(clerk, "/companies")
    page.locator("[data-pick-page]").check()
    page.locator("#main").focus()
    page.keyboard.press("t")
    expect(page.locator("#drawer h2")).to_have_text("为 2 条记录安排任务")
    with page.expect_navigation():
        page.keyboard.press("4")
    assert {(one.company_id, one.title) for one in tasks(as_system)} == {
        (customer.id, "回访 成都锦城糖酒有限公司"),
        (other.id, "回访 重庆雾都食品有限公司"),
    }


def test_t_in_a_field_is_a_letter(clerk, customer, open_page):
    page = open_page(clerk, "/companies")
    page.locator("[data-filter]").first.fill("")
    page.keyboard.type("t")
    expect(page.locator("#drawer")).to_be_hidden()


def test_a_ticked_task_is_done_comes_again_and_is_taken_back(clerk, task, open_page, as_system):
    page = open_page(clerk, "/")
    with page.expect_navigation():
        page.locator(f"[data-task='{task.id}'] button").click()
    expect(page.locator(f"[data-task='{task.id}']")).to_have_count(0)
    done, following = tasks(as_system)
    assert (done.state, following.state) == ("closed", "accepted")
    assert following.due_on > local_today()
    with page.expect_navigation():
        page.locator("#toasts button").click()
    expect(page.locator(f"[data-task='{task.id}']")).to_be_visible()
    assert [one.open for one in tasks(as_system)] == [True]


def test_the_tabs_of_the_card_show_their_tasks_without_the_rest_of_the_page(clerk, task, open_page):
    page = open_page(clerk, "/")
    page.locator("[data-task-card] .seg a", has_text="逾期").click()
    expect(page.locator("[data-task-card]")).to_contain_text("没有逾期任务")
    page.locator("[data-task-card] .seg a", has_text="本周").click()
    expect(page.locator(f"[data-task='{task.id}']")).to_be_visible()


def test_everything_works_without_scripts(clerk, task, customer, open_page, as_system):
    page = open_page(clerk, "/", scripts=False)
    page.locator(f"[data-task='{task.id}'] button").click()
    page.goto(page.url.split("/?")[0].rstrip("/") + f"/tasks/quick?here=/companies/{customer.id}")
    page.locator("button[value='7d']").click()
    assert [one.state for one in tasks(as_system)] == ["closed", "accepted", "accepted"]


@pytest.mark.parametrize("viewport", [{"width": 1440, "height": 900}, {"width": 390, "height": 844}])
@pytest.mark.parametrize(
    "address",
    ["/", "/tasks?view=today", "/tasks/1", "/tasks/new", "/tasks/board", "/tasks/quick", "/care", "/calendar"],
)
def test_a_page_has_no_accessibility_finding_and_fits(clerk, task, open_page, findings, address, viewport):
    page = open_page(clerk, address, viewport=viewport)
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]


def test_on_a_phone_the_commands_of_a_record_and_of_the_account_stand_in_one_line(clerk, customer, open_page):
    page = open_page(clerk, f"/companies/{customer.id}", viewport=PHONE)
    shown = page.locator(".rh .cmds .btn:visible, .rh .cmds .ib:visible, .rh .cmds summary:visible")
    assert shown.count() >= 4
    middles = [box["y"] + box["height"] / 2 for box in (one.bounding_box() for one in shown.all())]
    assert max(middles) - min(middles) < 10
    page.goto(page.url.rsplit("/companies", 1)[0] + "/account")
    assert page.locator("h1").bounding_box()["height"] < 40
    expect(page.get_by_role("link", name="每日邮件")).to_be_visible()


def test_ctrl_s_sends_the_words_that_are_typed_on_a_task(clerk, task, open_page, as_system):
    page = open_page(clerk, f"/tasks/{task.id}")
    page.locator("[name=note]").fill("明天再打一次")
    page.keyboard.press("Control+s")
    expect(page.locator(".tl")).to_contain_text("明天再打一次")
    assert tasks(as_system)[0].open
    page.locator("[name=result]").fill("续订两份")
    page.keyboard.press("Control+s")
    expect(page.locator("main")).to_contain_text("续订两份")
    expect(page.locator("[name=result]")).to_have_count(0)
    assert not tasks(as_system)[0].open


def test_ctrl_s_in_a_drawer_means_the_drawer_and_not_the_page_behind_it(clerk, task, open_page, as_system):
    page = open_page(clerk, f"/tasks/{task.id}")
    page.get_by_role("link", name="推迟").click()
    drawer = page.locator("#drawer")
    expect(drawer.locator("#day")).to_be_focused()  # typing goes on at once
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    expect(page.locator("#reason")).to_have_attribute("aria-invalid", "true")
    page.locator("#day").fill("+5")
    page.locator("#reason").fill("客户出差")
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    (only,) = tasks(as_system)
    assert (only.open, only.put_off) == (True, 1)
