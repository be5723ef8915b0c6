"""Dictionaries (K-04): added to, renamed, ordered, retired and merged, with the records following."""

from __future__ import annotations

import io
import re
from html import unescape

import pytest
from sqlalchemy import select

from core.admin.dictionaries import uses_of
from core.auth.models import Audit, CustomField
from core.custom import dictionary_of
from core.customers.imports.words import words_of
from core.customers.lists import COMPANIES
from core.customers.models import Company, CompanyIndustry, Contact, StandingChange
from core.i18n import speaking
from core.listing.models import ListView
from core.overlay import overlay
from core.review.rules import rule_of
from core.review.services.restoring import differing
from core.standing.models import StandingRule
from core.tags.models import Segment
from tests.core.customers.conftest import company_of
from tests.core.fields.conftest import add_field, run_jobs

__all__ = ["add_field", "company_of", "run_jobs"]


@pytest.fixture
def chief(people, browser_of):
    return browser_of(people.user("chief", groups=("system_administrator",)))


def entries(as_system, name):
    with as_system() as session:
        return dict(overlay().dictionary(session, name))


def merge(browser, name, old, new, typed):
    return browser.post(f"/admin/dictionaries/{name}/merge", {"code": old, "into": new, "typed": typed})


def test_a_merge_changes_every_kind_of_column_in_all_records(chief, company_of, add_field, run_jobs, as_system, app):
    name = add_field("关注栏目", "choices", choices=("专版", "活动", "内刊"))
    first = company_of("成都锦城糖酒有限公司", scale="small")
    second = company_of("重庆山城食品有限公司", custom={name: ["c1", "c2"]})
    with as_system() as session:
        codes = [code for code, _t in overlay().choices(session, "industry")]
        trades = [code for code in codes if "." in code][:2]
        session.add_all(CompanyIndustry(company_id=first.id, code=code) for code in trades)
        session.add(CompanyIndustry(company_id=second.id, code=trades[0]))
        channels = [code for code, _t in overlay().choices(session, "sales_channel")][:2]
        session.get(Company, first.id).sales_channels = channels
        session.get(Company, second.id).sales_channels = channels[:1]
        own = next(one.dictionary for one in _fields(app) if one.name == name)
        words = {d: overlay().title(session, d, c) for d, c in
                 (("industry", trades[0]), ("sales_channel", channels[0]), (own, "c1"))}  # fmt: skip
    assert merge(chief, "industry", trades[0], trades[1], words["industry"]).status_code == 303
    assert merge(chief, "sales_channel", channels[0], channels[1], words["sales_channel"]).status_code == 303
    assert merge(chief, own, "c1", "c2", words[own]).status_code == 303
    run_jobs()
    with as_system() as session:
        rows = session.execute(select(CompanyIndustry.company_id, CompanyIndustry.code)).all()
        assert sorted(map(tuple, rows)) == [(first.id, trades[1]), (second.id, trades[1])]
        assert session.get(Company, first.id).sales_channels == [channels[1]]
        assert session.get(Company, second.id).sales_channels == [channels[1]]
        assert session.get(Company, second.id).custom == {name: ["c2"]}
        mine = (Audit.note == "dictionary sales_channel", Audit.entity_id == first.id)
        line = session.scalar(select(Audit).where(*mine))
        assert line.changes == {"sales_channels": [channels, [channels[1]]]}
        assert overlay().dictionary(session, "industry")[trades[0]].retired


def _fields(app):
    from core.custom import fields_of
    from core.customers.lists import COMPANIES
    from core.db import work

    with work(app.extensions["zhike"].database, reason="test"):
        return list(fields_of(COMPANIES))


def test_codes_that_no_list_shows_follow_a_merge_too(chief, company_of, run_jobs, as_system):
    form = {"new_code": "dormant", "new_title": "休眠客户", "new_title_en": "Dormant"}
    assert chief.post("/admin/dictionaries/standing", form).status_code == 303
    company = company_of("成都锦城糖酒有限公司", standing="dormant")
    with as_system() as session:
        session.add(StandingChange(company_id=company.id, before="customer", after="dormant"))
    assert merge(chief, "standing", "dormant", "lost", "休眠客户").status_code == 303
    run_jobs()
    with as_system() as session:
        assert session.get(Company, company.id).standing == "lost"
        assert session.scalars(select(StandingChange.after)).all() == ["lost"]


