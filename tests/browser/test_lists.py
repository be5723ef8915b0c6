"""Lists in a real browser: preview, refusals, what the palette remembers, phones."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from core.customers.models import Company
from core.customers.services import index_company
from plugins.journals.tests import factories

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def clerk(people, as_system):
    """Make a clerk with two customers."""
    user = people.user("clerk", name="李敏")
    with as_system() as session:
        for name in ("四川川江源酒业有限公司", "成都锦城糖酒商贸有限公司"):
            index_company(session, factories.company(session, name, owner_id=user.id))
    return user


def test_o_and_a_click_preview_a_row_beside_the_list(clerk, open_page, findings):
    page = open_page(clerk, "/companies?sort=name")
    page.keyboard.press("j")
    page.keyboard.press("o")
    drawer = page.locator("#drawer")
    expect(drawer.locator("h2")).to_contain_text("有限公司")
    expect(drawer.locator("dl.kv")).to_contain_text("成都市锦江区糖坊街 66 号")
    assert findings(page) == []
    first = drawer.locator("h2").inner_text()
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    page.locator("tbody tr").last.locator("td").last.click()
    expect(drawer.locator("h2")).to_be_visible()
    assert drawer.locator("h2").inner_text() != first
    drawer.locator("footer a").first.click()
    expect(page).to_have_url(re.compile(r"/companies/\d+\?list=sort%3Dname$"))


def test_the_palette_names_a_list_with_its_view_and_conditions(clerk, open_page):
    page = open_page(clerk, "/companies?view=mine")
    page.goto(page.url.replace("view=mine", "q=川江"))
    page.goto(page.url.split("/companies")[0] + "/account")
    page.keyboard.press("Control+k")
    names = page.locator("#pal-list .pal-o")
    expect(names.filter(has_text=re.compile(r"^\S+ · 我的客户$"))).to_be_visible()
    expect(names.filter(has_text="川江").first).to_be_visible()


def test_the_open_form_of_conditions_does_not_fill_a_phone(clerk, open_page):
    wide = open_page(clerk, "/companies")
    wide.locator("button[name=more]").first.click()
    expect(wide.locator(".filter .more")).to_be_visible()
    page = open_page(clerk, "/companies", viewport=PHONE)
    expect(page.locator(".mc").first).to_be_visible()
    expect(page.locator(".filter .more")).to_be_hidden()
    assert page.locator(".mc").first.bounding_box()["y"] < PHONE["height"] / 2


def test_a_record_opened_from_a_list_walks_on_in_it_by_key(clerk, open_page):
    page = open_page(clerk, "/companies?sort=-name")
    names = page.locator("tbody a.name").all_inner_texts()
    page.locator("tbody a.name").first.click()
    expect(page.locator(".rh h1")).to_contain_text(names[0])
    page.keyboard.press("Alt+PageDown")
    expect(page.locator(".rh h1")).to_contain_text(names[1])
    page.locator(".tabs a").nth(1).click()
    expect(page).to_have_url(re.compile(r"/profile\?list="))
    page.keyboard.press("Alt+PageDown")
    expect(page.locator("#toasts")).to_contain_text("已经是列表里的最后一条")
    expect(page.locator(".rh h1")).to_contain_text(names[1])
    page.keyboard.press("Alt+PageUp")
    expect(page.locator(".rh h1")).to_contain_text(names[0])


def test_a_cell_is_changed_by_keyboard_and_by_double_click(people, open_page, as_system):
    clerk = people.user("quick", name="李敏")
    with as_system() as session:
        company = Company(name="川江源酒业有限公司", owner_id=clerk.id, entered_by_id=clerk.id)
        session.add(company)
        session.flush()
        index_company(session, company)
        number = company.id
    page = open_page(clerk, "/companies")
    page.keyboard.press("j")
    page.keyboard.press("e")
    field = page.locator("[data-cell-form] [name=value]")
    expect(field).to_be_focused()
    page.keyboard.press("Escape")
    expect(field).to_have_count(0)
    page.locator("td[data-cell=standing]").dblclick()
    field.select_option("key")
    page.keyboard.press("Enter")
    expect(page.locator("td[data-cell=standing]")).to_have_text("重点客户")
    expect(page.locator(f"tr[data-id='{number}']")).to_be_focused()
    with as_system() as session:
        assert session.get(Company, number).standing == "key"


@pytest.mark.parametrize("key", ["Control+s", "Enter"])
def test_a_view_is_saved_by_key(clerk, open_page, key):
    page = open_page(clerk, "/companies/views/new?city=成都市")
    page.fill("main input[name=name]", "成都的")
    page.keyboard.press(key)
    page.wait_for_url("**/companies?view=*")


def test_what_does_not_fit_into_the_foot_stands_under_more(people, as_system, open_page):
    boss = people.user("boss", groups=("system_administrator",))
    with as_system() as session:
        for name in ("四川川江源酒业有限公司", "成都锦城糖酒商贸有限公司"):
            index_company(session, factories.company(session, name))
    page = open_page(boss, "/companies", viewport={"width": 1366, "height": 768})
    page.locator("thead [data-pick-page]").check()
    foot = page.locator("[data-batch]")
    assert foot.evaluate("one => one.scrollWidth <= one.clientWidth")
    merge = foot.get_by_role("button", name="合并")
    expect(merge).to_be_hidden()
    foot.get_by_text("更多").click()
    merge.click()
    expect(page.locator("h1")).to_contain_text("合并客户")


def test_on_a_phone_cards_are_chosen_for_what_is_done_with_many(people, as_system, open_page, findings):
    chief = people.user("chief", ["decision_maker"])
    with as_system() as session:
        for number in range(3):
            index_company(session, factories.company(session, f"川江源{number}酒业有限公司", owner_id=chief.id))
    page = open_page(chief, "/companies", viewport=PHONE)
    page.locator("[data-pick-cards]").click()
    cards = page.locator(".mc")
    expect(cards.first).to_have_attribute("aria-checked", "false")
    cards.nth(0).click()
    cards.nth(1).press(" ")
    expect(page.locator("[data-picked]")).to_contain_text("2")
    expect(page).to_have_url(re.compile(r"/companies$"))
    assert findings(page) == []
    cards.nth(1).click()
    page.locator("[data-more] summary").click()
    page.locator("[data-more] [value=delete]").click()
    expect(page.locator("main")).to_contain_text("川江源")
    expect(page.locator("h1")).to_contain_text("删除")


def test_the_cross_ends_choosing_on_a_phone(clerk, open_page):
    page = open_page(clerk, "/companies", viewport=PHONE)
    press = "new PointerEvent('contextmenu', {bubbles: true, cancelable: true, pointerType: 'touch'})"
    page.locator(".mc").first.evaluate(f"card => card.dispatchEvent({press})")
    expect(page.locator(".mc").first).to_have_attribute("aria-checked", "true")
    page.locator("[data-clear-picks]").click()
    expect(page.locator(".mc[aria-checked]")).to_have_count(0)
    page.locator(".mc").first.click()
    expect(page).to_have_url(re.compile(r"/companies/\d+"))
