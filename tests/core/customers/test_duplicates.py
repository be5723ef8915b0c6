"""Duplicates: names taken apart, two records compared, groups, the command, the panel beside the form."""

from __future__ import annotations

import csv
import random
from itertools import combinations

import pytest
from click.testing import CliRunner
from sqlalchemy import event, select

from core.auth.models import Audit
from core.customers.commands import duplicates
from core.customers.duplicates.compare import compare, compare_cores
from core.customers.duplicates.engine import find_duplicates
from core.customers.duplicates.names import former_names, take_apart
from core.customers.duplicates.subjects import Given, place_key, subject
from core.customers.models import Address, Company, Contact, ExternalReference, Merge, Phone
from core.customers.queries import Typed, likely_duplicates
from core.customers.queries.candidates import by_place
from core.customers.queries.likely import marked
from core.customers.services import Wish, merge_companies, undo_merge, update_company
from core.db import system_session

CHENGDU = {"division": "510104", "address": "四川省成都市锦江区糖坊街66号"}


def alike(one, other, **both):
    first = {"id": 1, **both, **(one if isinstance(one, dict) else {"name": one})}
    second = {"id": 2, **both, **(other if isinstance(other, dict) else {"name": other})}
    return compare(subject(Given(**first)), subject(Given(**second)))


@pytest.mark.parametrize(
    ("name", "core", "places"),
    [
        ("成都锦城糖酒有限公司", "锦城糖酒", ("5101",)),
        ("锦城糖酒（成都）有限责任公司", "锦城糖酒", ("5101",)),
        ("四川省成都市锦城糖酒股份有限公司", "锦城糖酒", ("51", "5101")),
        ("成 都 錦 城 糖 酒 有 限", "锦城糖酒", ("5101",)),
        ("成都锦城糖酒(集团)有限责", "锦城糖酒", ("5101",)),
        ("孟州市大丰纸箱包装有限公司", "大丰纸箱包装", ("410883",)),
        ("★12、成都锦城糖酒有限公司", "锦城糖酒", ("5101",)),
        ("(成都)锦城糖酒有限公司", "锦城糖酒", ("5101",)),
        ("【重点】成都锦城糖酒有限公司-张经理", "锦城糖酒", ("5101",)),
        ("成都锦城糖酒有限公司（王总）", "锦城糖酒", ("5101",)),
        ("3.15食品有限公司", "315食品", ()),
    ],
)
def test_place_and_legal_form_are_taken_off_a_name(name, core, places):
    parts = take_apart(name)
    assert (parts.core, parts.places) == (core, places)


@pytest.mark.parametrize(
    ("name", "branch", "number"),
    [
        ("成都锦城糖酒有限公司武侯分公司", "武侯分公司", ""),
        ("成都锦城糖酒有限公司（重庆办事处）", "重庆办事处", ""),
        ("宁德市第二食品厂", "", "2"),
        ("上海晨林酒业有限公司第一分公司", "第一分公司", "1"),
        ("成都锦城糖酒有限公司采购部", "", ""),
        ("成都锦城糖酒有限公司综合办公室", "", ""),
        ("成都锦城糖酒有限公司 销售科", "", ""),
        ("成都锦城糖酒有限公司（城南店）", "城南店", ""),
        ("成都锦城糖酒有限公司（2厂）", "二厂", "2"),
        ("成都锦城糖酒有限公司第贰经营部", "第二经营部", "2"),
    ],
)
def test_a_branch_is_told_from_a_department(name, branch, number):
    parts = take_apart(name)
    assert (parts.branch, parts.number) == (branch, number)


@pytest.mark.parametrize(("one", "other"), [("成都叁元食品厂", "成都3元食品厂"), ("金谷成都食品厂", "成都金谷食品厂")])
def test_figures_and_the_place_of_the_city_in_a_name_make_no_other_one(one, other):
    assert take_apart(one, "5101").core == take_apart(other, "5101").core


def test_a_former_name_in_brackets_is_another_name():
    assert former_names("新锐食品有限公司(原锦城糖酒(成都)有限公司)") == ["锦城糖酒(成都)有限公司"]


