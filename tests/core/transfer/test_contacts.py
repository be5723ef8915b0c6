"""Contacts come from a table: found companies, all fields, several numbers, updates, and the way back."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

from core.auth.models import Audit
from core.columns import LunarDay
from core.customers.imports.contacts.reading import read_birth
from core.customers.models import Address, Company, Contact, Email, ExternalReference, Phone, SearchDoc
from core.review.models import ReviewStep
from core.transfer.models import ImportRow
from tests.core.transfer.files import text_of

FULL = [
    "姓名", "单位名称", "性别", "职位", "部门", "手机", "电话", "私人电话", "电子邮件", "家庭地址", "邮编", "生日",
    "学历", "爱好", "备注",
]  # fmt: skip
ROW = [
    "王建平", "川江源食品有限公司", "男", "总经理", "销售部", "13900000142、13900000143", "028-85550142-8",
    "028-85550777", "wang@example.com；w2@example.com", "成都市武侯区人民南路四段12号", "610041",
    "农历1968年八月十五", "本科", "钓鱼", "老客户",
]  # fmt: skip


@pytest.fixture
def file(tmp_path):
    def write(*rows, name="联系人.csv"):
        path = tmp_path / name
        path.write_text(text_of(list(rows)), encoding="utf-8-sig")
        return path

    return write


@pytest.fixture
def shop(as_system):
    with as_system() as session:
        company = Company(name="川江源食品有限公司", city="成都市", review_state="reviewed")
        session.add(company)
        session.flush()
        return company.id, company.code


def run(imports, path, **options):
    return imports.run(path, resource="contacts", **options)


def person(imports, name="王建平"):
    def look(session):
        found = session.scalars(select(Contact).where(Contact.name == name)).one()
        assert all(one.company_id == found.company_id for one in (*found.phones, *found.emails, *found.addresses))
        return (
            found,
            sorted((one.kind, one.number) for one in found.phones),
            sorted((one.kind, one.address) for one in found.emails),
            [(one.kind, one.text, one.city) for one in found.addresses],
        )

    return imports.ask(look)


def test_a_row_becomes_a_contact_with_all_that_belongs_to_him(imports, file, shop):
    batch = run(imports, file(FULL, ROW))
    assert (batch.count("created"), batch.count("error")) == (1, 0)
    found, phones, mails, addresses = person(imports)
    assert found.company_id == shop[0]
    assert (found.gender, found.position, found.department, found.postcode) == (
        "male",
        "general_manager",
        "销售部",
        "610041",
    )
    assert (found.birth_date, found.birth_lunar) == (dt.date(1968, 8, 15), True)
    assert (found.education, found.hobbies, found.remark) == ("bachelor", "钓鱼", "老客户")
    assert phones == [
        ("mobile", "13900000142"), ("mobile", "13900000143"), ("office", "028-85550142-8"), ("private", "028-85550777"),
    ]  # fmt: skip
    assert mails == [("office", "w2@example.com"), ("office", "wang@example.com")]
    assert addresses == [("home", "成都市武侯区人民南路四段12号", "成都市")]
    assert imports.ask(lambda s: s.get(Company, shop[0]).primary_contact_id) == found.id
    assert imports.ask(lambda s: s.scalar(select(func.count(SearchDoc.id)).where(SearchDoc.resource == "contact"))) == 1


def test_the_postcode_of_a_row_is_that_of_its_address(imports, file, shop):
    run(
        imports,
        file(
            ["姓名", "单位名称", "地址", "邮编"], ["李敏", "川江源食品有限公司", "成都市锦江区红星路二段88号", "610011"]
        ),
    )
    assert [one.postcode for one in imports.ask(lambda s: s.scalars(select(Address)).all())] == ["610011"]


def test_the_second_import_of_a_file_changes_nothing(imports, file, shop):
    run(imports, file(FULL, ROW))
    for existing in ("overwrite", "fill"):
        again = run(imports, file(FULL, ROW, name="b.csv"), existing=existing)
        assert again.counts["unchanged"] == 1, again.counts


@pytest.mark.parametrize("column", ["企业ID", "客户编号"])
def test_the_company_is_found_by_its_number_or_its_id_in_a_source(imports, file, shop, as_system, column):
    with as_system() as session:
        session.add(ExternalReference(resource="company", source="old", external_id="A-7", record_id=shop[0]))
    batch = run(imports, file(["姓名", column], ["李敏", shop[1] if column == "企业ID" else "A-7"]))
    assert batch.count("created") == 1
    assert person(imports, "李敏")[0].company_id == shop[0]


def test_one_of_two_namesakes_is_found_by_its_city(imports, file, shop, as_system):
    with as_system() as session:
        session.add(Company(name="川江源食品有限公司", city="绵阳市"))
    path = file(
        ["姓名", "单位名称", "城市"], ["李敏", "川江源食品有限公司", "成都"], ["赵启明", "川江源食品有限公司", ""]
    )
    batch = run(imports, path)
    assert (batch.count("created"), batch.count("error")) == (1, 1)
    assert person(imports, "李敏")[0].company_id == shop[0]


@pytest.mark.parametrize(("missing", "made"), [("refuse", 0), ("create", 1)])
def test_a_missing_company_is_made_or_the_row_refused(imports, file, missing, made):
    path = file(["姓名", "单位名称", "城市"], ["李敏", "锦绣印刷厂", "成都市"], ["赵启明", "锦绣印刷厂", "成都市"])
    foretold = imports.check(path, resource="contacts", missing=missing)
    batch = run(imports, path, missing=missing)
    assert foretold.counts == batch.counts
    assert imports.ask(lambda s: s.scalar(select(func.count(Company.id)))) == made
    assert batch.count("created") == 2 * made
    if made:
        assert imports.ask(lambda s: s.scalars(select(Company.city)).one()) == "成都市"
        imports.undo(batch)
        for model in (Company, Contact, Phone, SearchDoc):
            assert imports.ask(lambda s, model=model: s.scalar(select(func.count(model.id)))) == 0


def test_a_missing_company_is_named_also_where_its_city_stands_first(imports, file):
    imports.run(file(["城市", "姓名", "单位名称"], ["成都市", "李敏", "锦绣印刷厂"]), resource="contacts")
    told = imports.ask(lambda s: s.scalars(select(ImportRow.detail)).one())
    assert [one["value"] for one in told["errors"]] == ["锦绣印刷厂"]


def test_an_update_by_the_id_of_its_source_is_taken_back_with_its_numbers(imports, file, shop):
    run(imports, file(["id", *FULL], ["7", *ROW]), source="cards")
    before = person(imports)
    changed = ["7", *ROW]
    changed[1], changed[4], changed[6] = "王建萍", "董事长", "13900000999"
    batch = run(imports, file(["id", *FULL], changed, name="b.csv"), source="cards")
    assert batch.count("updated") == 1
    found, phones, *_rest = person(imports, "王建萍")
    assert (found.id, found.position) == (before[0].id, "chairman")
    assert ("mobile", "13900000999") in phones
    assert imports.undo(batch).count("undone") == 1
    after = person(imports)
    assert after[1:] == before[1:]
    assert (after[0].position, after[0].name_key) == (before[0].position, before[0].name_key)


def test_what_somebody_changed_since_stays(imports, file, shop, as_system):
    batch = run(imports, file(FULL, ROW))
    with as_system() as session:
        session.scalars(select(Contact)).one().department = "财务部"
    assert imports.undo(batch).count("kept") == 1
    assert person(imports)[0].department == "财务部"


def test_a_new_contact_goes_with_his_numbers(imports, file, shop):
    batch = run(imports, file(FULL, ROW))
    assert imports.undo(batch).count("undone") == 1
    for model in (Contact, Phone, Email, Address, SearchDoc):
        assert imports.ask(lambda s, model=model: s.scalar(select(func.count(model.id)))) == 0
    assert imports.ask(lambda s: s.get(Company, shop[0]).primary_contact_id) is None


def test_a_reviewed_contact_that_an_import_changes_waits_for_review_again(imports, file, shop, people, as_system):
    clerk = people.user("clerk")
    for code in (f"core:{noun}:{action}" for noun in ("company", "contact") for action in ("read", "private", "edit")):
        people.grant(clerk, code, "all")
    run(imports, file(FULL, ROW), review_state="reviewed")
    changed = [*ROW]
    changed[4] = "采购部"
    batch = run(imports, file(FULL, changed, name="b.csv"), user_id=clerk.id)
    assert batch.count("updated") == 1
    assert person(imports)[0].review_state == "submitted"
    assert imports.ask(lambda s: s.scalars(select(ReviewStep.kind)).all()) == ["submitted"]
    notes = imports.ask(lambda s: set(s.scalars(select(Audit.note).where(Audit.entity == "core_contact"))))
    assert f"import {batch.id}" in notes
    imports.undo(batch)
    assert person(imports)[0].review_state == "reviewed"
    assert imports.ask(lambda s: s.scalars(select(ReviewStep.kind)).all()) == []


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1968-08-15", (dt.date(1968, 8, 15), False)),
        ("1968年8月15日", (dt.date(1968, 8, 15), False)),
        ("农历1968年八月十五", (dt.date(1968, 8, 15), True)),
        ("1968.8.15（农历）", (dt.date(1968, 8, 15), True)),
        ("一九六八年正月初三", (dt.date(1968, 1, 3), True)),
        ("阴历1972年腊月廿三", (dt.date(1972, 12, 23), True)),
        ("农历1968年闰七月初三", (dt.date(1968, 7, 3), True)),
        ("农历1990年二月三十", (LunarDay(1990, 2, 30), True)),
        ("1990-2-29（农历）", (LunarDay(1990, 2, 29), True)),
        ("农历1992年二月廿九", (dt.date(1992, 2, 29), True)),
    ],
)
def test_a_date_of_birth_says_which_calendar_it_is_of(text, wanted):
    assert read_birth(text) == wanted


@pytest.mark.parametrize("text", ["农历某年", "1968年十三月初一", "八月十五", "农历1990年四月卅一", "1990-02-31"])
def test_what_is_no_date_of_birth_is_refused(text):
    with pytest.raises(ValueError, match=r"."):
        read_birth(text)


def test_a_contact_made_and_changed_by_one_file_goes_whole(imports, file, shop):
    again = [*ROW]
    again[4], again[5] = "采购部", "13900000777"
    other = ["李敏", *ROW[1:]]
    batch = run(imports, file(FULL, ROW, other, again))
    assert (batch.count("created"), batch.count("updated")) == (2, 1)
    found, phones, *_rest = person(imports)
    assert (found.department, found.version) == ("采购部", 2)
    assert ("mobile", "13900000777") in phones
    back = imports.undo(batch)
    assert (back.count("undone"), back.count("kept")) == (3, 0)
    for model in (Contact, Phone, Email, Address, SearchDoc):
        assert imports.ask(lambda s, model=model: s.scalar(select(func.count(model.id)))) == 0


def test_two_rows_that_changed_one_contact_are_taken_back_in_turn(imports, file, shop):
    run(imports, file(FULL, ROW))
    before = person(imports)
    changed = [[*ROW], [*ROW]]
    changed[0][4], changed[1][4], changed[1][7] = "采购部", "财务部", "028-85550333"
    batch = run(imports, file(FULL, *changed, name="b.csv"))
    assert batch.count("updated") == 2
    assert imports.undo(batch).count("undone") == 2
    after = person(imports)
    assert after[1:] == before[1:]
    assert after[0].department == before[0].department


def test_the_history_tells_who_and_what_came(imports, file, shop):
    batch = run(imports, file(FULL, ROW))
    lines = imports.ask(lambda s: s.execute(select(Audit.entity, Audit.kind, Audit.company_id, Audit.note)).all())
    told = {(entity, kind) for entity, kind, company_id, note in lines if note == f"import {batch.id}"}
    made = {(entity, "create") for entity in ("core_contact", "core_phone", "core_email", "core_address")}
    assert told == made | {("core_company", "edit")}
    assert {company_id for _e, _k, company_id, note in lines if note == f"import {batch.id}"} == {shop[0]}


def test_imports_of_one_person_are_taken_back_in_any_order(imports, file, shop):
    head = ["姓名", "单位名称", "部门", "手机", "备注"]

    def bring(name, *cells):
        return run(imports, file(head, ["王建平", "川江源食品有限公司", *cells], name=name))

    def state():
        found, phones, *_rest = person(imports)
        return found.department, found.remark, phones

    made = bring("a.csv", "销售部", "13900000141", "原来")
    before = state()
    first = bring("b.csv", "市场部", "13900000142", "第一次")
    second = bring("c.csv", "", "13900000143", "第二次")
    assert imports.undo(first).count("undone") == 1
    assert state() == ("销售部", "第二次", [("mobile", "13900000141"), ("mobile", "13900000143")])
    assert imports.undo(second).count("undone") == 1
    assert state() == before
    third = bring("d.csv", "财务部", "", "第三次")
    assert imports.undo(third).count("undone") == 1
    assert imports.undo(made).count("undone") == 1
    assert imports.ask(lambda s: s.scalar(select(func.count(Contact.id)))) == 0
