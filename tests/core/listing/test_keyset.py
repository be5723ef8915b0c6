"""Paging by key: every row is met exactly once, forward and back, whatever the order."""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.auth.access import current_access
from core.customers.models import Company
from core.errors import Refused
from core.listing.queries import list_page
from core.listing.state import ListState
from tests.core.listing.conftest import COMPANY, CONTACT

ORDERS = [
    "-updated_at",
    "name",
    "-headcount",
    "headcount",
    "city,-headcount",
    "-last_contact_on,city",
    "owner_name",
    "-credit_limit",
]
MOMENT = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)

rows = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(["甲", "乙", "a", "B"]),
            "city": st.sampled_from([None, "", "成都", "Chengdu", "重庆"]),
            "headcount": st.sampled_from([None, -1, 0, 1, 2]),
            "last_contact_on": st.sampled_from([None, dt.date(2026, 1, 1), dt.date(2026, 1, 2)]),
            "updated_at": st.integers(0, 2).map(lambda n: MOMENT + dt.timedelta(microseconds=n)),
            "credit_limit": st.sampled_from([None, 1, 2]),
            "owned": st.booleans(),
        }
    ),
    max_size=14,
)


@pytest.fixture
def clerk(people):
    """Make a clerk who sees the private fields of his own companies only."""
    return people.user("zhou", ["staff"])


def fill(session, made, owner):
    """Put companies in place of those that are there."""
    for company in session.scalars(select(Company)):
        session.delete(company)
    session.flush()
    for one in made:
        values = {name: value for name, value in one.items() if name != "owned"}
        session.add(Company(review_state="submitted", owner_id=owner.id if one["owned"] else None, **values))


def walk(session, resource, state, forward):
    """Leaf to the end in one direction; give the ids of each page."""
    pages = []
    for _ in range(40):
        page = list_page(session, resource, state, current_access(), ["name"])
        pages.append([row.id for row in page.rows])
        token = page.following if forward else page.previous
        if token is None:
            return pages, state
        state = state.with_(after=token) if forward else state.with_(before=token)
    raise AssertionError("the list does not end")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=rows, order=st.sampled_from(ORDERS), size=st.integers(1, 5))
def test_leafing_forward_and_back_meets_every_row_once(clerk, as_user, as_system, made, order, size):
    with as_system() as session:
        fill(session, made, clerk)
    with as_user(clerk) as session:
        pages, last = walk(session, COMPANY, ListState(sort=tuple(order.split(",")), size=size), forward=True)
        met = [i for page in pages for i in page]
        assert len(met) == len(set(met)) == len(made)
        assert all(len(page) == size for page in pages[:-1])
        back, _first = walk(session, COMPANY, last, forward=False)
        assert back[-1] == pages[0]
        assert {i for page in back for i in page} == set(met)


def test_positions_go_on_from_page_to_page(people, firm, as_user):
    user = people.user("zhou", ["decision_maker"])
    for n in range(7):
        firm(f"川江源{n}")
    with as_user(user) as session:
        state = ListState(size=3)
        first = list_page(session, COMPANY, state, current_access(), ["name"])
        second = list_page(session, COMPANY, state.with_(after=first.following), current_access(), ["name"])
        third = list_page(session, COMPANY, state.with_(after=second.following), current_access(), ["name"])
        again = list_page(session, COMPANY, state.with_(before=third.previous), current_access(), ["name"])
    assert [(p.first, p.last) for p in (first, second, third, again)] == [(1, 3), (4, 6), (7, 7), (4, 6)]
    assert first.previous is None
    assert third.following is None


def test_empty_values_stand_last_in_both_directions(people, firm, as_user):
    user = people.user("zhou", ["decision_maker"])
    for name, headcount in (("a", None), ("b", 5), ("c", 1)):
        firm(name, headcount=headcount)
    with as_user(user) as session:
        for order, expected in (("headcount", "cba"), ("-headcount", "bca")):
            page = list_page(session, COMPANY, ListState(sort=(order,)), current_access(), ["name"])
            assert "".join(row["name"] for row in page.rows) == expected


@pytest.mark.parametrize("order", ["-updated_at", "name", "-headcount", "-credit_limit", "last_contact_on"])
@pytest.mark.parametrize(
    "content",
    [
        "nonsense",
        [],
        [1],
        [1, None, 1],
        [1, [2], 1],
        [1, {"a": 1}, 1],
        ["1", "2026-01-01T00:00:00+00:00", 1],
        [1, "0001-01-01T00:00:00+23:59", 1],
        [1, "\x00", 1],
        [1, 10**30, 1],
        [1, 1, 10**30],
        [1, True, True],
        [1, 1e308, 1],
        [-1, 1, 1],
        {"a": 1},
    ],
    ids=str,
)
def test_a_place_that_is_none_is_refused_or_found_empty(people, as_user, order, content):
    token = base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")
    with as_user(people.user("zhou", ["decision_maker"])) as session:
        for name in ("after", "before"):
            state = ListState(sort=(order,), **{name: token})
            rows: list[object] = []
            with contextlib.suppress(Refused):
                rows = list_page(session, COMPANY, state, current_access(), ["name"]).rows
            assert rows == []


@pytest.mark.parametrize("token", ["%%%", "é", "A" * 5000, "WzFd", "====", "_-"])
def test_a_token_that_is_none_is_told_on_the_page(people, browser_of, token):
    answer = browser_of(people.user("zhou", ["decision_maker"])).get("/firms", query_string={"after": token})
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text


def test_a_list_is_sorted_through_a_relation(people, firm, as_system, as_user):
    from core.customers.models import Contact

    user = people.user("zhou", ["decision_maker"])
    firms = [firm(name) for name in ("b", "a")]
    with as_system() as session:
        for company in firms:
            session.add(Contact(company_id=company.id, name=f"p{company.name}"))
    with as_user(user) as session:
        page = list_page(session, CONTACT, ListState(sort=("company",), size=1), current_access(), ["name", "company"])
        assert page.rows[0]["company"] == "a"
        page = list_page(
            session, CONTACT, ListState(sort=("company",), size=1, after=page.following), current_access(), ["company"]
        )
        assert page.rows[0]["company"] == "b"
