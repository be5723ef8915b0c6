"""Bringing back rows beside a record: numbers, addresses, names, needs (B-06)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import select

from core.auth.models import Audit
from core.customers.models import Address, Company, CompanyRelation, Contact, Email, Merge, Phone
from core.customers.services import create_contact, remove_company, update_company, update_contact
from core.customers.services.merging import merge_companies, undo_merge
from core.customers.services.wish import Wish
from core.db import transaction
from core.privacy.queries.subject import subject_of
from core.privacy.services import erase


def changed(as_user: Any, who: Any, key: int, values: Any) -> int:
    """Change a company as a person; give the last line that this wrote, or that stood before."""
    with as_user(who), transaction() as session:
        company = session.get_one(Company, key)
        made = values(company) if callable(values) else values
        update_company(session, company, made, by=who.id)
    with as_user(who) as session:
        return int(session.scalars(select(Audit.id).order_by(Audit.id.desc())).first())


def lines(as_system: Any, entity: str, kind: str) -> list[int]:
    """Give the lines of the trail of one kind, the oldest first."""
    with as_system() as session:
        wanted = (Audit.entity == entity, Audit.kind == kind)
        return list(session.scalars(select(Audit.id).where(*wanted).order_by(Audit.id)))


def bring_back(browser: Any, as_system: Any, line: int, key: int, of: str = "companies", **more: Any) -> Any:
    """Send the page that restores, as it was shown."""
    model = Company if of == "companies" else Contact
    with as_system() as session:
        version = session.get_one(model, key).version
    return browser.post(f"/review/restore/{line}", {"of": of, "id": key, "version": version, **more})


def state(as_system: Any, key: int) -> dict[str, Any]:
    """Give all rows of a company as they are."""
    with as_system() as session:
        company = session.get_one(Company, key)
        return {
            "phones": sorted((one.kind, one.number, one.note) for one in company.phones),
            "emails": sorted(one.address for one in company.emails),
            "addresses": sorted(one.text for one in company.addresses),
            "aliases": sorted((one.kind, one.name) for one in company.aliases),
            "brands": sorted((one.name, one.agent) for one in company.brands),
            "industries": sorted(one.code for one in company.industries),
            "needs": sorted((one.kind, one.text, one.noted_on.isoformat()) for one in company.needs),
            "relations": sorted((one.other.name, one.kind, one.note) for one in company.relations),
            "website": company.website,
        }


FIRST = {
    "website": "http://a.example",
    "phones": [{"kind": "office", "number": "028-85550142", "note": "总机"}, {"kind": "fax", "number": "028-85550143"}],
    "emails": [{"kind": "office", "address": "a@example.com"}],
    "addresses": [{"kind": "delivery", "text": "四川省成都市锦江区一环路1号"}],
    "aliases": [{"kind": "short", "name": "锦城"}],
    "brands": ["锦城春"],
    "agent_brands": ["川江源"],
    "industries": ["liquor", "food"],
    "need_lines": [{"kind": "fair", "text": "要展位", "noted_on": dt.date(2026, 3, 1)}],
}


def second(company: Company) -> dict[str, Any]:
    """Change, remove and add rows of every kind."""
    first = company.phones[0]
    return {
        "website": "http://b.example",
        "phones": [{"id": first.id, "kind": "office", "number": "028-85550199", "note": "前台"},
                   {"kind": "office", "number": "028-85550177"}],
        "emails": [],
        "addresses": [{"kind": "factory", "text": "四川省绵阳市涪城区二环路2号"}],
        "aliases": [],
        "brands": ["新品牌"],
        "agent_brands": [],
        "industries": ["food"],
        "need_lines": [],
        "known": {name: {row.id for row in getattr(company, relation)} for name, relation in (
            ("phones", "phones"), ("emails", "emails"), ("addresses", "addresses"), ("aliases", "aliases"),
            ("need_lines", "needs"), ("relations", "relations"))},
        "relations": [],
    }  # fmt: skip


def test_a_whole_version_brings_all_rows_back(browser_of, as_user, as_system, house, firm):
    key, agent = firm("甲酒业有限公司"), firm("丙商贸有限公司")
    partner = {"other_id": agent, "kind": "agent", "note": "西南片"}
    line = changed(as_user, house.zhou, key, {**FIRST, "relations": [partner]})
    before = state(as_system, key)
    changed(as_user, house.zhou, key, second)
    assert state(as_system, key) != before
    author = browser_of(house.zhou)
    page = author.get(f"/review/restore/{line}?of=companies&id={key}").get_data(as_text=True)
    for text in ("028-85550143", "a@example.com", "锦城春", "要展位", "丙商贸", "西南片", "http://a.example"):
        assert text in page, text
    assert 'href="/companies" aria-current="page"' in page  # the menu stays where the record is
    assert bring_back(author, as_system, line, key).status_code == 303
    assert state(as_system, key) == before
    assert bring_back(author, as_system, line, key).status_code == 422  # nothing differs any more


def test_one_row_comes_back_changes_back_or_goes_again(browser_of, as_user, as_system, house, firm):
    key = firm("甲酒业有限公司")
    changed(as_user, house.zhou, key, FIRST)
    changed(as_user, house.zhou, key, second)
    author = browser_of(house.zhou)
    removed = next(line for line in lines(as_system, "core_phone", "delete"))
    assert bring_back(author, as_system, removed, key, undo="1").status_code == 303
    numbers = [number for _kind, number, _note in state(as_system, key)["phones"]]
    assert sorted(numbers) == ["028-85550143", "028-85550177", "028-85550199"]
    edited = lines(as_system, "core_phone", "edit")[0]
    assert bring_back(author, as_system, edited, key, undo="1").status_code == 303
    assert ("office", "028-85550142", "总机") in state(as_system, key)["phones"]
    added = lines(as_system, "core_company_brand", "create")[-1]
    assert bring_back(author, as_system, added, key, undo="1").status_code == 303
    assert state(as_system, key)["brands"] == []
    assert state(as_system, key)["website"] == "http://b.example"


def test_a_partner_comes_back_as_the_one_that_he_was_merged_into(browser_of, as_user, as_system, house, firm):
    key, agent, other = firm("甲酒业有限公司"), firm("丙商贸有限公司"), firm("丙商贸公司")
    partner = {"other_id": agent, "kind": "agent", "note": "西南片"}
    changed(as_user, house.zhou, key, {"relations": [partner]})
    author = browser_of(house.zhou)
    page = author.get(f"/companies/{key}/history").get_data(as_text=True)
    assert "伙伴信息" in page
    assert "丙商贸有限公司" in page
    taken = {"relations": [], "known": {"relations": {row(as_system, key)}}}
    changed(as_user, house.zhou, key, taken)
    removed = lines(as_system, "core_company_relation", "delete")[0]
    with as_system() as session:
        merge_companies(session, Wish(target=other, sources=[agent]), by=None)
    assert bring_back(author, as_system, removed, key, undo="1").status_code == 303
    assert state(as_system, key)["relations"] == [("丙商贸公司", "agent", "西南片")]
    assert bring_back(author, as_system, removed, key, undo="1").status_code == 422  # it is there already
    changed(as_user, house.zhou, key, {"relations": [], "known": {"relations": {row(as_system, key)}}})
    with as_system() as session:
        remove_company(session, session.get_one(Company, other), by=None)
    assert bring_back(author, as_system, removed, key, undo="1").status_code == 422  # nobody to speak of


def test_a_merge_and_its_undoing_stand_in_history_and_timeline(browser_of, as_system, house, firm):
    key, other = firm("甲酒业有限公司"), firm("甲酒厂老号")
    with as_system() as session:
        merge_companies(session, Wish(target=key, sources=[other]), by=house.boss.id)
    author = browser_of(house.zhou)
    addresses = (f"/companies/{key}/history", f"/review/history/{key}?of=companies", f"/companies/{key}?kind=change")
    for address in addresses:
        page = author.get(address).get_data(as_text=True)
        assert "甲酒厂老号" in page
        assert "撤销了一次合并" not in page, address
    with as_system() as session:
        undo_merge(session, session.scalars(select(Merge)).one(), by=house.boss.id)
    for address in addresses:
        page = author.get(address).get_data(as_text=True)
        assert "合并的记录" in page, address
        assert "撤销了一次合并" in page, address
    for line in lines(as_system, "core_company", "merge"):
        assert f"/review/restore/{line}?" not in page
        assert author.get(f"/review/restore/{line}?of=companies&id={key}").status_code == 404


def test_a_version_whose_partner_was_named_anew_comes_back(browser_of, as_user, as_system, house, firm):
    key, agent = firm("甲酒业有限公司"), firm("丙商贸有限公司")
    partner = {"other_id": agent, "kind": "agent", "note": "西南片"}
    line = changed(as_user, house.zhou, key, {"relations": [partner], "website": "http://a.example"})
    anew = {**partner, "note": "全国"}
    changed(as_user, house.zhou, key, {"relations": [], "known": {"relations": {row(as_system, key)}}})
    changed(as_user, house.zhou, key, {"relations": [anew]})
    author = browser_of(house.zhou)
    removed = lines(as_system, "core_company_relation", "delete")[0]
    for back, more in ((removed, {"undo": "1"}), (line, {})):
        assert bring_back(author, as_system, back, key, **more).status_code == 303
        assert state(as_system, key)["relations"] == [("丙商贸有限公司", "agent", "西南片")]
        known = {"relations": {row(as_system, key)}}
        changed(as_user, house.zhou, key, {"relations": [], "known": known})
        changed(as_user, house.zhou, key, {"relations": [anew]})


def test_what_came_after_a_removed_row_is_another_row(browser_of, as_user, as_system, house, firm):
    key = firm("甲酒业有限公司")
    changed(as_user, house.zhou, key, {"phones": [{"kind": "office", "number": "028-85550142"}]})
    changed(as_user, house.zhou, key, lambda company: {"phones": [], "known": {"phones": {company.phones[0].id}}})
    changed(as_user, house.zhou, key, {"phones": [{"kind": "fax", "number": "028-85550143"}]})
    removed, entered = lines(as_system, "core_phone", "delete")[0], lines(as_system, "core_phone", "create")[0]
    author = browser_of(house.zhou)
    assert bring_back(author, as_system, entered, key, undo="1").status_code == 422  # it is gone already
    assert bring_back(author, as_system, removed, key, undo="1").status_code == 303
    numbers = [(kind, number) for kind, number, _note in state(as_system, key)["phones"]]
    assert numbers == [("fax", "028-85550143"), ("office", "028-85550142")]


def test_industries_that_took_the_place_of_others_go_again(browser_of, as_user, as_system, house, firm):
    key = firm("甲酒业有限公司")
    line = changed(as_user, house.zhou, key, {"industries": ["liquor"]})
    changed(as_user, house.zhou, key, {"industries": ["food"]})
    assert bring_back(browser_of(house.zhou), as_system, line, key).status_code == 303
    assert state(as_system, key)["industries"] == ["liquor"]


def row(as_system: Any, key: int) -> int:
    """Give the one relation of a company."""
    with as_system() as session:
        return int(session.scalars(select(CompanyRelation.id).where(CompanyRelation.company_id == key)).one())


def test_the_version_as_entered_keeps_what_was_entered_with_it(browser_of, as_system, house):
    author = browser_of(house.zhou)
    form = {"name": "乙糖业有限公司", "country": "CN", "idempotency_key": "n-1", "phones-0-kind": "office",
            "phones-0-number": "028-85550142"}  # fmt: skip
    assert author.post("/companies/new", form).status_code == 303
    with as_system() as session:
        company = session.scalars(select(Company)).one()
        key, phone = company.id, company.phones[0].id
        form |= {"version": company.version, "phones-known": phone, "website": "www.b.example"}
    more = {"phones-0-id": phone, "phones-1-kind": "fax", "phones-1-number": "028-85550143"}
    sent = author.post(f"/companies/{key}/edit", {**form, **more, "original": '{"name": "乙糖业有限公司"}'})
    assert sent.status_code == 303, sent.text
    entered = lines(as_system, "core_company", "create")[0]
    assert bring_back(author, as_system, entered, key).status_code == 303
    assert [number for _kind, number, _note in state(as_system, key)["phones"]] == ["028-85550142"]


def test_changes_of_rows_stand_in_history_and_timeline_with_what_changed(browser_of, as_user, as_system, house, firm):
    key = firm("甲酒业有限公司", contact="王建平")
    changed(as_user, house.zhou, key, FIRST)
    with as_system() as session:
        contact = session.scalars(select(Contact)).one()
        phone = [{"kind": "office", "number": "028-66660000"}]
        update_contact(session, contact, {"phones": phone}, by=house.zhou.id)
        person = contact.id
    changed(as_user, house.zhou, key, second)
    author = browser_of(house.zhou)
    for address in (f"/companies/{key}/history", f"/review/history/{key}?of=companies", f"/companies/{key}"):
        page = author.get(address).get_data(as_text=True)
        for text in ("<del>总机</del>", "前台", "028-85550143", "锦城春"):
            assert text in page, (address, text)
    assert "028-66660000" in author.get(f"/companies/{key}/history").get_data(as_text=True)
    assert "028-66660000" in author.get(f"/review/history/{person}?of=contacts").get_data(as_text=True)
    assert "028-66660000" not in author.get(f"/review/history/{key}?of=companies").get_data(as_text=True)
    assert f"/review/restore/{lines(as_system, 'core_phone', 'delete')[0]}" in author.get(
        f"/companies/{key}/history"
    ).get_data(as_text=True)


def test_a_contacts_rows_come_back_and_a_bar_is_not_lifted(browser_of, as_user, as_system, house, firm):
    key = firm("甲酒业有限公司")
    with as_system() as session:
        rows = {"phones": [{"kind": "office", "number": "028-66660000"}],
                "emails": [{"kind": "office", "address": "w@example.com"}]}  # fmt: skip
        company = session.get_one(Company, key)
        person = create_contact(session, company, {"name": "王建平", **rows}, by=house.zhou.id).id
    entered = lines(as_system, "core_contact", "create")[0]
    with as_system() as session:
        contact = session.get_one(Contact, person)
        phone, email = contact.phones[0], contact.emails[0]
        update_contact(
            session, contact,
            {"do_not_contact": True, "phones": [{"id": phone.id, "number": "028-66661111", "do_not_use": True}],
             "emails": [], "known": {"emails": {email.id}, "phones": {phone.id}}},
            by=house.zhou.id,
        )  # fmt: skip
    browser = browser_of(house.boss)
    assert bring_back(browser, as_system, entered, person, of="contacts").status_code == 303
    with as_system() as session:
        contact = session.get_one(Contact, person)
        assert contact.do_not_contact
        assert [(one.number, one.do_not_use) for one in contact.phones] == [("028-66660000", True)]
        assert [one.address for one in contact.emails] == ["w@example.com"]


@pytest.mark.parametrize("kind", ["private", "mobile"])
def test_private_rows_are_in_no_history_and_no_restore_of_who_may_not_see_them(
    browser_of, as_user, as_system, people, house, firm, kind
):
    key = firm("甲酒业有限公司", state="reviewed")
    with as_system() as session:
        company = session.get_one(Company, key)
        phones = [{"kind": kind, "number": "13877770142", "note": "密"}]
        person = create_contact(session, company, {"name": "王建平", "phones": phones}, by=house.zhou.id)
        person.review_state = "reviewed"
        number = person.id
    entered = lines(as_system, "core_contact", "create")[0]
    with as_system() as session:
        contact = session.get_one(Contact, number)
        known = {"phones": {contact.phones[0].id}}
        update_contact(session, contact, {"phones": [], "known": known}, by=house.zhou.id)
    people.grant(house.chief, "core:contact:private", "none")
    people.grant(house.chief, "core:company:private", "none")
    chief = browser_of(house.chief)
    removed = lines(as_system, "core_phone", "delete")[0]
    for address in (
        f"/companies/{key}/history", f"/companies/{key}", f"/review/history/{number}?of=contacts",
        f"/review/restore/{removed}?of=contacts&id={number}&undo=1",
        f"/review/restore/{entered}?of=contacts&id={number}",
    ):  # fmt: skip
        page = chief.get(address).get_data(as_text=True)
        assert "13877770142" not in page, address
    assert bring_back(chief, as_system, removed, number, of="contacts", undo="1").status_code == 422
    boss = browser_of(house.boss)
    assert "13877770142" in boss.get(f"/review/history/{number}?of=contacts").get_data(as_text=True)
    assert bring_back(boss, as_system, removed, number, of="contacts", undo="1").status_code == 303
    with as_system() as session:
        assert [one.number for one in session.scalars(select(Phone))] == ["13877770142"]


def test_a_line_of_another_record_is_not_restored_here(browser_of, as_user, as_system, house, firm):
    one, other = firm("甲酒业有限公司"), firm("乙酒业有限公司")
    changed(as_user, house.zhou, one, FIRST)
    author = browser_of(house.zhou)
    for entity in ("core_phone", "core_company_alias", "core_need"):
        line = lines(as_system, entity, "create")[0]
        assert author.get(f"/review/restore/{line}?of=companies&id={other}&undo=1").status_code == 404
        assert bring_back(author, as_system, line, other, undo="1").status_code == 404


def test_no_restore_brings_an_erased_person_back(browser_of, as_system, house, firm):
    key = firm("甲酒业有限公司")
    with as_system() as session:
        company = session.get_one(Company, key)
        company.general_manager = "王建平金丝雀"
        phones = [{"kind": "office", "number": "028-77770142"}]
        person = create_contact(session, company, {"name": "王建平金丝雀", "phones": phones}, by=house.zhou.id)
        company.general_manager_id = person.id
        number = person.id
    entered = lines(as_system, "core_contact", "create")[0]
    company_line = lines(as_system, "core_company", "create")[0]
    with as_system() as session:
        update_contact(session, session.get_one(Contact, number), {"hobbies": "钓鱼金丝雀"}, by=house.zhou.id)
    with as_system() as session:
        erase(session, subject_of(session, "contact", number), by=None, reason="要求")
    boss = browser_of(house.boss)
    for of, record, line in (("contacts", number, entered), ("companies", key, company_line)):
        assert bring_back(boss, as_system, line, record, of=of).status_code in (404, 422), of
    with as_system() as session:
        assert session.get_one(Company, key).general_manager is None
        assert "金丝雀" not in (session.get_one(Contact, number).name or "")
        for model in (Phone, Email, Address):
            assert session.scalars(select(model)).all() == []
