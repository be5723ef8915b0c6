"""Views of a list: the system's, one's own, those shared with a group, a department or everybody."""

from __future__ import annotations

import html
import re

import pytest
from sqlalchemy import select

from core.auth.models import Group
from core.customers.models import Company
from core.listing.models import ListView


@pytest.fixture
def clerk(people):
    """Make a clerk of a department."""
    return people.user("zhou", ["staff"], department=people.department("广告部"))


def save(browser, query, name="川渝", shared="private"):
    """Save a view; give the address it leads to."""
    answer = browser.post("/firms/views/new", {"query": query, "name": name, "shared": shared})
    assert answer.status_code == 303, answer.text
    return answer.location


def tabs(browser, address="/firms"):
    """List the tabs with their addresses."""
    text = browser.get(address).text
    part = text[text.index('<nav class="tabs"') :]
    part = part[: part.index("</nav>")]
    found = re.findall(r'<a href="([^"]*)"[^>]*>(?:<svg.*?</svg>)?([^<]*)', part)
    return {name.strip(): html.unescape(href) for href, name in found}


def test_a_system_view_narrows_and_counts(clerk, firm, browser_of):
    firm("mine", owner=clerk)
    firm("theirs")
    browser = browser_of(clerk)
    text = browser.get("/firms?view=mine").text
    assert "mine</a>" in text
    assert "theirs</a>" not in text
    assert re.search(r'aria-current="page">Mine <span class="cnt num">1</span>', text)


def test_a_saved_view_brings_conditions_order_and_columns_back(clerk, firm, browser_of):
    firm("b", city="成都")
    firm("a", city="成都")
    firm("c", city="重庆")
    browser = browser_of(clerk)
    browser.post("/firms/set", {"query": "", "column": ["city"]})
    address = save(browser, "city=成都&sort=name&after=WzFd&size=50")
    assert re.fullmatch(r"/firms\?view=\d+", address)
    browser.post("/firms/set", {"query": "", "reset": "1"})
    text = browser.get(address).text
    assert re.findall(r'<a class="name el"[^>]*>([^<]*)', text) == ["a", "b"]
    assert re.findall(r'<th scope="col"[^>]*>(?:<a[^>]*>)?([^<]+)', text) == ["Name", "City"]
    assert "已改动" not in text
    assert tabs(browser)["川渝"] == address


def test_a_changed_view_says_so_and_can_be_restored_or_updated(clerk, firm, browser_of):
    firm("a", city="成都")
    browser = browser_of(clerk)
    address = save(browser, "city=成都")
    changed = browser.get(f"{address}&standing=prospect").text
    assert "已改动" in changed
    assert f'href="{address}"' in changed
    number = address.rsplit("=", 1)[1]
    assert browser.get(f"/firms?view=~{number}&city=成都").text.count("已改动") == 0
    browser.post("/firms/set", {"query": f"view=~{number}&city=重庆", "update": number})
    text = browser.get(address).text
    assert "<b>City</b> 重庆" in text
    assert "已改动" not in text


def test_links_of_a_view_keep_it(clerk, firm, browser_of):
    for n in range(25):
        firm(f"f{n}", city="成都")
    browser = browser_of(clerk)
    address = save(browser, "city=成都")
    text = browser.get(address).text
    following = html.unescape(re.search(r'href="([^"]+)"[^>]*rel="next"', text)[1])
    assert following.startswith(f"{address}&after=")
    assert "已改动" not in browser.get(following).text


def test_a_private_view_is_nobody_elses(clerk, people, firm, browser_of):
    firm("a")
    address = save(browser_of(clerk), "city=成都")
    other = browser_of(people.user("li", ["staff"]))
    number = address.rsplit("=", 1)[1]
    assert "川渝" not in tabs(other)
    assert other.get(address).status_code == 422
    assert other.get(f"/firms/views/{number}").status_code == 404
    assert other.post(f"/firms/views/{number}", {"delete": "1"}).status_code == 404
    assert other.post("/firms/set", {"query": "", "update": number}).status_code == 404


def test_a_view_shared_with_a_group_is_seen_by_its_members(clerk, people, firm, as_system, browser_of):
    with as_system() as session:
        group = session.scalar(select(Group.id).where(Group.name == "staff"))
        other_group = session.scalar(select(Group.id).where(Group.name == "finance"))
    firm("a")
    browser = browser_of(clerk)
    save(browser, "city=成都", shared=f"group:{group}")
    assert "川渝" in tabs(browser_of(people.user("li", ["staff"])))
    assert "川渝" not in tabs(browser_of(people.user("chen", ["finance"])))
    answer = browser.post("/firms/views/new", {"query": "", "name": "x", "shared": f"group:{other_group}"})
    assert answer.status_code == 422


