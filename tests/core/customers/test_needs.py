"""Needs with their validity: marks, and the filters by them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from core.clock import local_today
from core.columns import utcnow
from core.customers.models import Contact, Need
from core.tasks.models import Task
from core.testing.harness import Browser, People

FIRMS = ("长期需求公司", "快到期公司", "已过期公司", "无需求公司")


@pytest.fixture
def firms(company_of: Any, as_system: Any) -> None:
    today = local_today()
    ends = (None, today + timedelta(days=10), today - timedelta(days=1))
    for name, end in zip(FIRMS, (*ends, "none"), strict=True):
        company = company_of(name)
        if end == "none":
            continue
        with as_system() as session:
            noted = today - timedelta(days=60)
            session.add(Need(company_id=company.id, kind="advertising", noted_on=noted, valid_until=end))


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("needs=advertising", {0, 1}),
        ("needs=fair", set()),
        ("need_ends__between=today,%2B30d", {1}),
        ("need_ends__between=today,%2B5d", set()),
        ("need_ends__lt=%2B11d", {1}),
        ("need_ends__empty=0", {1}),
        ("past_needs=advertising", {2}),
        ("past_needs__empty=1", {0, 1, 3}),
        ("past_needs__ne=advertising", {0, 1, 3}),
    ],
)
def test_lists_are_narrowed_by_needs_of_today_of_the_past_and_by_their_end(
    firms: None, people: People, browser_of: Callable[..., Browser], query: str, wanted: set[int]
) -> None:
    page = browser_of(people.user("boss", groups=("decision_maker",))).get(f"/companies?{query}").text
    assert {place for place, name in enumerate(FIRMS) if name in page} == wanted


def test_the_marks_stand_where_a_customer_is_met(people, browser_of, company_of, as_system):
    boss = people.user("boss", ["decision_maker"])
    company = company_of("成都锦城糖酒有限公司", contacts=["王建平"])
    with as_system() as session:
        session.add(Need(company_id=company.id, kind="fair", noted_on=local_today()))
        contact = session.scalar(select(Contact.id).where(Contact.company_id == company.id))
    browser = browser_of(boss)
    mark = 'aria-label="糖酒会：'
    for address in ("/contacts", f"/contacts/{contact}", "/companies?view=free"):
        assert mark in browser.get(address).text, address
    for address in ("/contacts", "/companies"):  # on a phone too
        assert mark in browser.get(address).text.split('<div class="mlist">')[1], address
    assert "王建平" in browser.get("/contacts?customer_needs=fair").text
    assert "王建平" not in browser.get("/contacts?customer_needs__ne=fair").text


def test_the_marks_of_a_customer_tell_nothing_to_who_does_not_find_him(people, browser_of, company_of, as_system):
    helper = people.user("helper", ())
    for code in ("core:company:query", "core:task:query"):
        people.grant(helper, code, "own")
    company = company_of("成都锦城糖酒有限公司")
    with as_system() as session:
        session.add(Need(company_id=company.id, kind="fair", noted_on=local_today()))
        session.add(Task(title="代办的事", company_id=company.id, assignee_id=helper.id, due_at=utcnow()))
    browser = browser_of(helper)
    assert "代办的事" in browser.get("/tasks?view=all").text
    assert "代办的事" not in browser.get("/tasks?view=all&customer_needs=fair").text
