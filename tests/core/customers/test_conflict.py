"""Two people change one customer (R-27): only what clashes is asked, rows of the record included; nothing is lost."""

from __future__ import annotations

import re
from html import unescape

import pytest
from sqlalchemy import select

from core.customers.models import Company, Phone
from core.customers.services import update_company
from core.db import transaction

FIRST, SECOND = "028-85552290", "028-85552291"


@pytest.fixture
def house(people, company_of, as_user, as_system):
    zhou, boss = people.user("zhou", name="周岚"), people.user("boss", ("decision_maker",), name="何总")
    company = company_of("成都锦城糖酒有限公司", owner_id=zhou.id, phones=[FIRST, SECOND], scale="small")

    def theirs(**values):
        """Save a change of the other person's."""
        with as_user(boss), transaction() as session:
            update_company(session, session.get(Company, company.id), values, by=boss.id)

    def rows():
        with as_system() as session:
            return dict(session.execute(select(Phone.id, Phone.number).order_by(Phone.id)).all())

    return zhou, company, theirs, rows


def hidden(page, name):
    return unescape(re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)[1])


def form_of(browser, company, numbers):
    """Give the form as the page shows it, with these numbers in the lines of the phones."""
    page = browser.get(f"/companies/{company.id}/edit").get_data(as_text=True)
    data = {"version": hidden(page, "version"), "original": hidden(page, "original"), "name": company.name}
    data |= {"scale": "small", "country": "CN", "phones-known": list(numbers)}
    for place, (key, number) in enumerate(numbers.items()):
        if number:
            data |= {
                f"phones-{place}-id": str(key),
                f"phones-{place}-kind": "office",
                f"phones-{place}-number": number,
            }
    return data


def line(key, number, **more):
    return {"id": key, "kind": "office", "number": number, **more}


def test_changes_of_different_rows_are_both_kept(house, browser_of):
    zhou, company, theirs, rows = house
    one, two = rows()
    browser = browser_of(zhou)
    mine = form_of(browser, company, {one: "028-85550001", two: SECOND})
    theirs(phones=[line(one, FIRST), line(two, "028-85550002")])
    assert browser.post(f"/companies/{company.id}/edit", mine).status_code == 303
    assert rows() == {one: "028-85550001", two: "028-85550002"}


@pytest.mark.parametrize(("choice", "kept"), [("mine", "028-85550001"), ("now", "028-85550002")])
def test_a_row_that_both_changed_is_asked_with_all_three_values(house, browser_of, choice, kept):
    zhou, company, theirs, rows = house
    one, two = rows()
    browser = browser_of(zhou)
    mine = form_of(browser, company, {one: "028-85550001", two: SECOND})
    theirs(phones=[line(one, "028-85550002"), line(two, SECOND)])
    answer = browser.post(f"/companies/{company.id}/edit", mine)
    assert answer.status_code == 409
    page = unescape(answer.get_data(as_text=True))
    for words in (f"<del>办公电话 · {FIRST}</del>", "028-85550001", "028-85550002", "何总"):
        assert words in page
    assert rows()[one] == "028-85550002"
    again = mine | {"version": hidden(page, "version"), f"take-phones#{one}": choice}
    assert browser.post(f"/companies/{company.id}/edit", again).status_code == 303
    assert rows() == {one: kept, two: SECOND}


def test_a_row_that_the_other_removed_stays_removed_unless_i_changed_it(house, browser_of):
    zhou, company, theirs, rows = house
    one, two = rows()
    browser = browser_of(zhou)
    untouched = form_of(browser, company, {one: FIRST, two: SECOND}) | {"short_name": "锦城"}
    changed = form_of(browser, company, {one: "028-85550001", two: SECOND})
    theirs(phones=[line(two, SECOND)], known={"phones": {one}})
    assert browser.post(f"/companies/{company.id}/edit", untouched).status_code == 303
    assert rows() == {two: SECOND}
    answer = browser.post(f"/companies/{company.id}/edit", changed)
    assert answer.status_code == 409
    version = hidden(answer.get_data(as_text=True), "version")
    again = changed | {"version": version, f"take-phones#{one}": "mine"}
    assert browser.post(f"/companies/{company.id}/edit", again).status_code == 303
    assert sorted(rows().values()) == ["028-85550001", SECOND]


@pytest.mark.parametrize(("choice", "left"), [("mine", [SECOND]), ("now", ["028-85550002", SECOND])])
def test_a_row_that_i_removed_and_the_other_changed_is_asked(house, browser_of, choice, left):
    zhou, company, theirs, rows = house
    one, two = rows()
    browser = browser_of(zhou)
    mine = form_of(browser, company, {one: "", two: SECOND})
    theirs(phones=[line(one, "028-85550002"), line(two, SECOND)])
    answer = browser.post(f"/companies/{company.id}/edit", mine)
    assert answer.status_code == 409
    version = hidden(answer.get_data(as_text=True), "version")
    again = mine | {"version": version, f"take-phones#{one}": choice}
    assert browser.post(f"/companies/{company.id}/edit", again).status_code == 303
    assert sorted(rows().values()) == sorted(left)


def test_a_clash_shows_words_and_not_codes(house, browser_of):
    zhou, company, theirs, rows = house
    browser = browser_of(zhou)
    mine = form_of(browser, company, dict(rows())) | {"scale": "large"}
    theirs(scale="medium")
    page = unescape(browser.post(f"/companies/{company.id}/edit", mine).get_data(as_text=True))
    table = page[page.index("<tbody>") : page.index("</tbody>")]
    assert [f">{words}<" in table for words in ("小", "中", "大", "small")] == [True, True, True, False]
