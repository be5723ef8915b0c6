"""An administrator's own fields (K-07): wherever a declared field works, an added one does."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from contextlib import closing, suppress
from decimal import Decimal
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader
from sqlalchemy import event, select, text
from sqlalchemy.engine import make_url

from core.admin.fields import count_values, find_field, index_names
from core.auth.access import current_access
from core.auth.models import Audit
from core.custom import fields_of, own_fields, values_of
from core.customers.lists import COMPANIES
from core.customers.models import Company, Contact
from core.customers.services import create_company, update_company
from core.db import transaction, work
from core.engines import sqlite_module
from core.listing.export import exportable, write_file
from core.listing.queries import found_ids, list_page
from core.listing.state import read_query
from core.overlay import overlay
from core.transfer.values import BLANK

SAMPLES = {
    "text": ("会员号", "HY-2026-001"),
    "long": ("合作背景", "第一行\n第二行"),
    "number": ("门店数", 12.5),
    "money": ("年度预算", Decimal("120000.50")),
    "date": ("签约日", dt.date(2026, 3, 18)),
    "bool": ("是否上市", True),
    "choice": ("合作方式", "c2"),
    "choices": ("关注栏目", ["c1", "c3"]),
}
CHOICES = ("专版", "活动", "内刊")


@pytest.fixture
def house(people, add_field, company_of):
    """Two customers, of which the first has a value in a field of each kind."""
    boss = people.user("boss", ("decision_maker",), name="何总")
    names = {kind: add_field(title, kind, choices=CHOICES) for kind, (title, _value) in SAMPLES.items()}
    company_of("成都锦城糖酒有限公司", owner_id=boss.id)
    company_of("重庆山城食品有限公司", owner_id=boss.id)
    return boss, names


@pytest.fixture
def filled(house, as_user):
    boss, names = house
    with as_user(boss), transaction() as session:
        company = session.scalar(select(Company).where(Company.name == "成都锦城糖酒有限公司"))
        update_company(session, company, {names[k]: v for k, (_t, v) in SAMPLES.items()}, by=boss.id)
    return boss, names, company.id


def found(session, query):
    state = read_query(query, tuple(f.name for f in fields_of(COMPANIES)))
    assert not state.problems
    return found_ids(session, COMPANIES, state, current_access(), 100)


def test_a_value_of_each_kind_comes_back_as_it_was_written(filled, as_user):
    boss, names, key = filled
    with as_user(boss) as session:
        held = values_of("companies", session.get(Company, key))
        page = list_page(session, COMPANIES, read_query("", ()), current_access(), list(names.values()))
    assert {kind: held[name] for kind, name in names.items()} == {k: v for k, (_t, v) in SAMPLES.items()}
    shown = {row.id: row for row in page.rows}
    assert {kind: shown[key][name] for kind, name in names.items()} == {k: v for k, (_t, v) in SAMPLES.items()}
    other = next(row for number, row in shown.items() if number != key)
    assert all(other[name] is None for name in names.values())


@pytest.mark.parametrize(
    ("kind", "condition"),
    [
        ("text", "=HY-2026-001"), ("text", "__contains=2026"), ("text", "__starts=hy-"), ("text", "__empty=0"),
        ("long", "__contains=第二"), ("number", "=12.5"), ("number", "__gt=12"), ("number", "__lt=13"),
        ("number", "__between=12,13"), ("money", "=120000.50"), ("money", "__between=100000,"), ("money", "__gt=1"),
        ("date", "=2026-03-18"), ("date", "__between=2026-03-01,2026-03-31"), ("date", "__lt=2026-04-01"),
        ("bool", "=1"), ("choice", "=c2"), ("choice", "__in=c1,c2"), ("choice", "__empty=0"),
        ("choices", "=c1"), ("choices", "=c3"), ("choices", "__empty=0"),
    ],
)  # fmt: skip
def test_every_operator_finds_the_record_that_holds_the_value_and_no_other(filled, as_user, kind, condition):
    boss, names, key = filled
    with as_user(boss) as session:
        assert found(session, names[kind] + condition) == [key]


@pytest.mark.parametrize(
    ("kind", "condition"),
    [
        ("text", "__ne=HY-2026-001"), ("text", "__empty=1"), ("number", "__empty=1"), ("number", "__ne=12.5"),
        ("money", "__empty=1"), ("date", "__empty=1"), ("bool", "__empty=1"), ("choice", "__ne=c2"),
        ("choices", "__ne=c1"), ("choices", "__empty=1"),
    ],
)  # fmt: skip
def test_the_negative_operators_find_the_others(filled, as_user, kind, condition):
    boss, names, key = filled
    with as_user(boss) as session:
        ids = found(session, names[kind] + condition)
    assert len(ids) == 1
    assert key not in ids


def test_form_record_history_and_list_show_a_field_and_restore_brings_its_old_value_back(filled, browser_of, as_user):
    boss, names, key = filled
    browser = browser_of(boss)
    page = unescape(browser.get(f"/companies/{key}/edit").text)
    for title, _value in SAMPLES.values():
        assert title in page
    assert 'value="120000.50"' in page
    profile = unescape(browser.get(f"/companies/{key}/profile").text)
    for words in ("HY-2026-001", "¥120,000.50", "2026-03-18", "活动", "专版、内刊"):
        assert words in profile
    with as_user(boss), transaction() as session:
        update_company(session, session.get(Company, key), {names["text"]: "HY-2"}, by=boss.id)
    history = unescape(browser.get(f"/companies/{key}/history").text)
    assert "会员号" in history
    assert "HY-2026-001" in history
    with as_user(boss) as session:
        line = session.scalar(select(Audit.id).where(Audit.entity == "core_company").order_by(Audit.id.desc()))
        version = session.get(Company, key).version
    asked = {"of": "companies", "id": key, "field": names["text"], "version": version}
    assert "HY-2026-001" in browser.get(f"/review/restore/{line}", query_string=asked).text
    assert browser.post(f"/review/restore/{line}", asked).status_code == 303
    with as_user(boss) as session:
        assert session.get(Company, key).custom[names["text"]] == "HY-2026-001"
    listed = browser.get(f"/companies?{names['text']}=HY-2026-001").text
    assert "成都锦城" in unescape(listed)
    assert "重庆山城" not in unescape(listed)


def test_the_form_saves_a_field_and_refuses_what_is_not_of_its_kind(house, browser_of, as_user):
    boss, names = house
    browser = browser_of(boss)
    data = {"name": "南京钟山乳业有限公司", "country": "CN", names["number"]: "许多"}
    answer = browser.post("/companies/new", data)
    assert answer.status_code == 422
    assert f'id="{names["number"]}-error"' in answer.text
    assert re.search(rf'<input[^>]*name="{names["number"]}"[^>]*value="许多"', answer.text)  # nothing typed is lost
    good = data | {
        names["number"]: "1,286",
        names["money"]: "1.2万",
        names["date"]: "2026-5-4",
        names["bool"]: "0",
        names["choices"]: ["c1", "c2"],
    }
    assert browser.post("/companies/new", good).status_code == 303
    with as_user(boss) as session:
        made = session.scalar(select(Company).where(Company.name == "南京钟山乳业有限公司"))
        expected: dict[str, object] = {
            names["number"]: 1286,
            names["money"]: 1_200_000,
            names["date"]: "2026-05-04",
            names["bool"]: False,
            names["choices"]: ["c1", "c2"],
        }
        assert made.custom == expected


def test_a_required_field_is_demanded(house, browser_of, add_field):
    boss, _names = house
    name = add_field("供货渠道", required=True)
    answer = browser_of(boss).post("/companies/new", {"name": "南京钟山乳业有限公司", "country": "CN"})
    assert answer.status_code == 422
    assert f'id="{name}-error"' in answer.text


def test_a_value_that_may_occur_once_is_refused_for_a_second_record(house, add_field, as_user):
    boss, _names = house
    name = add_field("税务登记号", only_once=True)
    from core.errors import Refused

    with as_user(boss), transaction() as session:
        create_company(session, {"name": "甲公司", name: "T-1"}, by=boss.id)
    with as_user(boss), pytest.raises(Refused) as refused, transaction() as session:
        create_company(session, {"name": "乙公司", name: "T-1"}, by=boss.id)
    assert name in refused.value.fields


def test_a_hidden_field_is_absent_for_whoever_does_not_see_its_class(
    people, add_field, company_of, browser_of, as_user
):
    clerk, other = people.user("clerk", ("staff",)), people.user("other", ("staff",))
    name = add_field("内部底价", field_class="private")
    brief = add_field("公开等级", field_class="brief")
    company = company_of("成都锦城糖酒有限公司", owner_id=other.id, custom={name: "八折", brief: "甲级"})
    browser = browser_of(clerk)
    for address in ("", "/profile", "/history"):
        page = unescape(browser.get(f"/companies/{company.id}{address}").text)
        assert "内部底价" not in page
        assert "八折" not in page
    assert "甲级" in unescape(browser.get(f"/companies/{company.id}/profile").text)
    with as_user(clerk) as session:
        assert found(session, f"{name}=八折") == []
        listed = list_page(session, COMPANIES, read_query("", ()), current_access(), [name, brief])
        row = next(one for one in listed.rows if one.id == company.id)
        assert name not in row
        assert row[brief] == "甲级"


def test_export_and_import_give_the_same_values_back(filled, as_user, imports, tmp_path, as_system):
    boss, names, key = filled
    with as_user(boss) as session:
        out = io.BytesIO()
        known = [f.name for f in exportable(COMPANIES, current_access(), session)]
        assert set(names.values()) <= set(known)
        write_file(out, session, COMPANIES, current_access(), read_query("", ()), ["name", *names.values()])
    rows = list(csv.reader(io.StringIO(out.getvalue().decode("utf-8-sig"))))
    assert rows[0][1:] == [title for title, _value in SAMPLES.values()]
    with as_system() as session:
        before = dict(session.get(Company, key).custom)
        session.get(Company, key).custom = {}
    path = tmp_path / "own.csv"
    path.write_bytes(out.getvalue())
    batch = imports.run(path)
    assert batch.counts.get("error", 0) == 0
    assert imports.ask(lambda s: s.get(Company, key).custom) == before
    line = imports.ask(
        lambda s: s.scalar(select(Audit).where(Audit.entity == "core_company", Audit.note == f"import {batch.id}"))
    )
    assert line.changes[names["text"]] == [None, "HY-2026-001"]
    imports.undo(batch)
    assert imports.ask(lambda s: s.get(Company, key).custom) == {}


def test_an_import_names_what_is_not_of_the_kind_and_what_must_not_occur_twice(house, add_field, imports, tmp_path):
    _boss, _names = house
    add_field("税务登记号", only_once=True)
    path = tmp_path / "bad.csv"
    path.write_text(
        "客户名称,门店数,合作方式,税务登记号\n甲食品有限公司,三间,专版,T-1\n乙食品有限公司,3,没有的,T-1\n"
        "丙食品有限公司,3,活动,T-1\n丁食品有限公司,4,内刊,T-1\n",
        encoding="utf-8",
    )
    batch = imports.run(path)
    assert batch.counts["created"] == 1
    assert batch.counts["error"] == 3


def test_a_list_is_sorted_by_a_field_once_its_index_is_there(house, add_field, field_id, run_jobs, as_user, app):
    boss, _names = house
    name = add_field("排名", "number", sortable=True)
    with as_user(boss), transaction() as session:
        for company, value in zip(session.scalars(select(Company).order_by(Company.id)), (7, 30), strict=False):
            update_company(session, company, {name: value}, by=boss.id)
        create_company(session, {"name": "没有排名的公司"}, by=boss.id)
    with as_user(boss) as session:
        assert not next(f for f in fields_of(COMPANIES) if f.name == name).sortable
    run_jobs()
    with as_user(boss) as session:
        assert next(f for f in fields_of(COMPANIES) if f.name == name).sortable
        for sort, order in ((name, [7, 30, None]), (f"-{name}", [30, 7, None])):
            state = read_query(f"sort={sort}&size=20", (name,))
            rows = list_page(session, COMPANIES, state, current_access(), [name]).rows
            assert [row[name] for row in rows] == order
        up, _down = index_names(find_field(session, field_id(name)))
        catalogue = "sqlite_master" if app.extensions["zhike"].database.is_sqlite else "pg_indexes"
        column = "name" if catalogue == "sqlite_master" else "indexname"
    with work(app.extensions["zhike"].database, reason="test") as unit:
        assert unit.session.scalar(text(f"SELECT count(*) FROM {catalogue} WHERE {column} = '{up}'")) == 1


def test_an_index_is_made_while_others_save(house, add_field, run_jobs, as_user, app):
    boss, _names = house
    database = app.extensions["zhike"].database
    if not database.is_sqlite:
        pytest.skip("a server makes it beside others")
    module = sqlite_module()  # a second SQLite in one process would take the locks of the first
    name = add_field("排名", "number", sortable=True)
    saved = []

    def save(conn, cursor, statement, *more):
        if statement.startswith("DROP INDEX") and not saved:
            other = module.connect(make_url(database.url).database, timeout=0)
            with closing(other), suppress(module.OperationalError):  # the job may hold the file by now
                saved.append(other.execute("UPDATE core_state_version SET version = version").rowcount)
                other.commit()

    event.listen(database.engine, "after_cursor_execute", save)
    try:
        run_jobs()
    finally:
        event.remove(database.engine, "after_cursor_execute", save)
    with as_user(boss):
        assert next(f for f in fields_of(COMPANIES) if f.name == name).sortable


def test_a_page_after_the_first_follows_the_order_of_a_field(house, add_field, run_jobs, as_user):
    boss, _names = house
    names = {"date": add_field("到期日", "date", sortable=True), "money": add_field("余额", "money", sortable=True)}
    with as_user(boss), transaction() as session:
        for number in range(45):
            values = {names["date"]: dt.date(2026, 1, 1) + dt.timedelta(days=number % 20), names["money"]: number}
            create_company(session, {"name": f"第{number}号公司", **values}, by=boss.id)
    run_jobs()
    with as_user(boss) as session:
        for sort in (names["date"], f"-{names['money']}"):
            seen: list[tuple[Any, int]]
            state, seen = read_query(f"sort={sort}&size=20", tuple(names.values())), []
            while True:
                page = list_page(session, COMPANIES, state, current_access(), [sort.lstrip("-")])
                seen += [(row[sort.lstrip("-")], row.id) for row in page.rows]
                if page.following is None:
                    break
                state = state.with_(after=page.following)
            assert len(seen) == len({number for _value, number in seen}) == 47
            ordered = [value for value, _number in seen if value is not None]
            assert ordered == sorted(ordered, reverse=sort.startswith("-"))
            assert all(value is None for value, _number in seen[-2:])


def test_a_deleted_field_takes_its_values_along_and_its_name_is_not_given_again(
    filled, chief, browser_of, field_id, run_jobs, add_field, as_user
):
    boss, names, key = filled
    browser, number = browser_of(chief), field_id(names["text"])
    assert "有 1 条记录" in unescape(browser.get(f"/admin/fields/{number}/delete").text)
    assert browser.post(f"/admin/fields/{number}/delete", {"typed": "别的"}).status_code == 422
    assert browser.post(f"/admin/fields/{number}/delete", {"typed": "会员号"}).status_code == 303
    run_jobs()
    with as_user(boss) as session:
        held = session.get(Company, key).custom
        assert names["text"] not in held
        assert names["money"] in held
        assert names["text"] not in {one.field.name for one in own_fields("companies")}
    assert add_field("会员号") != names["text"]


def test_a_retired_field_leaves_the_form_and_keeps_its_values(filled, chief, browser_of, field_id, as_user):
    boss, names, key = filled
    browser = browser_of(chief)
    assert browser.post(f"/admin/fields/{field_id(names['text'])}/retire").status_code == 303
    assert "已停用，已有的值保留" in browser.get("/admin/fields").text
    assert f'name="{names["text"]}"' not in browser_of(boss).get(f"/companies/{key}/edit").text
    assert "HY-2026-001" in browser_of(boss).get(f"/companies/{key}/profile").text
    with as_user(boss) as session:
        assert found(session, f"{names['text']}=HY-2026-001") == [key]
    assert browser.post(f"/admin/fields/{field_id(names['text'])}/restore").status_code == 303
    assert f'name="{names["text"]}"' in browser_of(boss).get(f"/companies/{key}/edit").text


def test_a_merge_asks_for_a_field_and_takes_the_value_that_was_chosen(filled, browser_of, as_user):
    boss, names, key = filled
    with as_user(boss), transaction() as session:
        other = session.scalar(select(Company).where(Company.id != key))
        update_company(session, other, {names["text"]: "HY-9", names["number"]: 3}, by=boss.id)
        versions = {one.id: one.version for one in session.scalars(select(Company))}
        other_id = other.id
    browser = browser_of(boss)
    page = unescape(browser.get(f"/companies/merge?id={key}&id={other_id}&target={key}").text)
    assert f'name="take-{names["text"]}"' in page
    sent = {f"version-{number}": version for number, version in versions.items()}
    sent |= {"id": [key, other_id], "target": key, "action": "merge", f"take-{names['text']}": other_id}
    assert browser.post("/companies/merge", sent).status_code == 303
    with as_user(boss) as session:
        held = session.get(Company, key).custom
    assert held[names["text"]] == "HY-9"
    assert held[names["number"]] == 12.5


def test_a_change_of_a_checked_field_needs_a_review_and_one_of_an_unchecked_does_not(
    people, add_field, company_of, as_user
):
    clerk = people.user("clerk", ("staff",))
    checked, free = add_field("主供品牌"), add_field("拜访记号", checked=False)
    company = company_of("成都锦城糖酒有限公司", owner_id=clerk.id, entered_by_id=clerk.id, review_state="reviewed")
    with as_user(clerk), transaction() as session:
        update_company(session, session.get(Company, company.id), {free: "甲"}, by=clerk.id)
        assert session.get(Company, company.id).review_state == "reviewed"
    with as_user(clerk), transaction() as session:
        update_company(session, session.get(Company, company.id), {checked: "乙"}, by=clerk.id)
    with as_user(clerk) as session:
        assert session.get(Company, company.id).review_state == "submitted"


def test_two_who_change_different_fields_are_both_kept_and_the_same_one_is_asked(filled, browser_of, as_user):
    boss, names, key = filled
    browser = browser_of(boss)
    page = browser.get(f"/companies/{key}/edit").text

    def hidden(name):
        return unescape(re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)[1])

    mine = {
        "name": "成都锦城糖酒有限公司",
        "country": "CN",
        "version": hidden("version"),
        "original": hidden("original"),
    }
    mine |= {
        names["text"]: "HY-3", names["long"]: "第一行\n第二行", names["number"]: "12.5", names["money"]: "120000.50",
        names["date"]: "2026-03-18", names["bool"]: "1", names["choice"]: "c2", names["choices"]: ["c1", "c3"],
    }  # fmt: skip
    with as_user(boss), transaction() as session:
        update_company(session, session.get(Company, key), {names["number"]: 99}, by=boss.id)
    assert browser.post(f"/companies/{key}/edit", mine).status_code == 303
    with as_user(boss) as session:
        held = session.get(Company, key).custom
        assert (held[names["text"]], held[names["number"]]) == ("HY-3", 99)
    with as_user(boss), transaction() as session:
        update_company(session, session.get(Company, key), {names["text"]: "HY-4"}, by=boss.id)
    answer = browser.post(f"/companies/{key}/edit", mine | {names["text"]: "HY-5"})
    assert answer.status_code == 409
    for words in ("HY-2026-001", "HY-4", "HY-5"):
        assert words in answer.text


def test_values_are_counted_whoever_owns_the_records(filled, field_id, as_system):
    _boss, names, _key = filled
    with as_system() as session:
        assert count_values(session, COMPANIES, find_field(session, field_id(names["choices"]))) == 1


def test_contacts_have_fields_too_from_form_to_file(
    people, add_field, company_of, browser_of, imports, tmp_path, as_user
):
    boss = people.user("boss", ("decision_maker",), name="何总")
    once = add_field("工牌号", of="contacts", only_once=True)
    several = add_field("兴趣话题", "choices", of="contacts", choices=CHOICES)
    private = add_field("家乡", of="contacts", field_class="private")
    company = company_of("成都锦城糖酒有限公司", owner_id=boss.id)
    browser = browser_of(boss)
    sent = {"name": "王建平", once: "G-1", several: ["c1", "c3"], private: "绵阳"}
    assert browser.post(f"/contacts/new?company={company.id}", sent).status_code == 303
    key = imports.ask(lambda s: s.scalar(select(Contact.id)))
    page = unescape(browser.get(f"/contacts/{key}").text)
    assert "专版、内刊" in page
    assert "绵阳" not in page  # what is personal is shown when it is asked for
    path = tmp_path / "people.csv"
    path.write_text(
        "姓名,企业名称,工牌号,兴趣话题\n王建平,成都锦城糖酒有限公司,G-2,活动\n李梅,成都锦城糖酒有限公司,G-3,活动、内刊\n"
        "周强,成都锦城糖酒有限公司,G-3,活动\n赵敏,成都锦城糖酒有限公司,G-4,不在列表\n",
        encoding="utf-8",
    )
    batch = imports.run(path, resource="contacts")
    assert (batch.counts["created"], batch.counts["updated"], batch.counts["error"]) == (1, 1, 2)
    held = imports.ask(lambda s: dict(s.execute(select(Contact.name, Contact.custom)).all()))
    assert held == {
        "王建平": {once: "G-2", several: ["c2"], private: "绵阳"},
        "李梅": {once: "G-3", several: ["c2", "c3"]},
    }
    imports.undo(batch)
    held = imports.ask(lambda s: dict(s.execute(select(Contact.name, Contact.custom)).all()))
    assert held == {"王建平": {once: "G-1", several: ["c1", "c3"], private: "绵阳"}}


def test_an_import_that_changes_a_checked_field_of_a_reviewed_customer_has_it_reviewed_again(
    people, add_field, company_of, imports, tmp_path
):
    clerk = people.user("clerk", ("supervisor",))
    add_field("主供品牌")
    add_field("拜访记号", checked=False)
    for name in ("甲食品有限公司", "乙食品有限公司"):
        company_of(name, owner_id=clerk.id, entered_by_id=clerk.id, review_state="reviewed")
    path = tmp_path / "again.csv"
    path.write_text("客户名称,主供品牌,拜访记号\n甲食品有限公司,某牌,\n乙食品有限公司,,甲\n", encoding="utf-8")
    assert imports.run(path, user_id=clerk.id).counts["updated"] == 2
    states = imports.ask(lambda s: dict(s.execute(select(Company.name, Company.review_state)).all()))
    assert states == {"甲食品有限公司": "submitted", "乙食品有限公司": "reviewed"}


VALUES = {
    "text": st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=2, max_size=40).filter(
        lambda text: text.lower() not in BLANK
    ),
    "number": st.one_of(
        st.integers(-(10**9), 10**9),
        st.floats(-1e6, 1e6, allow_nan=False).map(lambda number: round(number, 3)).filter(lambda n: n != int(n)),
    ),
    "money": st.integers(0, 10**11).map(lambda fen: Decimal(fen).scaleb(-2)),
    "date": st.dates(dt.date(1950, 1, 1), dt.date(2150, 12, 31)),
    "bool": st.booleans(),
    "choice": st.sampled_from(("c1", "c2", "c3")),
    "choices": st.lists(st.sampled_from(("c1", "c2", "c3")), min_size=1, unique=True).map(sorted),
}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(values=st.fixed_dictionaries(VALUES))
def test_what_is_written_is_listed_found_exported_and_imported_as_it_was(house, as_user, imports, tmp_path, values):
    boss, names = house
    given_values = {names[kind]: value for kind, value in values.items()}
    with as_user(boss), transaction() as session:
        company = session.scalar(select(Company).where(Company.name == "成都锦城糖酒有限公司"))
        update_company(session, company, given_values, by=boss.id)
        key, stored = company.id, dict(company.custom)
    with as_user(boss) as session:
        listed = list_page(session, COMPANIES, read_query("", ()), current_access(), list(given_values)).rows
        row = next(one for one in listed if one.id == key)
        assert {name: row[name] for name in given_values} == given_values
        for kind in ("text", "number", "money", "date", "choice"):
            assert found(session, urlencode({names[kind]: str(values[kind])})) == [key]
        out = io.BytesIO()
        write_file(out, session, COMPANIES, current_access(), read_query("", ()), ["name", *given_values])
    with as_user(boss), transaction() as session:
        update_company(session, session.get(Company, key), dict.fromkeys(given_values), by=boss.id)
        assert session.get(Company, key).custom == {}
    path = tmp_path / "again.csv"
    path.write_bytes(out.getvalue())
    assert imports.run(path).counts.get("error", 0) == 0
    assert imports.ask(lambda s: s.get(Company, key).custom) == stored


def test_a_printed_list_has_the_fields_that_were_chosen_and_none_that_is_hidden(
    filled, people, add_field, browser_of, as_user, as_system
):
    boss, names, key = filled
    hidden = add_field("内部底价", field_class="private")
    with as_user(boss), transaction() as session:
        update_company(session, session.get(Company, key), {hidden: "八折"}, by=boss.id)
    asked = {"resource": "companies", "template": "core.company_choice", "parted": "1"}
    page = unescape(
        browser_of(boss).get("/print", query_string={**asked, "part": ["name", names["text"], hidden]}).text
    )
    for words in ('<th scope="col">会员号</th>', "<td>HY-2026-001</td>", "<td>八折</td>"):
        assert words in page
    other = {**asked, "parted": "core.company_list"}  # the form as it stood when another template was chosen
    turned = browser_of(boss).get("/print", query_string=other)
    assert turned.status_code == 200
    assert '<th scope="col">企业名称</th>' in unescape(turned.text)
    clerk = people.user("clerk", ("supervisor",))
    page = unescape(browser_of(clerk).get("/print", query_string={**asked, "part": ["name", hidden]}).text)
    assert "成都锦城糖酒有限公司" in page
    assert "八折" not in page
    with as_system() as session:
        overlay().change_setting(session, "core.house_name", "糖酒快讯杂志社")
    made = browser_of(boss).post("/print", {**asked, "part": ["name", names["choices"]]})
    printed = PdfReader(io.BytesIO(made.get_data())).pages[0].extract_text()
    for words in ("糖酒快讯杂志社", "关注栏目", "专版", "何总"):
        assert words in printed