@pytest.mark.parametrize(
    ("one", "other", "relation"),
    [
        ("成都锦城糖酒有限公司", "成都锦城糖酒", "same_core"),
        ("成都锦城糖酒有限公司", "成都锦程糖酒有限公司", "homophone"),
        ("成都天府食品有限公司", "成都夭府食品有限公司", "look_alike"),
        ("成都锦城糖酒有限公司", "成都城锦糖酒有限公司", "swapped"),
        ("成都锦城糖酒有限公司", "成都锦城糖糖酒有限公司", "doubled"),
        ("成都锦城糖酒有限公司", "成都锦城", "shortened"),
        ("成都锦城贸易有限公司", "成都锦城商贸有限公司", "same_trade_class"),
        ("成都锦城糖酒有限公司", "成都锦城广告有限公司", "same_brand"),
        ("成都锦城糖酒有限公司", "成都蓝天糖酒有限公司", "other_name"),
    ],
)
def test_two_names_stand_to_each_other(one, other, relation):
    assert compare_cores(take_apart(one), take_apart(other)) == relation


@pytest.mark.parametrize(
    "other",
    [
        "成都锦城糖酒有限责任公司", "锦城糖酒(成都)有限公司", "锦城糖酒", "四川成都锦城糖酒公司",
        "成都锦程糖酒有限公司",
        "成都錦城糖酒有限公司",
        "ＣＤ锦城糖酒有限公司（原成都锦城糖酒有限公司）", "成都锦城",
    ],
)  # fmt: skip
def test_one_company_written_in_two_ways_is_one(other):
    assert alike("成都锦城糖酒有限公司", other, **CHENGDU).score > 0.5


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"name": "成都锦城糖酒有限公司", **CHENGDU}, {"name": "成都锦城糖酒有限公司武侯分公司", **CHENGDU}),
        ({"name": "锦城糖酒有限公司", **CHENGDU}, {"name": "锦城糖酒有限公司", "division": "370102"}),
        ({"name": "厦门佳南食品有限公司"}, {"name": "十堰市佳南食品有限公司"}),
        ({"name": "成都第一食品厂", **CHENGDU}, {"name": "成都第二食品厂", **CHENGDU}),
        (
            {"name": "成都锦城糖酒有限公司", "numbers": ["02885552290"], **CHENGDU},
            {"name": "成都蓝天广告有限公司", "numbers": ["02885552290"], **CHENGDU},
        ),
        ({"name": "银川民生超市B区店", "division": "640106"}, {"name": "银川民生超市C区店", "division": "640106"}),
    ],
)
def test_branches_namesakes_and_neighbours_are_not_one(one, other):
    assert alike(one, other).score < 0.5


def test_a_parent_on_record_is_not_its_branch():
    one = Given(7, "成都锦城糖酒有限公司")
    assert compare(subject(one), subject(Given(8, "成都锦城糖酒有限公司", parent=7))).conflict


def test_every_pair_of_a_group_is_given_and_groups_hold_no_branch():
    names = ["成都锦城糖酒有限公司", "锦城糖酒", "成都锦城", "成都锦城糖酒有限公司武侯分公司"]
    records = [Given(number, name, **CHENGDU) for number, name in enumerate(names, start=1)]
    random.Random(1).shuffle(records)
    found = {frozenset((pair.first, pair.second)) for pair in find_duplicates(records)}
    assert found == {frozenset(pair) for pair in combinations((1, 2, 3), 2)}


def test_the_command_writes_pairs_with_the_ids_of_the_imported_file(app, company_of, as_system, tmp_path):
    first = company_of("成都锦城糖酒有限公司", phones=["028-85552290"])
    second = company_of("成都錦城糖酒有限责任公司", phones=["028-85552290"])
    company_of("成都蓝天广告有限公司", phones=["028-85552290"])
    with as_system() as session:
        session.add(ExternalReference(resource="company", source="old", external_id="A7", record_id=first.id))
    out = tmp_path / "pairs.csv"
    result = CliRunner().invoke(duplicates, ["companies", "--out", str(out), "--json"], obj={"app": app})
    assert result.exit_code == 0, result.output
    with out.open(encoding="utf-8", newline="") as made:
        rows = list(csv.DictReader(made))
    assert [(row["id1"], row["id2"]) for row in rows] == [("A7", str(second.id))]
    assert float(rows[0]["score"]) > 0.9
    assert rows[0]["reasons"]


