"""The sign-in ends while a page stands open: one signs in over the page and nothing typed is lost."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from sqlalchemy import delete, select

from core.auth.models import WebSession
from core.customers.models import Company
from core.db import system_transaction
from core.listing.models import ListView
from core.testing.harness import PASSWORD


@pytest.fixture
def zhou(people):
    return people.user("zhou", name="周岚", password=PASSWORD)


@pytest.fixture
def end(site):
    """Make what ends every sign-in, as an administrator may."""

    def ended():
        with system_transaction("test", database=site.app.extensions["zhike"].database) as session:
            session.execute(delete(WebSession))

    return ended


def sign_in_by_keyboard(page, words, *, wrong=False):
    dialog = page.locator("#login-over")
    expect(dialog).to_contain_text(words)
    expect(dialog.locator("[name=username]")).to_be_focused()
    page.keyboard.type("zhou")
    page.keyboard.press("Tab")
    if wrong:
        page.keyboard.type("not-the-password")
        page.keyboard.press("Enter")
        expect(dialog.locator("[role=alert]")).to_be_visible()
        expect(dialog.locator("[name=password]")).to_be_focused()
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)


@pytest.mark.parametrize(("locale", "words"), [("zh_CN", "登录已过期"), ("en", "Your sign-in has ended")])
def test_a_form_of_the_browser_is_sent_after_signing_in_over_it(
    site, zhou, end, open_page, findings, as_system, locale, words
):
    page = open_page(zhou, f"/login?locale={locale}")
    page.goto(f"{site.url}/companies/new")
    if locale == "en":
        page.context.clear_cookies()  # the browser forgot too: there is a new token for the form of the dialog
    page.locator("[name=name]").first.fill("成都锦城糖酒商贸有限公司")
    end()
    page.keyboard.press("Control+s")
    expect(page.locator("#login-over")).to_be_visible()
    assert findings(page) == []
    sign_in_by_keyboard(page, words, wrong=True)
    expect(page).to_have_url(re.compile(r"/companies/\d+$"))
    with as_system() as session:
        assert list(session.scalars(select(Company.name))) == ["成都锦城糖酒商贸有限公司"]


def test_a_token_gone_stale_under_the_dialog_costs_nothing_typed(zhou, end, open_page, as_system):
    page = open_page(zhou, "/companies/new")
    page.locator("[name=name]").first.fill("成都锦城糖酒商贸有限公司")
    end()
    page.keyboard.press("Control+s")
    expect(page.locator("#login-over")).to_be_visible()
    page.context.clear_cookies()  # as an answer that comes late, to a page of the same browser, sets another one
    sign_in_by_keyboard(page, "登录已过期", wrong=True)
    expect(page).to_have_url(re.compile(r"/companies/\d+$"))
    with as_system() as session:
        assert list(session.scalars(select(Company.name))) == ["成都锦城糖酒商贸有限公司"]


def test_what_htmx_sends_is_sent_again_with_what_was_typed(zhou, end, open_page, as_system):
    page = open_page(zhou, "/companies")
    page.evaluate("document.querySelector('a[data-drawer][href*=\"views/new\"]').click()")
    page.locator("#drawer [name=name]").fill("我的重点")
    end()
    page.locator("#drawer [name=name]").press("Enter")
    sign_in_by_keyboard(page, "登录已过期")
    expect(page).to_have_url(re.compile(r"view=\d+$"))
    with as_system() as session:
        assert list(session.scalars(select(ListView.name))) == ["我的重点"]


def test_given_up_the_page_keeps_what_was_typed_and_asks_again(zhou, end, open_page):
    page = open_page(zhou, "/companies/new")
    page.locator("[name=name]").first.fill("成都锦城")
    end()
    for _time in range(2):
        page.keyboard.press("Control+s")
        expect(page.locator("#login-over")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#login-over")).to_have_count(0)
    expect(page.locator("[name=name]").first).to_have_value("成都锦城")
    page.locator("[name=name]").first.fill("")