def test_a_view_shared_with_a_department_is_seen_in_it_and_below(clerk, people, firm, browser_of):
    firm("a")
    save(browser_of(clerk), "city=成都", shared="department")
    department = clerk.department_id
    from core.auth.models import Department

    class Above:
        id = department
        path = f"/{department}/"

    below = people.department("广告一组", parent=Above)
    assert isinstance(below, Department)
    assert "川渝" in tabs(browser_of(people.user("li", ["staff"], department=below)))
    assert "川渝" not in tabs(browser_of(people.user("chen", ["staff"], department=people.department("会展办"))))


def test_sharing_with_everybody_needs_the_right(clerk, people, firm, browser_of):
    firm("a")
    answer = browser_of(clerk).post("/firms/views/new", {"query": "", "name": "x", "shared": "everybody"})
    assert answer.status_code == 422
    boss = people.user("boss", ["supervisor"])
    address = save(browser_of(boss), "city=成都", shared="everybody")
    clerks = browser_of(clerk)
    assert tabs(clerks)["川渝"] == address
    number = address.rsplit("=", 1)[1]
    assert clerks.post(f"/firms/views/{number}", {"name": "mine", "shared": "private"}).status_code == 403


def test_a_view_is_renamed_and_deleted_by_its_owner(clerk, firm, browser_of, as_system):
    firm("a")
    browser = browser_of(clerk)
    number = save(browser, "city=成都").rsplit("=", 1)[1]
    assert browser.post(f"/firms/views/{number}", {"name": "", "shared": "private"}).status_code == 422
    assert browser.post(f"/firms/views/{number}", {"name": "蜀", "shared": "private"}).status_code == 303
    assert "蜀" in tabs(browser)
    assert browser.post(f"/firms/views/{number}", {"delete": "1"}).status_code == 303
    with as_system() as session:
        assert session.scalars(select(ListView)).all() == []


def test_a_view_over_a_hidden_field_tells_instead_of_showing(clerk, people, firm, browser_of):
    firm("a", headcount=5)
    chief = browser_of(people.user("chief", ["decision_maker"]))
    address = save(chief, "headcount__gt=1", shared="everybody")
    nobody = people.user("zhao", ())
    people.grant(nobody, "core:company:query", "all")
    answer = browser_of(nobody).get(address)
    assert answer.status_code == 422
    assert "<tr data-id" not in answer.text


def test_who_may_share_with_everybody_may_share_with_any_group(clerk, people, as_system, firm, browser_of):
    boss = browser_of(people.user("boss", ["decision_maker"]))
    with as_system() as session:
        staff = session.scalars(select(Group).where(Group.name == "staff")).one().id
    assert f'value="group:{staff}"' in boss.get("/firms/views/new").text
    address = save(boss, "city=成都", "给业务员的", f"group:{staff}")
    assert tabs(browser_of(clerk))["给业务员的"] == address
    assert "给业务员的" not in tabs(browser_of(people.user("money", ["finance"])))
    assert f'value="group:{staff}"' not in browser_of(people.user("lead", ["finance"])).get("/firms/views/new").text


def test_saved_views_stand_on_the_workbench_with_how_many_rows_they_have_now(clerk, people, as_system, browser_of):
    with as_system() as session:
        session.add_all(Company(name=f"第{n}酒厂", city="成都市", review_state="reviewed") for n in range(3))
    browser, chief = browser_of(clerk), browser_of(people.user("chief", ["supervisor"]))
    assert "把列表存为视图" in browser.get("/cards/core.views").text

    def keep(who, query, name, shared="private"):
        made = who.post("/companies/views/new", {"query": query, "name": name, "shared": shared})
        return made.location

    own = keep(browser, "city=成都市", "成都的")
    shared = keep(chief, "city=重庆市", "重庆的", "everybody")
    keep(chief, "city=贵阳市", "贵阳的")
    page = html.unescape(browser.get("/cards/core.views").text)
    figures = re.findall(r'<a class="num b" href="([^"]+)" aria-label="(\S+) [^"]*">([\d,]+)</a>', page)
    assert figures == [(own, "成都的", "3"), (shared, "重庆的", "0")]
    assert "贵阳的" not in page


def test_a_shared_view_whose_conditions_somebody_may_not_use_has_no_figure_for_him(clerk, people, firm, browser_of):
    chief = browser_of(people.user("chief", ["decision_maker"]))
    query = {"query": "registered_capital__gt=1", "name": "大户", "shared": "everybody"}
    chief.post("/companies/views/new", query)
    nobody = people.user("zhao", ())
    people.grant(nobody, "core:company:query", "all")
    page = browser_of(nobody).get("/cards/core.views").text
    assert "大户" in page
    assert "—</a>" in page
    assert ">0<" not in page
