"""The parts that pages are made of, in a real browser: lists, forms, order lines, comboboxes, drawers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import Blueprint, Flask, redirect, request
from markupsafe import Markup
from playwright.sync_api import Page, expect
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from core.app import create_app
from core.auth.guard import signed_in
from core.forms import BaseForm
from core.plugin import PluginInfo, hookimpl
from core.registry import Registry
from core.testing.harness import People, TestDatabase
from core.web import is_fragment, render
from tests.browser.conftest import DESKTOP, PHONE, Site

Open = Callable[..., Page]
Findings = Callable[[Page], list[str]]

sent: list[dict[str, list[str]]] = []


class ThingForm(BaseForm):
    """One field of every sort."""

    name = StringField("Name", [InputRequired("Enter the name")])
    rating = SelectField("Rating", choices=[("a", "A"), ("b", "B")])
    kind = RadioField("Kind", choices=[("x", "X"), ("y", "Y")], default="x")
    note = TextAreaField("Note")
    agreed = BooleanField("Agreed")
    due = StringField("Due")


def parts_plugin() -> ModuleType:
    """Make a plugin whose pages hold each part once."""
    module = ModuleType("plugins.parts.plugin")
    module.__file__ = __file__
    blueprint = Blueprint(
        "parts", __name__, url_prefix="/parts", template_folder=str(Path(__file__).parent / "templates")
    )

    @blueprint.get("/list")
    @signed_in
    def things() -> Any:
        page = int(request.args.get("page", 1))
        return render("parts/list.html", page=page, rows=range(page * 20 - 19, page * 20 + 1))

    @blueprint.get("/row/<int:n>")
    @signed_in
    def row(n: int) -> Any:
        return render("parts/row_part.html" if is_fragment() else "parts/row.html", n=n)

    @blueprint.post("/batch")
    @signed_in
    def batch() -> Any:
        sent.append(request.form.to_dict(flat=False))
        return redirect("/parts/list", 303)

    @blueprint.get("/options")
    @signed_in
    def options() -> Any:
        return Markup('<li role="option" data-value="7">Zhou Lan</li><li role="option" data-value="8">Li Fang</li>')

    @blueprint.route("/form", methods=["GET", "POST"])
    @signed_in
    def form() -> Any:
        filled = ThingForm()
        if request.method == "POST":
            sent.append(request.form.to_dict(flat=False))
            if filled.validate():
                return redirect("/parts/list", 303)
        return render("parts/form.html", 422 if filled.errors else 200, form=filled)

    vars(module)["info"] = PluginInfo(name="parts", title="Parts")
    vars(module)["register_blueprints"] = hookimpl(specname="register_blueprints")(lambda: [blueprint])
    return module


@pytest.fixture(scope="module")
def parts_app(test_database: TestDatabase) -> Flask:
    """Make the application with those pages."""
    registry = Registry()
    registry.load()
    registry.add("parts", parts_plugin())
    return create_app(test_database.config(), registry)


@pytest.fixture
def app(parts_app: Flask, test_database: TestDatabase) -> Iterator[Flask]:
    """Serve it on a fresh database."""
    test_database.reset(parts_app)
    sent.clear()
    with parts_app.app_context():
        yield parts_app


@pytest.fixture
def start(people: People, open_page: Open) -> Open:
    """Open a page as a clerk."""
    user = people.user("li")
    return lambda address, **more: open_page(user, address, **more)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_parts_have_no_accessibility_finding(
    site: Site, people: People, open_page: Open, findings: Findings, viewport: dict[str, int], theme: str
) -> None:
    user = people.user("li")
    site.prefer(user, theme=theme)
    page = open_page(user, "/parts/list", viewport=viewport)
    for address in ("/parts/list", "/parts/row/1", "/parts/form"):
        page.goto(site.url + address)
        assert findings(page) == [], address
    page.locator(".save button").first.click()
    expect(page.get_by_role("alert")).to_be_focused()
    assert findings(page) == []


def test_rows_are_walked_chosen_and_opened_by_keys(start: Open) -> None:
    page = start("/parts/list")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(page.locator("tr.cur")).to_have_attribute("data-id", "2")
    page.keyboard.press("Space")
    expect(page.locator("tr[data-id='2']")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Shift+ArrowDown")
    expect(page.locator("tr[aria-selected=true]")).to_have_count(2)
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/parts/row/2$"))


def test_the_choice_lives_across_pages_and_is_sent_whole(start: Open) -> None:
    page = start("/parts/list")
    page.locator("[data-id='3'] [data-pick]").check()
    expect(page.locator(".foot")).to_have_class(re.compile("sel"))
    page.keyboard.press("]")
    expect(page).to_have_url(re.compile("page=2"))
    page.locator("[data-id='25'] [data-pick]").check()
    expect(page.locator("[data-picked]")).to_contain_text("2")
    page.keyboard.press("Control+Delete")
    expect(page).to_have_url(re.compile("/parts/list$"))
    assert sorted(sent[0]["id"]) == ["25", "3"]
    expect(page.locator("tr[aria-selected=true]")).to_have_count(0)


def test_the_heads_box_chooses_the_page_and_escape_gives_it_up(start: Open) -> None:
    page = start("/parts/list")
    page.locator("[data-pick-page]").check()
    expect(page.locator("tr[aria-selected=true]")).to_have_count(20)
    page.locator("h1").click()
    page.keyboard.press("Escape")
    expect(page.locator("tr[aria-selected=true]")).to_have_count(0)


def test_a_range_is_chosen_with_shift(start: Open) -> None:
    page = start("/parts/list")
    page.locator("[data-id='2'] [data-pick]").click()
    page.locator("[data-id='5'] [data-pick]").click(modifiers=["Shift"])
    expect(page.locator("tr[aria-selected=true]")).to_have_count(4)


def test_a_row_opens_beside_the_list_and_the_focus_comes_back(start: Open) -> None:
    page = start("/parts/list")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("o")
    expect(page.locator("#drawer h2")).to_have_text("R1")
    page.keyboard.press("Escape")
    expect(page.locator("#drawer")).to_be_hidden()
    expect(page.locator("tr.cur")).to_be_focused()


def test_a_page_adds_its_own_keys_to_the_list_of_keys(start: Open) -> None:
    page = start("/parts/list")
    page.keyboard.press("?")
    expect(page.locator("#drawer [data-page-keys]")).to_contain_text("X")


def test_enter_does_not_send_a_long_form_but_the_keys_do(start: Open) -> None:
    page = start("/parts/form")
    page.get_by_label("Name").fill("Jin")
    page.keyboard.press("Enter")
    page.wait_for_timeout(200)
    assert sent == []
    page.keyboard.press("Control+Enter")
    expect(page).to_have_url(re.compile("/parts/list$"))
    assert sent[0]["then"] == ["next"]


def test_a_form_that_comes_back_keeps_what_was_typed_and_leads_to_the_field(start: Open) -> None:
    page = start("/parts/form")
    page.get_by_label("Note").fill("kept")
    page.keyboard.press("Control+s")
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(page.get_by_label("Note")).to_have_value("kept")
    summary.get_by_role("link").click()
    expect(page.get_by_label("Name")).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#name-error")).to_have_text("Enter the name")


def test_a_date_is_shown_as_it_was_understood(start: Open) -> None:
    page = start("/parts/form")
    page.get_by_label("Due").fill("3-18")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Due")).to_have_value(re.compile(r"^20\d\d-03-18$"))


def test_a_combobox_takes_the_marked_answer_by_keys(start: Open, findings: Findings) -> None:
    page = start("/parts/form")
    field = page.locator("#owner")
    field.focus()
    page.keyboard.type("li")
    expect(page.get_by_role("option")).to_have_count(2)
    assert findings(page) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(field).to_have_value("Li Fang")
    assert page.locator("#owner_id").input_value() == "8"
    page.keyboard.type("x")
    assert page.locator("#owner_id").input_value() == ""
    page.keyboard.press("Escape")
    expect(field).to_have_value("Li Fang")


def test_order_lines_are_filled_without_a_mouse(start: Open) -> None:
    page = start("/parts/form")
    cell = page.locator("[name=lines-0-edition]")
    cell.focus()
    page.keyboard.type("A")
    page.keyboard.press("Tab")
    page.keyboard.type("12")
    page.keyboard.press("Enter")
    expect(page.locator("[name=lines-1-copies]")).to_be_focused()
    page.keyboard.press("Control+d")
    expect(page.locator("[name=lines-1-edition]")).to_have_value("A")
    expect(page.locator("[name=lines-1-copies]")).to_have_value("12")
    expect(page.locator("[name=lines-2-edition]")).to_be_visible()
    page.keyboard.press("ArrowUp")
    expect(page.locator("[name=lines-0-copies]")).to_be_focused()
    page.keyboard.press("F2")
    expect(page.locator("[name=lines-2-edition]")).to_be_focused()


def test_a_form_is_sent_once_however_often_the_button_is_pressed(start: Open) -> None:
    page = start("/parts/form")
    page.get_by_label("Name").fill("Jin")
    page.evaluate("() => { const b = document.querySelector('[data-key=save]'); b.click(); b.click(); b.click(); }")
    expect(page).to_have_url(re.compile("/parts/list$"))
    assert len(sent) == 1


def test_tabs_of_a_record_open_by_digits_and_records_follow_by_keys(start: Open) -> None:
    page = start("/parts/row/1")
    page.keyboard.press("Alt+PageDown")
    expect(page).to_have_url(re.compile("/parts/row/2$"))
    page.keyboard.press("2")
    expect(page).to_have_url(re.compile("/parts/list$"))
