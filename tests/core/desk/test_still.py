"""Parts of a page that are drawn once: for whom, and until when."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from core.admin.plugins import switch_plugin
from core.auth.models import Group, User
from core.auth.sessions import COOKIE
from core.db import current_work, transaction
from core.desk.still import MOST, still
from core.i18n import speaking
from core.mail.models import Mailing
from core.migrate import Migrations
from core.state import NAMES, bump


@pytest.fixture
def draw(app, people, as_user):
    """Draw a part in a request of a user; tell how often it was really drawn."""
    drawn = []
    user = people.user("an", name="安然")

    def once(*what, who=user, language="zh_CN", root=""):
        def caller() -> Markup:
            drawn.append(what)
            return Markup("<i>%s</i>") % len(drawn)

        environ = {"HTTP_COOKIE": f"{COOKIE}={'t' * 43}"}
        request = app.test_request_context("/", base_url=f"http://localhost{root}/", environ_overrides=environ)
        with request, as_user(who), speaking(language):
            return still("part", *what, caller=caller)

    once.drawn = drawn  # type: ignore[attr-defined]
    return once


def test_the_same_is_drawn_once(draw):
    assert draw("a", 1) == draw("a", 1) == Markup("<i>1</i>")
    assert draw.drawn == [("a", 1)]


def test_what_it_depends_on_draws_it_anew(draw, people):
    parts = {draw(), draw("a"), draw("b"), draw(language="en"), draw(root="/zhike"), draw(who=people.user("bo"))}
    assert len(parts) == 6


@pytest.mark.parametrize("name", NAMES)
def test_a_counter_that_moves_draws_it_anew(draw, as_system, name):
    first = draw()
    with as_system() as program:
        bump(program, name)
    assert draw() != first


def test_a_plugin_that_raised_too_often_takes_its_entries_out_of_what_was_drawn(app, draw):
    registry = app.extensions["zhike"].registry
    first = draw()
    registry.broken["journals"] = "raised 50 times"
    try:
        assert draw() != first
    finally:
        del registry.broken["journals"]
    assert draw() == first


def test_a_request_that_changes_rights_leaves_nothing_that_it_drew_with_those_of_before(app, people, as_user):
    user = people.user("an")

    def draw(began, text, *, moving=False):
        with app.test_request_context("/", environ_overrides={"HTTP_COOKIE": f"{COOKIE}={'t' * 43}"}), as_user(user):
            if moving:
                with transaction() as writing:
                    bump(writing, "rights")
            current_work().info["began"] = began
            return still("part", caller=lambda: Markup(text))

    assert draw("before", "drawn with rights of before", moving=True) == "drawn with rights of before"
    assert draw("after", "drawn anew") == "drawn anew"
    assert draw("after", "never drawn") == "drawn anew"


def test_nothing_is_remembered_of_what_a_transaction_may_yet_take_back(app, people, as_user):
    drawn = []
    user = people.user("an")
    with app.test_request_context("/"), as_user(user):
        with transaction():
            still("part", caller=lambda: drawn.append(1) or Markup("of before"))
        assert still("part", caller=lambda: Markup("of after")) == "of after"
    assert drawn == [1]


def test_holes_are_filled_anew_each_time_and_escaped(app, people, as_user):
    drawn = []

    def caller(number, tel):
        drawn.append(1)
        return Markup('<a href="/companies/%s?tel=%s">%s</a>') % (number, tel, number)

    user = people.user("an")
    with app.test_request_context("/"), as_user(user):
        first = still("part", caller=caller, holes=(7, "tel:028"))
        second = still("part", caller=caller, holes=(12, '"><b>'))
    assert first == '<a href="/companies/7?tel=tel:028">7</a>'
    assert second == '<a href="/companies/12?tel=&#34;&gt;&lt;b&gt;">12</a>'
    assert drawn == [1]


def test_memory_is_bounded(draw):
    draw("first")
    for number in range(MOST):
        draw(number)
    draw("first")
    assert draw.drawn.count(("first",)) == 2


def test_a_name_and_groups_changed_show_on_the_next_page(people, browser_of, as_system):
    user = people.user("an", name="安然")
    browser = browser_of(user)
    assert "安然" in browser.get("/").text
    with as_system() as program:
        own = program.get_one(User, user.id)
        own.name = "安静"
        own.groups.append(program.query(Group).filter_by(name="finance").one())
        bump(program, "rights")
    page = browser.get("/").text
    assert "安静" in page
    assert "安然" not in page
    assert "财务" in page


def test_each_browser_has_its_own_form_token(people, browser_of):
    user = people.user("an")
    one, other = browser_of(user), browser_of(user)
    for browser in (one, other, one):
        page = browser.get("/companies").text
        assert page.count(browser.form_token) == page.count('name="csrf_token"') + 1


def test_a_plugin_switched_off_leaves_no_trace_around_the_page(app, people, browser_of, as_system):
    boss = browser_of(people.user("he", ("decision_maker", "system_administrator")))
    assert "/journals/" in boss.get("/companies").text
    house = app.extensions["zhike"]
    migrations = Migrations(house.config.database_url, house.registry)
    with as_system() as program:
        switch_plugin(program, house.registry, migrations, "journals", on=False)
    assert "/journals/" not in boss.get("/companies").text


def test_a_filter_offers_the_rows_that_are_there_now(people, browser_of, as_system):
    """Mailings are choices of the list of letters, and no counter tells of a new one."""
    boss = people.user("he", ("decision_maker",))
    browser = browser_of(boss)
    assert "秋季征订函" not in browser.get("/letters").text
    with as_system() as program:
        made = Mailing(name="秋季征订函", owner_id=boss.id, kind="service", purpose="service", subject="函", body="函")
        made.resource = "companies"
        program.add(made)
    assert "秋季征订函" in browser.get("/letters").text
    with as_system() as program:
        program.get_one(Mailing, made.id).name = "秋季征订通知"
    assert "秋季征订函" not in browser.get("/letters").text
