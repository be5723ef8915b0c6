"""The review desk by keyboard alone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from core.customers.models import Company
from core.review.models import ReviewStep
from tests.browser.conftest import PHONE


@pytest.fixture
def chief(people, as_system):
    """Make a supervisor with four customers of a clerk's that wait."""
    market = people.department("市场部")
    clerk = people.user("zhou", department=market, name="周岚")
    with as_system() as session:
        for name in ("甲酒业有限公司", "乙酒业有限公司", "丙酒业有限公司", "丁酒业有限公司"):
            session.add(
                Company(name=name, owner_id=clerk.id, entered_by_id=clerk.id, review_state="submitted", city="成都市")
            )
            session.flush()
    return people.user("chief", ("supervisor",), department=market, name="陈主管")


def states(as_system):
    with as_system() as session:
        return list(session.scalars(select(Company.review_state).order_by(Company.id)))


def test_records_are_looked_through_approved_and_returned_without_a_pointer(chief, open_page, as_system, findings):
    page = open_page(chief, "/review")
    pane = page.locator(".rvp h2")
    expect(pane).to_have_text("甲酒业有限公司")
    assert findings(page) == []
    page.keyboard.press("j")
    expect(pane).to_have_text("乙酒业有限公司")
    page.keyboard.press("k")
    expect(pane).to_have_text("甲酒业有限公司")
    page.keyboard.press("a")
    expect(pane).to_have_text("乙酒业有限公司")
    page.keyboard.press("j")
    expect(pane).to_have_text("丙酒业有限公司")
    page.keyboard.press("r")
    expect(page.locator("#opinion")).to_be_focused()
    page.keyboard.type("地址不全")
    page.keyboard.press("Control+Enter")
    expect(pane).to_have_text("丁酒业有限公司")
    assert states(as_system) == ["reviewed", "submitted", "returned", "submitted"]
    with as_system() as session:
        opinions = session.scalars(select(ReviewStep.opinion).where(ReviewStep.kind == "returned")).all()
    assert opinions == ["地址不全"]
    page.keyboard.press("p")
    page.wait_for_url(re.compile("/review/propose"))


def test_chosen_rows_are_approved_at_once(chief, open_page, as_system):
    page = open_page(chief, "/review")
    page.locator("[data-pick-page]").check()
    page.get_by_role("button", name="通过所选").click()
    expect(page.locator(".toast").first).to_contain_text("4 条")
    assert states(as_system) == ["reviewed"] * 4


def test_on_a_phone_every_condition_is_within_reach(chief, people, open_page):
    root = people.user("root", ("system_administrator",))
    for user, address in ((chief, "/review"), (root, "/admin/audit"), (root, "/admin/users"), (root, "/admin/bus")):
        page = open_page(user, address, viewport=PHONE)
        boxes = page.locator(".filter :is(input:not([type=hidden]), select, button, a)").all()
        assert len(boxes) > 2, address
        for one in boxes:
            box = one.bounding_box()
            assert box is not None, (address, one.evaluate("(e) => e.outerHTML"))
            assert box["x"] >= 0, address
            assert box["x"] + box["width"] <= PHONE["width"], (address, one.evaluate("(e) => e.outerHTML"))


def test_ctrl_s_brings_an_earlier_value_back(people, open_page, as_system):
    clerk = people.user("zhou", name="周岚")
    with as_system() as session:
        company = Company(name="甲酒业有限公司", owner_id=clerk.id, entered_by_id=clerk.id, city="成都市")
        session.add(company)
        session.flush()
        key = company.id
        company.city = "绵阳市"
    page = open_page(clerk, f"/review/history/{key}?of=companies")
    page.locator("a[href^='/review/restore/']").first.click()
    expect(page.locator("h1")).to_contain_text("恢复")
    page.keyboard.press("Control+s")
    page.wait_for_url(lambda address: "/review/restore/" not in address)
    with as_system() as session:
        assert session.get_one(Company, key).city == "成都市"
