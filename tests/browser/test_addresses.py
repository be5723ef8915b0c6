"""The place of a customer fills itself in from the address while it is typed, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from benchmarks.server import environment, served, zhike

PASSWORD = "a-long-Passw0rd"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve an empty deployment with one clerk."""
    env = environment(tmp_path_factory.mktemp("addresses"), "")
    zhike(env, "db", "upgrade")
    zhike(env, "users", "create", "clerk", "--groups", "staff", "--password-stdin", input=PASSWORD)
    with served(env) as (port, _process, _seconds):
        yield f"http://127.0.0.1:{port}"


def test_the_place_follows_the_address_until_somebody_types_it(browser: Browser, url: str) -> None:
    page = browser.new_context().new_page()
    page.goto(f"{url}/login")
    page.fill("#username", "clerk")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{url}/")
    page.goto(f"{url}/companies/new")
    page.fill("#address", "成都市武侯区人民南路四段1号")
    page.keyboard.press("Tab")
    expect(page.locator("#division_code")).to_have_value("四川省 成都市 武侯区")
    expect(page.locator("#area_code")).to_have_value("028")
    page.fill("#address", "杭州市西湖区文三路1号")
    page.keyboard.press("Tab")
    expect(page.locator("#area_code")).to_have_value("0571")
    expect(page.locator("#division_code-key")).to_have_value("330106")
    page.fill("#area_code", "021")
    page.fill("#address", "重庆市渝中区中山路1号")
    page.keyboard.press("Tab")
    expect(page.locator("#division_code-key")).to_have_value("500103")
    expect(page.locator("#area_code")).to_have_value("021")
    page.fill("#addresses-0-text", "浙江省宁波市鄞州区1号")
    page.keyboard.press("Tab")
    expect(page.locator("#addresses-0-postcode")).to_have_value("315100")
