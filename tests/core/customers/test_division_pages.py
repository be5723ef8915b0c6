"""The pages on which places are changed (K-02), and their file."""

from __future__ import annotations

import io
import re
from html import unescape
from urllib.parse import quote

import pytest
from sqlalchemy import select

from core.auth.models import Audit, DivisionEntry
from core.customers.data.divisions import all_divisions, changed_table, division
from core.customers.data.edition import Edition, use_edition
from core.customers.models import Company
from core.db import work
from core.listing.models import ListView
from core.listing.renaming import change_conditions
from core.state import versions
from core.tags.models import Segment
from tests.core.fields.conftest import run_jobs

__all__ = ["run_jobs"]


@pytest.fixture(autouse=True)
def shipped():
    """Leave the table as it ships to whoever comes next in this process."""
    use_edition(Edition())
    yield
    use_edition(Edition())


@pytest.fixture
def chief(people, browser_of):
    return browser_of(people.user("chief", groups=("system_administrator",)))


@pytest.fixture
def now(app):
    """Give the places as the next unit of work has them: `now("510104")`, without a code all."""

    def look(code=""):
        with work(app.extensions["zhike"].database, reason="test") as unit:
            versions(unit.session)
        return division(code) if code else all_divisions()

    return look


def save(browser, within="510100", **given):
    """Send the page as it is drawn, with some of it other."""
    page = browser.get(f"/places/edit?within={within}").text
    form = dict(re.findall(r'<input class="in-t[^"]*" name="([^"]+)" value="([^"]*)"', page))
    form |= dict.fromkeys(re.findall(r'name="(retired:\d+)" checked', page), "on")
    form["seen"] = re.search(r'name="seen" value="(\d+)"', page)[1]
    form |= {name.replace("__", ":"): value for name, value in given.items()}
    form = {name: value for name, value in form.items() if value is not None}
    return browser.post(f"/places/edit?within={within}", form)


def merge(browser, code="510118", **given):
    """Send the page of merging as it is drawn, filled in."""
    page = browser.get(f"/places/merge?code={code}").text
    return browser.post(
        "/places/merge", {"code": code, "seen": re.search(r'name="seen" value="(\d+)"', page)[1], **given}
    )


def test_places_are_changed_added_and_retired_on_one_page(chief, read, people, browser_of, now):
    given = {"name__510116": "空港区", "postcode__510104": "610011", "retired__510121": "on", "new_code": "510190",
             "new_name": "临空区", "new_area_code": "028"}  # fmt: skip
    assert save(chief, **given).status_code == 303
    page = unescape(chief.get("/places/edit?within=510100").text)
    assert "已储存 4 个地区" in page
    assert [now(code).name for code in ("510116", "510190")] == ["空港区", "临空区"]
    assert (now("510104").postcode, now("510121").retired) == ("610011", True)
    assert sorted(read(select(DivisionEntry.code))) == [
        "510104",
        "510116",
        "510121",
        "510190",
    ]  # what is as before, not
    lines = read(select(Audit).where(Audit.entity == "core_division").order_by(Audit.id))
    told = {line.note: (line.kind, line.changes) for line in lines}
    assert told["四川省 成都市 空港区"] == ("edit", {"name": ["双流区", "空港区"], "short_name": ["双流", "空港"]})
    assert told["四川省 成都市 金堂县"] == ("edit", {"retired": [False, True]})
    assert told["四川省 成都市 临空区"][0] == "create"
    trail = unescape(chief.get("/admin/audit?entity=core_division").text)
    assert "行政区划" in trail
    assert save(chief, retired__510121=None).status_code == 303
    assert not now("510121").retired
    clerk = browser_of(people.user("clerk"))
    assert "临空区" in clerk.get("/places?within=510100").text
    assert 'data-value="510190"' in clerk.get(f"/divisions/lookup?q={quote('临空')}").text


def test_a_place_that_cannot_be_is_refused_with_what_was_typed(chief, read):
    answer = save(chief, new_code="440190", new_name="临空区", name__510104="锦官区")
    page = unescape(answer.text)
    assert answer.status_code == 422
    assert "以 5101 开头" in page
    assert 'value="锦官区"' in page
    assert 'value="440190"' in page
    assert read(select(DivisionEntry)) == []


