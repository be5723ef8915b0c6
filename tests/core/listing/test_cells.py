"""A field is changed in its cell of the list: by right, with a version check, through the record's service."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from core.customers.models import Company, Contact
from core.customers.models.history import StandingChange
from core.customers.services.index import index_company, index_contact

PART = {"HX-Request": "true"}


@pytest.fixture
def house(people, as_system):
    """Make a clerk with a customer and a contact, another clerk with a customer, and their manager."""
    press = people.department("发行部")
    mine, other = people.user("mine", department=press), people.user("other", department=press)
    chief = people.user("chief", ("supervisor",), department=press)
    ids = {}
    with as_system() as session:
        for name, user in (("川江源", mine), ("锦城", other)):
            company = Company(
                name=f"{name}酒业有限公司", owner_id=user.id, entered_by_id=user.id, review_state="reviewed"
            )
            session.add(company)
            session.flush()
            index_company(session, company)
            ids[name] = company.id
        contact = Contact(name="王建平", company_id=ids["川江源"], review_state="reviewed")
        session.add(contact)
        session.flush()
        index_contact(session, contact)
        ids["contact"] = contact.id
    return {"mine": mine, "other": other, "chief": chief, **ids}


def cell(browser, house, name="standing", who="川江源", **form):
    address = f"/companies/{house[who]}/cells/{name}"
    if not form:
        return browser.get(address, headers=PART)
    return browser.post(address, {"version": "1", **form}, headers=PART)


def test_cells_are_offered_only_in_rows_that_the_person_may_change(house, browser_of):
    page = browser_of(house["mine"]).get("/companies").get_data(as_text=True)
    rows = dict(re.findall(r'<tr data-id="(\d+)"(.*?)</tr>', page, re.S))
    assert 'data-cell="standing"' in rows[str(house["川江源"])]
    assert "data-cell" not in rows[str(house["锦城"])]
    assert 'data-cell="owner_id"' not in page
    chief = browser_of(house["chief"]).get("/companies").get_data(as_text=True)
    assert chief.count('data-cell="owner_id"') == 2


def test_a_rating_is_changed_and_the_row_comes_back(house, browser_of, as_system):
    browser = browser_of(house["mine"])
    form = cell(browser, house).get_data(as_text=True)
    assert '<option value="prospect" selected>' in form
    assert 'name="version" value="1"' in form
    answer = cell(browser, house, value="key", query="view=mine")
    assert answer.status_code == 200
    assert answer.get_data(as_text=True).startswith(f'<tr data-id="{house["川江源"]}"')
    assert "重点客户" in answer.get_data(as_text=True)
    with as_system() as session:
        assert session.get(Company, house["川江源"]).standing == "key"
        assert session.scalars(select(StandingChange.after)).all() == ["key"]


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(house, browser_of, as_system):
    browser = browser_of(house["mine"])
    assert cell(browser, house, value="key").status_code == 200
    answer = cell(browser, house, value="lost")
    assert answer.status_code == 422
    assert "data-cell-form" in answer.get_data(as_text=True)
    with as_system() as session:
        assert session.get(Company, house["川江源"]).standing == "key"


@pytest.mark.parametrize("value", ["nonsense", "blacklist", "' OR 1=1"])
def test_a_value_that_cannot_be_is_told_in_the_cell(house, browser_of, as_system, value):
    answer = cell(browser_of(house["mine"]), house, value=value)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.get_data(as_text=True)
    with as_system() as session:
        assert session.get(Company, house["川江源"]).standing == "prospect"


def test_a_supervisor_gives_a_customer_to_another(house, browser_of, as_system):
    browser = browser_of(house["chief"])
    assert cell(browser, house, "owner_id", value=str(house["other"].id)).status_code == 200
    with as_system() as session:
        assert session.get(Company, house["川江源"]).owner_id == house["other"].id


@pytest.mark.parametrize(("name", "who"), [("standing", "锦城"), ("name", "川江源"), ("owner_id", "川江源")])
def test_nobody_changes_what_is_not_his_or_no_cell(house, browser_of, name, who):
    browser = browser_of(house["mine"])
    assert cell(browser, house, name, who).status_code in (403, 404)
    assert cell(browser, house, name, who, value="key").status_code in (403, 404)


def test_a_contacts_text_and_switch_are_changed_through_its_service(house, browser_of, as_system):
    browser = browser_of(house["mine"])
    address = f"/contacts/{house['contact']}/cells/"
    browser.post(f"{address}department", {"version": "1", "value": "市场部"}, headers=PART)
    with as_system() as session:
        contact = session.get(Contact, house["contact"])
        assert contact.department == "市场部"
        version = contact.version
    answer = browser.post(f"{address}do_not_contact", {"version": str(version), "value": "1"}, headers=PART)
    assert answer.status_code == 200
    with as_system() as session:
        assert session.get(Contact, house["contact"]).do_not_contact is True


def test_without_scripts_a_cell_is_a_page(house, browser_of, as_system):
    browser = browser_of(house["mine"])
    page = browser.get(f"/companies/{house['川江源']}/cells/standing?query=view%3Dmine").get_data(as_text=True)
    assert "<h1>" in page
    done = browser.post(
        f"/companies/{house['川江源']}/cells/standing", {"version": "1", "value": "key", "query": "view=mine"}
    )
    assert (done.status_code, done.location) == (303, "/companies?view=mine")