# --- while typing ----------------------------------------------------------------------------------------------------


def near(app, **typed):
    with system_session("test", database=app.extensions["zhike"].database) as session:
        return likely_duplicates(session, Typed(**typed))


@pytest.mark.parametrize(
    "typed",
    [
        "成都锦城糖酒有限公司", "锦城糖酒", "成都锦程糖酒", "成都锦城糖酒商贸", "锦城糖酒(成都)公司",
        "成都錦城糖酒有限公司",
        "成都锦糖酒有限公司",
        "成都城锦糖酒有限公司", "锦成糖酒",
    ],
)  # fmt: skip
def test_the_right_company_comes_first_however_it_is_typed(app, company_of, typed):
    company_of("成都锦城糖酒有限公司", province="四川省", city="成都市", division_code="510104")
    company_of("济南锦绣糖酒有限公司", province="山东省", city="济南市", division_code="370102")
    found = near(app, name=typed, division="510104")
    assert found[0].text == "成都锦城糖酒有限公司"


def test_a_company_is_found_by_number_and_mail(app, company_of):
    company_of("成都锦城糖酒有限公司", phones=["028-85552290"])
    company_of("成都蓝天广告有限公司", emails=["info@example.com"])
    assert [one.text for one in near(app, numbers=("(028) 8555 2290",))] == ["成都锦城糖酒有限公司"]
    assert [one.text for one in near(app, division="510104", numbers=("85552290",))] == ["成都锦城糖酒有限公司"]
    assert [one.text for one in near(app, emails=("INFO@example.com",))] == ["成都蓝天广告有限公司"]


def test_the_company_that_is_edited_is_not_its_own_duplicate(app, company_of):
    company = company_of("成都锦城糖酒有限公司")
    with system_session("test", database=app.extensions["zhike"].database) as session:
        assert likely_duplicates(session, Typed(name="成都锦城糖酒有限公司"), besides=company.id) == []


def test_what_was_typed_is_marked():
    assert marked("成都锦城糖酒有限公司", "錦城糖酒") == (("成都", False), ("锦城糖酒", True), ("有限公司", False))


HALF = {"name": "锦城糖酒", "phones-0-number": "028-85552290"}
FORM = {"name": "成都锦城糖酒有限责任公司", "company_type": "trade", "country": "CN", "idempotency_key": "twice-1",
        "division_code-text": "四川省 成都市 锦江区", "phones-0-kind": "office",
        "phones-0-number": "028-85552290"}  # fmt: skip


def test_the_panel_shows_candidates_with_marks_owner_and_reasons(app, clerk, browser_of, company_of):
    company_of("成都锦城糖酒有限公司", owner_id=clerk.id, phones=["028-85552290"], division_code="510104")
    page = browser_of(clerk).post("/companies/duplicates/check", HALF)
    assert page.status_code == 200
    assert "<mark>锦城糖酒</mark>" in page.text
    assert "周岚" in page.text
    assert "电话相同" in page.text
    assert "<html" not in page.text


def test_what_a_person_may_not_find_is_shown_masked(app, people, clerk, browser_of, company_of):
    other = people.user("qian", name="钱进")
    company = company_of("成都锦城糖酒有限公司", owner_id=other.id, review_state="submitted", phones=["028-85552290"])
    page = browser_of(clerk).post("/companies/duplicates/check", HALF)
    assert "成都锦城糖酒有限公司" in page.text
    assert "钱进" in page.text
    assert "请问业务员" in page.text
    for hidden in (company.code, f"/companies/{company.id}", "<mark>", "电话相同"):
        assert hidden not in page.text, hidden


def test_of_what_nobody_owns_the_supervisor_is_named_to_ask(app, clerk, browser_of, company_of):
    company_of("成都锦城糖酒有限公司", owner_id=None, review_state="submitted", phones=["028-85552290"])
    page = browser_of(clerk).post("/companies/duplicates/check", HALF)
    assert "请问主管" in page.text
    assert "请问业务员" not in page.text


