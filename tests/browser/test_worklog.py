"""An entry of the work log in two keys, and its pages in both sizes."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from core.clock import local_today
from core.customers.models import Company
from core.worklogs.models import WorkLog
from tests.browser.conftest import DESKTOP, PHONE


@pytest.fixture
def house(people, as_system):
    """Make a clerk with a customer, and his supervisor."""
    market = people.department("市场部")
    chief = people.user("chief", ("supervisor",), department=market, name="赵启明")
    clerk = people.user("clerk", department=market, supervisor=chief, name="周岚")
    with as_system() as session:
        company = Company(name="四川川江源酒业有限公司", owner_id=clerk.id, entered_by_id=clerk.id)
        session.add(company)
        session.flush()
        key = company.id
    return clerk, chief, key


def test_l_writes_and_ctrl_enter_saves(house, open_page, as_system):
    clerk, _chief, key = house
    page = open_page(clerk, f"/companies/{key}")
    page.keyboard.press("l")
    expect(page.locator("#wl-text")).to_be_focused()
    page.keyboard.type("对方要最近两期样刊")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".tl")).to_contain_text("对方要最近两期样刊")
    with as_system() as session:
        assert session.scalars(select(WorkLog.kind)).all() == ["call"]


def test_on_another_tab_l_opens_the_drawer(house, open_page, as_system):
    clerk, _chief, key = house
    page = open_page(clerk, f"/companies/{key}/contacts")
    page.keyboard.press("l")
    drawer = page.locator("#drawer")
    drawer.locator("textarea").fill("拜访了市场部")
    drawer.locator("select[name=kind]").select_option("visit")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".tl")).to_contain_text("拜访了市场部")


def test_a_comment_is_saved_by_its_key(house, open_page, as_system):
    clerk, chief, key = house
    with as_system() as session:
        log = WorkLog(kind="call", text="谈了价格", author_id=clerk.id, company_id=key)
        session.add(log)
        session.flush()
        number = log.id
    page = open_page(chief, f"/worklogs/{number}")
    page.locator("main textarea").fill("报价单先给我看")
    page.keyboard.press("Control+s")
    expect(page.locator("main .pre", has_text="报价单先给我看")).to_be_visible()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_its_pages_have_no_accessibility_finding(house, open_page, findings, as_system, viewport):
    clerk, chief, key = house
    with as_system() as session:
        log = WorkLog(kind="visit", text="看了展位图", outcome="considering", author_id=clerk.id, company_id=key)
        session.add(log)
        session.flush()
        number = log.id
    pages = [
        (clerk, "/worklogs"),
        (clerk, f"/worklogs/{number}"),
        (clerk, "/worklogs/new"),
        (clerk, "/worklogs/quick"),
        (clerk, f"/worklogs/report/day?on={local_today()}"),
        (chief, "/worklogs/board"),
        (chief, f"/worklogs/people/{clerk.id}"),
        (clerk, f"/companies/{key}"),
    ]
    for user, address in pages:
        page = open_page(user, address, viewport=viewport)
        assert findings(page) == [], address
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, address
