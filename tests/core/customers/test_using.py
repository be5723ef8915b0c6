"""Going on with a record that is there already, in place of entering it once more (B-02)."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from core.customers.models import Address, Alias, Company, Contact, Email, Phone
from core.review.models import ReviewStep

TYPED = {
    "name": "成都锦城糖酒有限责任公司", "country": "CN", "company_type": "trade", "website": "www.jincheng.example",
    "division_code-text": "四川省 成都市 锦江区", "address": "西华路286号", "general_manager": "王建平",
    "brands": "锦城春、川江源", "phones-0-kind": "office", "phones-0-number": "028-85552290",
    "phones-1-kind": "office", "phones-1-number": "028-85552291", "emails-0-kind": "office",
    "emails-0-address": "office@jincheng.example", "idempotency_key": "typed-1",
}  # fmt: skip


@pytest.fixture
def clerk(people):
    """Somebody of the staff."""
    return people.user("clerk", name="周岚")


def hidden(page):
    """Give the fields of the page's form as a browser would send them."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text)
    taken = re.findall(r'name="take" value="([^"]+)"[^>]*? checked', page.text)
    return [pair for pair in found if pair[0] != "csrf_token"], taken


def sent(page, *more, take=None):
    """Fill in the form of the page: what is ticked, or what is named."""
    fields, taken = hidden(page)
    values = {}
    for name, value in [*fields, *(("take", one) for one in (taken if take is None else take)), *more]:
        values.setdefault(name, []).append(value)
    return values


def test_the_panel_leads_to_the_record_and_to_both_side_by_side(app, clerk, browser_of, company_of):
    known = company_of("成都锦城糖酒有限公司", owner_id=clerk.id, phones=["028-85552290"])
    part = browser_of(clerk).post("/companies/duplicates/check", TYPED)
    assert f'formaction="/companies/{known.id}/use"' in part.text
    assert f'formaction="/companies/{known.id}/compare"' in part.text
    beside = browser_of(clerk).post(f"/companies/duplicates/check?besides={known.id + 99}", TYPED)
    assert "formaction" not in beside.text
    assert f"/companies/merge?id={known.id + 99}&amp;id={known.id}" in beside.text


def test_what_the_record_lacks_is_carried_over_and_nothing_is_overwritten_unasked(
    app, clerk, browser_of, company_of, as_system
):
    known = company_of("成都锦城糖酒有限公司", owner_id=clerk.id, phones=["028-85552290"], website="www.old.example")
    browser = browser_of(clerk)
    both = browser.post(f"/companies/{known.id}/compare", TYPED)
    assert both.status_code == 200
    assert "www.old.example" in both.text
    assert 'name="take"' not in both.text
    page = browser.post(f"/companies/{known.id}/use", TYPED)
    _fields, ticked = hidden(page)
    assert "website" not in ticked
    assert "phones-0" not in ticked
    assert {"name", "place", "general_manager", "brands", "phones-1", "emails-0"} <= set(ticked)
    done = browser.post(f"/companies/{known.id}/use", sent(page, ("go", "1")))
    assert done.status_code == 303
    with as_system() as session:
        company = session.get_one(Company, known.id)
        assert (company.name, company.website, company.general_manager) == (
            "成都锦城糖酒有限公司", "www.old.example", "王建平",
        )  # fmt: skip
        assert (company.address, company.division_code, company.city) == ("西华路286号", "510104", "成都市")
        assert sorted(session.scalars(select(Phone.number))) == ["028-85552290", "028-85552291"]
        assert session.scalars(select(Email.address)).all() == ["office@jincheng.example"]
        assert session.scalars(select(Alias.name)).all() == ["成都锦城糖酒有限责任公司"]
        assert sorted(brand.name for brand in company.brands) == ["川江源", "锦城春"]
        assert session.scalar(select(func.count(Company.id))) == 1


def test_another_address_is_added_and_a_value_is_replaced_only_where_ticked(
    app, clerk, browser_of, company_of, as_system
):
    known = company_of(
        "成都锦城糖酒有限公司", owner_id=clerk.id, website="www.old.example", address="人民路1号",
        division_code="510104", province="四川省", city="成都市", district="锦江区",
    )  # fmt: skip
    browser = browser_of(clerk)
    page = browser.post(f"/companies/{known.id}/use", TYPED)
    browser.post(f"/companies/{known.id}/use", sent(page, ("go", "1"), take=["website", "place"]))
    with as_system() as session:
        company = session.get_one(Company, known.id)
        assert (company.website, company.address) == ("www.jincheng.example", "人民路1号")
        assert "西华路286号" in session.scalar(select(Address.text))
        assert session.scalar(select(func.count(Phone.id))) == 0


def test_an_address_that_says_its_city_is_carried_over_as_it_is(app, clerk, browser_of, company_of):
    known = company_of("成都锦城糖酒有限公司", owner_id=clerk.id, address="人民路1号", division_code="510104")
    page = browser_of(clerk).post(f"/companies/{known.id}/use", {**TYPED, "address": "成都市锦江区西华路286号"})
    assert "四川省成都市锦江区西华路286号" in page.text


