"""The pages on which places are changed: by the keyboard alone, at a desk and on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from core.customers.data.edition import Edition, use_edition
from tests.browser.conftest import PHONE


@pytest.fixture(autouse=True)
def shipped():
    """Leave the table as it ships to whoever comes next in this process."""
    use_edition(Edition())
    yield
    use_edition(Edition())


def test_places_are_kept_by_the_keyboard(people, open_page, site):
    chief = people.user("chief", ("system_administrator",))
    page = open_page(chief, "/places/edit?within=510100")
    page.locator('[name="name:510118"]').fill("空港区")
    page.locator("[name=new_code]").fill("510190")
    page.keyboard.press("Tab")
    page.keyboard.type("临空区")
    page.keyboard.press("Control+s")
    expect(page.locator(".toast")).to_contain_text("已储存 2 个地区")
    expect(page.locator('[name="name:510190"]')).to_have_value("临空区")
    page.locator('button[value="up:510190"]').press("Enter")
    expect(page.locator("tr[data-id]").nth(-2)).to_have_attribute("data-id", "510190")
    page.locator('tr[data-id="510190"] a').press("Enter")
    expect(page).to_have_url(re.compile("/places/merge"))
    page.locator("#into").select_option("510118")
    page.locator("#typed").fill("临空区")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("已合并")
    expect(page.get_by_text("临空区 → 空港区")).to_be_visible()
    page = open_page(chief, "/places/edit?within=510100", viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    expect(page.locator('[name="name:510118"]')).to_have_value("空港区")
