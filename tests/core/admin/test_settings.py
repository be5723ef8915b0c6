"""Settings and dictionaries: changed on the page, seen everywhere at once, refused when they cannot stand."""

from __future__ import annotations

import html
import re

import pytest

from core.db import work
from core.overlay import overlay


@pytest.fixture
def chief(people, browser_of):
    return browser_of(people.user("chief", groups=("system_administrator",)))


def value(app, key):
    with work(app.extensions["zhike"].database, reason="test") as unit:
        return overlay().setting(unit.session, key)


def title(app, name, code):
    with work(app.extensions["zhike"].database, reason="test") as unit:
        return overlay().title(unit.session, name, code)


def fields(page: str) -> dict[str, str]:
    found = {}
    for attributes in re.findall(r"<input ([^>]+)>", page):
        name = re.search(r'name="([^"]+)"', attributes)
        text = re.search(r'value="([^"]*)"', attributes)
        if name and 'type="checkbox"' not in attributes and 'type="hidden"' not in attributes:
            found[html.unescape(name[1])] = html.unescape(text[1]) if text else ""
    return found


def test_a_setting_is_stored_and_its_default_leaves_no_row(app, chief):
    form = fields(chief.get("/admin/settings").text)
    assert chief.post("/admin/settings", {**form, "core.session_idle_minutes": "45"}).status_code == 303
    assert value(app, "core.session_idle_minutes") == 45
    assert chief.post("/admin/settings", {**form, "core.session_idle_minutes": "30"}).status_code == 303
    assert value(app, "core.session_idle_minutes") == 30


def test_a_value_that_cannot_stand_saves_nothing_and_is_kept_on_the_page(app, chief):
    form = fields(chief.get("/admin/settings").text)
    answer = chief.post("/admin/settings", {**form, "core.session_idle_minutes": "soon", "demo.revisit_days": "7"})
    assert answer.status_code == 422
    assert 'value="soon"' in answer.text
    assert value(app, "demo.revisit_days") == 90


def test_customer_types_are_chosen_by_name_and_an_unknown_one_is_refused(app, chief):
    key = "core.pool_exempt_standings"
    page = chief.get("/admin/settings").text
    assert re.search(rf'name="{key}" value="key" checked>重点客户', page)
    assert re.search(rf'name="{key}" value="lost">流失客户', page)
    assert chief.post("/admin/settings", {key: ["", "lost", "key"]}).status_code == 303
    assert value(app, key) == "key,lost"
    assert chief.post("/admin/settings", {key: ["", "重点客户"]}).status_code == 422
    assert value(app, key) == "key,lost"
    assert chief.post("/admin/settings", {"core.session_idle_minutes": "30"}).status_code == 303
    assert value(app, key) == "key,lost"
    assert chief.post("/admin/settings", {key: [""]}).status_code == 303
    assert value(app, key) == ""


def test_an_entry_is_renamed_retired_and_added(app, chief):
    address = "/admin/dictionaries/demo_outcome"
    form = {"title:won": "大获成功", "title:later": "以后再谈", "retired:later": "on"}
    assert chief.post(address, {**form, "new_code": "lost", "new_title": "没谈成"}).status_code == 303
    assert title(app, "demo_outcome", "won") == "大获成功"
    assert title(app, "demo_outcome", "lost") == "没谈成"
    with work(app.extensions["zhike"].database, reason="test") as unit:
        offered = [code for code, _title in overlay().choices(unit.session, "demo_outcome")]
        kept = [code for code, _title in overlay().choices(unit.session, "demo_outcome", keep=["later"])]
    assert offered == ["won", "lost"]
    assert kept == ["won", "later", "lost"]


def test_an_entry_without_title_and_a_second_code_are_refused(app, chief):
    address = "/admin/dictionaries/demo_outcome"
    assert chief.post(address, {"title:won": " "}).status_code == 422
    assert chief.post(address, {"new_code": "won", "new_title": "x"}).status_code == 422
    assert chief.post(address, {"new_code": "Not A Code", "new_title": "x"}).status_code == 422


def test_the_order_of_entries_can_be_changed(app, chief):
    form = {"title:won": "谈成", "title:later": "以后再谈", "position:later": "0"}
    assert chief.post("/admin/dictionaries/demo_outcome", form).status_code == 303
    with work(app.extensions["zhike"].database, reason="test") as unit:
        assert list(overlay().dictionary(unit.session, "demo_outcome")) == ["later", "won"]


def test_an_unknown_dictionary_is_not_found(chief):
    assert chief.get("/admin/dictionaries/nonsense").status_code == 404
