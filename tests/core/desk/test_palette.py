"""What the palette shows beside its answers: the letters that matched, and the pages visited last."""

from __future__ import annotations

import json
import re

import pytest

from core.customers.models import Company
from core.desk.marks import marked

PART = {"HX-Request": "true"}


@pytest.mark.parametrize(
    ("title", "typed", "shown"),
    [
        ("四川川江源酒业有限公司", "川江", "四川<mark>川江</mark>源酒业有限公司"),
        ("四川川江源酒业有限公司", "cjy", "四川<mark>川江源</mark>酒业有限公司"),
        ("四川川江源酒业有限公司", "chuanjiang", "四川<mark>川江</mark>源酒业有限公司"),
        ("四川川江源酒业有限公司", "chuanj", "四川<mark>川江</mark>源酒业有限公司"),
        ("重庆山城火锅", "cqsc", "<mark>重庆山城</mark>火锅"),
        ("成都 ABC-100 项目", "abc", "成都 <mark>ABC</mark>-100 项目"),
        ("成都锦城 酒业", "锦城 酒", "成都<mark>锦城 酒</mark>业"),
        ("成都锦城酒业", "酒业 成都", "<mark>成都</mark>锦城<mark>酒业</mark>"),
        ("<b>锦城</b>", "锦城", "&lt;b&gt;<mark>锦城</mark>&lt;/b&gt;"),
        ("成都锦城酒业", "xyz", "成都锦城酒业"),
        ("成都锦城酒业", "", "成都锦城酒业"),
        ("İstanbul 锦城", "锦城", "İstanbul <mark>锦城</mark>"),
    ],
)
def test_the_letters_that_matched_are_marked(title, typed, shown):
    assert str(marked(title, typed)) == shown


def test_marking_ends_in_time_whatever_is_typed():
    assert "<mark>" in marked("啊" * 100, "a" * 40)
    assert "<mark>" not in marked("啊" * 100, "a" * 39 + "z")


def test_an_answer_bears_its_marks(people, browser_of, as_system):
    user = people.user("owner", name="周岚")
    page = browser_of(user).get("/palette", query_string={"q": "gzt"}, headers=PART).get_data(as_text=True)
    assert "<mark>工作台</mark>" in page


@pytest.fixture
def house(people, as_system):
    mine, other = people.user("mine"), people.user("other")
    with as_system() as session:
        company = Company(name="成都锦城酒业有限公司", owner_id=mine.id, entered_by_id=mine.id, review_state="draft")
        session.add(company)
        session.flush()
        return mine, other, company.id


def visited(browser, pages, **query):
    answer = browser.post("/palette", {"visited": json.dumps(pages)}, headers=PART, query_string=query)
    assert answer.status_code == 200
    part = answer.get_data(as_text=True)
    found = re.search(r'aria-label="最近打开">(.*?)</div>\s*(?:<div role|$)', part, re.S)
    return re.findall(r'href="([^"]+)".*?class="el">([^<]*)<', found[1]) if found else []


def test_pages_visited_last_stand_first_with_the_names_they_have_now(house, browser_of):
    mine, _other, number = house
    record = f"/companies/{number}"
    pages = [["旧名字", record], ["客户 · 我的", "/companies?view=mine"], ["任务", f"{record}/tasks"]]
    pages.append(["周岚，晚上好", "/"])
    assert visited(browser_of(mine), pages) == [
        (record, "成都锦城酒业有限公司"),
        ("/companies?view=mine", "客户 · 我的"),
        (f"{record}/tasks", "任务"),
        ("/", "工作台"),
    ]


def test_what_a_person_may_not_open_or_find_is_not_offered(house, browser_of, people):
    mine, other, number = house
    people.grant_group("staff", "core:company:query", "own")
    pages = [
        ["客户", f"/companies/{number}"], ["用户", "/admin/users"], ["外", "https://elsewhere.example/"],
        ["外", "//elsewhere.example"], ["无", "/no/such/page"], ["退出", "javascript:alert(1)"],
    ]  # fmt: skip
    assert visited(browser_of(other), pages) == []
    assert visited(browser_of(mine), [["客户", f"/companies/{number}"]], at=f"/companies/{number}") == []


@pytest.mark.parametrize("text", ["", "{", "{}", "[1]", '[["a"]]', "[[1, 2]]", "null", "[" * 5000])
def test_nothing_that_is_sent_breaks_it(house, browser_of, text):
    answer = browser_of(house[0]).post("/palette", {"visited": text}, headers=PART)
    assert answer.status_code == 200


def test_a_customer_is_found_by_his_number_after_a_hash(house, browser_of, as_system):
    mine, _other, number = house
    with as_system() as session:
        code = session.get_one(Company, number).code
    part = {"HX-Request": "true"}
    for text in (f"#{code}", f"＃ {code.lower()}", f"#{number}"):
        page = browser_of(mine).get("/palette", query_string={"q": text}, headers=part).get_data(as_text=True)
        assert f'href="/companies/{number}"' in page, text
    assert code.startswith("KH-")
