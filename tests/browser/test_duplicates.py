"""The panel of likely duplicates: shown on leaving a field, never in the way of typing."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from core.customers.models import Company, Phone
from core.customers.services import index_company
from tests.browser.conftest import PHONE


def test_candidates_appear_on_leaving_the_name_and_a_reason_lets_it_pass(people, open_page, as_system):
    clerk = people.user("clerk", name="李敏")
    with as_system() as session:
        known = Company(name="成都锦城糖酒有限公司", review_state="reviewed", owner_id=clerk.id)
        session.add(known)
        index_company(session, known)
    page = open_page(clerk, "/companies/new")
    page.locator("#name").fill("成都锦城糖酒有限责任公司")
    page.keyboard.press("Tab")
    panel = page.locator("#duplicates")
    expect(panel.locator("mark").first).to_contain_text("成都锦城糖酒")
    expect(panel).to_contain_text("李敏")
    expect(page.locator("#short_name")).to_be_focused()
    page.keyboard.press("Control+s")
    expect(page.locator("[role=alert]").first).to_be_visible()
    page.locator("#duplicate_reason").fill("同名的两家")
    page.keyboard.press("Control+s")
    expect(page.locator("h1")).to_contain_text("成都锦城糖酒有限责任公司")
    with as_system() as session:
        assert len(session.scalars(select(Company)).all()) == 2


@pytest.mark.parametrize("scripts", [True, False])
def test_the_record_that_is_there_is_used_and_gets_what_it_lacks(people, open_page, as_system, scripts):
    clerk = people.user("clerk", name="李敏")
    with as_system() as session:
        known = Company(name="成都锦城糖酒有限公司", review_state="reviewed", owner_id=clerk.id)
        session.add(known)
        index_company(session, known)
    page = open_page(clerk, "/companies/new", viewport=PHONE, scripts=scripts)
    page.locator("#name").fill("成都锦城糖酒有限责任公司")
    page.locator("#website").fill("www.jincheng.example")
    if not scripts:
        page.locator("button[type=submit][name=then]").first.click()
    panel = page.locator("#duplicates")
    panel.get_by_role("button", name="并排对比").click()
    expect(page.locator("table.diffs")).to_contain_text("www.jincheng.example")
    page.get_by_role("button", name="返回我的录入").click()
    expect(page.locator("#website")).to_have_value("www.jincheng.example")
    page.locator("#duplicates").get_by_role("button", name="改用这家").click()
    page.get_by_role("button", name="改用这家").click()
    expect(page.locator("h1")).to_contain_text("成都锦城糖酒有限公司")
    with as_system() as session:
        assert [one.website for one in session.scalars(select(Company))] == ["www.jincheng.example"]


def test_on_a_phone_a_toast_leads_to_the_panel_above(people, open_page, as_system):
    clerk = people.user("clerk", name="李敏")
    with as_system() as session:
        known = Company(name="成都锦城糖酒有限公司", review_state="reviewed", owner_id=clerk.id)
        session.add(known)
        session.flush()
        session.add(Phone(company_id=known.id, kind="office", number="028-85552290"))
        index_company(session, known)
    page = open_page(clerk, "/companies/new", viewport=PHONE)
    page.locator("[name=phones-0-number]").fill("028-85552290")
    page.keyboard.press("Tab")
    toast = page.locator("[data-toast]")
    expect(toast).to_contain_text("可能重复：成都锦城糖酒有限公司")
    toast.get_by_role("link").click()
    expect(page.locator("#duplicates .dp")).to_be_in_viewport()
    expect(page.locator("[name=phones-0-number]")).to_have_value("028-85552290")