def test_a_certain_duplicate_needs_a_reason_which_is_kept(app, clerk, browser_of, company_of, as_system):
    company_of("成都锦城糖酒有限公司", phones=["028-85552290"], division_code="510104", city="成都市")
    browser = browser_of(clerk)
    page = browser.post("/companies/new", FORM)
    assert page.status_code == 422
    assert 'name="duplicate_reason"' in page.text
    assert "<mark>" in page.text
    with as_system() as session:
        assert len(session.scalars(select(Company)).all()) == 1
    kept = browser.post("/companies/new", {**FORM, "duplicate_reason": "同名的两家"})
    assert kept.status_code == 303
    with as_system() as session:
        assert len(session.scalars(select(Company)).all()) == 2
        line = session.scalar(select(Audit).where(Audit.kind == "duplicate"))
        assert line.note == "同名的两家"
        assert line.user_id == clerk.id
        twin = max(session.scalars(select(Company.id)))
    history = browser.get(f"/companies/{twin}/history").text
    assert "确认这家客户不是重复，予以保留" in history
    assert "同名的两家" in history
    assert "成都锦城糖酒有限公司" in history


def test_who_may_not_keep_duplicates_is_refused_whatever_he_says(app, people, clerk, browser_of, company_of):
    company_of("成都锦城糖酒有限公司", phones=["028-85552290"], division_code="510104", city="成都市")
    people.grant(clerk, "core:company:duplicate", "none")
    page = browser_of(clerk).post("/companies/new", {**FORM, "duplicate_reason": "同名的两家"})
    assert page.status_code == 422
    assert 'name="duplicate_reason"' not in page.text


def test_a_company_changed_elsewhere_is_not_asked_about_its_namesake(app, clerk, browser_of, company_of):
    company_of("成都锦城糖酒有限公司")
    twin = company_of("成都锦城糖酒有限公司", owner_id=clerk.id, entered_by_id=clerk.id)
    sent = {"name": twin.name, "country": "CN", "version": str(twin.version), "remark": "年底再联系"}
    assert browser_of(clerk).post(f"/companies/{twin.id}/edit", sent).status_code in (303, 409)


def test_a_contact_of_the_same_name_and_number_needs_a_reason(app, clerk, browser_of, company_of, as_system):
    company = company_of("成都锦城糖酒有限公司", owner_id=clerk.id, contacts=["王建平"])
    sent = {"name": "王建平", "idempotency_key": "person-1"}
    browser = browser_of(clerk)
    part = browser.post(f"/contacts/duplicates/check?company={company.id}", sent)
    assert "<mark>王建平</mark>" in part.text
    page = browser.post(f"/contacts/new?company={company.id}", sent)
    assert page.status_code == 422
    assert 'name="duplicate_reason"' in page.text
    kept = browser.post(f"/contacts/new?company={company.id}", {**sent, "duplicate_reason": "同名的两个人"})
    assert kept.status_code == 303
    with as_system() as session:
        assert session.scalar(select(Audit.note).where(Audit.kind == "duplicate")) == "同名的两个人"


def test_a_contact_elsewhere_with_the_same_number_is_shown_but_not_refused(
    app, clerk, browser_of, company_of, as_system
):
    other = company_of("济南蓝天广告有限公司", owner_id=clerk.id, contacts=["李晓"])
    company = company_of("成都锦城糖酒有限公司", owner_id=clerk.id)
    with as_system() as session:
        person = session.scalar(select(Contact).where(Contact.company_id == other.id))
        session.add(Phone(company_id=other.id, contact_id=person.id, kind="mobile", number="13800000142"))
    sent = {
        "name": "赵明",
        "phones-0-kind": "mobile",
        "phones-0-number": "138-0000-0142",
        "idempotency_key": "person-2",
    }
    browser = browser_of(clerk)
    part = browser.post(f"/contacts/duplicates/check?company={company.id}", sent)
    assert "李晓" in part.text
    assert "duplicate_reason" not in part.text
    assert browser.post(f"/contacts/new?company={company.id}", sent).status_code == 303


