"""A field is changed in its cell of the list: by right, with a version check, through the record's service."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import select

from core.clock import local_today
from core.customers.models import Company, Contact
from core.customers.models.history import StandingChange
from core.customers.services.index import index_company, index_contact
from core.tags.models import Tag, Tagging
from core.worklogs.models import WorkLog

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


def test_asking_for_the_head_of_a_cell_changes_nothing_whatever_comes_along(house, browser_of, as_system):
    browser = browser_of(house["mine"])
    address = f"/companies/{house['川江源']}/cells/standing"
    answer = browser.client.head(address, data={"version": "1", "value": "key"})  # no token of the form
    assert answer.status_code == 200
    with as_system() as session:
        assert session.get(Company, house["川江源"]).standing == "prospect"


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


def test_tags_are_typed_in_their_cell(house, browser_of, as_system):
    browser = browser_of(house["mine"])
    assert cell(browser, house, "tags", value="重点，展会; 老客户").status_code == 200
    form = cell(browser, house, "tags").get_data(as_text=True)
    assert 'value="展会，重点，老客户"' in form.replace("老客户，", "老客户，") or "重点" in form
    assert '<option value="展会">' in form
    answer = cell(browser, house, "tags", value="重点，VIP", query="").get_data(as_text=True)
    assert answer.startswith("<tr")
    with as_system() as session:
        names = select(Tag.name).join(Tagging, Tagging.tag_id == Tag.id).where(Tagging.record_id == house["川江源"])
        assert sorted(session.scalars(names)) == ["VIP", "重点"]
    assert cell(browser, house, "tags", value="").status_code == 200
    with as_system() as session:
        assert session.scalars(select(Tagging.id)).all() == []


def test_tags_that_are_none_are_refused_in_their_cell_and_others_rows_are_not_changed(house, browser_of, as_system):
    browser = browser_of(house["mine"])
    answer = cell(browser, house, "tags", value="长" * 41)
    assert answer.status_code == 422
    assert "data-cell-form" in answer.get_data(as_text=True)
    assert cell(browser, house, "tags", who="锦城", value="重点").status_code == 404
    with as_system() as session:
        assert session.scalars(select(Tagging.id)).all() == []


def test_tags_that_are_too_long_or_changed_meanwhile_take_none_away(house, browser_of, as_system):
    browser, chief = browser_of(house["mine"]), browser_of(house["chief"])
    assert cell(browser, house, "tags", value="重点", before="").status_code == 200
    assert 'name="before" value="重点"' in cell(browser, house, "tags").get_data(as_text=True)
    assert cell(chief, house, "tags", value="重点，VIP", before="重点").status_code == 200
    answer = cell(browser, house, "tags", value="重点，展会", before="重点")
    assert answer.status_code == 422
    assert "data-cell-form" in answer.get_data(as_text=True)
    assert cell(browser, house, "tags", value="长，" * 501).status_code == 422
    with as_system() as session:
        assert sorted(session.scalars(select(Tag.name).join(Tagging, Tagging.tag_id == Tag.id))) == ["VIP", "重点"]


def test_the_next_contact_is_said_in_its_cell(house, browser_of, as_system):
    browser = browser_of(house["mine"])
    day = local_today() + dt.timedelta(days=3)
    assert cell(browser, house, "next_contact_on", value="+3").status_code == 200
    with as_system() as session:
        log = session.scalars(select(WorkLog)).one()
        assert (log.kind, log.next_on, log.author_id) == ("note", day, house["mine"].id)
    assert f'value="{day}"' in cell(browser, house, "next_contact_on").get_data(as_text=True)
    assert cell(browser, house, "next_contact_on", value="+4").status_code == 200  # one's own newest entry is changed
    with as_system() as session:
        assert session.scalars(select(WorkLog.next_on)).all() == [day + dt.timedelta(days=1)]
    chief = browser_of(house["chief"])
    assert cell(chief, house, "next_contact_on", value="").status_code == 200  # another's entry stays as it is
    with as_system() as session:
        rows = session.execute(select(WorkLog.author_id, WorkLog.next_on).order_by(WorkLog.id)).all()
        assert [tuple(row) for row in rows] == [
            (house["mine"].id, day + dt.timedelta(days=1)),
            (house["chief"].id, None),
        ]
    assert 'value=""' in cell(browser, house, "next_contact_on").get_data(as_text=True)


@pytest.mark.parametrize("value", ["-1", "明年", "2020-01-01"])
def test_a_next_contact_that_is_no_day_ahead_is_refused(house, browser_of, as_system, value):
    answer = cell(browser_of(house["mine"]), house, "next_contact_on", value=value)
    assert answer.status_code == 422
    with as_system() as session:
        assert session.scalars(select(WorkLog)).all() == []