def test_what_stands_under_both_entries_by_one_title_is_merged_too(chief, company_of, run_jobs, as_system):
    parents = [code for code, one in entries(as_system, "industry").items() if one.parent is None][:2]
    for code, parent, title in (
        ("left", parents[0], "其他品类"),
        ("right", parents[1], "其他品类"),
        ("sole", parents[0], "独有品类"),
    ):
        form = {"new_code": code, "new_title": title, "new_title_en": title, "new_parent": parent}
        assert chief.post("/admin/dictionaries/industry", form).status_code == 303
    title = str(entries(as_system, "industry")[parents[0]].title)
    assert merge(chief, "industry", parents[0], parents[1], title).status_code == 303
    run_jobs()
    known = entries(as_system, "industry")
    assert (known["left"].retired, known["right"].retired, known["sole"].retired) == (True, False, False)
    assert known["sole"].parent == parents[1]


def test_what_went_under_another_entry_is_found_and_offered_there(
    chief, people, browser_of, company_of, run_jobs, as_system
):
    known = entries(as_system, "industry")
    old, new = [code for code, one in known.items() if one.parent is None][:2]
    below = next(code for code, one in known.items() if one.parent == old)
    company = company_of("成都锦城糖酒有限公司")
    with as_system() as session:
        session.add(CompanyIndustry(company_id=company.id, code=below))
    boss = browser_of(people.user("boss", groups=("decision_maker",)))
    assert "成都锦城糖酒" in boss.get(f"/companies?industries={old}").text
    assert merge(chief, "industry", old, new, str(known[old].title)).status_code == 303
    run_jobs()
    for code in (new, old, below):
        assert "成都锦城糖酒" in boss.get(f"/companies?industries={code}").text, code
    assert "成都锦城糖酒" not in boss.get(f"/companies?industries__ne={new}").text
    offered = re.findall(r'<option value="([^"]+)"', boss.get("/companies/new").text.split('name="industries"')[1])
    upper = [code for code, one in known.items() if one.parent is None][2]
    assert offered.index(new) < offered.index(below) < offered.index(upper)


def test_a_merge_shows_how_many_records_change_and_wants_the_title_typed(chief, company_of, as_system):
    company_of("成都锦城糖酒有限公司", source="fair")
    page = unescape(chief.get("/admin/dictionaries/source/merge?code=fair").text)
    title = entries(as_system, "source")["fair"].title
    assert "合并并更改 1 条记录" in page
    other = next(code for code in entries(as_system, "source") if code != "fair")
    assert merge(chief, "source", "fair", other, "别的").status_code == 422
    assert merge(chief, "source", "fair", "fair", str(title)).status_code == 422
    assert not entries(as_system, "source")["fair"].retired


@pytest.mark.parametrize(("name", "old"), [("gender", "male"), ("standing", "blacklist")])
def test_entries_on_which_the_program_counts_are_not_merged(chief, as_system, name, old):
    known = entries(as_system, name)
    new = next(code for code in known if code != old)
    assert merge(chief, name, old, new, str(known[old].title)).status_code == 422
    assert not entries(as_system, name)[old].retired


def test_a_saved_view_asks_for_the_entry_that_stays(chief, people, company_of, as_system):
    owner = people.user("zhou")
    with as_system() as session:
        view = ListView(resource="companies", name="展会来的", owner_id=owner.id, query="source__in=fair,phone&q=fair")
        group = Segment(resource="companies", name="展会来的", owner_id=owner.id, query="source=fair")
        session.add_all([view, group])
        session.flush()
        key = view.id
    other = next(code for code in entries(as_system, "source") if code not in ("fair", "phone"))
    assert merge(chief, "source", "fair", other, str(entries(as_system, "source")["fair"].title)).status_code == 303
    with as_system() as session:
        assert session.get(ListView, key).query == f"source__in={other}%2Cphone&q=fair"
        assert session.scalar(select(Segment.query)) == f"source={other}"


