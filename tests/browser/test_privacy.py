"""A person asks for no more calls, then to be erased: by keyboard, in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from core.customers.models import Bar, Company, Contact, Email, Phone
from core.customers.services import index_company, index_contact
from tests.browser.conftest import DESKTOP, PHONE

Open = Callable[..., Page]
Findings = Callable[[Page], list[str]]


@pytest.fixture
def wang(as_system: Any, people: Any) -> dict[str, Any]:
    """Make a contact of a decision maker's customer."""
    boss = people.user("boss", groups=("decision_maker",), name="何建国")
    with as_system() as session:
        company = Company(name="成都锦城糖酒", owner_id=boss.id, review_state="reviewed")
        contact = Contact(company=company, name="王建平", review_state="reviewed", hobbies="书法")
        session.add_all([company, contact])
        session.flush()
        session.add(Phone(company=company, contact=contact, kind="mobile", number="13800000142"))
        session.add(Email(company=company, contact=contact, kind="office", address="wang@example.com"))
        index_company(session, company)
        index_contact(session, contact)
        ids = {"company": company.id, "contact": contact.id}
    return {**ids, "boss": boss}


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_number_is_barred_where_it_stands_and_shown_in_red(
    open_page: Open, findings: Findings, wang: dict[str, Any], viewport: dict[str, int]
) -> None:
    page = open_page(wang["boss"], f"/contacts/{wang['contact']}", viewport=viewport)
    page.get_by_role("link", name="设置不要使用 13800000142").focus()
    page.keyboard.press("Enter")
    form = page.locator("#drawer form")
    form.get_by_label("电话").check()
    form.get_by_label("理由").fill("本人要求不再来电")
    form.get_by_role("button", name="储存").click()
    red = page.locator(".tag.bad", has_text="本人要求不再来电")
    expect(red.first).to_be_visible()
    expect(page.locator("a[href^='tel:']")).to_have_count(0)
    assert findings(page) == []


def test_a_person_is_erased_after_a_look_at_what_goes(
    open_page: Open, findings: Findings, wang: dict[str, Any]
) -> None:
    page = open_page(wang["boss"], f"/privacy/contacts/{wang['contact']}")
    expect(page.get_by_role("heading", name="现有的此人数据")).to_be_visible()
    assert findings(page) == []
    page.get_by_role("link", name="删除此人数据").click()
    expect(page.get_by_role("heading", name="将要清空或移除的数据")).to_be_visible()
    page.get_by_label("请输入名称以确认").fill("王建")
    page.get_by_label("理由").fill("来信要求")
    page.get_by_role("button", name="删除数据").click()
    expect(page.get_by_text("与名称不一致").first).to_be_visible()
    assert findings(page) == []
    page.get_by_label("请输入名称以确认").fill("王建平")
    page.get_by_role("button", name="删除数据").click()
    expect(page.get_by_text("个人信息已删除")).to_be_visible()
    page.goto(page.url.split("/privacy")[0] + f"/privacy/contacts/{wang['contact']}")
    expect(page.get_by_text(f"已删除的联系人 #{wang['contact']}").first).to_be_visible()
    expect(page.get_by_text("13800000142")).to_have_count(0)


@pytest.mark.parametrize("address", ["/privacy/requests", "/privacy/report", "/privacy/due", "/privacy/requests/new"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_pages_have_no_findings(
    open_page: Open, findings: Findings, wang: dict[str, Any], address: str, viewport: dict[str, int]
) -> None:
    page = open_page(wang["boss"], address, viewport=viewport)
    assert findings(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("address", ["/privacy/contacts/{}", "/contacts/{}/consents"])
def test_on_a_phone_no_button_lies_on_the_title(open_page: Open, wang: dict[str, Any], address: str) -> None:
    page = open_page(wang["boss"], address.format(wang["contact"]), viewport=PHONE)
    title, row = page.locator(".head h1").bounding_box(), page.locator(".head > .row:not(.cmds-m)").bounding_box()
    assert title is not None
    assert row is not None
    assert title["y"] + title["height"] <= row["y"]
    assert title["height"] < 60  # not squeezed into a column


def test_a_page_that_asks_is_saved_by_its_key(open_page: Open, wang: dict[str, Any], as_system: Any) -> None:
    page = open_page(wang["boss"], f"/contacts/{wang['contact']}/bar")
    page.locator("#channel").select_option("sms")
    page.locator("#reason").fill("本人来电要求")
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    assert page.url.endswith(f"/contacts/{wang['contact']}")
    with as_system() as session:
        assert [one.channel for one in session.scalars(select(Bar))] == ["sms"]
