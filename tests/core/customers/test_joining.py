"""Merging contacts alone: what goes over, what stays, taking it back, the workbench."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from core.attachments.models import Attachment
from core.customers.models import (
    Address,
    Bar,
    Company,
    Contact,
    ContactDistinct,
    ContactPair,
    Email,
    Merge,
    Phone,
    SearchDoc,
)
from core.customers.queries.contact_pairs import contact_pairs
from core.customers.services import (
    Wish,
    bar,
    create_contact,
    keep_contact_pairs,
    merge_companies,
    merge_contacts,
    say_two_people,
    set_primary,
    undo_merge,
)
from core.errors import Conflict, Refused
from core.privacy.queries.subject import subject_of
from core.privacy.services import erase
from core.testing.harness import Browser, People


@pytest.fixture
def person(as_system: Any) -> Callable[..., int]:
    """Make a contact: `person(company, "王建平", mobiles=["13800000142"], gender="m")`; give his id."""

    def make(
        company: Company, name: str, *, mobiles: Any = (), mails: Any = (), state: str = "reviewed", **values: Any
    ) -> int:
        with as_system() as session:
            home = session.get_one(Company, company.id)
            contact = create_contact(session, home, {"name": name, **values}, by=None)
            contact.review_state = state
            session.add_all(Phone(company=home, contact=contact, kind="mobile", number=one) for one in mobiles)
            session.add_all(Email(company=home, contact=contact, kind="office", address=one) for one in mails)
            session.flush()
            return int(contact.id)

    return make


def test_the_survivor_gets_what_was_chosen_and_what_he_lacks(as_system, company_of, person):
    house = company_of("成都锦城糖酒有限公司")
    one = person(house, "王建平", mobiles=["13800000142"], position_title="经理", age=40)
    other = person(house, "王建平", mobiles=["138 0000 0142", "13900000199"], position_title="总经理",
                   department="销售部", birth_date=dt.date(1978, 4, 2))  # fmt: skip
    with as_system() as session:
        merge_contacts(session, Wish(one, [other], values={"position_title": other}), by=None)
    with as_system() as session:
        kept = session.get_one(Contact, one)
        assert (kept.position_title, kept.department, kept.age, kept.birth_date) == (
            "总经理", "销售部", 40, dt.date(1978, 4, 2),
        )  # fmt: skip
        assert sorted(phone.digits for phone in kept.phones) == ["13800000142", "13900000199"]
        gone = session.get_one(Contact, other)
        assert (gone.merged_into_id, gone.is_alive) == (one, False)
        indexed = select(SearchDoc.record_id).where(SearchDoc.resource == "contact")
        assert session.scalars(indexed).all() == [one]


def test_a_birthday_of_a_leap_month_is_taken_whole(as_system, company_of, person):
    home = company_of("成都锦城糖酒有限公司")
    one = person(home, "王建平")
    other = person(home, "王建平", birth_date=dt.date(1987, 6, 15), birth_lunar=True, birth_leap=True)
    leap = person(home, "李敏", birth_date=dt.date(1990, 1, 2))
    last = person(home, "李敏", birth_date=dt.date(1987, 6, 15), birth_lunar=True, birth_leap=True)
    for target, source in ((one, other), (leap, last)):
        with as_system() as session:
            merge_contacts(session, Wish(target=target, sources=[source]), by=None)
    with as_system() as session:
        people = [session.get_one(Contact, key) for key in (one, leap)]
        born = [(who.birth_date.isoformat(), who.birth_lunar, who.birth_leap) for who in people]
    assert born == [("1987-06-15", True, True), ("1990-01-02", False, False)]


def test_of_two_companies_the_persons_own_goes_along_and_business_stays(as_system, company_of, person):
    house, there = company_of("成都锦城糖酒有限公司"), company_of("绵阳川江酒业有限公司")
    one = person(house, "王建平")
    other = person(there, "王建平", mobiles=["13800000142"])
    with as_system() as session:
        set_primary(session, session.get_one(Company, there.id), session.get_one(Contact, other))
        session.add(Address(company_id=there.id, contact_id=other, kind="home", text="糖坊街 9187 号"))
        bar(session, session.get_one(Company, there.id), session.get_one(Contact, other), "call", "他要求的", by=None)
        held = {"name": "a.txt", "kind": "text", "size": 1, "sha256": "0" * 64}
        session.add(Attachment(resource="contact", record_id=other, company_id=there.id, **held))
    with as_system() as session:
        merge = merge_contacts(session, Wish(one, [other]), by=None)
    with as_system() as session:
        for model in (Phone, Address, Bar):
            assert session.scalars(select(model.company_id).where(model.contact_id == one)).all() == [house.id], model
        assert session.execute(select(Attachment.record_id, Attachment.company_id)).all() == [(one, house.id)]
        assert session.get_one(Company, there.id).primary_contact_id is None
        assert session.get_one(Company, house.id).primary_contact_id == one
    with as_system() as session:
        assert undo_merge(session, session.get_one(Merge, merge.id), by=None) == []
    with as_system() as session:
        assert session.get_one(Company, there.id).primary_contact_id == other
        assert session.execute(select(Phone.company_id, Phone.contact_id)).all() == [(there.id, other)]
        assert session.get_one(Contact, other).is_alive


def test_who_must_not_be_contacted_is_not_after_a_merge_either(as_system, company_of, person):
    house = company_of("成都锦城糖酒有限公司")
    one = person(house, "王建平", mobiles=["13800000142"])
    other = person(house, "王建平", mobiles=["13800000142"], do_not_contact=True)
    with as_system() as session:
        barred = session.scalars(select(Phone).where(Phone.contact_id == other)).one()
        barred.do_not_use, barred.do_not_sms, barred.do_not_use_reason = True, True, "他要求的"
    with as_system() as session:
        merge = merge_contacts(session, Wish(one, [other], values={"do_not_contact": one}), by=None)
    with as_system() as session:
        kept = session.get_one(Contact, one)
        assert kept.do_not_contact
        assert [(p.do_not_use, p.do_not_sms, p.do_not_use_reason) for p in kept.phones] == [(True, True, "他要求的")]
    with as_system() as session:
        undo_merge(session, session.get_one(Merge, merge.id), by=None)
    with as_system() as session:
        assert [session.get_one(Contact, key).do_not_contact for key in (one, other)] == [False, True]


def test_an_erased_person_is_neither_merged_nor_brought_back(as_system, company_of, person):
    house = company_of("成都锦城糖酒有限公司")
    one, other = person(house, "王建平"), person(house, "王建平金丝雀", mobiles=["13877770142"])
    third = person(house, "王建平")
    with as_system() as session:
        merge = merge_contacts(session, Wish(one, [other], values={"name": other}, note="王建平金丝雀"), by=None)
    with as_system() as session:
        erase(session, subject_of(session, "contact", one), by=None, reason="要求")
    with as_system() as session:
        kept = session.get_one(Merge, merge.id)
        assert "金丝雀" not in f"{kept.names}{kept.note}"
        assert kept.sources == [other]
        with pytest.raises(Refused):
            undo_merge(session, kept, by=None)
        with pytest.raises(Refused):
            merge_contacts(session, Wish(third, [one]), by=None)
        with pytest.raises(Refused):
            merge_contacts(session, Wish(one, [third]), by=None)
        for key in (one, other):
            erased = session.get_one(Contact, key)
            assert erased.erased_at is not None
            assert not erased.is_alive
            assert "王建平" not in erased.name


def test_a_merge_is_refused_where_it_cannot_be(as_system, company_of, person):
    house = company_of("成都锦城糖酒有限公司")
    one, other = person(house, "王建平"), person(house, "王建平")
    with as_system() as session:
        for wish in (Wish(one, []), Wish(one, [one]), Wish(one, [9999]), Wish(one, [other], values={"name": 77})):
            with pytest.raises(Refused):
                merge_contacts(session, wish, by=None)
        with pytest.raises(Conflict):
            merge_contacts(session, Wish(one, [other], versions={other: 99}), by=None)


def test_pairs_are_of_one_name_and_one_house_or_a_shared_number(as_system, company_of, person):
    house, there = company_of("成都锦城糖酒有限公司"), company_of("绵阳川江酒业有限公司")
    one = person(house, "王建平", mobiles=["13800000142"])
    twin = person(house, "王建平", mobiles=["13900000199"])
    away = person(there, "王建平", mobiles=["13800000142"])
    person(there, "李秀英", mobiles=["13800000142"])
    person(there, "赵明")
    moved = person(there, "陈思远", mobiles=["13700000111"])
    before = person(house, "陈思远", mobiles=["13700000111"])
    with as_system() as session:
        session.get_one(Contact, moved).former_id = before
    with as_system() as session:
        found = {(low, high): (score, reasons) for low, high, score, reasons in contact_pairs(session)}
    assert set(found) == {(one, twin), (one, away)}
    assert found[one, away] == (0.95, ["same_mobile", "same_name"])
    assert found[one, twin] == (0.65, ["same_name"])


def test_two_people_are_not_suggested_again(as_system, company_of, person):
    house = company_of("成都锦城糖酒有限公司")
    one, other = person(house, "王建平"), person(house, "王建平")
    with as_system() as session:
        assert keep_contact_pairs(session, contact_pairs(session)) == 1
        say_two_people(session, other, one, by=None)
        session.flush()
        assert session.scalars(select(ContactPair)).all() == []
        assert keep_contact_pairs(session, contact_pairs(session)) == 0


def test_the_workbench_lists_compares_merges_and_takes_back(
    app: Any, as_system: Any, company_of: Any, person: Any, people: People, browser_of: Callable[..., Browser]
) -> None:
    house = company_of("成都锦城糖酒有限公司")
    one = person(house, "王建平", position_title="经理", mobiles=["13800000142"])
    other = person(house, "王建平", position_title="总经理", mobiles=["13800000142"])

    with as_system() as session:
        assert keep_contact_pairs(session, contact_pairs(session)) == 1
    boss = browser_of(people.user("boss", groups=("decision_maker",)))
    listed = boss.get("/contacts/duplicates").text
    assert "98 %" in listed
    assert "手机相同" in listed
    assert f"/contacts/merge?id={one}&amp;id={other}" in listed
    with as_system() as session:
        session.get_one(Company, house.id).primary_contact_id = other
    page = boss.get(f"/contacts/merge?id={one}&id={other}")
    assert "总经理" in page.text
    assert "在客户档案中担任的角色" in page.text
    assert "分支机构" not in page.text
    assert "电话" in page.text
    sent = {"id": [one, other], "target": one, "action": "merge", "take-position_title": other}
    stale = boss.post("/contacts/merge", {**sent, f"version-{one}": 77, f"version-{other}": 77})
    assert stale.status_code == 422
    with as_system() as session:
        versions = {f"version-{key}": session.get_one(Contact, key).version for key in (one, other)}
    done = boss.post("/contacts/merge", {**sent, **versions})
    assert done.headers["Location"].endswith(f"/contacts/{one}")
    assert boss.get(f"/contacts/{other}").headers["Location"].endswith(f"/contacts/{one}")
    assert boss.get(f"/contacts/{other}/edit").headers["Location"].endswith(f"/contacts/{one}/edit")
    assert f'data-id="{one}"' in boss.get(f"/contacts?q=LX-{other:06d}").text
    assert boss.get("/contacts/duplicates").text.count("98 %") == 0
    merges = boss.get("/companies/merges").text
    assert f"/contacts/{one}" in merges
    with as_system() as session:
        merge = session.scalars(select(Merge)).one()
        assert merge.merged_by_id is not None
        assert session.get_one(Contact, one).position_title == "总经理"
    assert boss.post(f"/companies/merges/{merge.id}/undo").status_code == 303
    assert boss.get(f"/contacts/{other}").status_code == 200
    apart = boss.post("/contacts/duplicates/distinct", {"one": one, "other": other})
    assert apart.status_code == 303
    with as_system() as session:
        two = session.scalars(select(ContactDistinct)).one()
    assert boss.post(f"/contacts/distinct/{two.id}/forget").status_code == 303


def test_who_may_not_delete_the_others_looks_and_learns_no_counts(
    as_system: Any, company_of: Any, person: Any, people: People, browser_of: Callable[..., Browser]
) -> None:
    clerk = people.user("zhou")
    house = company_of("成都锦城糖酒有限公司", owner_id=people.user("qian").id)
    one = person(house, "王建平", position_title="经理内部", mobiles=["13800000142"], state="submitted")
    other = person(house, "王建平", mobiles=["13800000142"], state="submitted")
    with as_system() as session:
        keep_contact_pairs(session, contact_pairs(session))
    browser = browser_of(clerk)
    listed = browser.get("/contacts/duplicates").text
    assert "经理内部" not in listed
    assert "手机相同" not in listed
    page = browser.get(f"/contacts/merge?id={one}&id={other}").text
    assert 'value="merge"' not in page
    assert "会一并转移" not in page
    assert "经理内部" not in page
    assert browser.post("/contacts/merge", {"id": [one, other], "action": "merge"}).status_code == 403


def test_who_must_not_be_contacted_is_not_after_his_company_is_merged(as_system, company_of, person):
    house, twin = company_of("成都锦城糖酒有限公司"), company_of("锦城糖酒")
    one = person(house, "王建平")
    other = person(twin, "王建平", do_not_contact=True)
    with as_system() as session:
        merge_companies(session, Wish(house.id, [twin.id], people={other: one}), by=None)
    with as_system() as session:
        assert session.get_one(Contact, one).do_not_contact


def test_who_was_erased_is_known_again_at_the_house_that_his_was_merged_into(
    as_system: Any, company_of: Any, person: Any, people: People, browser_of: Callable[..., Browser]
) -> None:
    clerk = people.user("zhou")
    house, twin = company_of("成都锦城糖酒有限公司", owner_id=clerk.id), company_of("锦城糖酒")
    gone = person(twin, "王建平")
    with as_system() as session:
        erase(session, subject_of(session, "contact", gone), by=None, reason="要求")
        merge_companies(session, Wish(house.id, [twin.id]), by=None)
    form = {"name": "王建平", "idempotency_key": "again-1"}
    browser = browser_of(clerk)
    assert browser.post(f"/contacts/new?company={house.id}", form).status_code == 422
    said = {**form, "duplicate_reason": "他本人要求重新登记"}
    assert browser.post(f"/contacts/new?company={house.id}", said).status_code == 303
