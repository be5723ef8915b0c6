"""The page that opens after signing in."""

from __future__ import annotations

import pytest

from core.auth.models import User
from core.auth.passwords import hash_password

PASSWORD = "a-long-Passw0rd-for-tests"


@pytest.fixture
def li(people, as_system):
    """Make a clerk with a password."""
    made = people.user("li")
    with as_system() as session:
        session.get_one(User, made.id).password_hash = hash_password(PASSWORD)
    return made


def opened(browser, address="/"):
    """Sign in on the way to an address; give where it leads in the end."""
    answer = browser.post("/login", {"username": "li", "password": PASSWORD, "next": address})
    assert answer.status_code == 303
    return browser.get(answer.location).location if answer.location == "/start" else answer.location


def test_the_workbench_opens_until_another_page_was_chosen(li, browser_of):
    assert opened(browser_of(None)) == "/"
    page = browser_of(li).get("/preferences").text
    assert '<option value="/" selected>' in page
    assert browser_of(li).post("/preferences", {"start": "/companies"}).status_code == 303
    assert '<option value="/companies" selected>' in browser_of(li).get("/preferences").text
    assert opened(browser_of(None)) == "/companies"
    assert opened(browser_of(None), "/tasks") == "/tasks", "who was on his way to a page gets there"


def test_a_shortcut_of_ones_own_opens_first_while_it_is_there(li, browser_of):
    browser = browser_of(li)
    browser.post("/stars", {"path": "/companies?view=mine", "title": "我的客户", "on": "1", "next": "/"})
    browser.post("/preferences", {"start": "/companies?view=mine"})
    assert opened(browser_of(None)) == "/companies?view=mine"
    browser.post("/stars", {"path": "/companies?view=mine", "on": "", "next": "/"})
    assert opened(browser_of(None)) == "/"


@pytest.mark.parametrize("address", ["https://elsewhere.example/", "/admin/users", "/login", "/no/such", ""])
def test_no_page_but_those_that_are_offered_opens_first(li, browser_of, address):
    browser_of(li).post("/preferences", {"start": address})
    assert opened(browser_of(None)) == "/"


@pytest.mark.parametrize("address", ["/start", "/start?on=1"])
def test_the_way_to_the_first_page_is_not_the_first_page(li, browser_of, address):
    browser = browser_of(li)
    browser.post("/shortcuts", {"path": address, "title": "开始"})
    assert f'href="{address}"' in browser.get("/shortcuts").text
    browser.post("/preferences", {"start": address})
    assert opened(browser_of(None)) == "/"