@pytest.fixture
def merged(chief, as_system):
    """Merge a source into another: `merged()` gives the other's code. The job has not come by yet."""

    def one():
        other = next(c for c, one in entries(as_system, "source").items() if c != "fair" and not one.retired)
        assert merge(chief, "source", "fair", other, str(entries(as_system, "source")["fair"].title)).status_code == 303
        return other

    return one


def test_whoever_asks_for_a_merged_entry_finds_the_other_one(people, browser_of, company_of, merged, as_system):
    company_of("成都锦城糖酒有限公司", source="fair")
    other = merged()
    company_of("重庆山城食品有限公司", source=other)
    said = entries(as_system, "source")[other].title
    boss = browser_of(people.user("boss", groups=("decision_maker",)))
    for query in ("source=fair", "source__in=fair", f"source={other}"):  # as a shortcut or a letter's draft may ask
        page = boss.get(f"/companies?{query}").text
        assert "成都锦城糖酒" in page, query
        assert "重庆山城食品" in page, query
        assert f"信息来源 {said}" in " ".join(re.sub("<[^>]+>", " ", unescape(page)).split()), query
    assert "成都锦城糖酒" not in boss.get("/companies?source__ne=fair").text
    offered = re.search(r'name="v.source".*?</select>', boss.get("/companies/filter").text, re.DOTALL)[0]
    assert f'value="{other}"' in offered
    assert 'value="fair"' not in offered


def test_a_form_that_was_open_during_a_merge_writes_the_other_code(chief, company_of, merged, run_jobs, as_system):
    company = company_of("成都锦城糖酒有限公司", source="fair")
    page = chief.get(f"/companies/{company.id}/edit").text
    form = dict(re.findall(r'<input[^>]+name="([^"]+)"[^>]*value="([^"]*)"', page))
    other = merged()
    run_jobs()
    form |= {"source": "fair", "name": "成都锦城糖酒有限公司", "company_type": "", "remark": "电话里说的"}
    with as_system() as session:
        form["version"] = str(session.get(Company, company.id).version)
    assert chief.post(f"/companies/{company.id}/edit", form).status_code == 303
    with as_system() as session:
        found = session.get(Company, company.id)
        assert (found.source, found.remark) == (other, "电话里说的")


def test_an_earlier_value_comes_back_as_the_entry_that_stands_for_it(company_of, merged, run_jobs, as_system):
    company = company_of("成都锦城糖酒有限公司", source="fair")
    other = merged()
    run_jobs()
    with as_system() as session:
        record = session.get(Company, company.id)
        rule = rule_of(COMPANIES)
        assert differing(rule, record, {"source": "fair"}) == {}
        record.source = "import"
        assert differing(rule, record, {"source": "fair"}) == {"source": ("import", other)}


def test_a_file_that_says_a_merged_entry_means_the_other_one(as_system, merged):
    title = str(entries(as_system, "source")["fair"].title)
    other = merged()
    with as_system() as session:
        known = words_of(session, "source")
    assert (known[title], known["fair"]) == (other, other)


def test_an_entry_that_is_in_use_again_stands_for_itself(chief, as_system, merged):
    other = merged()
    page = unescape(chief.get("/admin/dictionaries/source").text)
    assert f"fair → {entries(as_system, 'source')[other].title}" in page
    title = str(entries(as_system, "source")["fair"].title)
    assert chief.post("/admin/dictionaries/source", {"title:fair": title}).status_code == 303
    assert entries(as_system, "source")["fair"].merged_into is None
    assert merge(chief, "source", other, "fair", str(entries(as_system, "source")[other].title)).status_code == 303
    with as_system() as session:
        assert overlay().present(session, "source", other) == "fair"
    phone = entries(as_system, "source")["phone"]
    assert merge(chief, "source", "phone", other, str(phone.title)).status_code == 422, "into one that is retired"


