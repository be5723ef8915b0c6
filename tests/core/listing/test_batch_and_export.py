"""Batch actions on selected rows, and files that leave the house."""

from __future__ import annotations

import io
import re

import openpyxl
import pytest
from sqlalchemy import select

from core.auth.access import current_access
from core.auth.models import Audit
from core.clock import local_today
from core.customers.models import Company
from core.db import transaction
from core.errors import Beyond
from core.listing.services import EXPORT_LIMIT, spend_rows
from core.overlay import overlay


@pytest.fixture
def chief(people):
    """Make a decision maker, who may export."""
    return people.user("chief", ["decision_maker"])


def short_names(as_system):
    """Give the short names by name."""
    with as_system() as session:
        return dict(session.execute(select(Company.name, Company.short_name)).all())


def test_a_batch_leaves_out_what_may_not_be_touched(people, firm, browser_of, as_system):
    clerk = people.user("zhou", ["staff"])
    made = [firm("mine", owner=clerk), firm("theirs", owner=people.user("li"))]
    answer = browser_of(clerk).post("/firms/batch", {"action": "rename", "query": "", "id": [m.id for m in made]})
    assert answer.status_code == 303
    assert short_names(as_system) == {"mine": "short", "theirs": None}


def test_more_than_twenty_are_shown_before_they_are_changed(chief, firm, browser_of, as_system):
    for n in range(21):
        firm(f"f{n}")
    browser = browser_of(chief)
    answer = browser.post("/firms/batch", {"action": "rename", "query": "", "all": "1"})
    assert answer.status_code == 200
    assert set(short_names(as_system).values()) == {None}
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', answer.text))
    assert browser.post("/firms/batch", fields).status_code == 303
    assert set(short_names(as_system).values()) == {"short"}


def test_what_is_refused_is_told_on_the_list_with_the_rows_still_chosen(people, firm, browser_of, as_system):
    clerk = people.user("zhou", ["staff"])
    one, two, other = (firm(name, owner=clerk) for name in ("one", "two", "other"))
    form = {"action": "refuse", "query": "sort=name", "id": [one.id], "ids": str(two.id)}
    answer = browser_of(clerk).post("/firms/batch", form)
    assert answer.status_code == 422
    assert "One of them is locked" in answer.text
    assert f'data-chosen="{one.id},{two.id}"' in answer.text
    ticked = re.findall(r'name="id" value="(\d+)"[^>]* checked', answer.text)
    assert {int(key) for key in ticked} == {one.id, two.id}
    assert f'<tr data-id="{other.id}"' in answer.text
    assert set(short_names(as_system).values()) == {None}


def test_what_leads_to_a_page_is_offered_to_who_may_open_it(people, firm, browser_of):
    clerk, head = people.user("zhou", ["staff"]), people.user("chen", ["supervisor"])
    made = firm("mine", owner=clerk)
    form = {"action": "lead", "query": "", "id": [made.id]}
    assert "Rename" in browser_of(clerk).get("/firms").text
    assert "Lead on" not in browser_of(clerk).get("/firms").text
    assert browser_of(clerk).post("/firms/batch", form).status_code == 404
    people.grant(head, "core:company:edit", "all")
    assert "Lead on" in browser_of(head).get("/firms").text
    assert browser_of(head).post("/firms/batch", form).headers["Location"] == f"/firms/led?id={made.id}"


def test_choosing_nothing_is_told_on_the_list(chief, firm, browser_of):
    made = firm("one")
    answer = browser_of(chief).post("/firms/batch", {"action": "rename", "query": "q=one"})
    assert answer.status_code == 422
    assert f'<tr data-id="{made.id}"' in answer.text


def test_a_file_holds_harmless_text_and_is_on_record(chief, firm, browser_of, as_system):
    for name in ("=1+1", "+86", "-x", "@a", "plain"):
        firm(name)
    browser = browser_of(chief)
    answer = browser.post("/firms/export", {"query": "sort=name", "format": "csv", "column": ["name"]})
    assert answer.status_code == 200
    assert answer.data.startswith(b"\xef\xbb\xbf")
    assert set(answer.data.decode("utf-8-sig").split()) == {"Name", "'=1+1", "'+86", "'-x", "'@a", "plain"}
    answer = browser.post("/firms/export", {"query": "", "format": "xlsx", "column": ["name"]})
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert sheet.max_row == 6
    assert all(cell.data_type == "s" for row in sheet for cell in row)
    with as_system() as session:
        lines = session.scalars(select(Audit).where(Audit.kind == "export")).all()
        assert [line.changes["rows"] for line in lines] == [5, 5]
        assert all(len(line.changes["sha256"]) == 64 for line in lines)


def test_of_two_exports_at_once_the_second_may_ask_for_more(chief, as_system, as_user):
    with as_system() as session:
        overlay().change_setting(session, EXPORT_LIMIT, 3)
    with as_user(chief), transaction() as session:
        spend_rows(session, current_access(), local_today(), 2)
    with as_user(chief), pytest.raises(Beyond) as caught, transaction() as session:
        spend_rows(session, current_access(), local_today(), 2, what="联系人")
    assert (caught.value.quota, caught.value.rows, caught.value.what) == (EXPORT_LIMIT, 1, "联系人")
    assert "2" in str(caught.value.message)


def test_the_limit_of_a_day_stops_at_its_number(chief, firm, browser_of, app):
    from core.db import work

    for n in range(4):
        firm(f"f{n}")
    with work(app.extensions["zhike"].database, reason="test"), transaction() as session:
        overlay().change_setting(session, "core.export_rows_a_day", 3)
    browser = browser_of(chief)
    form = {"query": "", "format": "csv", "column": ["name"]}
    assert browser.post("/firms/export", form).status_code == 422
    answer = browser.post("/firms/export", {**form, "first": "3"})
    assert len(answer.data.decode("utf-8-sig").split()) == 4
    assert browser.post("/firms/export", {**form, "first": "3"}).status_code == 422


def test_what_was_chosen_stays_when_an_export_is_refused(chief, firm, browser_of, app):
    browser = browser_of(chief)
    for n in range(4):
        firm(f"f{n}")
    answer = browser.post("/firms/export", {"query": "", "format": "csv", "encoding": "gb18030"})
    assert answer.status_code == 422
    assert "请至少选择一列" in answer.text
    assert 'value="csv" checked' in answer.text
    assert 'value="gb18030" checked' in answer.text
    assert 'name="column" value="name" checked' not in answer.text
    page = browser.get("/firms/export?q=f1").text
    assert "关键词：f1" in page
    assert 'value="xlsx" checked' in page


def test_an_export_needs_its_right(people, firm, browser_of):
    firm("a")
    browser = browser_of(people.user("zhou", ["staff"]))
    assert browser.post("/firms/export", {"query": "", "format": "csv", "column": ["name"]}).status_code == 403
