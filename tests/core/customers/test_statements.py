"""How many statements a page asks: what makes pages slow over a network creeps in one statement at a time.

The numbers are ceilings with room for what a feature honestly needs. Whoever must raise one says why in the commit; a
feature that reads for every row of a page, instead of once for all of them, breaks them at once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape

import pytest
from sqlalchemy import event

from core.columns import utcnow

LIST = 9
SEARCH = 12
RECORD = 9
CREATE = 23  # one of them on SQLite alone: whether an id was retired, so that it is never given anew


@pytest.fixture
def boss(people):
    return people.user("he", groups=("decision_maker",), name="何建国")


@pytest.fixture
def statements(app):
    """Count the statements of a block, without those that only begin and end transactions."""
    engine = app.extensions["zhike"].database.engine

    @contextmanager
    def counted() -> Iterator[list[str]]:
        said: list[str] = []

        def note(conn, cursor, statement, *more):
            if statement.split(None, 1)[0] not in ("BEGIN", "COMMIT"):
                said.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        try:
            yield said
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return counted


@pytest.fixture
def register(company_of, boss):
    """Thirty customers with all that hangs on them."""
    return [
        company_of(
            f"成都{number}号酒业有限公司",
            owner_id=boss.id,
            phones=[f"028-8555{number:04}"],
            emails=[f"c{number}@example.com"],
            contacts=[f"王{number}", f"李{number}"],
        )
        for number in range(30)
    ]


def asked(statements, browser, address):
    """Count what a page asks once memory holds what is kept between requests."""
    assert browser.get(address).status_code == 200
    with statements() as said:
        assert browser.get(address).status_code == 200
    return said


def test_what_a_search_gathered_is_counted_before_it_is_ordered_and_cut(statements, register, browser_of, boss):
    """With a limit beside the counting PostgreSQL up to 15 walks the index of the order to its end."""
    browser = browser_of(boss)
    said = asked(statements, browser, "/companies?q=王1")
    (listed,) = (one for one in said if "OVER ()" in one)
    within, without = listed[: listed.rindex(") AS")], listed[listed.rindex(") AS") :]
    assert "OVER ()" in within, listed
    assert "ORDER BY" not in within, listed
    assert "ORDER BY" in without, listed
    assert "LIMIT" in without, listed
    assert len(set(re.findall(r"成都\d+号酒业", browser.get("/companies?q=王1").text))) == 11


@pytest.mark.parametrize(("address", "most"), [("/companies", LIST), ("/companies?q=酒业", SEARCH)])
def test_a_list_asks_few_statements_however_many_rows_it_shows(statements, register, browser_of, boss, address, most):
    said = asked(statements, browser_of(boss), address)
    assert len(said) <= most, "\n\n".join(said)


def test_what_a_search_gathered_is_counted_with_its_first_rows(statements, company_of, browser_of, boss):
    for number in range(25):
        company_of(f"成都{number}号酒业有限公司", owner_id=boss.id, contacts=["赵建国"])
    company_of("建国糖果厂", owner_id=boss.id, contacts=["赵建国"])
    company_of("眉山建国酒厂", owner_id=boss.id, deleted_at=utcnow())
    browser = browser_of(boss)
    said = asked(statements, browser, "/companies?q=建国")
    assert not [one for one in said if one.startswith("SELECT count(*)") and "FROM core_company" in one]
    page = browser.get("/companies?q=建国").text
    assert 'data-total="26"' in page
    following = unescape(re.search(r'href="([^"]*[?&;]after=[^"]*)"', page)[1])
    rest = browser.get(following).text
    assert 'data-total="26"' in rest
    assert len(re.findall(r'<tr data-id="', rest)) == 6


def test_a_record_asks_few_statements(statements, register, browser_of, boss):
    said = asked(statements, browser_of(boss), f"/companies/{register[3].id}")
    assert len(said) <= RECORD, "\n\n".join(said)


def test_a_form_reads_the_customer_whom_it_names_once(statements, register, browser_of, boss):
    said = asked(statements, browser_of(boss), f"/tasks/new?company={register[3].id}")
    whole = [one for one in said if re.search(r"FROM core_company\s+WHERE", one)]
    assert len(whole) <= 2, "\n\n".join(whole)  # as what the task is about, and in the box


def test_saving_a_new_record_asks_few_statements(statements, register, browser_of, boss):
    browser = browser_of(boss)
    for number in range(2):
        form = {"name": f"乐山{number}号糖果厂", "phones-0-kind": "office", "phones-0-number": "0833-2100200"}
        with statements() as said:
            answer = browser.post(
                "/companies/new", {**form, "idempotency_key": f"k{number}", "duplicate_reason": "分厂"}
            )
        assert answer.status_code == 303
    assert len(said) <= CREATE, "\n\n".join(said)


def test_a_lists_page_is_small(register, browser_of, boss):
    """Whoever sits behind a slow line waits for it."""
    assert len(browser_of(boss).get("/companies").data) < 60_000
