"""Messages by the keyboard: what a key opens is typed into at once; and cards of the workbench by mouse and keys."""

from __future__ import annotations

import datetime as dt
import re

from playwright.sync_api import expect
from sqlalchemy import select

from core.auth.sessions import COOKIE
from core.clock import local_today
from core.db import work
from core.messages.models import MessageCopy
from core.messages.services import notify


def test_a_message_is_put_off_and_filed_by_keys_alone(people, open_page, as_system, app):
    clerk = people.user("clerk")
    with as_system() as session:
        notify(session, [clerk.id], "第一条", module="core.test", priority="high")
        notify(session, [clerk.id], "第二条", module="core.test")
    page = open_page(clerk, "/messages?folder=system")
    page.get_by_text("第二条").first.click()
    expect(page.locator(".mcp h2")).to_have_text("第二条")
    page.keyboard.press("s")
    page.keyboard.type("财务")
    page.keyboard.press("Enter")
    expect(page.locator(".mcp h2")).to_have_text("第一条")  # the next one is open
    page.goto(page.url.split("?")[0] + "?folder=filed")
    expect(page.locator(".mcp .tag").last).to_have_text("已存：财务")
    page.goto(page.url.split("?")[0] + "?folder=todo")
    expect(page.locator(".mcp h2")).to_have_text("第一条")
    page.keyboard.press("d")
    page.keyboard.type("+3")
    page.keyboard.press("Enter")
    expect(page.locator(".mcp h2")).to_have_count(0)
    with work(app.extensions["zhike"].database, reason="test") as unit:
        due = unit.session.scalars(select(MessageCopy.due_at).where(MessageCopy.due_at.is_not(None))).one()
    assert local_today() + dt.timedelta(days=2) <= due.date() <= local_today() + dt.timedelta(days=3)


def test_cards_are_moved_by_mouse_and_by_one_key_again_and_again(people, open_page):
    page = open_page(people.user("clerk"), "/?arrange=1")

    def order():
        return page.locator("[data-place]").evaluate_all("found => found.map((one) => one.dataset.place)")

    first, *rest = order()
    back = page.locator(f"[data-place='{first}']").get_by_role("button", name=re.compile("^后移"))
    back.focus()
    for place in (1, 2):
        page.keyboard.press("Enter")
        expect(page.locator("[data-place]").nth(place)).to_have_attribute("data-place", first)
        expect(back).to_be_focused()
    last = page.locator("[data-place]").last
    width = last.bounding_box()["width"]
    with page.expect_response("**/cards"):
        page.locator(f"[data-place='{first}'] h2").drag_to(last, target_position={"x": width - 8, "y": 8})
    page.reload()
    assert order() == [*rest, first]


def test_several_names_are_typed_and_the_last_is_looked_up(people, open_page):
    clerk = people.user("clerk")
    people.user("sales", name="周岚")
    people.user("desk", name="陈立")
    page = open_page(clerk, "/messages/new")
    page.locator("#to_text").press_sequentially("陈立，zl")
    expect(page.locator(".combo [role=option]")).to_contain_text("周岚")
    page.keyboard.press("Enter")
    expect(page.locator("[data-chips] .chip")).to_contain_text("周岚")
    expect(page.locator("#to_text")).to_have_value("陈立，")


def test_news_are_asked_for_where_the_stream_is_held_back(people, open_page, as_system, site):
    clerk = people.user("clerk")
    page = open_page(None, "/login")
    page.context.add_cookies([{"name": COOKIE, "value": site.sign_in(clerk), "url": site.url}])
    page.clock.install()
    page.route("**/live", lambda route: None)  # neither answered nor refused, as by a proxy that waits for the end
    page.goto(site.url + "/tasks")
    bell = page.locator("[data-bell] [data-bell-text]")
    expect(bell).to_have_text("")
    with as_system() as session:
        notify(session, [clerk.id], "第一条", module="core.test", priority="high")
    page.clock.run_for(21_000)
    expect(page.locator(".toast")).to_contain_text("第一条")
