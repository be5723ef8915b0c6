"""Shortcuts of one's own, and the quick panel that shows them beside every page."""

from __future__ import annotations

import re

import pytest

from core.customers.models import Company
from core.testing.harness import Browser

PART = {"HX-Request": "true"}


@pytest.fixture
def owner(people):
    """Make a clerk."""
    return people.user("owner", name="李敏")


@pytest.fixture
def company(as_system, owner):
    """Make a customer of the clerk's."""
    with as_system() as session:
        made = Company(name="成都锦城酒业有限公司", owner_id=owner.id, entered_by_id=owner.id)
        session.add(made)
        session.flush()
        return made.id


def put(browser: Browser, path: str, title: str = "", on: str = "1") -> int:
    return browser.post("/stars", {"path": path, "title": title, "on": on, "next": path}).status_code


def kept(browser: Browser) -> list[str]:
    """List the shortcuts of the quick panel by name and address."""
    part = browser.get("/quick", headers=PART).get_data(as_text=True)
    return re.findall(r'<a href="([^"]+)" title="[^"]*"', part)


def test_a_list_in_a_view_is_kept_and_let_go(owner, browser_of):
    browser = browser_of(owner)
    page = browser.get("/companies?view=mine&after=x").get_data(as_text=True)
    assert 'name="path" value="/companies?view=mine"' in page
    assert put(browser, "/companies?view=mine", "我的客户") == 303
    assert kept(browser) == ["/companies?view=mine"]
    assert 'aria-pressed="true"' in browser.get("/companies?view=mine").get_data(as_text=True)
    assert "我的客户" in browser.get("/").get_data(as_text=True)
    assert 'href="/companies?view=mine"' in browser.get("/quick").text, "without scripts too"
    put(browser, "/companies?view=mine", on="")
    assert kept(browser) == []


def test_a_record_is_named_as_it_is_called_now_and_only_to_who_finds_it(owner, company, people, browser_of, as_system):
    browser = browser_of(owner)
    put(browser, f"/companies/{company}", "old name")
    with as_system() as session:
        session.get(Company, company).name = "锦城酒业"
    assert "锦城酒业" in browser.get("/shortcuts").get_data(as_text=True)
    assert "old name" not in browser.get("/shortcuts").get_data(as_text=True)
    with as_system() as session:
        session.delete(session.get(Company, company))
    assert kept(browser) == []


def test_shortcuts_are_ones_own(owner, people, browser_of):
    browser, other = browser_of(owner), browser_of(people.user("other"))
    put(browser, "/tasks", "任务")
    assert kept(other) == []
    number = re.search(r'action="/shortcuts/(\d+)"', browser.get("/shortcuts").get_data(as_text=True)).group(1)
    other.post(f"/shortcuts/{number}", {"action": "drop"})
    assert kept(browser) == ["/tasks"]


def test_shortcuts_are_put_in_order_renamed_and_removed(owner, browser_of):
    browser = browser_of(owner)
    for path in ("/tasks", "/companies", "/worklogs"):
        put(browser, path, path)
    ids = re.findall(r'action="/shortcuts/(\d+)"', browser.get("/shortcuts").get_data(as_text=True))
    browser.post(f"/shortcuts/{ids[2]}", {"action": "up"})
    assert kept(browser) == ["/tasks", "/worklogs", "/companies"]
    browser.post(f"/shortcuts/{ids[0]}", {"action": "rename", "title": "今天"})
    assert "今天" in browser.get("/quick", headers=PART).get_data(as_text=True)
    browser.post(f"/shortcuts/{ids[1]}", {"action": "drop"})
    assert kept(browser) == ["/tasks", "/worklogs"]


@pytest.mark.parametrize(
    "path", ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere", "javascript:x", "/no/such", ""]
)
def test_only_pages_of_ours_are_kept(owner, browser_of, path):
    browser = browser_of(owner)
    answer = browser.post("/shortcuts", {"path": path, "title": "常用"})
    assert answer.status_code == 422
    assert 'value="常用"' in answer.text, "what was typed stays"
    assert "这一页不能收藏" in answer.text
    assert kept(browser) == []


def test_an_address_that_was_pasted_whole_is_kept(owner, browser_of):
    browser = browser_of(owner)
    browser.post("/shortcuts", {"path": "http://localhost/tasks?view=week", "title": "本周"})
    assert kept(browser) == ["/tasks?view=week"]


def test_the_palette_offers_shortcuts_first_and_finds_them_by_initials(owner, browser_of):
    browser = browser_of(owner)
    put(browser, "/companies?view=mine", "川渝白酒重点")
    for text in ("", "cybj", "白酒"):
        part = browser.get("/palette", query_string={"q": text}, headers=PART).get_data(as_text=True)
        assert re.search(r'role="option"[^>]*href="([^"]+)"', part).group(1) == "/companies?view=mine", text


def test_the_cards_of_the_quick_panel_are_chosen(owner, browser_of):
    browser = browser_of(owner)
    first = browser.get("/quick", headers=PART).get_data(as_text=True)
    assert "/cards/core.tasks" in first
    browser.post("/preferences", {"quick_set": "1", "quick": "core.messages"})
    part = browser.get("/quick", headers=PART).get_data(as_text=True)
    assert re.findall(r'hx-get="/cards/([\w.]+)"', part) == ["core.messages"]
    browser.post("/preferences", {"theme": "dark"})
    assert "/cards/core.messages" in browser.get("/quick", headers=PART).get_data(as_text=True)
    browser.post("/preferences", {"quick_set": "1"})
    assert "/cards/" not in browser.get("/quick", headers=PART).get_data(as_text=True)


def test_whoever_wants_the_quick_panel_beside_every_page_gets_it(owner, browser_of):
    browser = browser_of(owner)
    assert "data-quick-open" not in browser.get("/tasks").get_data(as_text=True)
    browser.post("/preferences", {"quick_stay": "on"})
    assert "data-quick-open" in browser.get("/tasks").get_data(as_text=True)
    browser.post("/preferences", {"quick_stay": "off"})
    assert "data-quick-open" not in browser.get("/tasks").get_data(as_text=True)
