"""Lines of success: shown once, on the next page, in the browser that earned them, without writing to the database."""

from __future__ import annotations

import pytest
from sqlalchemy import event

from core.toasts import COOKIE

NAME = "成都锦城糖酒有限公司"


@pytest.fixture
def clerk(people):
    return people.user("zhou", name="周岚")


def saved(browser, name=NAME):
    answer = browser.post("/companies/new", {"name": name, "idempotency_key": name})
    assert answer.status_code == 303
    return answer


def toasts(browser, address="/companies"):
    page = browser.get(address).text
    return page[page.index('id="toasts"') :]


def test_a_line_is_shown_on_the_next_page_and_on_no_other(browser_of, clerk):
    browser = browser_of(clerk)
    saved(browser)
    assert NAME in toasts(browser)
    assert NAME not in toasts(browser)


def test_lines_wait_for_a_page_of_their_own_and_the_newest_stay(browser_of, clerk):
    browser = browser_of(clerk)
    for number in range(7):
        saved(browser, f"{number}号试验酒业有限公司")
    shown = toasts(browser)
    assert [number for number in range(7) if f"{number}号试验酒业有限公司" in shown] == [2, 3, 4, 5, 6]


def test_showing_a_line_writes_nothing(app, browser_of, clerk):
    browser = browser_of(clerk)
    browser.get("/companies")  # the first page keeps how the person wants it to look
    saved(browser)
    said = []

    def note(conn, cursor, statement, *more):
        said.append(statement)

    engine = app.extensions["zhike"].database.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        assert NAME in toasts(browser)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    assert said
    assert [one for one in said if not one.lstrip().upper().startswith(("SELECT", "BEGIN"))] == []


def test_a_line_made_up_or_taken_from_another_browser_is_not_shown(browser_of, clerk, people):
    browser, other = browser_of(clerk), browser_of(people.user("li"))
    saved(browser)
    value = browser.client.get_cookie(COOKIE).value
    other.client.set_cookie(COOKIE, value)
    assert NAME not in toasts(other)
    seal, _dot, body = value.partition(".")
    for forged in (f"{seal}.{body[:-4]}AAA=", f"{'0' * 32}.{body}", body, "x", "知客.知客"):
        browser.client.set_cookie(COOKIE, forged)
        assert NAME not in toasts(browser)


def test_a_line_too_long_for_a_cookie_is_left_out_and_the_page_comes(browser_of, clerk):
    browser = browser_of(clerk)
    saved(browser, "很长的名字" * 30 + "有限公司")
    assert len(browser.client.get_cookie(COOKIE).value) < 2100
    saved(browser, "又一个" * 50 + "有限公司")
    assert len(browser.client.get_cookie(COOKIE).value) < 2100
    assert "又一个又一个" in toasts(browser)
