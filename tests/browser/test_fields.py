"""An administrator adds a field, a clerk uses it, and both see it in either language and on a phone."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pypdf import PdfReader

from tests.browser.conftest import PHONE
from tests.core.customers.conftest import company_of

__all__ = ["company_of"]

SHOTS = os.environ.get("ZHIKE_SHOTS", "")


def shot(page: Page, name: str) -> None:
    """Keep a picture where somebody asked for pictures."""
    if SHOTS:
        page.screenshot(path=str(Path(SHOTS) / f"{name}.png"), full_page=True)


@pytest.fixture
def chief(people):
    return people.user("chief", ("system_administrator",), name="管理员")


def add(page: Page, title: str, english: str, kind: str, choices: str = "") -> None:
    page.get_by_label("中文名称").fill(title)
    page.get_by_label("英文名称").fill(english)
    page.get_by_role("radio", name=kind, exact=True).check()
    if choices:
        page.get_by_label("选项").fill(choices)
    page.get_by_label("中文分组").fill("会员")
    page.get_by_label("默认显示在列表中").check()
    page.keyboard.press("Control+s")
    page.wait_for_url(re.compile(r"/admin/fields$"))


def test_a_field_is_added_filled_in_and_found(chief, site, open_page, company_of, findings):
    company = company_of("成都锦城糖酒有限公司", owner_id=chief.id)
    page = open_page(chief, "/admin/fields")
    page.get_by_role("link", name="为客户添加字段").click()
    page.wait_for_url(re.compile("/admin/fields/new"))
    assert findings(page) == []
    shot(page, "field-new")
    add(page, "会员等级", "Membership level", "单选", "金卡\n银卡")
    assert findings(page) == []
    shot(page, "field-list")
    page.goto(f"{site.url}/admin/fields/new?resource=companies")
    add(page, "会员积分", "Points", "数字")
    page.goto(f"{site.url}/companies/{company.id}/edit")
    page.get_by_label("会员等级").select_option("银卡")
    page.get_by_label("会员积分").fill("1,280")
    assert findings(page) == []
    shot(page, "company-form")
    page.keyboard.press("Control+s")
    page.wait_for_url(re.compile(rf"/companies/{company.id}$"))
    page.goto(f"{site.url}/companies/{company.id}/profile")
    expect(page.get_by_text("1,280").or_(page.get_by_text("1280"))).to_be_visible()
    page.goto(f"{site.url}/companies?x_points__gt=1000")
    row = page.locator("tbody tr").first
    expect(row).to_contain_text("银卡")
    shot(page, "company-list")
    page.goto(f"{site.url}/print?resource=companies&template=core.company_choice")
    ticked = page.locator("input[name=part]:checked")
    while ticked.count():
        ticked.first.uncheck()
    for title in ("企业名称", "会员等级", "会员积分"):
        page.get_by_role("checkbox", name=title, exact=True).check()
    for button in ("下载 PDF", "打印"):  # what is ticked is printed, without a look at the preview
        with page.expect_download(timeout=60_000) as download:
            page.locator("#main").get_by_role("button", name=button, exact=True).first.click()
        words = "".join(sheet.extract_text() for sheet in PdfReader(download.value.path()).pages)
        assert "会员积分" in words
        assert "银卡" in words
        assert "客户考核" not in words
    page.goto(f"{site.url}/preferences")
    page.locator("button[name=locale]").first.click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.goto(f"{site.url}/companies/{company.id}/edit")
    expect(page.get_by_label("Membership level")).to_have_value("c2")


def test_the_pages_stand_on_a_phone_and_a_dictionary_is_worked_by_keyboard(chief, site, open_page, findings):
    page = open_page(chief, "/admin/dictionaries/source", viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert findings(page) == []
    shot(page, "dictionary-phone")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{site.url}/admin/dictionaries/source")
    assert findings(page) == []
    shot(page, "dictionary")
    page.get_by_role("button", name=re.compile("^下移")).first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr").nth(1)).to_have_attribute("data-id", "phone")
    page.get_by_role("link", name=re.compile("^并入另一条目")).first.click()
    page.wait_for_url(re.compile("/merge"))
    assert findings(page) == []
    shot(page, "dictionary-merge")
    page.goto(f"{site.url}/admin/dictionaries")
    assert findings(page) == []
    shot(page, "dictionaries")
    page.set_viewport_size(PHONE)
    page.goto(f"{site.url}/admin/fields")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    shot(page, "fields-phone")


def test_the_dictionaries_are_listed_on_a_phone(chief, open_page, findings):
    page = open_page(chief, "/admin/dictionaries?q=信息来源", viewport=PHONE)
    line = page.get_by_role("main").get_by_role("link", name=re.compile("信息来源"))
    expect(line).to_be_visible()
    assert findings(page) == []
    line.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("信息来源")