def test_two_who_change_places_do_not_overwrite_each_other(chief, people, browser_of, now):
    other = browser_of(people.user("chief2", groups=("system_administrator",)))
    page = other.get("/places/edit?within=510100").text
    seen = re.search(r'name="seen" value="(\d+)"', page)[1]
    assert save(chief, name__510104="锦官区").status_code == 303
    answer = other.post("/places/edit?within=510100", {"seen": seen, "name:510104": "锦城区"})
    assert answer.status_code == 409
    assert 'value="锦官区"' in answer.text
    sure = {"code": "510118", "into": "510116", "typed": "新津区"}
    for address, form in (("/places/edit?within=510100", {"name:510104": "锦城区"}), ("/places/merge", sure)):
        for told in ({}, {"seen": ""}, {"seen": "x"}, {"seen": seen}):
            assert other.post(address, form | told).status_code == 409, (address, told)
    assert (now("510104").name, now("510118").name) == ("锦官区", "新津区")


def test_the_arrows_and_a_number_put_places_in_order(chief, now, read):
    order = lambda: [unit.code for unit in now() if unit.parent_code == "510100"][:3]  # noqa: E731
    assert save(chief, move="down:510104").status_code == 303
    assert order() == ["510105", "510104", "510106"]
    assert save(chief, position__510106="1").status_code == 303
    assert order() == ["510106", "510105", "510104"]
    assert save(chief, position__510106="one").status_code == 422
    assert save(chief, position__999999="1").status_code == 422
    assert save(chief, position__510703="9", position__510104="1").status_code == 303
    assert order() == ["510104", "510106", "510105"]
    told = read(select(Audit.changes).where(Audit.entity == "core_division").order_by(Audit.id))
    assert told == [{"position": [1, 2]}, {"position": [3, 1]}, {"position": [3, 1]}]


def test_a_merge_moves_records_views_and_the_facet(chief, people, company_of, run_jobs, as_system, browser_of):
    owner = people.user("zhou")
    company = company_of(
        "新津酒业有限公司", division_code="510118", province="四川省", city="成都市", district="新津区"
    )
    with as_system() as session:
        session.add(ListView(resource="companies", name="新津", owner_id=owner.id, query="division=510118"))
        query = f"district__in={quote('新津区')}%2C{quote('锦江区')}"
        session.add(Segment(resource="companies", name="新津", owner_id=owner.id, query=query))
    page = unescape(chief.get("/places/merge?code=510118").text)
    assert "合并并更改 1 条记录" in page
    assert '<option value="510116">成都市 双流区</option>' in page
    assert "510118" not in re.findall(r'<option value="(\d+)"', page)
    assert merge(chief, into="510116", typed="新津").status_code == 422
    assert merge(chief, into="510116", typed="新津区").status_code == 303
    boss = browser_of(people.user("boss", groups=("decision_maker",)))
    assert "新津酒业" in boss.get("/companies?division=510118").text
    run_jobs()
    assert "新津酒业" in boss.get("/companies?division=510118").text  # a shortcut or a letter's draft may ask so
    with as_system() as session:
        assert session.get(Company, company.id).division_code == "510116"
        assert session.scalar(select(ListView.query)) == "division=510116"
        assert session.scalar(select(Segment.query)) == f"district__in={quote('双流区')}%2C{quote('锦江区')}"
        assert session.scalar(select(Audit.changes).where(Audit.kind == "merge")) == {
            "code": ["510118", "510116"],
            "merged_into": ["四川省 成都市 新津区", "四川省 成都市 双流区"],
        }
    assert "双流区" in boss.get(f"/companies/{company.id}").text
    assert "新津酒业" in boss.get("/companies?division=510116").text
    assert "新津酒业" not in boss.get("/companies?division=510104").text
    assert "四川省 成都市 双流区" in boss.get("/companies?division=510116").text  # in words among the conditions
    history = unescape(re.sub("<[^>]+>", " ", boss.get(f"/companies/{company.id}/history").text))
    assert "四川省 成都市 新津区" in history
    assert "四川省 成都市 双流区" in history
    assert "新津区 → 双流区" in unescape(chief.get("/places/edit?within=510100").text)
    assert "双流区" in boss.get(f"/places?q={quote('新津区')}").text


