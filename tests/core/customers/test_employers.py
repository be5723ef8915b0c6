"""A contact who goes to another customer."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from core.bus.models import StoredEvent
from core.clock import local_today
from core.customers.models import Company, Contact, Email, Phone
from core.customers.services import change_employer


@pytest.fixture
def wang(clerk, company_of, as_system, read):
    """A contact with numbers of the office and of his own, at a customer of the clerk."""
    company = company_of("成都锦城", owner_id=clerk.id, contacts=["王建平"])
    contact_id = read(select(Contact.id))[0]
    with as_system() as session:
        contact = session.get(Contact, contact_id)
        contact.birth_date, contact.do_not_contact = dt.date(1978, 4, 2), True
        held = session.get(Company, company.id)
        held.primary_contact_id = contact_id
        session.add_all(
            [
                Phone(company=held, contact=contact, kind="mobile", number="13800000142", do_not_use=True),
                Phone(company=held, contact=contact, kind="office", number="028-85552290"),
                Email(company=held, contact=contact, kind="office", address="wang@example.com"),
            ]
        )
    return read(select(Contact))[0]


def sent(**more):
    return {"on": local_today().isoformat(), "own_numbers": "y", "idempotency_key": "move-1", **more}


def test_a_contact_who_went_elsewhere_is_entered_there_and_marked_here(clerk, browser_of, company_of, wang, read):
    there = company_of("绵阳川江酒业", owner_id=clerk.id)
    browser = browser_of(clerk)
    assert browser.get(f"/contacts/{wang.id}/employer").status_code == 200
    data = sent(company_id=str(there.id), position_title="总经理", note="春糖会上说的", take_over="y")
    answer = browser.post(f"/contacts/{wang.id}/employer", data)
    assert answer.status_code == 303, answer.text
    old, new = read(select(Contact).order_by(Contact.id))
    assert (new.company_id, new.former_id, new.name, new.position_title) == (there.id, old.id, "王建平", "总经理")
    assert (new.birth_date, new.do_not_contact, new.invalid) == (dt.date(1978, 4, 2), True, False)
    assert (old.company_id, old.invalid, old.invalid_on) == (wang.company_id, True, local_today())
    assert (old.change_noted_on, old.change_noted_by_id) == (local_today(), clerk.id)
    assert "绵阳川江酒业" in old.change_note
    assert "春糖会上说的" in old.change_note
    assert read(select(Company.primary_contact_id).order_by(Company.id)) == [None, new.id]
    along = read(select(Phone).where(Phone.contact_id == new.id))
    assert [(phone.kind, phone.digits, phone.do_not_use) for phone in along] == [("mobile", "13800000142", True)]
    assert read(select(Email).where(Email.contact_id == new.id)) == []
    (event,) = read(select(StoredEvent).where(StoredEvent.name == "core.contact_employer_changed"))
    assert event.payload["take_over"] is True
    assert (event.payload["contact_id"], event.payload["former_company_id"]) == (new.id, wang.company_id)
    page = browser.get(f"/contacts/{new.id}").text
    assert "成都锦城" in page
    assert f"至 {local_today()}" in page
    page = browser.get(f"/contacts/{old.id}").text
    assert "绵阳川江酒业" in page
    assert f"自 {local_today()}" in page


def test_a_new_employer_is_entered_on_the_way_and_once(clerk, browser_of, wang, read):
    browser = browser_of(clerk)
    data = sent(company_name="绵阳川江酒业")
    first = browser.post(f"/contacts/{wang.id}/employer", data)
    again = browser.post(f"/contacts/{wang.id}/employer", data)
    assert (first.status_code, again.status_code) == (303, 303)
    assert first.headers["Location"] == again.headers["Location"]
    assert read(select(Company.name).order_by(Company.id)) == ["成都锦城", "绵阳川江酒业"]
    assert len(read(select(Contact))) == 2


@pytest.mark.parametrize("data", [{}, {"company_id": "own"}, {"company_name": "川江", "on": "2999-01-01"}])
def test_what_cannot_be_is_refused(clerk, browser_of, wang, read, data):
    if data.get("company_id") == "own":
        data = {"company_id": str(wang.company_id)}
    assert browser_of(clerk).post(f"/contacts/{wang.id}/employer", {**sent(), **data}).status_code == 422
    assert [contact.invalid for contact in read(select(Contact))] == [False]


def test_what_is_private_stays_where_the_one_who_moves_the_contact_does_not_see_it(company_of, as_system, wang, read):
    there = company_of("绵阳川江酒业")
    with as_system() as session:
        contact, company = session.get(Contact, wang.id), session.get(Company, there.id)
        change_employer(session, contact, company, {"on": local_today(), "own_numbers": True}, by=None, private=False)
    (made,) = read(select(Contact).where(Contact.former_id == wang.id))
    assert (made.name, made.birth_date, made.do_not_contact) == ("王建平", None, True)
    assert read(select(Phone).where(Phone.company_id == there.id)) == []


def test_who_may_not_change_the_contact_does_not_move_him(people, browser_of, company_of, wang, read):
    stranger = people.user("han", name="韩磊")
    there = company_of("绵阳川江酒业", owner_id=stranger.id)
    answer = browser_of(stranger).post(f"/contacts/{wang.id}/employer", sent(company_id=str(there.id)))
    assert answer.status_code in (403, 404)
    assert len(read(select(Contact))) == 1


def test_a_new_employer_that_is_there_already_is_named(clerk, browser_of, company_of, wang):
    there = company_of("绵阳川江酒业有限公司", owner_id=clerk.id)
    page = browser_of(clerk).post(f"/contacts/{wang.id}/employer", sent(company_name="绵阳川江酒业有限公司"))
    assert page.status_code == 422
    assert f"请在“新单位”里选它：绵阳川江酒业有限公司 {there.code}" in page.text
