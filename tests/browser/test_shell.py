"""The frame in a real browser: keys, palette, drawers, looks, accessibility, and the same without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from core.testing.harness import People
from tests.browser.conftest import DESKTOP, PHONE, Site

Open = Callable[..., Page]
Findings = Callable[[Page], list[str]]

PAGES = ["/", "/search?q=g", "/menu", "/preferences", "/help", "/keys", "/no/such/page"]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("locale", ["zh_CN", "en"])
@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_frame_has_no_accessibility_finding(
    site: Site, people: People, open_page: Open, findings: Findings, viewport: dict[str, int], locale: str, theme: str
) -> None:
    user = people.user("zhou", ("system_administrator",), name="周岚")
    site.prefer(user, locale=locale, theme=theme)
    page = open_page(user, "/", viewport=viewport)
    for address in PAGES:
        page.goto(site.url + address)
        assert findings(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"], address


def test_nothing_is_pushed_sideways_on_the_narrowest_phone(people: People, open_page: Open, site: Site) -> None:
    page = open_page(people.user("zhou"), "/", viewport={"width": 320, "height": 640})
    for address in PAGES:
        page.goto(site.url + address)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, address


def test_the_palette_finds_a_menu_by_pinyin_initials_and_opens_it(
    people: People, open_page: Open, findings: Findings
) -> None:
    page = open_page(people.user("zhou"), "/")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    page.keyboard.type("kjj")
    expect(page.locator("#pal-list [role=option]").first).to_contain_text("快捷键")
    assert findings(page) == []
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/keys$"))


def test_escape_closes_the_palette_and_gives_the_focus_back(people: People, open_page: Open) -> None:
    page = open_page(people.user("zhou"), "/")
    page.locator(".omni").focus()
    page.keyboard.press("Control+k")
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    expect(page.locator(".omni")).to_be_focused()


def test_while_an_input_method_composes_nothing_is_asked_and_no_key_is_ours(people: People, open_page: Open) -> None:
    page = open_page(people.user("zhou"), "/")
    page.keyboard.press("Control+k")
    expect(page.locator("#pal-list [role=option]").first).to_be_visible()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.evaluate(
        """() => {
          const field = document.querySelector('#pal-q');
          field.dispatchEvent(new CompositionEvent('compositionstart', {bubbles: true}));
          for (const text of ['g', 'go', 'gong']) {
            field.value = text;
            field.dispatchEvent(new InputEvent('input', {bubbles: true, isComposing: true, data: text}));
          }
          field.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true, isComposing: true}));
        }"""
    )
    page.wait_for_timeout(400)
    assert asked == []
    with page.expect_request(lambda request: "q=%E5%B7%A5" in request.url):
        page.evaluate(
            """() => {
              const field = document.querySelector('#pal-q');
              field.value = '工';
              field.dispatchEvent(new CompositionEvent('compositionend', {bubbles: true, data: '工'}));
            }"""
        )


def test_the_help_opens_beside_the_page_and_goes_with_escape(
    people: People, open_page: Open, findings: Findings
) -> None:
    page = open_page(people.user("zhou"), "/")
    page.keyboard.press("F1")
    drawer = page.locator("#drawer")
    expect(drawer).to_be_visible()
    expect(drawer.locator("h2").first).to_be_focused()
    assert findings(page) == []
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()


def test_the_key_list_shows_what_this_page_has(people: People, open_page: Open) -> None:
    page = open_page(people.user("zhou"), "/")
    page.keyboard.press("?")
    expect(page.locator("#drawer")).to_contain_text("Ctrl K")
    expect(page.locator("#drawer kbd", has_text="Alt PgUp")).to_be_hidden()


def test_single_letters_do_nothing_inside_a_field_or_when_switched_off(
    site: Site, people: People, open_page: Open
) -> None:
    user = people.user("zhou")
    page = open_page(user, "/search")
    page.locator("#q").focus()
    page.keyboard.type("?")
    expect(page.locator("#drawer")).to_be_hidden()
    expect(page.locator("#q")).to_have_value("?")
    site.prefer(user, prefs={"letters": False})
    page = open_page(user, "/")
    page.keyboard.press("?")
    page.wait_for_timeout(200)
    expect(page.locator("#drawer")).to_be_hidden()


def test_the_side_panel_folds_by_a_key_and_stays_so(people: People, open_page: Open) -> None:
    page = open_page(people.user("zhou"), "/")
    expect(page.locator("#panel")).to_be_visible()
    with page.expect_response("**/preferences"):
        page.keyboard.press("Control+b")
    expect(page.locator("#panel")).to_be_hidden()
    page.reload()
    expect(page.locator("#panel")).to_be_hidden()


def test_the_theme_changes_at_once_and_stays(people: People, open_page: Open) -> None:
    page = open_page(people.user("zhou"), "/")
    with page.expect_response("**/preferences"):
        page.locator("[data-theme-switch]").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_greyed_command_takes_the_focus_so_that_its_reason_is_read(people: People, open_page: Open) -> None:
    page = open_page(people.user("zhou"), "/")
    page.keyboard.press("Alt+i")
    greyed = page.locator("[data-cmd=info]")
    expect(greyed).to_be_focused()
    expect(greyed).to_have_attribute("aria-disabled", "true")


def test_leaving_a_form_with_changes_asks_first(people: People, open_page: Open) -> None:
    page = open_page(people.user("zhou"), "/preferences")
    page.get_by_label("紧凑").check()
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.locator(".rail a").first.click()
    page.wait_for_load_state()
    assert asked == ["beforeunload"]


def test_a_form_is_saved_by_its_key_and_says_so(people: People, open_page: Open) -> None:
    page = open_page(people.user("zhou"), "/preferences")
    page.get_by_label("紧凑").check()
    page.keyboard.press("Control+s")
    expect(page.locator(".toast")).to_contain_text("已储存")
    expect(page.locator("html")).to_have_attribute("data-density", "compact")


def test_the_clock_goes_on_by_itself(people: People, open_page: Open) -> None:
    page = open_page(people.user("zhou"), "/")
    clock = page.locator("[data-clock]")
    before = clock.inner_text()
    page.wait_for_timeout(2200)
    after = clock.inner_text()
    assert before != after
    assert before[:10] == after[:10]


def test_without_scripts_menus_language_and_looks_work(people: People, open_page: Open) -> None:
    page = open_page(people.user("zhou"), "/", scripts=False)
    page.locator(".me").click()
    page.get_by_role("link", name="快捷方式与外观").last.click()
    page.get_by_label("紧凑").check()
    page.locator(".save button").first.click()
    expect(page.locator("html")).to_have_attribute("data-density", "compact")
    page.locator("button[name=locale]").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.locator(".omni").click()
    page.locator("#q").fill("keys")
    page.locator(".filter button").click()
    expect(page.locator(".hits").first).to_contain_text("Keys")


def test_the_quick_panel_stays_beside_every_page_once_it_was_pinned(people, open_page):
    page = open_page(people.user("clerk", ("staff",)), "/companies")
    page.locator("form button[name=on]").click()
    expect(page.locator("button.star")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Alt+m")
    drawer = page.locator("#drawer")
    expect(drawer.locator("nav a")).to_have_count(1)
    long = "(a) => { const s = a.querySelector('.el'); s.textContent = '很长的名称'.repeat(9); return s.offsetWidth }"
    assert drawer.locator("nav a").evaluate(long) <= drawer.locator("nav a").evaluate("(a) => a.clientWidth")
    with page.expect_response("**/preferences"):
        drawer.locator("[data-quick-stay]").click()
    page.goto(page.url.replace("/companies", "/tasks"))
    expect(drawer.locator("nav a")).to_be_visible()
    assert page.evaluate("document.activeElement === document.body")
    page.keyboard.press("Alt+m")
    expect(drawer).to_be_hidden()


def test_cards_of_the_workbench_are_dragged_into_another_order(people, open_page):
    page = open_page(people.user("clerk", ("staff",)), "/?arrange=1")
    order = "(all) => all.map((one) => one.dataset.place)"
    cards = page.locator("[data-place]")
    before = cards.evaluate_all(order)
    with page.expect_response("**/cards"):
        cards.nth(1).locator("h2").drag_to(cards.nth(0).locator("h2"))
    page.reload()
    assert cards.evaluate_all(order) == [before[1], before[0], *before[2:]]


def test_g_and_d_open_the_phone_desk(people, open_page):
    page = open_page(people.user("clerk", ("staff",)), "/companies")
    page.keyboard.press("g")
    page.keyboard.press("d")
    page.wait_for_url("**/journals/desk")
    expect(page.locator("h1")).to_contain_text("电话征订")


def test_a_heading_with_commands_beside_it_stands_whole_on_a_phone(people, open_page, site):
    chief = people.user("chief", ("system_administrator",))
    page = open_page(chief, "/admin/groups", viewport=PHONE)
    for address in ("/admin/groups", f"/admin/users/{chief.id}"):
        page.goto(f"{site.url}{address}")
        box = page.get_by_role("heading", level=1).bounding_box()
        assert box["width"] > 100, address
        assert box["height"] < 70, address