def test_who_saves_a_page_that_another_changed_meanwhile_overwrites_nothing(chief, as_system):
    page = chief.get("/admin/dictionaries/source").text
    form = dict(re.findall(r'name="((?:title|title_en):\w+|seen)" value="([^"]*)"', page))
    form = {name: unescape(value) for name, value in form.items()}
    other = {"title:fair": "糖酒会", "title_en:fair": "Fair"}
    assert chief.post("/admin/dictionaries/source", other).status_code == 303
    answer = chief.post("/admin/dictionaries/source", {**form, "title:phone": "来电"})
    assert answer.status_code == 409
    assert "有人刚改过这个字典" in unescape(answer.text)
    assert 'value="糖酒会"' in unescape(answer.text)
    known = entries(as_system, "source")
    assert (str(known["fair"].title), str(known["phone"].title)) == ("糖酒会", form["title:phone"])
    form["seen"] = re.search(r'name="seen" value="(\w+)"', answer.text)[1]
    form |= {"title:fair": "糖酒会", "title:phone": "来电"}
    assert chief.post("/admin/dictionaries/source", form).status_code == 303


def test_rules_and_settings_follow_a_merge(chief, as_system, run_jobs):
    form = {"new_code": "dormant", "new_title": "休眠客户", "new_title_en": "Dormant"}
    assert chief.post("/admin/dictionaries/standing", form).status_code == 303
    with as_system() as session:
        session.add(StandingRule(name="唤醒", before=["dormant", "customer"], after="dormant"))
        overlay().change_setting(session, "core.no_contact_standings", "key,dormant")
    assert merge(chief, "standing", "dormant", "lost", "休眠客户").status_code == 303
    run_jobs()
    with as_system() as session:
        rule = session.scalars(select(StandingRule)).one()
        assert (rule.before, rule.after) == (["lost", "customer"], "lost")
        assert overlay().setting(session, "core.no_contact_standings") == "key,lost"


def test_what_people_agreed_to_is_not_merged(chief, as_system):
    known = entries(as_system, "consent_purpose")
    old, new = list(known)[:2]
    assert "/merge?code=" not in chief.get("/admin/dictionaries/consent_purpose").text
    assert merge(chief, "consent_purpose", old, new, str(known[old].title)).status_code == 422


def test_departments_are_offered_where_one_is_typed(chief, people, browser_of, company_of, as_system):
    assert chief.post("/admin/dictionaries/department", {"new_title": "品牌中心"}).status_code == 303
    assert "填写时供选用：联系人 · 部门" in unescape(chief.get("/admin/dictionaries/department").text)
    company = company_of("成都锦城糖酒有限公司")
    with as_system() as session:
        session.add(Contact(company_id=company.id, name="王建平", review_state="reviewed"))
        session.flush()
        contact = session.scalar(select(Contact.id))
    for address in (f"/contacts/new?company={company.id}", f"/contacts/{contact}/cells/department"):
        page = chief.client.get(address, headers={"HX-Request": "true"}).get_data(as_text=True)
        offered = re.search(r'<datalist id="([^"]+)">(.*?)</datalist>', page, re.DOTALL)
        assert '<option value="品牌中心">' in offered[2], address
        assert f'list="{offered[1]}"' in page, address


def test_an_entry_has_a_title_in_each_language(chief, as_system):
    page = unescape(chief.get("/admin/dictionaries/source").text)
    assert 'name="title_en:fair"' in page
    form = {"title:fair": "糖酒会", "title_en:fair": "Sugar and wine fair"}
    assert chief.post("/admin/dictionaries/source", form).status_code == 303
    title = entries(as_system, "source")["fair"].title
    with speaking("zh_CN"):
        assert str(title) == "糖酒会"
    with speaking("en"):
        assert str(title) == "Sugar and wine fair"


def test_a_button_moves_an_entry_among_its_peers(chief, as_system):
    before = list(entries(as_system, "source"))
    assert chief.post("/admin/dictionaries/source", {"move": f"down:{before[0]}"}).status_code == 303
    after = list(entries(as_system, "source"))
    assert after[:2] == [before[1], before[0]]
    assert chief.post("/admin/dictionaries/source", {"move": f"up:{before[0]}"}).status_code == 303
    assert list(entries(as_system, "source")) == before


def test_a_word_finds_a_dictionary_by_an_entry_and_an_entry_with_what_it_stands_under(chief, as_system):
    known = entries(as_system, "industry")
    child = next(one for one in known.values() if one.parent)
    page = unescape(chief.get("/admin/dictionaries", query_string={"q": str(child.title)}).text)
    assert "/admin/dictionaries/industry?q=" in page
    assert "/admin/dictionaries/gender" not in page
    page = chief.get("/admin/dictionaries/industry", query_string={"q": child.code}).text
    assert f'data-id="{child.code}"' in page
    assert f'data-id="{child.parent}"' in page
    assert page.count("data-id=") < len(known)