def test_the_entry_comes_back_whole(app, clerk, browser_of, company_of, as_system):
    known = company_of("成都锦城糖酒有限公司", owner_id=clerk.id)
    browser = browser_of(clerk)
    page = browser.post(f"/companies/{known.id}/compare", TYPED)
    back = browser.post("/companies/new", sent(page, ("action", "look")))
    assert back.status_code == 200
    for text in ("www.jincheng.example", "028-85552291", "锦城春、川江源", "data-changed"):
        assert text in back.text, text
    with as_system() as session:
        assert session.scalar(select(func.count(Company.id))) == 1


def test_a_record_that_changed_meanwhile_is_looked_at_again(app, clerk, browser_of, company_of, as_system):
    known = company_of("成都锦城糖酒有限公司", owner_id=clerk.id)
    browser = browser_of(clerk)
    page = browser.post(f"/companies/{known.id}/use", TYPED)
    with as_system() as session:
        session.get_one(Company, known.id).website = "www.newer.example"
    answer = browser.post(f"/companies/{known.id}/use", sent(page, ("go", "1")))
    assert answer.status_code == 409
    assert "www.newer.example" in answer.text
    with as_system() as session:
        assert session.get_one(Company, known.id).general_manager is None


def test_a_wrong_entry_is_not_carried_over(app, clerk, browser_of, company_of, as_system):
    known = company_of("成都锦城糖酒有限公司", owner_id=clerk.id)
    browser = browser_of(clerk)
    page = browser.post(f"/companies/{known.id}/use", {**TYPED, "emails-0-address": "nobody"})
    assert "emails-0" not in hidden(page)[1]
    browser.post(f"/companies/{known.id}/use", sent(page, ("go", "1"), take=["emails-0", "website"]))
    with as_system() as session:
        assert session.scalar(select(func.count(Email.id))) == 0
        assert session.get_one(Company, known.id).website == "www.jincheng.example"


def test_who_may_not_change_the_record_hands_his_entries_to_its_owner(
    app, people, clerk, browser_of, company_of, as_system
):
    other = people.user("qian", name="钱进")
    known = company_of("成都锦城糖酒有限公司", owner_id=other.id, phones=["028-66660000"], introduction="内部说明")
    browser = browser_of(clerk)
    page = browser.post(f"/companies/{known.id}/use", TYPED)
    assert "028-66660000" not in page.text
    assert "内部说明" not in page.text
    assert "钱进" in page.text
    assert browser.post(f"/companies/{known.id}/use", sent(page, ("go", "1"))).status_code == 303
    with as_system() as session:
        assert session.get_one(Company, known.id).website is None
        step = session.scalar(select(ReviewStep).where(ReviewStep.kind == "proposed"))
        assert (step.by_id, step.changes["website"]) == (clerk.id, [None, "www.jincheng.example"])
        assert "：" in step.opinion
        assert ": " not in step.opinion
        assert "028-85552291" in step.opinion
    owner = browser_of(other)
    record = owner.get(f"/companies/{known.id}")
    assert "www.jincheng.example" in record.text
    assert "028-85552291" in record.text
    owner.post("/review/answer", {"of": "companies", "id": known.id, "take": "1"})
    with as_system() as session:
        assert session.get_one(Company, known.id).website == "www.jincheng.example"


def test_a_record_that_a_person_may_not_find_is_neither_compared_nor_used(app, people, clerk, browser_of, company_of):
    other = people.user("qian", name="钱进")
    hidden_one = company_of("成都锦城糖酒有限公司", owner_id=other.id, review_state="submitted")
    browser = browser_of(clerk)
    for way in ("compare", "use"):
        answer = browser.post(f"/companies/{hidden_one.id}/{way}", TYPED)
        missing = browser.post(f"/companies/{hidden_one.id + 500}/{way}", TYPED)
        assert answer.status_code == missing.status_code == 404


def test_a_contact_is_completed_and_one_elsewhere_is_asked_whether_the_employer_changed(
    app, clerk, browser_of, company_of, as_system
):
    home = company_of("成都锦城糖酒有限公司", owner_id=clerk.id, contacts=["王建平"])
    other = company_of("济南蓝天广告有限公司", owner_id=clerk.id)
    with as_system() as session:
        person = session.scalar(select(Contact.id).where(Contact.company_id == home.id))
    typed = {"name": "王建平", "position_title": "总经理", "do_not_contact": "y", "phones-0-kind": "mobile",
             "phones-0-number": "13800000142", "idempotency_key": "p-1"}  # fmt: skip
    browser = browser_of(clerk)
    part = browser.post(f"/contacts/duplicates/check?company={home.id}", typed)
    assert f'formaction="/contacts/{person}/use?company={home.id}"' in part.text
    page = browser.post(f"/contacts/{person}/use?company={home.id}", typed)
    assert "do_not_contact" in hidden(page)[1]
    assert browser.post(f"/contacts/{person}/use?company={home.id}", sent(page, ("go", "1"))).status_code == 303
    with as_system() as session:
        contact = session.get_one(Contact, person)
        assert (contact.position_title, contact.do_not_contact) == ("总经理", True)
        assert [one.number for one in contact.phones] == ["13800000142"]
    away = browser.post(f"/contacts/{person}/use?company={other.id}", typed)
    assert f"/contacts/{person}/employer" in away.text
