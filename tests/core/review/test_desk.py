"""The review desk and the histories through HTTP."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape

from sqlalchemy import select

from core.auth.access import current_access
from core.auth.models import Audit
from core.customers.models import Company
from core.customers.services import update_company
from core.db import transaction
from core.review.rules import rules
from core.review.services.proposing import suggest


def text_of(answer):
    return unescape(answer.get_data(as_text=True))


def stored(as_system, key):
    with as_system() as session:
        company = session.get(Company, key)
        return company.review_state, company.version


def change(as_user, user, key, **values):
    with as_user(user), transaction() as session:
        update_company(session, session.get(Company, key), values, by=user.id)


def decision(key, **more):
    return {"of": "companies", "id": key, "version": 1, "queue": "first", "query": "of=companies&queue=first", **more}


def test_the_desk_opens_the_longest_waiting_record(browser_of, house, firm):
    first = firm("甲酒业有限公司", address="二环路8号")
    second = firm("乙酒业有限公司")
    page = text_of(browser_of(house.chief).get("/review"))
    assert page.index("甲酒业有限公司") < page.index("乙酒业有限公司")
    assert f'data-id="{first}" class="cur"' in page
    assert "二环路8号" in page
    assert f'name="next" value="{second}"' in page
    assert "初审 2" in page
    assert 'data-total="2"' in page


def test_who_reviews_nothing_finds_an_empty_desk(browser_of, house, firm):
    firm("甲酒业有限公司")
    page = text_of(browser_of(house.li).get("/review"))
    assert "甲酒业有限公司" not in page


def test_a_queue_is_searched_and_filtered(browser_of, house, firm):
    firm("甲酒业有限公司", city="成都市")
    firm("乙食品有限公司", city="重庆市", entered_by_id=house.li.id)
    browser = browser_of(house.chief)
    for query, shown in (
        ("q=食品", "乙食品有限公司"),
        ("city=成都市", "甲酒业有限公司"),
        (f"author={house.li.id}", "乙食品有限公司"),
    ):
        page = text_of(browser.get(f"/review?of=companies&queue=first&{query}"))
        rows = re.findall(r'<a class="name el"[^>]*>([^<]+)<', page)
        assert rows == [shown]
    assert "不是" in text_of(browser.get("/review?of=companies&queue=first&nonsense=1"))


def test_a_record_is_approved_and_the_next_one_opens(browser_of, as_system, house, firm):
    first, second = firm("甲酒业有限公司"), firm("乙酒业有限公司")
    browser = browser_of(house.chief)
    answer = browser.post("/review/approve", decision(first, next=second))
    assert answer.status_code == 303
    assert answer.location == f"/review?of=companies&queue=first&on={second}"
    assert stored(as_system, first)[0] == "reviewed"
    assert "甲酒业有限公司 已审核通过" in text_of(browser.get(answer.location))
    again = browser.post("/review/approve", decision(first, version=1))
    assert again.status_code == 409
    assert stored(as_system, first)[0] == "reviewed"


def test_a_return_without_an_opinion_keeps_the_page(browser_of, as_system, house, firm):
    key = firm("甲酒业有限公司")
    browser = browser_of(house.chief)
    assert browser.post("/review/return", decision(key)).status_code == 422
    assert browser.post("/review/return", decision(key, opinion="地址不全")).status_code == 303
    assert stored(as_system, key)[0] == "returned"
    author = browser_of(house.zhou)
    page = text_of(author.get("/review"))
    assert "退回给我 1" in page
    assert "地址不全" in page
    assert "地址不全" in text_of(author.get(f"/companies/{key}"))
    assert author.post("/review/submit", {"of": "companies", "id": key}).location == f"/companies/{key}"
    assert stored(as_system, key)[0] == "submitted"


def test_many_are_approved_at_once_but_nobodys_own(browser_of, as_system, house, firm):
    mine = firm("主管自录公司", entered_by_id=house.chief.id)
    others = [firm(f"第{number}公司") for number in range(22)]
    browser = browser_of(house.chief)
    form = {"of": "companies", "query": "of=companies&queue=first", "id": [*others, mine]}
    shown = browser.post("/review/approve-many", form)
    assert shown.status_code == 200
    assert stored(as_system, others[0])[0] == "submitted"
    assert browser.post("/review/approve-many", {**form, "confirmed": "1"}).status_code == 303
    assert {stored(as_system, key)[0] for key in others} == {"reviewed"}
    assert stored(as_system, mine)[0] == "submitted"


def test_others_records_and_unknown_ones_are_not_decided(browser_of, as_system, house, firm):
    key = firm("甲酒业有限公司")
    for user, status in ((house.zhou, 403), (house.li, 403), (house.stranger, 403)):
        assert browser_of(user).post("/review/approve", decision(key)).status_code == status
        assert browser_of(user).post("/review/return", decision(key, opinion="x")).status_code == status
    chief = browser_of(house.chief)
    assert chief.post("/review/approve", decision(99_999)).status_code == 404
    assert chief.post("/review/approve", {**decision(key), "of": "nothing"}).status_code == 404
    assert stored(as_system, key)[0] == "submitted"


def test_a_change_is_proposed_and_taken_over_on_the_record(browser_of, as_system, house, firm):
    key = firm("甲酒业有限公司", website="http://a.example")
    chief = browser_of(house.chief)
    form = {"of": "companies", "id": key, "version": 1}
    page = text_of(chief.get(f"/review/propose?of=companies&id={key}"))
    assert 'name="v.website"' in page
    assert chief.post("/review/propose", form).status_code == 422
    assert chief.post("/review/propose", {**form, "v.founded_on": "gestern"}).status_code == 422
    assert chief.post("/review/propose", {**form, "v.scale": "huge"}).status_code == 422
    assert chief.post("/review/propose", {**form, "v.website": "http://b.example"}).status_code == 303
    author = browser_of(house.zhou)
    assert "http://b.example" in text_of(author.get(f"/companies/{key}"))
    assert author.post("/review/answer", {"of": "companies", "id": key, "take": "1"}).status_code == 303
    with as_system() as session:
        assert session.get(Company, key).website == "http://b.example"


def test_a_proposal_is_read_and_checked_as_the_form_of_the_record_does(browser_of, as_system, house, firm):
    key = firm("甲酒业有限公司", country="CN")
    chief, author = browser_of(house.chief), browser_of(house.zhou)
    form = {"of": "companies", "id": key, "version": 1}
    for name, text, said in (
        ("postcode", "6100", "邮编应为 6 位数字"),
        ("uscc", "91510100MA6CXYZ12", "代码不对"),
        ("registered_capital", "很多", "请填金额"),
        ("name", " ", "请填写名称"),
    ):
        answer = chief.post("/review/propose", {**form, f"v.{name}": text})
        assert answer.status_code == 422, name
        assert said in text_of(answer)
        assert f'id="v.{name}-error"' in text_of(answer)
    sent = {"v.registered_capital": "1.2万", "v.founded_on": "2001年3月8日", "v.postcode": "６１００４１"}
    assert chief.post("/review/propose", {**form, **sent, "v.headcount": " 85 "}).status_code == 303
    assert "12,000" in text_of(author.get(f"/companies/{key}"))
    author.post("/review/answer", {"of": "companies", "id": key, "take": "1"})
    with as_system() as session:
        firm = session.get(Company, key)
        assert (firm.registered_capital, firm.headcount, firm.postcode) == (12000, 85, "610041")
        assert firm.founded_on == dt.date(2001, 3, 8)


def test_the_changes_of_a_reviewed_record_are_marked_on_the_desk_and_its_page(browser_of, as_user, house, firm):
    key = firm("甲酒业有限公司", website="http://a.example")
    chief = browser_of(house.chief)
    chief.post("/review/approve", decision(key))
    change(as_user, house.zhou, key, website="http://b.example")
    page = text_of(chief.get("/review"))
    assert "<del>http://a.example</del>" in page
    assert "<ins>http://b.example</ins>" in page
    assert "<del>http://a.example</del>" in text_of(chief.get(f"/companies/{key}"))


def test_private_fields_are_on_no_desk_and_in_no_history_of_who_may_not_see_them(
    browser_of, as_user, people, house, firm
):
    key = firm("甲酒业有限公司", state="reviewed", debts=7_777_777)
    change(as_user, house.zhou, key, debts=8_888_888, website="http://b.example")
    people.grant(house.chief, "core:company:private", "none")
    chief = browser_of(house.chief)
    for address in (f"/review?of=companies&on={key}", f"/review/history/{key}?of=companies", f"/companies/{key}"):
        page = text_of(chief.get(address))
        assert "7777777" not in page
        assert "8888888" not in page
    line = _line(as_user, house, key)
    assert "7777777" not in text_of(chief.get(f"/review/restore/{line}?of=companies&id={key}&field=debts"))


def _line(as_user, house, key, place=-1):
    with as_user(house.boss) as session:
        wanted = (Audit.entity == "core_company", Audit.entity_id == key, Audit.kind == "edit")
        return list(session.scalars(select(Audit.id).where(*wanted).order_by(Audit.id)))[place]


def test_one_value_is_restored_as_a_change_of_its_own(browser_of, as_user, as_system, house, firm):
    key = firm("甲酒业有限公司", website="http://a.example", state="draft")
    change(as_user, house.zhou, key, website="http://b.example", short_name="甲酒")
    line = _line(as_user, house, key)
    author = browser_of(house.zhou)
    assert f"/review/restore/{line}" in text_of(author.get(f"/companies/{key}/history"))
    address = f"/review/restore/{line}?of=companies&id={key}&field=website"
    assert "http://a.example" in text_of(author.get(address))
    version = stored(as_system, key)[1]
    form = {"of": "companies", "id": key, "field": "website"}
    assert author.post(f"/review/restore/{line}", {**form, "version": version - 1}).status_code == 409
    assert author.post(f"/review/restore/{line}", {**form, "version": version}).status_code == 303
    with as_system() as session:
        company = session.get(Company, key)
        assert (company.website, company.short_name) == ("http://a.example", "甲酒")
    assert "的改动恢复" in text_of(author.get(f"/review/history/{key}?of=companies"))
    assert "的改动恢复" in text_of(author.get(f"/companies/{key}/history"))
    assert browser_of(house.li).get(address).status_code == 403
    assert author.get(f"/review/restore/{line}?of=companies&id={firm('乙')}").status_code == 404


def test_a_whole_version_is_restored(browser_of, as_user, as_system, house, firm):
    key = firm("甲酒业有限公司", website="http://a.example", founded_on=None)
    change(as_user, house.zhou, key, website="http://b.example", sales_channels=["agent"])
    first = _line(as_user, house, key)
    change(as_user, house.zhou, key, website="http://c.example", name="丙酒业有限公司", sales_channels=[])
    change(as_user, house.zhou, key, short_name="丙酒")
    author = browser_of(house.zhou)
    version = stored(as_system, key)[1]
    form = {"of": "companies", "id": key, "version": version}
    assert author.post(f"/review/restore/{first}", form).status_code == 303
    with as_system() as session:
        company = session.get(Company, key)
        held = (company.website, company.name, company.short_name, company.sales_channels)
    assert held == ("http://b.example", "甲酒业有限公司", None, ["agent"])


def test_a_list_is_narrowed_by_the_state_of_review(browser_of, house, firm):
    firm("甲酒业有限公司")
    firm("乙酒业有限公司", state="returned")
    page = text_of(browser_of(house.chief).get("/companies?review_state=returned"))
    assert "乙酒业有限公司" in page
    assert "甲酒业有限公司" not in page
    assert '<span class="tag bad">已退回</span>' in page


def test_who_mends_a_returned_record_reads_why_and_the_reviewer_sees_what_he_mended(browser_of, house, firm, as_user):
    key = firm("成都锦城糖酒有限公司", address="二环路")
    chief, zhou = browser_of(house.chief), browser_of(house.zhou)
    edit = f"/companies/{key}/edit"
    assert "退回了这条记录" not in text_of(zhou.get(edit))
    chief.post("/review/return", decision(key, opinion="地址缺门牌号"))
    page = text_of(zhou.get(edit))
    assert "陈主管 退回了这条记录：" in page
    assert "地址缺门牌号" in page
    change(as_user, house.zhou, key, address="二环路8号")
    zhou.post("/review/submit", {"of": "companies", "id": key})
    assert "退回了这条记录" not in text_of(zhou.get(edit))
    pane = text_of(chief.get(f"/review?of=companies&on={key}"))
    assert re.search(r'class="chg"><del>二环路</del> → *<ins>二环路8号</ins>', pane)
    assert "<ins>曾用地址 · 二环路" in pane  # both changes of one field
    assert "退回后改动" in text_of(chief.get(f"/companies/{key}"))


def test_a_returned_record_is_mended_and_handed_in_by_one_button(browser_of, house, firm, as_system):
    key = firm("成都锦城糖酒有限公司", address="二环路")
    chief, zhou = browser_of(house.chief), browser_of(house.zhou)
    edit = f"/companies/{key}/edit"
    assert "储存并送审" not in text_of(zhou.get(edit))
    chief.post("/review/return", decision(key, opinion="地址缺门牌号"))
    page = text_of(zhou.get(edit))
    assert "储存并送审" in page
    (version,) = re.findall(r'name="version" [^>]*value="(\d+)"', page)
    sent = {"name": "成都锦城糖酒有限公司", "address": "二环路8号", "version": version, "then": "submit"}
    assert zhou.post(edit, sent).status_code == 303
    assert stored(as_system, key)[0] == "submitted"
    assert "已储存并送审" in text_of(zhou.get(f"/companies/{key}"))


def test_no_form_is_filled_in_for_a_record_that_waits_for_no_review(browser_of, house, firm):
    key = firm("成都锦城糖酒有限公司", state="returned")
    answer = browser_of(house.chief).get(f"/review/propose?of=companies&id={key}")
    assert answer.status_code == 422
    assert "这条记录不在待审状态" in text_of(answer)


def test_the_record_that_is_asked_for_is_opened_wherever_it_waits(browser_of, house, firm, monkeypatch):
    monkeypatch.setattr("core.review.views.desk.PAGE", 2)
    keys = [firm(f"第{n}酒业有限公司") for n in range(5)]
    page = text_of(browser_of(house.chief).get(f"/review?of=companies&queue=first&on={keys[4]}"))
    assert f'data-id="{keys[4]}" class="cur"' in page
    assert 'aria-label="第4酒业有限公司"' in page


def test_two_proposals_on_one_record_are_each_shown_and_answered(browser_of, as_user, as_system, house, firm):
    key = firm("成都锦城糖酒有限公司", website="http://a.example")
    with as_user(house.li), transaction() as session:
        rule = rules(session).rule("companies")
        suggest(session, rule, session.get(Company, key), current_access(), {"website": "http://li.example"})
    form = {"of": "companies", "id": key, "version": 1, "queue": "first"}
    chief, zhou = browser_of(house.chief), browser_of(house.zhou)
    chief.post("/review/propose", {**form, "opinion": "邮编", "v.postcode": "610041", "v.website": "http://c.example"})
    page = text_of(zhou.get(f"/companies/{key}"))
    assert "李放" in page
    steps = re.findall(r'name="step" value="(\d+)"', page)
    assert len(steps) == 2
    zhou.post("/review/answer", {"of": "companies", "id": key, "step": steps[1], "take": "1"})
    page = text_of(zhou.get(f"/companies/{key}"))
    assert re.findall(r'name="step" value="(\d+)"', page) == steps[:1]
    assert "<del>http://c.example</del> → http://li.example" in page  # instead of what is there by now
    assert zhou.post("/review/answer", {"of": "companies", "id": key, "step": steps[1], "take": "1"}).status_code == 422
    chief.post("/review/approve", {**decision(key), "version": stored(as_system, key)[1]})
    assert stored(as_system, key)[0] == "reviewed"
    assert "http://li.example" in text_of(zhou.get(f"/companies/{key}"))  # a review answers no colleague's proposal
    zhou.post("/review/answer", {"of": "companies", "id": key, "step": steps[0], "take": "0"})
    assert "http://li.example" not in text_of(zhou.get(f"/companies/{key}"))
