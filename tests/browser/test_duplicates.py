"""The panel of likely duplicates: shown on leaving a field, never in the way of typing."""

from __future__ import annotations

from playwright.sync_api import expect
from sqlalchemy import select

from core.customers.models import Company
from core.customers.services import index_company


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
