"""Work to a selection or to all colleagues that a query finds (C-09)."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import select

from core.auth.models import Department, User
from core.messages.models import MessageCopy
from core.tasks.models import Task


@pytest.fixture
def house(people, as_system):
    """Make a manager and three of his people in a department with one below, and somebody of another."""
    with as_system() as session:
        sales = Department(name="市场部", path="/1/")
        session.add(sales)
        session.flush()
        sales.path = f"/{sales.id}/"
        west = Department(name="西部", parent_id=sales.id)
        session.add(west)
        session.flush()
        west.path = f"{sales.path}{west.id}/"
        sales_id, west_id = sales.id, west.id
    made = {
        "chief": people.user("chief", ("supervisor",), name="赵启明"),
        "lan": people.user("lan", name="周岚"),
        "fang": people.user("fang", name="李放"),
        "min": people.user("min", name="李敏"),
    }
    with as_system() as session:
        for name, department in (("chief", sales_id), ("lan", sales_id), ("fang", west_id)):
            session.get(User, made[name].id).department_id = department
        session.get(User, made["lan"].id).supervisor_id = made["chief"].id
    return {**made, "department": sales_id}


def names(browser, query: str = "") -> list[str]:
    page = browser.get(f"/colleagues?{query}").get_data(as_text=True)
    return re.findall(r'class="name el" href="/colleagues/\d+[^"]*">([^<]+)', page)


def test_the_list_is_narrowed_by_department_with_what_is_below_by_initials_and_by_supervisor(house, browser_of):
    browser = browser_of(house["chief"])
    assert set(names(browser, f"department_id={house['department']}")) == {"赵启明", "周岚", "李放"}
    assert names(browser, "q=zl") == ["周岚"]
    assert names(browser, "view=mine") == ["周岚"]


def test_whoever_left_is_not_listed(house, browser_of, as_system):
    with as_system() as session:
        session.get(User, house["lan"].id).active = False
    assert "周岚" not in names(browser_of(house["chief"]))


def batch(browser, **values):
    token = {"confirmed": "1", "idempotency_key": values.pop("key", "k1")}
    return browser.post("/colleagues/batch", {**token, **values})


def test_a_message_goes_to_all_that_a_query_finds(house, browser_of, as_system):
    browser = browser_of(house["chief"])
    query = f"department_id={house['department']}"
    asked = browser.post("/colleagues/batch", {"action": "message", "all": "1", "query": query})
    assert "发信息（" in asked.text
    assert asked.status_code == 200
    assert 'name="title"' in asked.get_data(as_text=True)
    done = batch(browser, action="message", all="1", query=query, title="周一例会", content="9 点", priority="high")
    assert done.status_code == 303
    with as_system() as session:
        rows = session.scalars(select(MessageCopy.user_id).where(MessageCopy.folder == "inbox")).all()
        assert set(rows) >= {house["lan"].id, house["fang"].id}
        assert house["min"].id not in rows


def test_each_of_a_selection_gets_a_task_of_his_own(house, browser_of, as_system):
    browser = browser_of(house["chief"])
    ids = f"{house['lan'].id},{house['min'].id}"
    due = (dt.date.today() + dt.timedelta(days=3)).isoformat()
    done = batch(browser, action="task", ids=ids, title="回访重点客户", due_on=due, priority="high")
    assert done.status_code == 303
    with as_system() as session:
        tasks = session.scalars(select(Task).where(Task.title == "回访重点客户")).all()
        assert {one.assignee_id for one in tasks} == {house["lan"].id, house["min"].id}
        assert {one.giver_id for one in tasks} == {house["chief"].id}
        assert len({one.bundle for one in tasks}) == 1


def test_what_is_missing_is_asked_for_and_nothing_is_sent(house, browser_of, as_system):
    answer = batch(browser_of(house["chief"]), action="task", ids=str(house["lan"].id), title="", priority="normal")
    assert answer.status_code == 422
    with as_system() as session:
        assert session.scalars(select(Task.id)).all() == []


@pytest.mark.parametrize("action", ["message", "task"])
def test_staff_send_to_no_query_result(house, browser_of, action):
    browser = browser_of(house["lan"])
    page = browser.get("/colleagues").get_data(as_text=True)
    assert f'value="{action}"' not in page
    assert batch(browser, action=action, all="1", title="x").status_code == 403


def test_a_colleagues_page_leads_to_a_message_and_a_task(house, browser_of):
    browser = browser_of(house["lan"])
    page = browser.get(f"/colleagues/{house['min'].id}").get_data(as_text=True)
    assert f"/messages/new?to=u{house['min'].id}" in page
    assert f"/tasks/new?to={house['min'].id}" in page
    assert "李敏" in browser.get(f"/messages/new?to=u{house['min'].id}").get_data(as_text=True)


def test_the_palette_names_a_colleague_once(house, browser_of):
    part = browser_of(house["lan"]).get("/palette?q=李敏", headers={"HX-Request": "true"}).get_data(as_text=True)
    assert part.count(f'href="/colleagues/{house["min"].id}"') == 1
