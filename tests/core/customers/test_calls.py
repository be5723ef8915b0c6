"""A call that comes in opens the card of whoever calls."""

from __future__ import annotations

import html
import re

import pytest
from sqlalchemy import select

from core.columns import utcnow
from core.customers.models import Company, Contact, Phone


@pytest.fixture
def house(people, as_system):
    clerk = people.user("clerk")
    with as_system() as session:
        mine = Company(name="甲酒业有限公司", owner_id=clerk.id, review_state="reviewed")
        other = Company(name="乙酒业有限公司", owner_id=clerk.id, review_state="reviewed")
        gone = Company(name="丙酒业有限公司", owner_id=clerk.id, review_state="reviewed")
        session.add_all([mine, other, gone])
        session.flush()
        wang = Contact(company=mine, name="王建国", review_state="reviewed")
        session.add(wang)
        session.flush()
        session.add(Phone(company=mine, contact=wang, kind="mobile", number="13312345678"))
        session.add(Phone(company=mine, kind="office", number="028-85551234 转 12"))
        session.add(Phone(company=mine, kind="office", number="400-820-8820"))
        session.add(Phone(company=other, kind="office", number="400-820-8820"))
        session.flush()
        return clerk, mine.id


@pytest.mark.parametrize("number", ["13312345678", "+8613312345678", "tel:+86-133-1234-5678", "0086 13312345678"])
def test_the_card_of_the_caller_opens_whatever_the_notation(house, browser_of, number):
    clerk, mine = house
    browser = browser_of(clerk)
    answer = browser.get("/call", query_string={"number": number})
    assert answer.location == f"/companies/{mine}"
    assert "王建国" in browser.get(answer.location).text


def test_a_landline_leads_to_its_customer(house, browser_of):
    clerk, mine = house
    assert browser_of(clerk).get("/call?number=02885551234").location == f"/companies/{mine}"


def test_where_several_have_the_number_it_is_searched(house, browser_of):
    assert browser_of(house[0]).get("/call?number=4008208820").location == "/search?q=4008208820"


def test_whom_nobody_knows_is_entered_with_the_number(house, browser_of):
    browser = browser_of(house[0])
    answer = browser.get("/call?number=13900000142")
    assert answer.location == "/companies/new?phone=13900000142"
    page = html.unescape(browser.get(answer.location).text)
    assert "没有人用 13900000142 这个号码" in page
    assert re.search(r'name="phones-0-number"[^>]*value="13900000142"', page)
    assert 'name="phones-1-number"' in page


def test_a_contact_in_the_bin_is_not_told_as_the_caller(house, browser_of, as_system):
    with as_system() as session:
        session.scalars(select(Contact)).one().deleted_at = utcnow()
    answer = browser_of(house[0]).get("/call?number=13312345678")
    assert answer.location == "/companies/new?phone=13312345678"


def test_what_is_no_number_is_searched(house, browser_of):
    assert browser_of(house[0]).get("/call?number=anonymous").location == "/search?q=anonymous"