def test_uses_are_counted(chief, company_of):
    company_of("成都锦城糖酒有限公司", source="fair")
    company_of("重庆山城食品有限公司", source="fair")
    page = chief.get("/admin/dictionaries/source").text
    row = page[page.index('data-id="fair"') :]
    assert re.search('<td class="r num"[^>]*>2</td>', row[: row.index("</tr>")])


def test_a_file_gives_a_dictionary_back_and_adds_what_is_new(chief, as_system):
    before = entries(as_system, "source")
    sent = chief.get("/admin/dictionaries/source/file").get_data()
    again = chief.post("/admin/dictionaries/source/file", {"file": (io.BytesIO(sent), "source.csv")})
    assert again.status_code == 303
    assert list(entries(as_system, "source")) == list(before)
    more = sent.decode() + "radio,,电台,Radio,\r\n"
    added = chief.post("/admin/dictionaries/source/file", {"file": (io.BytesIO(more.encode()), "s.csv")})
    assert added.status_code == 303
    assert str(entries(as_system, "source")["radio"].title) == "电台"


def test_a_file_of_a_dictionary_holds_no_formula_and_gives_the_title_back(chief, as_system):
    line = "odd,,'=HYPERLINK(1),'+1,\r\n"
    sent = "code,parent,title,title_en,retired\r\n" + line
    answer = chief.post("/admin/dictionaries/source/file", {"file": (io.BytesIO(sent.encode()), "s.csv")})
    assert answer.status_code == 303
    assert str(entries(as_system, "source")["odd"].title) == "=HYPERLINK(1)"
    assert line in chief.get("/admin/dictionaries/source/file").get_data(as_text=True)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("title\n甲\n", None),
        ("code,title\n,甲\n", 2),
        ("code,title\na,甲\na,乙\n", 3),
        ("code,title\na,甲\n\nNot OK,乙\n", 4),
        ("code,title\na,甲\nfair,\n", 3),
        ("code,title,parent\na,甲,\nb,乙,nowhere\n", 3),
        ("code,title\nradio,电台\nfair,电台\n", 3),
        ('code,title\na,甲\nb,"' + "长" * 140_000, 3),
        ("长" * 140_000, 1),
    ],
)
def test_a_file_that_cannot_stand_changes_nothing_and_its_line_is_named(chief, as_system, text, line):
    before = list(entries(as_system, "source"))
    answer = chief.post("/admin/dictionaries/source/file", {"file": (io.BytesIO(text.encode()), "s.csv")})
    assert answer.status_code == 422
    assert line is None or f"第 {line} 行" in answer.text
    assert list(entries(as_system, "source")) == before


def test_every_dictionary_of_a_shown_field_has_a_use(app):
    from core.db import work

    registry = app.extensions["zhike"].registry
    with work(app.extensions["zhike"].database, reason="test"):
        fields = [field for one in registry.resources(everywhere=True) for field in one.fields]
        named = {field.dictionary for field in fields if field.dictionary and not field.load}
        assert {name for name in named if not uses_of(registry, name)} == set()


def test_an_entry_needs_no_code_and_none_is_there_twice(chief, as_system):
    address = "/admin/dictionaries/position"
    assert chief.post(address, {"new_code": "", "new_title": "品鉴顾问"}).status_code == 303
    assert chief.post(address, {"new_title": "大客户经理", "new_title_en": "Key account manager"}).status_code == 303
    made = {str(one.title): code for code, one in entries(as_system, "position").items()}
    assert (made["品鉴顾问"], made["大客户经理"]) == ("pin_jian_gu_wen", "key_account_manager")
    twice = chief.post(address, {"new_title": "品鉴顾问"})
    assert twice.status_code == 422
    assert "已经有条目“品鉴顾问”" in unescape(twice.text)
    assert chief.post(address, {"new_title": "品鉴 顾问"}).status_code == 303  # reads the same, is another word
    below = {"new_title": "精酿啤酒", "new_parent": "liquor"}
    assert chief.post("/admin/dictionaries/industry", below).status_code == 303
    assert entries(as_system, "industry")["liquor.jing_niang_pi_jiu"].parent == "liquor"


