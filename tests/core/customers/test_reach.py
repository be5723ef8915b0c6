"""Numbers are told by searching and filtering only as the pages of their owners tell them."""

from __future__ import annotations

import pytest

from core.customers.models import Company, Contact, Phone
from core.customers.services import index_company, index_contact


@pytest.fixture
def numbers(people, as_system):
    """A stranger's reviewed customer with a contact's mobile, and an unreviewed one with a number of its own."""
    clerk, other = people.user("clerk"), people.user("other")
    with as_system() as session:
        known = Company(name="甲酒业有限公司", owner_id=other.id, entered_by_id=other.id, review_state="reviewed")
        draft = Company(name="乙酒业有限公司", owner_id=other.id, entered_by_id=other.id, review_state="submitted")
        session.add_all([known, draft])
        session.flush()
        contact = Contact(company=known, name="王建国", review_state="reviewed")
        session.add(contact)
        session.flush()
        session.add(Phone(company=known, contact=contact, kind="mobile", number="13312345678"))
        session.add(Phone(company=draft, kind="office", number="028-85551234"))
        session.flush()
        for company in (known, draft):
            index_company(session, company)
        index_contact(session, contact)
    return clerk


@pytest.mark.parametrize("address", ["/companies/lookup?q={}", "/palette?q={}", "/companies?q={}"])
def test_what_is_masked_is_not_found_piece_by_piece(numbers, browser_of, address):
    text = browser_of(numbers).get(address.format("13312")).text
    assert "13312345678" not in text
    assert "甲酒业有限公司" not in text


def test_who_types_the_whole_number_finds_whose_it_is(numbers, browser_of):
    assert "甲酒业有限公司" in browser_of(numbers).get("/companies/lookup?q=13312345678").text


@pytest.mark.parametrize("address", ["/companies/lookup?q=02885551234", "/companies?phone__contains=8555"])
def test_numbers_of_what_is_not_reviewed_stay_unknown(numbers, browser_of, address):
    assert "乙酒业有限公司" not in browser_of(numbers).get(address).text


def test_a_number_typed_as_such_leads_to_records_of_every_kind(numbers, browser_of):
    assert browser_of(numbers).get("/palette?q=%231").status_code == 200


def test_a_number_that_no_database_holds_leads_nowhere(numbers, browser_of):
    assert browser_of(numbers).get("/companies/99999999999999999999").status_code == 404


def test_the_timeline_tells_no_number_that_the_contact_hides(numbers, people, browser_of, as_user):
    from core.customers.queries import find_companies
    from core.db import transaction

    with as_user(numbers) as session:
        found = find_companies(session, "甲酒业")[0].id
    with as_user(people.user("chief", ["decision_maker"])), transaction() as writing:
        company = writing.get(Company, found)
        contact = Contact(company=company, name="新来的", review_state="submitted")
        writing.add(contact)
        writing.flush()
        writing.add(Phone(company=company, contact=contact, kind="mobile", number="13987654321"))
    for tab in ("", "/history"):
        assert "13987654321" not in browser_of(numbers).get(f"/companies/{found}{tab}").text