def test_a_merge_is_taken_back_on_the_page_of_places(chief, company_of, run_jobs, as_system):
    company = company_of(
        "新津酒业有限公司", division_code="510118", province="四川省", city="成都市", district="新津区"
    )
    assert "可以撤销" in unescape(chief.get("/places/merge?code=510118").text)
    merge(chief, into="510116", typed="新津区")
    run_jobs()
    page = unescape(chief.get("/places/edit?within=510100").text)
    assert re.search(r'<button[^>]+form="separate" name="code" value="510118"', page)
    assert chief.post("/places/merge/undo", {"code": "510118"}).headers["Location"].endswith("?within=510100")
    assert chief.post("/places/merge/undo", {"code": "510118"}).status_code == 422
    run_jobs()
    with as_system() as session:
        assert session.get(Company, company.id).division_code == "510118"
    assert "separate" not in chief.get("/places/edit?within=510100").text


def test_a_place_of_another_province_stays_by_its_code_only(chief):
    given = {"code": "510118", "typed": "新津区", "into": "110101"}
    refused = merge(chief, **given)
    assert refused.status_code == 422
    assert "东城区在另一个省份：北京市 东城区" in unescape(refused.text)
    page = chief.get("/places/merge?code=510118&elsewhere=1").text
    assert re.search(r'<input[^>]+name="into"', page)
    assert merge(chief, **given, elsewhere="1").status_code == 303
    assert "新津区 → 北京市 东城区" in unescape(chief.get("/places/edit?within=510100").text)


def test_a_municipality_stands_once(chief, now, people, browser_of, company_of):
    page = unescape(chief.get("/places/edit").text)
    assert 'href="/places/edit?within=110000" aria-label="北京市的下级：16"' in page
    assert 'name="postcode:110000" value="100000"' in page
    within = unescape(chief.get("/places/edit?within=110000").text)
    assert 'value="东城区"' in within
    assert 'name="name:110100"' not in within
    assert within.count(">北京市<") == 2, "as heading, and where the page stands"
    district = unescape(chief.get("/places/merge?code=110101").text)
    assert district.count(">北京市</a>") == 1
    for q in ("北京市", "010", "100000"):
        found = re.findall(r'name="name:(\d+)"', chief.get(f"/places/edit?q={quote(q)}").text)
        assert "110000" in found, q
        assert "110100" not in found, q
    company_of("东单糖酒有限公司", division_code="110101", province="北京市", city="北京市", district="东城区")
    company_of("长安食品有限公司", division_code="110000", province="北京市")
    boss = browser_of(people.user("boss", groups=("decision_maker",)))
    for code in ("110000", "110100"):
        listed = boss.get(f"/companies?division={code}").text
        assert "东单糖酒" in listed, code
        assert "长安食品" in listed, code
    assert 'value="110100"' not in listed
    assert re.findall(r'data-value="(\d+)"', boss.get(f"/divisions/lookup?q={quote('北京')}").text)[:1] == ["110100"]
    places = unescape(boss.get("/places?within=110000").text)
    assert "东城区" in places
    assert places.count(">北京市</span>") + places.count(">北京市</a>") <= 1
    assert "100000" in boss.get("/places").text


def test_a_municipality_is_changed_on_both_levels(chief, now):
    page = save(chief, within="", name__110000="燕京市", postcode__110000="100001")
    assert page.status_code == 303
    assert "已储存 1 个地区" in unescape(chief.get("/places/edit").text)
    city, province = now("110100"), now("110000")
    assert (province.name, province.postcode, city.name, city.postcode) == ("燕京市", "", "燕京市", "100001")
    assert (now("110101").province, now("110101").city) == ("燕京市", "燕京市")
    assert save(chief, within="110000", new_code="110190", new_name="临空区").status_code == 303
    assert now("110190").parent_code == "110100"


def test_places_are_found_to_be_changed(chief):
    for q, name in (("锦江", "锦江区"), ("028", "成都市"), ("510104", "锦江区")):
        assert f'value="{name}"' in chief.get(f"/places/edit?q={quote(q)}").text, q
    assert save(chief, retired__510104="on").status_code == 303
    assert 'value="锦江区"' in chief.get(f"/places/edit?q={quote('锦江')}").text
    assert "还有更多" in chief.get("/places/edit?q=5").text
    assert "没有这个地区" in chief.get(f"/places/edit?q={quote('火星')}").text
    assert chief.get("/places/edit?within=999999").status_code == 404
    assert chief.get("/places/merge?code=999999").status_code == 404


