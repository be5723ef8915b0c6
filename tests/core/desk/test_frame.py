"""The frame around every page: menus, counts, rights in words, language and looks."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from core.auth.models import User
from core.db import system_session
from core.desk.frame import rail_of
from core.testing.harness import Browser


def english(browser: Browser, address: str) -> str:
    """Read a page in English."""
    browser.client.set_cookie("zhike_locale", "en")
    return browser.get(address).get_data(as_text=True)


def test_a_menu_entry_is_shown_only_to_those_who_may_open_it(clerk: Browser, supervisor: Browser) -> None:
    assert "/sample/things" in supervisor.get("/menu").get_data(as_text=True)
    assert "/sample/things" not in clerk.get("/menu").get_data(as_text=True)


def test_no_entry_stays_of_a_plugin_that_raised_too_often(desk: Flask, supervisor: Browser) -> None:
    assert "/sample/things" in supervisor.get("/search").get_data(as_text=True)
    broken = desk.extensions["zhike"].registry.broken
    broken["sample"] = "raised 50 times"
    try:
        for address in ("/search", "/menu"):
            assert "/sample/" not in supervisor.get(address).get_data(as_text=True)
    finally:
        del broken["sample"]
    assert "/sample/things" in supervisor.get("/menu").get_data(as_text=True)


def test_an_entry_whose_page_does_not_exist_is_left_out(supervisor: Browser) -> None:
    assert "Nowhere" not in supervisor.get("/menu").get_data(as_text=True)


def test_a_main_menu_without_any_permitted_entry_is_left_out(desk: Flask) -> None:
    with desk.test_request_context("/"):
        assert [item.key for item in rail_of([])] == ["file"]


def test_figures_are_counted_after_the_page_and_then_known(supervisor: Browser) -> None:
    assert "12,480" not in supervisor.get("/search").get_data(as_text=True)
    counted = supervisor.get("/panel?menu=work&path=/sample/things", headers={"HX-Request": "true"})
    assert "12,480" in counted.get_data(as_text=True)


def test_a_figure_opens_what_it_counts_where_the_entry_leads_to_more(supervisor: Browser) -> None:
    for address in ("/panel?menu=work&path=/", "/menu/work", "/menu"):
        page = supervisor.get(address).get_data(as_text=True)
        assert '<a class="c hot" href="/sample/things?view=late" title="Late" aria-label="Late 3">3</a>' in page
        assert re.search(r'href="/sample/things">(?:(?!</a>).)*All things</span>|</svg>All things</a>', page)


def test_a_count_that_fails_leaves_the_rest_of_the_panel_standing(supervisor: Browser) -> None:
    panel = supervisor.get("/panel?menu=work&path=/sample/things").get_data(as_text=True)
    assert "Faulty" in panel
    assert panel.count("12,480") == 1


def test_a_plugins_entry_without_a_group_stands_under_extensions(supervisor: Browser) -> None:
    browser = supervisor
    browser.client.set_cookie("zhike_locale", "en")
    panel = browser.get("/panel?menu=work&path=/").get_data(as_text=True)
    assert panel.index("<h3>Extensions</h3>") < panel.index("Things")


def test_the_entry_of_the_page_is_marked_also_on_pages_below_it(supervisor: Browser) -> None:
    panel = supervisor.get("/panel?menu=work&path=/sample/things/7").get_data(as_text=True)
    assert re.search(r'href="/sample/things" aria-current="page"', panel)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_every_page_of_the_desk_answers_in_both_languages(supervisor: Browser, language: str) -> None:
    supervisor.client.set_cookie("zhike_locale", language)
    tag = "zh-CN" if language == "zh_CN" else "en"
    for address in (
        "/",
        "/?arrange=1",
        "/search",
        "/search?q=w",
        "/menu",
        "/menu/file",
        "/preferences",
        "/help",
        "/keys",
        "/quick",
    ):
        page = supervisor.get(address)
        text = page.get_data(as_text=True)
        assert page.status_code == 200, address
        assert f'<html lang="{tag}"' in text
        assert len(re.findall(r"<h1[ >]", text)) == 1, address
        assert len(page.data) < 60 * 1024


def test_the_status_bar_names_person_rights_and_time(clerk: Browser) -> None:
    page = english(clerk, "/")
    status = page[page.index('<footer class="status"') :]
    assert "Li Min · Staff" in status
    assert re.search(r'<time class="num" datetime="[0-9T:.+-]+" data-clock="/time">', status)


def test_a_choice_of_looks_is_kept_with_the_user_and_written_on_the_page(clerk: Browser) -> None:
    answer = clerk.post("/preferences", {"theme": "dark", "density": "compact", "panel": "folded", "next": "/help"})
    assert (answer.status_code, answer.location) == (303, "/help")
    page = clerk.get("/").get_data(as_text=True)
    assert 'data-theme="dark" data-density="compact"' in page
    assert 'class="app nopanel"' in page
    with system_session("test", database=clerk.app.extensions["zhike"].database) as session:
        user = session.query(User).filter_by(username="li").one()
        assert (user.theme, user.density, user.prefs["panel"]) == ("dark", "compact", "folded")
        assert user.version == 1
    assert 'data-theme="dark"' in Browser(clerk.app, user).get("/").get_data(as_text=True)


def test_single_letter_keys_can_be_switched_off(clerk: Browser) -> None:
    assert "data-no-letters" not in clerk.get("/").get_data(as_text=True)
    clerk.post("/preferences", {"letters": "off"})
    assert "data-no-letters" in clerk.get("/").get_data(as_text=True)


def test_the_language_is_kept_with_the_user(clerk: Browser) -> None:
    clerk.post("/preferences", {"locale": "en", "next": "/"})
    clerk.client.delete_cookie("zhike_locale")
    assert '<html lang="en"' in clerk.get("/").get_data(as_text=True)


@pytest.mark.parametrize("value", ["neon", "", "<script>"])
def test_an_unknown_look_is_ignored(clerk: Browser, value: str) -> None:
    assert clerk.post("/preferences", {"theme": value}).status_code == 303
    assert 'data-theme="light"' in clerk.get("/").get_data(as_text=True)


@pytest.mark.parametrize(
    "address",
    [
        "https://elsewhere.example/",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "javascript:x",
        "/\t/elsewhere.example",
        "http://[",
        "//[x",
        "",
    ],
)
def test_after_choosing_nobody_is_led_to_a_foreign_site(clerk: Browser, address: str) -> None:
    assert clerk.post("/preferences", {"theme": "dark", "next": address}).location == "/"


def test_the_time_is_told_to_everybody_in_the_servers_zone(desk: object, clerk: Browser) -> None:
    told = Browser(clerk.app).get("/time").get_json()["now"]
    assert told.endswith("+08:00")


@pytest.mark.parametrize(
    "address", ["/", "/search", "/palette", "/panel", "/menu", "/preferences", "/help", "/keys", "/quick"]
)
def test_pages_of_the_desk_ask_strangers_to_sign_in(clerk: Browser, address: str) -> None:
    answer = Browser(clerk.app).get(address)
    assert answer.status_code == 303
    assert answer.location.startswith("/login")


@pytest.mark.parametrize(
    "address",
    ["/account", "/account/password", "/account/digest", "/tasks/board", "/messages", "/messages/latest", "/menu", "/"],
)
def test_every_page_has_the_panel_commands_once(supervisor: Browser, address: str) -> None:
    page = supervisor.get(address).get_data(as_text=True)
    assert page.count('class="cmds"') == 1
    assert page.count('data-cmd="help"') == 1
