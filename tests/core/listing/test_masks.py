"""What a person may not see is in no cell, condition, order, sum or file of a list (promise S3)."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.auth.access import current_access
from core.auth.output import Visibility, shown
from core.customers.models import Company, Contact
from core.listing.queries import list_page
from core.listing.state import Condition, ListState
from tests.core.listing.conftest import COMPANY, CONTACT

CANARY = "金丝雀"


@pytest.fixture
def register(people, firm):
    """Make a clerk with a company of his own beside another's reviewed one and another's unreviewed one."""
    clerk, other = people.user("zhou", ["staff"]), people.user("li", ["staff"])
    firm("mine", owner=clerk, legal_representative=CANARY + "1", headcount=5, credit_limit=10)
    firm(
        "reviewed",
        owner=other,
        legal_representative=CANARY + "2",
        headcount=7,
        credit_limit=20,
        review_state="reviewed",
    )
    firm("unreviewed", owner=other, legal_representative=CANARY + "3", headcount=9, credit_limit=40)
    return clerk


def page_of(session, names, **state):
    """Find a page by name of company."""
    page = list_page(session, COMPANY, ListState(**state), current_access(), ["name", *names])
    return page, {row["name"]: row for row in page.rows}


def test_a_value_is_absent_where_its_class_is_hidden(register, as_user):
    with as_user(register) as session:
        _page, rows = page_of(session, ["headcount", "legal_representative"])
    assert set(rows["mine"]) == {"name", "review_state", "headcount", "legal_representative"}
    assert set(rows["reviewed"]) == {"name", "review_state", "headcount"}
    assert set(rows["unreviewed"]) == {"name", "review_state"}


def test_sums_leave_hidden_values_out(register, as_user):
    with as_user(register) as session:
        page, _rows = page_of(session, ["headcount", "credit_limit"])
    assert page.totals == {"headcount": 12, "credit_limit": 10}


@pytest.mark.parametrize(
    "condition",
    [
        Condition("legal_representative", "contains", (CANARY,)),
        Condition("legal_representative", "empty", ("0",)),
        Condition("legal_representative", "ne", ("x",)),
        Condition("credit_limit", "gt", ("1",)),
        Condition("credit_limit", "lt", ("99",)),
        Condition("credit_limit", "empty", ("1",)),
    ],
    ids=lambda c: f"{c.field} {c.op}",
)
def test_a_condition_on_a_hidden_field_says_nothing_of_hidden_rows(register, as_user, condition):
    with as_user(register) as session:
        _page, rows = page_of(session, [], conditions=(condition,))
    assert set(rows) <= {"mine"}


def test_an_order_by_a_hidden_field_puts_hidden_rows_at_the_end(register, as_user):
    with as_user(register) as session:
        for sort in (("credit_limit", "name"), ("-credit_limit", "name")):
            page, _rows = page_of(session, [], sort=sort)
            assert [row["name"] for row in page.rows] == ["mine", "reviewed", "unreviewed"]


@pytest.mark.parametrize("query", ["remark=x", "sort=remark", "remark__empty=0", "sort=-remark"])
def test_a_secret_field_is_unknown_to_everybody(people, firm, browser_of, query):
    firm("a", remark=CANARY)
    answer = browser_of(people.user("chief", ["system_administrator"])).get(f"/firms?{query}")
    assert answer.status_code == 422
    assert CANARY not in answer.text


def test_no_page_of_a_list_holds_what_is_hidden(register, browser_of):
    browser = browser_of(register)
    pages = [
        "/firms",
        "/firms?sort=legal_representative",
        f"/firms?legal_representative__contains={CANARY}",
        "/firms/filter",
        "/firms/columns",
        "/firms?size=100&sort=-credit_limit",
    ]
    for address in pages:
        text = browser.get(address).text
        assert f"{CANARY}2" not in text
        assert f"{CANARY}3" not in text


def test_a_field_that_is_never_seen_is_not_offered(people, firm, browser_of):
    nobody = people.user("zhao", ())
    people.grant(nobody, "core:company:query", "all")
    firm("a", legal_representative=CANARY, headcount=5)
    browser = browser_of(nobody)
    text = browser.get("/firms").text
    assert "Staff" not in text
    assert "Legal representative" not in browser.get("/firms/columns").text
    for query in ("headcount__gt=1", "sort=headcount", "legal_representative=x"):
        assert browser.get(f"/firms?{query}").status_code == 422
    assert browser.get("/firms/options/legal_representative?q=a").status_code == 404


def test_rows_out_of_the_scope_are_in_no_list_count_or_sum(people, firm, as_user, browser_of):
    clerk = people.user("zhao", ())
    for action in ("query", "read", "private"):
        people.grant(clerk, f"core:company:{action}", "own")
    firm("mine", owner=clerk, headcount=1)
    firm("theirs", owner=people.user("li"), headcount=2)
    firm("nobodys", headcount=4)
    with as_user(clerk) as session:
        page, rows = page_of(session, ["headcount"])
        assert set(rows) == {"mine"}
        assert (page.count, page.totals) == (1, {"headcount": 1})
    assert "<tr data-id" not in browser_of(clerk).get("/firms?q=theirs").text


def test_the_classes_of_a_list_are_those_of_a_single_record(people, as_system, as_user):
    head = people.department("广告部")
    boss = people.user("boss", ["supervisor"], department=head)
    clerk = people.user("zhou", ["staff"], department=head, supervisor=boss)
    other = people.user("li", ["staff"])
    with as_system() as session:
        for owner in (None, boss, clerk, other):
            for author in (None, clerk, other):
                for state in ("draft", "submitted", "reviewed", "confirmed"):
                    company = Company(name="x", review_state=state)
                    company.owner_id = owner.id if owner else None
                    company.entered_by_id = author.id if author else None
                    session.add(company)
                    session.flush()
                    session.add(Contact(company_id=company.id, name="y", review_state=state))
    for user in (boss, clerk, other, people.user("chief", ["decision_maker"])):
        with as_user(user) as session:
            access = current_access()
            for resource in (COMPANY, CONTACT):
                visibility = Visibility(access, resource)
                records = session.scalars(select(resource.model)).all()
                listed = {}
                for field_class in ("inner", "private"):
                    condition = visibility.condition(field_class)
                    listed[field_class] = set(session.scalars(select(resource.model.id).where(condition)))
                for record in records:
                    classes = access.visible_classes(record, resource.name)
                    assert visibility.of_record(record) == classes
                    assert shown(record, resource, access).classes == classes
                    for field_class, found in listed.items():
                        assert (record.id in found) == (field_class in classes)
