"""The bell's figures ride on the statement that finds who asks: one statement less for each page."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import event, literal_column
from sqlalchemy.exc import OperationalError

from core.customers.models import Company
from core.db import current_work, session, transaction
from core.desk.badges import RIDING, TOLD
from core.plugin import Badge, Tally
from core.reading import run_prepared


def bell(page):
    """Give what the bell says."""
    return set(re.findall(r'data-bell-text(?:="[^"]*")?(?: hidden)?>([^<]*)<', page.text))


@pytest.fixture
def heard(app):
    """Collect the statements that count messages."""
    found = []

    def note(_connection, _cursor, statement, *_more):
        if "core_message_copy" in statement and "core_user" in statement:
            found.append(statement)

    event.listen(app.extensions["zhike"].database.engine, "before_cursor_execute", note)
    yield found
    event.remove(app.extensions["zhike"].database.engine, "before_cursor_execute", note)


def test_from_the_second_page_on_nobody_asks_for_the_figures_alone(house, sent, browser_of, heard):
    sent(house["chief"], [house["sales"]], "请看合同")
    browser = browser_of(house["sales"])
    assert bell(browser.get("/account")) == {"1"}
    del heard[:]
    assert bell(browser.get("/account")) == {"1"}
    assert len(heard) == 1
    assert "core_session" in heard[0]


def test_each_person_gets_his_own_figures(house, sent, browser_of):
    sent(house["chief"], [house["sales"]], "请看合同")
    sales, chief = browser_of(house["sales"]), browser_of(house["chief"])
    for _time in range(2):
        assert bell(sales.get("/account")) == {"1"}
        assert bell(chief.get("/account")) == {""}


def test_what_was_told_counts_until_something_is_written(app, house, sent, browser_of, as_user):
    sent(house["chief"], [house["sales"]], "请看合同")
    browser_of(house["sales"]).get("/account")
    riding, registry = app.extensions[RIDING], app.extensions["zhike"].registry
    columns = riding.columns()
    with as_user(house["sales"]):
        current_work().memory[TOLD] = (columns, tuple(None for _column in columns))
        assert riding.figures_of(session(), registry, house["sales"].id).count == 0
        with transaction():
            pass
        assert riding.figures_of(session(), registry, house["sales"].id).count == 1


def test_what_was_told_of_who_asks_is_nobody_elses(app, house, sent, browser_of, as_user):
    sent(house["chief"], [house["sales"]], "请看合同")
    browser_of(house["sales"]).get("/account")
    riding, registry = app.extensions[RIDING], app.extensions["zhike"].registry
    columns = riding.columns()
    with as_user(house["chief"]):
        current_work().memory[TOLD] = (columns, tuple(7 for _column in columns))
        assert riding.figures_of(session(), registry, house["sales"].id).count < 7


def raising(user):
    raise RuntimeError("no figures today")


BROKEN = {
    "asks for a table that is gone": lambda user: Tally(count=literal_column("(SELECT gone FROM gone)")),
    "raises": raising,
    "gives nothing": lambda user: None,
    "brings a table of its own": lambda user: Tally(count=Company.id),
    "gives no SQL": lambda user: Tally(count="three"),
}


@pytest.mark.parametrize("tally", BROKEN.values(), ids=BROKEN)
def test_a_badge_that_fails_costs_neither_the_page_nor_the_other_figures(
    app, house, sent, browser_of, monkeypatch, tally
):
    sent(house["chief"], [house["sales"]], "请看合同")
    browser = browser_of(house["sales"])
    broken = Badge(name="x.broken", title="x", tally=tally)
    real = app.extensions["zhike"].registry.declared

    def declared(hook, **more):
        return [*real(hook, **more), *([broken] if hook == "register_badges" else [])]

    monkeypatch.setattr(app.extensions["zhike"].registry, "declared", declared)
    monkeypatch.setattr(app.extensions["zhike"].registry, "owner_of", lambda hook, one: "core.messages")
    assert bell(browser.get("/account")) == {"1"}
    assert bell(browser.get("/account")) == {"1"}
    assert app.extensions[RIDING].columns() == ()
    monkeypatch.undo()
    assert bell(browser.get("/account")) == {"1"}
    assert app.extensions[RIDING].columns() != ()


@pytest.mark.parametrize(("times", "status"), [(2, 503), (1, 200)])
def test_a_lost_connection_does_not_keep_the_figures_from_riding(app, house, browser_of, monkeypatch, times, status):
    browser = browser_of(house["sales"])
    browser.get("/account")
    riding = app.extensions[RIDING].columns()
    assert riding != ()
    errors = [OperationalError("SELECT", {}, Exception("closed"), connection_invalidated=True)] * times

    def lost(*given):
        if errors:
            raise errors.pop()
        return run_prepared(*given)

    monkeypatch.setattr("core.auth.sessions.run_prepared", lost)
    assert browser.get("/account").status_code == status
    assert browser.get("/account").status_code == 200
    assert app.extensions[RIDING].columns() == riding
