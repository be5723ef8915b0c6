"""The phone desk by keyboard alone, and without scripts."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from core.customers.services import index_company
from plugins.journals.models import Call, Subscription
from plugins.journals.tests import factories


@pytest.fixture
def desk(people, as_system):
    """Make a clerk with a customer, and two publications."""
    clerk = people.user("clerk", name="李敏")
    with as_system() as session:
        made = factories.publication(session)
        factories.publication(session, "行业资讯", frequency="monthly", editions=[])
        first = factories.issues(session, made)[0]
        customer = factories.company(session, owner_id=clerk.id)
        factories.contact(session, customer)
        factories.subscription(session, customer, first, count=2)
        index_company(session, customer)
    return clerk


def taken(as_system):
    with as_system() as session:
        return [
            (s.copies, s.issue_count, s.edition, s.deliveries[0].address)
            for s in session.scalars(select(Subscription).order_by(Subscription.id))
        ], session.scalars(select(Call.outcome)).all()


def test_a_renewal_a_new_order_and_an_address_change_without_a_pointer(desk, open_page, as_system):
    page = open_page(desk, "/journals/desk")
    expect(page.locator("#company")).to_be_focused()
    page.keyboard.type("cdjc", delay=20)
    expect(page.locator(".drop [role=option]").first).to_contain_text("成都锦城")
    page.keyboard.press("Enter")
    expect(page.locator("[name=recipient]")).to_have_value("邓晓梅")
    expect(page.locator("[name=publication-0]")).to_be_focused()
    page.locator("#address").focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("成都市武侯区新街 8 号")
    page.keyboard.press("F6")
    page.keyboard.type("tjbyk", delay=20)
    expect(page.locator(".drop:visible [role=option]").first).to_contain_text("糖酒半月刊")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.type("bjb", delay=20)
    expect(page.locator(".drop:visible [role=option]").first).to_contain_text("白酒版")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("12")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("6期")
    page.keyboard.press("Enter")
    expect(page.locator("#a-0")).to_have_text("720.00")
    page.keyboard.press("F6")
    page.keyboard.press("ArrowDown")
    page.keyboard.type("hyzx", delay=20)
    expect(page.locator(".drop:visible [role=option]").first).to_contain_text("行业资讯")
    page.keyboard.press("Enter")
    page.keyboard.press("F8")
    page.keyboard.press("1")
    with page.expect_navigation():
        page.keyboard.press("F9")
    expect(page.locator("#company")).to_be_focused()
    expect(page.locator("#company")).to_have_value("")
    subscriptions, calls = taken(as_system)
    assert subscriptions[1:] == [
        (12, 6, "liquor", "成都市武侯区新街 8 号"),
        (1, 12, None, "成都市武侯区新街 8 号"),
    ]
    assert calls == ["renewed"]


def test_the_desk_works_without_scripts(desk, open_page, as_system):
    page = open_page(desk, "/journals/desk", scripts=False)
    page.fill("#q", "锦城")
    page.locator("form[role=search] button").click()
    page.fill("[name=publication-0]", "tjbyk")
    page.fill("[name=copies-0]", "3")
    page.fill("[name=last-0]", "6期")
    page.check("[name=outcome][value=renewed]", force=True)
    page.locator("#desk button[name=then]").first.click()
    assert page.url.endswith("/journals/desk")
    subscriptions, calls = taken(as_system)
    assert subscriptions[1][:2] == (3, 6)
    assert calls == ["renewed"]


@pytest.mark.parametrize("address", ["/journals/desk", "/journals/subscriptions/new", "/journals/runs", "/print"])
def test_a_page_has_no_accessibility_finding(desk, open_page, findings, address):
    assert findings(open_page(desk, address)) == []


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_headings_and_labels_of_the_desk_stand_apart_in_both_languages(desk, open_page, language):
    page = open_page(desk, "/journals/desk")
    if language == "en":
        page.locator("[name=locale]").click()
        expect(page.locator("html")).to_have_attribute("lang", "en")
    wide = """(all) => all.filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.textContent)"""
    assert page.locator(".ord th").evaluate_all(wide) == []
    left = page.locator(".cf").bounding_box()["x"]
    for label in page.locator(".cf label").all():
        drawn = label.evaluate(
            "(one) => { const range = document.createRange(); range.selectNodeContents(one);"
            " return range.getBoundingClientRect().left; }"
        )
        assert drawn >= left, label.inner_text()


def test_the_runs_fit_a_phone(desk, open_page, browser_of, as_system):
    with as_system() as session:
        issue = session.scalars(select(Subscription)).one().first_issue_id
    assert browser_of(desk).post(f"/journals/issues/{issue}/dispatch").status_code == 303
    page = open_page(desk, "/journals/runs", viewport={"width": 390, "height": 844})
    table = page.locator("table.tb")
    expect(table.locator("tbody tr")).to_have_count(1)
    assert table.bounding_box()["width"] <= 390
    for cell in table.locator("tbody td").all():
        box = cell.bounding_box()
        assert box is None or box["x"] + box["width"] <= 390