def test_a_company_is_found_by_its_address_alone_however_it_is_begun(app, company_of):
    known = company_of("成都锦城糖酒有限公司", address="四川省成都市锦江区一环路286号3楼", division_code="510104")
    company_of("绵阳川江酒业有限公司", address="绵阳市涪城区一环路286号", division_code="510703")
    company_of("成都望江印务有限公司", address="成都市锦江区人民南路9号", division_code="510104")
    for address in ("成都市一环路286号", "锦江区一环路286号附2", "一环路286号"):
        found = near(app, address=address, division="510104")
        assert [one.id for one in found] == [known.id], address
        assert found[0].reasons == ("same_address",)
        assert dict(found[0].parts)["address"] == 100
    renamed = near(app, name="蓉城酒类批发部", division="510104", address="成都市一环路286号")
    assert known.id in [one.id for one in renamed]
    assert near(app, address="成都市") == []


def test_a_company_is_found_by_a_further_address_alone(app, as_system, company_of):
    known = company_of("成都锦城糖酒有限公司", address="成都市人民南路9号", division_code="510104")
    other = company_of("绵阳川江酒业有限公司", address="绵阳市花园路5号", division_code="510703")
    with as_system() as session:
        company, far = session.get_one(Company, known.id), session.get_one(Company, other.id)
        person = Contact(company=far, name="王建平")
        session.add_all([
            Address(company=company, kind="warehouse", text="德阳市旌阳区一环路286号", division_code="510603"),
            Address(company=company, kind="former", text="成都市天府大道12号", division_code="510104"),
            Address(company=far, contact=person, kind="home", text="德阳市旌阳区一环路286号", division_code="510603"),
        ])  # fmt: skip
    for address, place in (("德阳市一环路286号3楼", "510603"), ("天府大道12号", "510104"), ("一环路286号", "")):
        found = near(app, address=address, division=place)
        assert [one.id for one in found] == [known.id], address  # where people live leads to nobody
        assert found[0].reasons == ("same_address",)
        assert dict(found[0].parts)["address"] == 100
    assert near(app, address="一环路286号", division="510703") == []  # of another city
    assert [one.id for one in near(app, name="旌阳酒类批发部", division="510603", address="一环路286号")] == [known.id]
    with as_system() as session:
        row = next(one for one in session.get_one(Company, known.id).addresses if one.kind == "warehouse")
        row.text = "德阳市旌阳区黄河街1号"
    assert near(app, address="一环路286号", division="510603") == []


def test_an_address_is_looked_up_by_its_indexes(app, as_system, company_of):
    with as_system() as session:
        said = []
        listen = lambda connection, cursor, statement, *more: said.append((statement, more[0]))  # noqa: E731
        engine = session.connection().engine
        event.listen(engine, "before_cursor_execute", listen)
        by_place(session, subject(Given(0, "", division="510603")), "德阳市一环路286号", 6)
        event.remove(engine, "before_cursor_execute", listen)
        connection = session.connection()
        sqlite = connection.dialect.name == "sqlite"
        if not sqlite:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        plans = []
        for statement, values in said:
            rows = connection.exec_driver_sql(("EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN ") + statement, values)
            plans.append("\n".join(" ".join(map(str, row)) for row in rows))
    assert "ix_core_company_place_key" in plans[0]
    assert "ix_core_address_place_key" in plans[1]
    assert "SCAN" not in "".join(plans)
    assert "Seq Scan" not in "".join(plans)


def test_the_key_of_an_address_follows_it_and_its_merge_and_undo(as_system, company_of):
    one = company_of("成都锦城糖酒有限公司", address="成都市一环路286号")
    other = company_of("锦城糖酒", address="成都市人民路9号")
    assert one.place_key == place_key("四川省成都市锦江区一环路286号")
    with as_system() as session:
        merge = merge_companies(session, Wish(one.id, [other.id], values={"country": other.id}), by=None)
    with as_system() as session:
        assert session.get_one(Company, one.id).place_key == place_key("人民路9号")
        undo_merge(session, session.get_one(Merge, merge.id), by=None)
    with as_system() as session:
        assert session.get_one(Company, one.id).place_key == one.place_key
        update_company(session, session.get_one(Company, one.id), {"address": None}, by=None)
        assert session.get_one(Company, one.id).place_key is None
        assert all("place_key" not in line.changes for line in session.scalars(select(Audit)))