def test_an_entry_stands_where_its_number_says(chief, as_system):
    address = "/admin/dictionaries/industry"
    assert chief.post(address, {"new_title": "试验行业"}).status_code == 303
    page = chief.get(address).text
    code = next(code for code, one in entries(as_system, "industry").items() if str(one.title) == "试验行业")

    def peers():
        return [one.code for one in entries(as_system, "industry").values() if one.parent is None]

    first, second = peers()[:2]
    place = re.search(f'name="position:{second}" value="" placeholder="([0-9]+)"', page)[1]
    narrowed = chief.get(f"{address}?q={second}").text
    assert f'name="position:{second}" value="" placeholder="{place}"' in narrowed
    for number, wanted in ((1, [code, first, second]), (int(place), [first, code, second])):
        sent = {f"title:{code}": "试验行业", f"position:{code}": str(number)}
        assert chief.post(address, sent).status_code == 303
        assert peers()[:3] == wanted


def test_what_was_typed_stays_when_entries_are_refused(chief):
    typed = {
        "title:fair": "会上名片",
        "retired:fair": "on",
        "position:fair": "x",
        "new_title": "新来源",
        "new_title_en": "New",
    }
    answer = chief.post("/admin/dictionaries/source", typed)
    assert answer.status_code == 422
    page = unescape(answer.text)
    row = page[page.index('data-id="fair"') :]
    row = row[: row.index("</tr>")]
    assert 'value="会上名片"' in row
    assert 'value="x"' in row
    assert re.search('name="retired:fair" checked', row)
    assert 'name="new_title" value="新来源"' in page
    assert 'name="new_title_en" value="New"' in page


def test_what_is_added_to_the_list_of_an_own_field_stands_last(chief, add_field, as_system):
    field = add_field("等级", "choice", choices=["甲级", "乙级"])
    with as_system() as session:
        name = dictionary_of(session.scalars(select(CustomField.id).where(CustomField.name == field)).one())
    for title in ("丁级", "丙级"):
        chief.post(f"/admin/dictionaries/{name}", {"new_title": title})
    assert [str(one.title) for one in entries(as_system, name).values()] == ["甲级", "乙级", "丁级", "丙级"]


def test_a_renamed_entry_keeps_its_other_title(chief, as_system):
    typed = {"title:chairman": "董事长（总裁）", "title_en:chairman": "Chairman"}
    assert chief.post("/admin/dictionaries/position", typed).status_code == 303
    entry = entries(as_system, "position")["chairman"]
    with speaking("en"):
        assert str(entry.title) == "Chairman"
    with speaking("zh_CN"):
        assert str(entry.title) == "董事长（总裁）"


def test_no_entry_takes_the_title_of_another_that_is_offered(chief, as_system):
    told = chief.post("/admin/dictionaries/position", {"title:hr_head": "总经理"})
    assert told.status_code == 422
    assert "已经有条目“总经理”" in unescape(told.text)
    assert str(entries(as_system, "position")["hr_head"].title) != "总经理"
    both = {"title:general_manager": "总经理", "retired:general_manager": "1", "title:hr_head": "总经理"}
    assert chief.post("/admin/dictionaries/position", both).status_code == 303
    swapped = {"title:chief_engineer": "财务总监", "title:finance_director": "总工程师"}
    assert chief.post("/admin/dictionaries/position", swapped).status_code == 303


def test_it_is_told_how_many_entries_are_other(chief):
    typed = {"title:chairman": "董事局主席", "title:clerk": "职员", "position:clerk": "2", "new_title": "采购总监"}
    told = chief.get(chief.post("/admin/dictionaries/position", typed).headers["Location"]).text
    assert "已储存 3 个条目" in told


def test_dictionaries_stand_by_the_pinyin_of_their_titles(chief):
    page = unescape(chief.get("/admin/dictionaries").text)
    titles = re.findall(r'<td><a class="b" href="/admin/dictionaries/[^"]+">([^<]+)</a>', page)
    wanted = [one for one in titles if one in ("部门", "称谓", "行业", "客户考核", "性别", "学历", "资信等级")]
    assert wanted == ["部门", "称谓", "行业", "客户考核", "性别", "学历", "资信等级"]
