"""A form that nobody saves keeps itself every 30 seconds, and is offered when its page is opened again."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select

from core.desk.models import Draft
from core.tasks.models import Task


@pytest.fixture
def clerk(people):
    return people.user("zhou", name="周岚")


def test_what_was_typed_comes_back_after_the_page_was_left(clerk, open_page, as_system):
    page = open_page(clerk, "/")
    page.clock.install()
    page.goto(page.url + "tasks/new")
    page.fill("#title", "给锦城酒业回电")
    expect(page.locator("h1")).to_contain_text("有未储存的修改")
    page.clock.run_for(31_000)
    expect(page.locator("[data-draft-kept]")).to_contain_text("草稿已存")
    page.on("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(page.locator("#title")).to_have_value("")
    page.get_by_role("button", name="恢复草稿").click()
    expect(page.locator(".note")).to_contain_text("草稿已恢复，尚未储存。")
    expect(page.locator("#title")).to_have_value("给锦城酒业回电")
    with page.expect_navigation():
        page.keyboard.press("Control+s")
    with as_system() as session:
        assert session.scalar(select(Task.title)) == "给锦城酒业回电"
        assert session.scalar(select(func.count()).select_from(Draft)) == 0