def read_in(browser, text):
    return browser.post("/places/file", {"file": (io.BytesIO(text.encode("utf-8-sig")), "places.csv")})


def test_the_table_goes_out_as_a_file_and_comes_in_again(chief, read, now):
    text = chief.get("/places/file").get_data().decode("utf-8-sig")
    lines = text.splitlines()
    assert lines[0] == "code,parent,name,short_name,postcode,area_code,retired"
    assert len(lines) == 1 + len(now())
    at = lines.index("510104,510100,锦江区,锦江,610000,028,")
    assert lines[at - 1].startswith("510100,510000,成都市")
    assert read_in(chief, text).status_code == 303
    assert read(select(DivisionEntry)) == []
    lines[at] = "510104,510100,锦官区,锦官,610011,028,"
    lines.insert(at + 1, "510190,510100,临空区,,,,1")
    lines[at + 2 : at + 4] = reversed(lines[at + 2 : at + 4])
    assert read_in(chief, "\n".join(lines)).status_code == 303
    assert (now("510104").name, now("510104").postcode) == ("锦官区", "610011")
    assert now("510190").retired
    order = [unit.code for unit in now() if unit.parent_code == "510100"]
    assert order[:4] == ["510104", "510190", "510106", "510105"]


@pytest.mark.parametrize("text", [
    "code,title\n510104,锦官区", "code,name\n,锦官区",
    "code,name\n510104,甲区\n510104,乙区", "code,name\n510190,临空区",
    "code,parent,name\n510104,510600,锦江区", "code,parent,name\n510190,510100,锦江区",
    pytest.param("x" * 200_000, id="no end of a head"),
])  # fmt: skip
def test_a_file_that_cannot_stand_changes_nothing(chief, read, text):
    assert read_in(chief, text).status_code == 422
    assert read(select(DivisionEntry)) == []


def test_a_file_in_any_order_is_laid_over_the_table_once(chief, read, monkeypatch):
    """A spreadsheet that was sorted by name moves the places of every city; each cost a look at the whole table."""
    looks = []
    monkeypatch.setattr(
        "core.customers.services.divisions.changed_table", lambda changes: looks.append(1) or changed_table(changes)
    )
    head, *lines = chief.get("/places/file").get_data().decode("utf-8-sig").splitlines()
    assert read_in(chief, "\n".join([head, *reversed(lines)])).status_code == 303
    assert len(looks) < 10
    order = read(
        select(DivisionEntry.code).where(DivisionEntry.code.startswith("5101")).order_by(DivisionEntry.position)
    )
    assert [code for code in order if code != "510100"][-2:] == ["510105", "510104"]


def test_a_file_of_new_names_looks_for_saved_views_once(chief, people, as_system, read, monkeypatch):
    looks = []
    monkeypatch.setattr(
        "core.customers.services.divisions.change_conditions",
        lambda *given: looks.append(given[-2]) or change_conditions(*given),
    )
    owner = people.user("keeper").id
    with as_system() as session:
        session.add(
            ListView(resource="companies", name="区", owner_id=owner, query="district=%E9%94%A6%E6%B1%9F%E5%8C%BA")
        )
    text = "code,name\n510104,锦官区\n510105,青山区\n510106,金山区"
    assert read_in(chief, text).status_code == 303
    assert set(looks) == {"锦江区"}
    assert read(select(ListView.query)) == ["district=%E9%94%A6%E5%AE%98%E5%8C%BA"]


def test_the_pages_are_the_administrators(people, browser_of, chief):
    clerk = browser_of(people.user("clerk"))
    assert "/places/edit" not in clerk.get("/places").text
    assert "/admin/dictionaries/country" not in clerk.get("/places/countries").text
    assert clerk.get("/places/edit").status_code == 403
    assert clerk.post("/places/edit", {}).status_code == 403
    assert 'href="/places/edit"' in chief.get("/admin/dictionaries").text
    title = {"title:JP": "日本国", "title_en:JP": "Japan"}
    assert chief.post("/admin/dictionaries/country", title).status_code == 303
    assert "日本国" in clerk.get("/places/countries").text


def test_the_pages_speak_english(people, browser_of):
    chief = browser_of(people.user("chief", groups=("system_administrator",)))
    chief.client.set_cookie("zhike_locale", "en")
    page = chief.get("/places/edit?within=510100").text
    assert "Edit places" in page
    assert "Lies in it" in page
    assert "Merge into another place" in page
