"""Pages of customers and contacts as people use them, without scripts."""

from __future__ import annotations

import csv
import datetime as dt
import re
from types import SimpleNamespace
from urllib.parse import urlencode

from sqlalchemy import select, update

from core.auth.models import Audit
from core.bus.models import StoredEvent
from core.customers.models import (
    Address,
    Alias,
    Company,
    Contact,
    Email,
    Need,
    OwnerChange,
    Phone,
    SearchDoc,
    StandingChange,
)
from core.db import transaction
from core.listing.services import set_preference

NEW = {
    "name": "成都锦城糖酒有限公司",
    "short_name": "锦城糖酒",
    "company_type": "trade",
    "ownership": "private",
    "industries": ["trading.liquor", ""],
    "categories": ["baijiu.strong", "wine.imported", ""],
    "brands": "川江源、江韵",
    "agent_brands": "老江湾",
    "division_code-text": "四川省 成都市 锦江区",
    "address": "糖坊街66号3栋",
    "country": "CN",
    "phones-0-kind": "office",
    "phones-0-number": "85552290",
    "phones-1-kind": "fax",
    "phones-1-number": "028-85552291",
    "emails-0-kind": "office",
    "emails-0-address": "Info@Example.com",
    "aliases-0-kind": "former",
    "aliases-0-name": "锦城副食批发部",
    "need_lines-0-kind": "advertising",
    "need_lines-0-text": "第七期封二",
    "sales_channels": ["mall", "catering"],
    "registered_capital": "500万",
    "standing": "target",
    "owner_id": "",
    "general_manager": "罗承业",
    "idempotency_key": "new-1",
}


def hidden(page, name):
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page.text) or re.search(
        rf'value="([^"]*)"[^>]*name="{name}"', page.text
    )
    return (
        found[1].replace("&#34;", '"').replace("&quot;", '"').replace("&#39;", "'").replace("&amp;", "&")
        if found
        else None
    )


def test_a_customer_is_entered_with_all_its_rows_and_found_again(app, clerk, browser_of, read):
    browser = browser_of(clerk)
    assert browser.get("/companies/new").status_code == 200
    answer = browser.post("/companies/new", {**NEW, "owner_id": str(clerk.id)})
    assert answer.status_code == 303, answer.text
    (company,) = read(select(Company))
    assert (company.province, company.city, company.district) == ("四川省", "成都市", "锦江区")
    assert (company.division_code, company.area_code) == ("510104", "028")
    assert (company.owner_id, company.entered_by_id, company.review_state) == (clerk.id, clerk.id, "submitted")
    assert (company.standing, company.registered_capital) == ("target", 5_000_000)
    assert company.sales_channels == ["mall", "catering"]
    assert [(p.kind, p.number) for p in read(select(Phone).order_by(Phone.id))] == [
        ("office", "028-85552290"),
        ("fax", "028-85552291"),
    ]
    assert read(select(Need.kind)) == ["advertising"]
    assert read(select(StoredEvent.name)) == ["core.company_created"]
    for tab in ("", "/profile", "/contacts", "/history"):
        page = browser.get(f"/companies/{company.id}{tab}")
        assert page.status_code == 200, tab
        assert page.text.count("<h1>") == 1
    edit = browser.get(f"/companies/{company.id}/edit")
    chosen, last = re.findall(r'<select name="categories".*?</select>', edit.text, re.S)[-2:]
    assert 'value="wine.imported" selected' in chosen
    assert (chosen.count("<option"), last.count("<option") > 20) == (2, True), "only the last one holds all entries"
    assert len(browser.get("/companies/new").data) < 60 * 1024
    profile = browser.get(f"/companies/{company.id}/profile").text
    for words in ("酒类批发商", "浓香型白酒", "进口葡萄酒", "川江源", "锦城副食批发部", "商场、餐饮", "¥5,000,000.00"):
        assert words in profile, words
    assert "锦城糖酒" in browser.get("/companies?q=jctj").text


def test_a_form_sent_twice_makes_one_customer(app, clerk, browser_of, read):
    browser = browser_of(clerk)
    first = browser.post("/companies/new", NEW)
    again = browser.post("/companies/new", NEW)
    assert (first.status_code, again.status_code) == (303, 303)
    assert first.headers["Location"] == again.headers["Location"]
    assert len(read(select(Company))) == 1
    other = browser.post("/companies/new", {**NEW, "name": "另一家"})
    assert other.status_code == 422


def test_errors_keep_what_was_typed_and_lead_to_their_fields(app, clerk, browser_of, read):
    wrong = {
        **NEW,
        "name": " ",
        "postcode": "61002",
        "phones-1-number": "85552290x",
        "uscc": "91210504667256055H",
        "emails-0-address": "nobody",
        "division_code-text": "火星省",
        "headcount": "many",
    }
    wrong["postcode"] = "6100"
    page = browser_of(clerk).post("/companies/new", wrong)
    assert page.status_code == 422
    assert 'role="alert"' in page.text
    for field in ("name", "postcode", "uscc", "emails-0-address", "division_code", "headcount"):
        assert f'href="#{field}"' in page.text, field
    for typed in ("6100", "火星省", "nobody", "糖坊街66号3栋", "川江源、江韵", "第七期封二"):
        assert typed in page.text, typed
    assert read(select(Company)) == []


def test_a_number_needs_its_area_code_unless_the_place_tells_it(app, clerk, browser_of):
    page = browser_of(clerk).post("/companies/new", {**NEW, "division_code-text": "", "phones-0-number": "85552290"})
    assert page.status_code == 422
    assert 'href="#phones-0-number"' in page.text


def test_a_credit_code_that_another_customer_has_is_refused(app, clerk, browser_of, company_of, read):
    company_of("辽宁某公司", uscc="91210504667256055G")
    page = browser_of(clerk).post("/companies/new", {**NEW, "uscc": "91210504667256055g"})
    assert page.status_code == 422
    assert "辽宁某公司" in page.text
    assert len(read(select(Company))) == 1


def edit_form(browser, company, **changes):
    """Send the edit form as the page gave it, with changes."""
    address = f"/companies/{company.id}/edit"
    page = browser.get(address)
    assert page.status_code == 200
    data = {"version": hidden(page, "version"), "original": hidden(page, "original"), "name": company.name}
    data.update({"country": "CN", "standing": company.standing})
    return address, {**data, **changes}


def test_a_customer_is_changed_and_the_change_is_on_record(app, clerk, browser_of, company_of, read):
    company = company_of("成都锦城", owner_id=clerk.id, address="老街1号", phones=["028-85552290"])
    browser = browser_of(clerk)
    page = browser.get(f"/companies/{company.id}/edit")
    (phone,) = read(select(Phone))
    address, data = edit_form(
        browser,
        company,
        **{
            "name": "成都锦城糖酒",
            "address": "新街2号",
            "phones-known": str(phone.id),
            "phones-0-id": str(phone.id),
            "phones-0-kind": "office",
            "phones-0-number": "028-85552299",
        },
    )
    assert f'value="{phone.id}"' in page.text
    answer = browser.post(address, data)
    assert answer.status_code == 303, answer.text
    (changed,) = read(select(Company))
    assert (changed.name, changed.address, changed.version > company.version) == ("成都锦城糖酒", "新街2号", True)
    assert [p.digits for p in read(select(Phone))] == ["02885552299"]
    assert [(a.kind, a.text) for a in read(select(Address))] == [("former", "老街1号")]
    assert "新街2号" in browser.get(f"/companies/{company.id}/history").text
    assert read(select(SearchDoc.title).where(SearchDoc.resource == "company")) == ["成都锦城糖酒"]
    assert read(select(Audit.user_id).where(Audit.entity == "core_company", Audit.kind == "edit")) == [clerk.id]


def test_a_removed_line_is_removed_and_an_unseen_one_stays(app, clerk, browser_of, company_of, as_system, read):
    company = company_of("成都锦城", owner_id=clerk.id, phones=["028-85552290", "028-85552291"])
    first, second = read(select(Phone).order_by(Phone.id))
    browser = browser_of(clerk)
    address, data = edit_form(browser, company, **{"phones-known": str(first.id)})
    assert browser.post(address, data).status_code == 303
    assert [p.id for p in read(select(Phone))] == [second.id]


def test_two_people_who_change_different_fields_both_win(app, clerk, browser_of, company_of, read):
    company = company_of("成都锦城", owner_id=clerk.id, address="老街1号", website="old.example.com")
    browser = browser_of(clerk)
    address, mine = edit_form(browser, company, address="我的街", website="old.example.com")
    _address, theirs = edit_form(browser, company, address="老街1号", website="new.example.com")
    assert browser.post(address, theirs).status_code == 303
    assert browser.post(address, mine).status_code == 303
    (now,) = read(select(Company))
    assert (now.address, now.website) == ("我的街", "new.example.com")


def test_two_people_who_change_one_field_are_asked(app, clerk, browser_of, company_of, read):
    company = company_of("成都锦城", owner_id=clerk.id, address="老街1号")
    browser = browser_of(clerk)
    address, mine = edit_form(browser, company, address="我的街")
    _address, theirs = edit_form(browser, company, address="他的街")
    assert browser.post(address, theirs).status_code == 303
    page = browser.post(address, mine)
    assert page.status_code == 409
    for words in ("我的街", "他的街", "老街1号"):
        assert words in page.text
    (now,) = read(select(Company))
    assert now.address == "他的街"
    version = hidden(page, "version")
    assert browser.post(address, {**mine, "version": version, "take-address": "now"}).status_code == 303
    assert read(select(Company.address)) == ["他的街"]
    page = browser.get(address)
    choice = {**mine, "version": hidden(page, "version"), "take-address": "mine"}
    assert browser.post(address, choice).status_code == 303
    assert read(select(Company.address)) == ["我的街"]


def test_a_code_that_no_list_holds_is_refused(clerk, browser_of, company_of, read):
    company = company_of("成都锦城", owner_id=clerk.id)
    browser = browser_of(clerk)
    assert browser.post("/companies/new", {**NEW, "company_type": "zz"}).status_code == 422
    answer = browser.post(f"/contacts/new?company={company.id}", {"name": "王建平", "gender": "zz"})
    assert answer.status_code == 422
    assert read(select(Contact)) == []


def test_a_line_without_its_kind_is_of_the_usual_one(clerk, browser_of, company_of, read, as_system):
    company = company_of("成都锦城", owner_id=clerk.id)
    with as_system() as session:
        contact = Contact(name="王建平", company_id=company.id)
        session.add(contact)
    browser = browser_of(clerk)
    lines = {
        "phones-0-number": "138 0000 0142", "emails-0-address": "wang@example.com", "addresses-0-text": "青羊区1号"
    }  # fmt: skip
    kinds = {"phones-0-kind": "", "emails-0-kind": "", "addresses-0-kind": ""}
    company_lines = {"aliases-0-name": "锦城", "aliases-0-kind": "", "standing": ""}
    for path, more, wanted in (
        (f"/companies/{company.id}/edit", {"name": "成都锦城", **company_lines}, {"office", "delivery"}),
        (f"/contacts/{contact.id}/edit", {"name": "王建平"}, {"mobile", "office", "home"}),
    ):
        for _time in range(2):  # new lines, then the same ones by their numbers
            page = browser.get(path)
            assert not re.search(
                r'<select[^>]*name="(?:phones|emails|addresses)-0-kind"[^>]*>\s*<option value=""', page.text
            )
            ids = {
                f"{name}-0-id": hidden(page, f"{name}-0-id") or ""
                for name in ("phones", "emails", "addresses", "aliases")
            }
            answer = browser.post(
                path, {**more, **lines, **kinds, **ids, "version": hidden(page, "version"), "duplicate_reason": "x"}
            )
            assert answer.status_code == 303, answer.text
        found = {
            row.kind
            for model in (Phone, Email, Address)
            for row in read(select(model))
            if (row.contact_id is None) == ("companies" in path)
        }
        assert found == wanted
    assert read(select(Company.standing)) == ["prospect"]
    assert read(select(Alias.kind)) == ["alias"]


def test_a_contact_is_entered_from_the_customers_page(app, clerk, browser_of, company_of, read):
    company = company_of("成都锦城", owner_id=clerk.id)
    browser = browser_of(clerk)
    assert browser.get(f"/contacts/new?company={company.id}").status_code == 200
    data = {
        "name": "王建平",
        "gender": "male",
        "position": "marketing_director",
        "phones-0-kind": "mobile",
        "phones-0-number": "138 0000 0142",
        "emails-0-kind": "office",
        "emails-0-address": "wang@example.com",
        "addresses-0-kind": "home",
        "addresses-0-text": "青羊区1号",
        "birth_date": "1978-04-02",
        "family": "three",
        "honesty": "4",
        "idempotency_key": "contact-1",
    }
    answer = browser.post(f"/contacts/new?company={company.id}", data)
    assert answer.status_code == 303, answer.text
    (contact,) = read(select(Contact))
    assert (contact.company_id, contact.qualities) == (company.id, {"honesty": 4})
    assert read(select(Company.primary_contact_id)) == [contact.id]
    listed = browser.get(f"/companies/{company.id}/contacts").text
    assert re.search(rf'data-id="{contact.id}".*?</div>', listed, re.S)[0].count("待审") == 1  # as on every list
    assert "王建平" in listed
    page = browser.get(f"/contacts/{contact.id}")
    assert "市场总监" in page.text
    assert "1978" not in page.text
    assert "青羊区1号" not in page.text
    whole = browser.post(f"/contacts/{contact.id}/private")
    for words in ("1978-04-02", "三口", "诚实度", "青羊区1号"):
        assert words in whole.text, words
    assert read(select(Audit.entity_id).where(Audit.kind == "view")) == [contact.id]
    assert "王建平" in browser.get("/contacts?q=wjp").text


def test_forms_begin_in_the_name(people, browser_of, company_of):
    boss = people.user("boss", ["decision_maker"])
    company = company_of("成都锦城")
    for address in ("/companies/new", f"/companies/{company.id}/edit", f"/contacts/new?company={company.id}"):
        page = browser_of(boss).get(address).text
        assert re.findall(r'<input [^>]*\bautofocus\b[^>]* name="(\w+)"', page) == ["name"], address


def test_whoever_does_not_query_contacts_is_not_told_that_there_are_none(people, browser_of, company_of):
    boss = people.user("boss", ["decision_maker"])
    people.grant(boss, "core:contact:query", "none")
    company = company_of("成都锦城", contacts=["王建平"])
    for address in (f"/companies/{company.id}", f"/companies/{company.id}/contacts"):
        page = browser_of(boss).get(address).text
        assert "没有查询联系人的权限" in page
        assert "还没有主联系人" not in page
        assert "还没有联系人" not in page


def test_a_text_of_several_lines_that_nobody_touched_is_no_change(people, browser_of, company_of, read, as_system):
    boss = people.user("boss", ["decision_maker"])
    company_of("成都锦城", contacts=["王建平"])
    (wang,) = read(select(Contact))
    with as_system() as session:  # as an import stores it
        session.execute(update(Contact).values(remark="爱喝茶\n第二行"))
    browser = browser_of(boss)
    page = browser.get(f"/contacts/{wang.id}/edit")
    data = {"version": hidden(page, "version"), "original": hidden(page, "original"), "name": "王建平"}
    assert browser.post(f"/contacts/{wang.id}/edit", {**data, "remark": "爱喝茶\r\n第二行"}).status_code == 303
    assert read(select(Contact.remark)) == ["爱喝茶\n第二行"]
    changes = read(select(Audit.changes).where(Audit.entity == "core_contact", Audit.kind == "edit"))
    assert not any("remark" in (one or {}) for one in changes)


def test_a_contact_is_changed_made_primary_and_put_into_the_bin(app, people, browser_of, company_of, read):
    boss = people.user("boss", ["decision_maker"])
    company = company_of("成都锦城", contacts=["王建平", "刘雯"])
    wang, liu = read(select(Contact).order_by(Contact.id))
    browser = browser_of(boss)
    assert browser.post(f"/contacts/{liu.id}/primary").status_code == 303
    assert read(select(Company.primary_contact_id)) == [liu.id]
    page = browser.get(f"/contacts/{liu.id}/edit")
    data = {"version": hidden(page, "version"), "original": hidden(page, "original"), "name": "刘雯", "invalid": "y"}
    assert browser.post(f"/contacts/{liu.id}/edit", data).status_code == 303
    assert read(select(Contact.invalid).where(Contact.id == liu.id)) == [True]
    assert browser.get(f"/contacts/{liu.id}/delete").status_code == 200
    assert browser.post(f"/contacts/{liu.id}/delete").status_code == 303
    assert read(select(Company.primary_contact_id)) == [None]
    assert f'/contacts/{liu.id}"' not in browser.get(f"/companies/{company.id}/contacts").text
    assert browser.post(f"/contacts/{liu.id}/restore").status_code == 303
    assert f'/contacts/{liu.id}"' in browser.get(f"/companies/{company.id}/contacts").text
    assert wang.id != liu.id


def test_private_values_stand_in_the_history_where_reading_them_is_on_record(
    clerk, browser_of, company_of, as_user, read
):
    company = company_of("成都锦城", owner_id=clerk.id, contacts=["王建平"])
    with as_user(clerk), transaction() as session:
        contact = session.scalar(select(Contact))
        contact.birth_date = dt.date(1975, 10, 22)
    browser = browser_of(clerk)
    told = browser.get(f"/companies/{company.id}").text
    assert "出生日期 见修改历史" in re.sub(r"\s+", " ", told)
    assert "1975-10-22" not in told
    assert read(select(Audit.id).where(Audit.kind == "view")) == []
    assert "1975-10-22" in browser.get(f"/companies/{company.id}/history").text
    assert "1975-10-22" in browser.get(f"/review/history/{contact.id}?of=contacts").text
    looks = read(select(Audit).where(Audit.kind == "view"))
    assert [(one.entity, one.entity_id, one.user_id) for one in looks] == [("core_contact", contact.id, clerk.id)] * 2


def test_the_cards_of_a_phone_bear_the_mark_of_the_review_too(clerk, browser_of, company_of):
    company_of("成都锦城", owner_id=clerk.id, review_state="submitted")
    card = browser_of(clerk).get("/companies").text.split('<div class="mlist">')[1]
    assert re.search(r"成都锦城</b><span class=\"tag w\">待审</span>", card)


def test_the_rating_changes_with_its_history(app, clerk, browser_of, company_of, read):
    company = company_of("成都锦城", owner_id=clerk.id)
    browser = browser_of(clerk)
    address = f"/companies/{company.id}/standing"
    assert browser.get(address).status_code == 200
    assert browser.post(address, {"standing": "blacklist", "reason": ""}).status_code == 422
    assert browser.post(address, {"standing": "key", "reason": "连续三年协办"}).status_code == 303
    assert [(s.before, s.after, s.reason) for s in read(select(StandingChange))] == [
        ("prospect", "key", "连续三年协办")
    ]
    assert "连续三年协办" in browser.get(f"/companies/{company.id}/history").text
    assert "core.company_standing_changed" in read(select(StoredEvent.name))


def test_a_supervisor_hands_a_customer_over_and_a_clerk_cannot(app, people, browser_of, company_of, read):
    house = people.department("市场部")
    chief = people.user("chief", ["supervisor"], department=house)
    zhou, li = (people.user(n, department=house, supervisor=chief) for n in ("zhou", "li"))
    company = company_of("成都锦城", owner_id=zhou.id)
    address = f"/companies/{company.id}/owner"
    assert browser_of(zhou).post(address, {"owner_id": str(li.id)}).status_code == 403
    assert browser_of(chief).get(address).status_code == 200
    assert browser_of(chief).post(address, {"owner_id": "", "reason": "没有选人"}).status_code == 422
    batch = {"action": "assign", "id": [company.id], "query": "", "confirmed": "1"}
    assert "请从列表中选择" in browser_of(chief).post("/companies/batch", {**batch, "owner_id": ""}).text
    assert read(select(Company.owner_id)) == [zhou.id]
    assert browser_of(chief).post(address, {"owner_id": str(li.id), "reason": "离职"}).status_code == 303
    assert read(select(Company.owner_id)) == [li.id]
    assert [(c.before_id, c.after_id, c.reason) for c in read(select(OwnerChange))] == [(zhou.id, li.id, "离职")]
    assert browser_of(zhou).get(f"/companies/{company.id}/edit").status_code == 403
    assert browser_of(li).get(f"/companies/{company.id}/edit").status_code == 200


def test_credit_is_rated_by_those_who_see_it(app, clerk, people, browser_of, company_of, read):
    company = company_of("成都锦城", owner_id=clerk.id)
    address = f"/companies/{company.id}/credit"
    browser = browser_of(clerk)
    assert browser.post(address, {"rating": "a", "limit": "8.2万", "reason": ""}).status_code == 422
    assert browser.post(address, {"rating": "a", "limit": "8.2万", "reason": "按时付款"}).status_code == 303
    assert read(select(Company.credit_rating)) == ["a"]
    assert "资信 A" in browser.get(f"/companies/{company.id}").text
    other = browser_of(people.user("other"))
    assert "资信 A" not in other.get(f"/companies/{company.id}").text
    assert "82,000" not in other.get(f"/companies/{company.id}/profile").text
    assert other.get(address).status_code == 403


def test_a_customer_goes_to_the_bin_and_comes_back(app, people, clerk, browser_of, company_of):
    chief = people.user("chief", ["decision_maker"])
    company = company_of("成都锦城", owner_id=clerk.id)
    page = f"/companies/{company.id}"
    assert browser_of(clerk).post(f"{page}/delete").status_code == 403
    assert browser_of(chief).post(f"{page}/delete").status_code == 303
    assert browser_of(clerk).get(page).status_code == 404
    assert browser_of(chief).get(page).status_code == 200
    assert "成都锦城" not in browser_of(clerk).get("/companies?q=锦城").text.split("</form>")[-1]
    assert browser_of(chief).post(f"{page}/restore").status_code == 303
    assert browser_of(clerk).get(page).status_code == 200


def test_a_company_with_branches_is_not_deleted_nor_made_its_own_branch(app, people, browser_of, company_of):
    boss = browser_of(people.user("boss", ["decision_maker"]))
    parent = company_of("川江源集团")
    branch = company_of("川江源成都分公司", parent_id=parent.id)
    assert boss.post(f"/companies/{parent.id}/delete").status_code == 422
    address, data = edit_form(boss, parent, **{"parent_id": str(branch.id), "parent_id-text": branch.name})
    page = boss.post(address, data)
    assert page.status_code == 422
    assert 'href="#parent_id"' in page.text
    assert "川江源成都分公司" in boss.get(f"/companies/{parent.id}/profile").text


def test_others_see_the_brief_data_of_an_unchecked_customer_only(app, people, clerk, browser_of, company_of):
    company = company_of(
        "成都锦城", owner_id=clerk.id, review_state="submitted", address="暗号街1号", legal_representative="梁世安",
        phones=["028-85552290"], contacts=["王建平"],
    )  # fmt: skip
    browser = browser_of(people.user("other"))
    for tab in ("", "/profile", "/contacts", "/history"):
        page = browser.get(f"/companies/{company.id}{tab}")
        assert page.status_code == 200
        for words in ("暗号街1号", "梁世安", "85552290"):
            assert words not in page.text, (tab, words)
    assert "成都锦城" in browser.get(f"/companies/{company.id}").text
    assert browser.get(f"/companies/{company.id}/edit").status_code == 403


def test_a_mobile_is_masked_until_somebody_asks_and_that_is_on_record(
    app, people, browser_of, company_of, as_system, read
):
    company = company_of("成都锦城", contacts=["王建平"])
    with as_system() as session:
        contact = session.scalar(select(Contact))
        session.add(Phone(company_id=company.id, contact_id=contact.id, kind="mobile", number="13800000142"))
        session.add(Phone(company_id=company.id, contact_id=contact.id, kind="private", number="13900000999"))
    other = people.user("other")
    browser = browser_of(other)
    page = browser.get(f"/companies/{company.id}/contacts").text
    assert "138****0142" in page
    assert "13800000142" not in page
    assert "0999" not in re.sub(r'"[\w-]{20,}"', "", page)  # without tokens, which may hold any four digits
    with as_system() as session:
        set_preference(session, SimpleNamespace(user_id=other.id), "contacts", columns={"": ["mobile", "all_phones"]})
    listed = browser.get("/contacts").text
    assert "手机 <span" in listed
    assert "138****0142" in listed
    assert "13800000142" not in listed
    mobile, private = read(select(Phone).order_by(Phone.id))
    assert "13800000142" in browser.post(f"/companies/{company.id}/phones/{mobile.id}/show").text
    assert browser.post(f"/companies/{company.id}/phones/{private.id}/show").status_code == 404
    assert read(select(Audit.user_id).where(Audit.kind == "view", Audit.entity == "core_contact")) == [other.id]
    seen = browser_of(people.user("boss", ["decision_maker"])).get(f"/contacts/{contact.id}").text
    assert re.search(r"号码</span>", seen[seen.index("谁看过") :])


def test_the_mobile_of_a_reviewed_contact_is_shown_also_where_the_customer_waits_for_review(
    people, browser_of, company_of, as_system, read
):
    owner, other = people.user("owner"), people.user("other")
    company = company_of("成都锦城", contacts=["王建平"], owner_id=owner.id)
    with as_system() as session:
        session.get_one(Company, company.id).review_state = "submitted"
        contact = session.scalar(select(Contact))
        session.add(Phone(company_id=company.id, contact_id=contact.id, kind="mobile", number="13800000142"))
        session.add(Phone(company_id=company.id, kind="mobile", number="13800000999"))
    browser = browser_of(other)
    person, house = read(select(Phone).order_by(Phone.id))
    assert f"/phones/{person.id}/show" in browser.get(f"/contacts/{contact.id}").text
    with as_system() as session:
        session.get_one(Contact, contact.id).review_state = "submitted"
    page = browser.get(f"/contacts/{contact.id}").text
    assert "只能看到这位联系人的简要信息" in page
    assert "还没有录入" not in page
    with as_system() as session:
        session.get_one(Contact, contact.id).review_state = "reviewed"
    assert "13800000142" in browser.post(f"/companies/{company.id}/phones/{person.id}/show").text
    assert browser.post(f"/companies/{company.id}/phones/{house.id}/show").status_code == 404


def test_an_export_masks_the_mobiles_of_others_and_writes_ones_own_whole(people, browser_of, company_of, as_system):
    mine, other = people.user("mine"), people.user("other")
    for noun in ("company", "contact"):
        people.grant(mine, f"core:{noun}:export", "all")
    for owner, number in ((mine, "13800000142"), (other, "13900000143")):
        company = company_of(f"成都{owner.username}", owner_id=owner.id, contacts=[owner.username])
        with as_system() as session:
            contact = session.scalar(select(Contact).where(Contact.company_id == company.id))
            session.add(Phone(company_id=company.id, contact_id=contact.id, kind="mobile", number=number))
            session.add(Phone(company_id=company.id, contact_id=contact.id, kind="office", number="028-85552290"))
    form = {"query": "", "format": "csv", "column": ["name", "mobile", "all_phones"]}
    lines = {row[0]: row[1:] for row in csv.reader(browser_of(mine).post("/contacts/export", form).text.splitlines())}
    assert lines["mine"] == ["13800000142", "手机 13800000142；办公电话 028-85552290"]
    assert lines["other"] == ["139****0143", "手机 139****0143；办公电话 028-85552290"]


def test_unknown_records_and_tabs_are_not_found(app, clerk, browser_of, company_of):
    company = company_of("成都锦城")
    browser = browser_of(clerk)
    for address in (
        "/companies/999999",
        "/companies/99999999999999999999",
        f"/companies/{company.id}/nonsense",
        "/contacts/9",
    ):
        assert browser.get(address).status_code == 404, address


def test_fields_look_up_customers_and_places(app, clerk, browser_of, company_of):
    company = company_of("成都锦城糖酒有限公司", city="成都市")
    browser = browser_of(clerk)
    found = browser.get("/companies/lookup?q=jctj").text
    assert f'data-value="{company.id}"' in found
    assert 'data-value="510104"' in browser.get("/divisions/lookup?q=锦江").text
    assert 'aria-disabled="true"' in browser.get("/companies/lookup?q=鱻鱻").text


def test_lists_have_their_pages_and_batch_actions(app, people, browser_of, company_of, read):
    boss = people.user("boss", ["decision_maker"])
    company = company_of("成都锦城", phones=["028-85552290"], contacts=["王建平"])
    browser = browser_of(boss)
    page = browser.get("/companies?standing=prospect&sort=name")
    assert page.status_code == 200
    assert f'data-id="{company.id}"' in page.text
    assert "028-85552290" in page.text
    assert browser.get("/companies?q=王建平").text.count(f'<tr data-id="{company.id}"') == 1
    assert (
        browser.get("/companies?industries=liquor&needs=fair&phone__contains=2290&division=510000").status_code == 200
    )
    data = {"action": "rate", "id": str(company.id), "standing": "key", "reason": "大户", "confirmed": "1", "go": "1"}
    browser.post("/companies/batch", data)
    assert browser.get("/contacts").status_code == 200


def test_a_place_that_was_not_chosen_follows_from_the_address(app, clerk, browser_of, read):
    sent = {**NEW, "division_code-text": "", "address": "成都市武侯区人民南路四段1号"}
    sent |= {"addresses-0-kind": "delivery", "addresses-0-text": "浙江省杭州市西湖区文三路1号"}
    browser_of(clerk).post("/companies/new", sent)
    company = read(select(Company))[0]
    assert (company.division_code, company.district, company.area_code) == ("510107", "武侯区", "028")
    assert company.postcode is not None
    assert company.postcode.startswith("610")
    assert read(select(Phone.number).order_by(Phone.id))[0] == "028-85552290"
    further = read(select(Address))[0]
    assert (further.division_code, further.city, (further.postcode or "")[:3]) == ("330106", "杭州市", "310")


def test_the_postcode_of_a_further_address_abroad_is_not_brought_to_six_digits(app, clerk, browser_of, read):
    abroad = {"addresses-0-kind": "delivery", "addresses-0-text": "12 Quai des Chartrons, Bordeaux"}
    answer = browser_of(clerk).post("/companies/new", {**NEW, **abroad, "addresses-0-postcode": "33000"})
    assert answer.status_code == 303
    assert read(select(Address.postcode)) == ["33000"]


def test_a_place_that_was_chosen_stays_whatever_the_address_says(app, clerk, browser_of, read):
    browser_of(clerk).post("/companies/new", {**NEW, "address": "杭州市西湖区文三路1号", "postcode": "610021"})
    company = read(select(Company))[0]
    assert (company.district, company.postcode, company.area_code) == ("锦江区", "610021", "028")


def test_fields_that_follow_from_the_address_are_filled_while_typing(app, clerk, browser_of):
    page = browser_of(clerk).get("/divisions/of-address?address=成都市武侯区人民南路").text
    assert 'name="division_code" value="510107"' in page
    assert "四川省" in page
    assert 'id="area_code"' in page
    proposed = re.search(r'name="proposed" value="([^"]*)"', page)
    assert proposed is not None
    held = dict(zip(("division_code", "postcode", "area_code"), proposed[1].split("|"), strict=True))
    query = {**held, "proposed": proposed[1], "address": "杭州市西湖区文三路"}
    assert (
        'name="division_code" value="330106"' in browser_of(clerk).get(f"/divisions/of-address?{urlencode(query)}").text
    )


def test_fields_typed_by_hand_are_not_filled(app, clerk, browser_of):
    query = {"address": "成都市武侯区人民南路", "division_code": "330106", "postcode": "310012", "area_code": "0571"}
    page = browser_of(clerk).get(f"/divisions/of-address?{urlencode(query)}").text
    assert "swap-oob" not in page
    assert "武侯区" in page


def test_the_postcode_of_a_further_address_is_filled_where_it_is_empty(app, clerk, browser_of):
    query = {"addresses-2-text": "成都市武侯区人民南路", "addresses-2-postcode": ""}
    assert 'id="addresses-2-postcode"' in browser_of(clerk).get(f"/divisions/of-line?{urlencode(query)}").text
    query["addresses-2-postcode"] = "610000"
    assert "input" not in browser_of(clerk).get(f"/divisions/of-line?{urlencode(query)}").text


def test_an_error_in_a_line_is_told_once_and_by_its_title(clerk, browser_of):
    wrong = {"phones-0-number": "85552290x1y", "emails-0-address": "nobody", "need_lines-0-valid_until": "春节后"}
    page = browser_of(clerk).post("/companies/new", {**NEW, "need_lines-0-kind": "advertising", **wrong})
    assert page.status_code == 422
    summary = page.text.split('role="alert"')[1].split("</ul>")[0]
    assert summary.count("<li>") == 3
    assert "有 3 处要改" in summary
    for name in ("Phones-0", "Emails-0", "Need Lines", "valid_until"):
        assert f">{name}" not in summary, name


def test_what_is_pasted_from_a_spreadsheet_is_understood(clerk, browser_of, read):
    pasted = {
        "registered_capital": "￥1,000万元",
        "assets": "1.2亿",
        "debts": "3,000,000.00元",
        "founded_on": "2008年6月",
        "phones-0-kind": "office",
        "phones-0-number": "028-85550142/13800138000、028-85550143",
        "phones-1-number": "",
        "emails-0-address": "info@example.com；sales@example.com",
    }
    answer = browser_of(clerk).post("/companies/new", {**NEW, **pasted})
    assert answer.status_code == 303, answer.text
    (company,) = read(select(Company))
    assert (company.registered_capital, company.assets, company.debts) == (10_000_000, 120_000_000, 3_000_000)
    assert company.founded_on == dt.date(2008, 6, 1)
    assert [(p.kind, p.number) for p in read(select(Phone).order_by(Phone.id))] == [
        ("office", "028-85550142"),
        ("mobile", "13800138000"),
        ("office", "028-85550143"),
    ]
    assert read(select(Email.address).order_by(Email.id)) == ["info@example.com", "sales@example.com"]


def test_a_number_is_of_the_kind_that_its_form_shows(clerk, browser_of, read, company_of):
    browser = browser_of(clerk)
    typed = {"phones-0-kind": "office", "phones-0-number": "138 0013 8000", "phones-1-kind": "private",
             "phones-1-number": "13800138001"}  # fmt: skip
    assert browser.post("/companies/new", {**NEW, **typed}).status_code == 303
    company = company_of("成都锦城", owner_id=clerk.id)
    person = {"name": "王建平", "phones-0-kind": "mobile", "phones-0-number": "028-85550142", "phones-1-kind": "mobile",
              "phones-1-number": "13800138002"}  # fmt: skip
    assert browser.post(f"/contacts/new?company={company.id}", person).status_code == 303
    assert [(p.kind, p.number) for p in read(select(Phone).order_by(Phone.id))] == [
        ("mobile", "13800138000"), ("private", "13800138001"), ("office", "028-85550142"), ("mobile", "13800138002"),
    ]  # fmt: skip


def test_several_numbers_of_which_one_is_none_stay_as_they_were_typed(clerk, browser_of):
    page = browser_of(clerk).post("/companies/new", {**NEW, "phones-0-number": "028-85550142/1380013"})
    assert page.status_code == 422
    assert 'value="028-85550142/1380013"' in page.text


def test_an_address_does_not_end_before_it_begins(clerk, browser_of):
    line = {"kind": "delivery", "text": "新桥路9号", "valid_from": "2026-12-31", "valid_to": "2026-12-01"}
    sent = {f"addresses-0-{name}": value for name, value in line.items()}
    answer = browser_of(clerk).post("/companies/new", {"name": "成都锦城糖酒有限公司", "country": "CN", **sent})
    assert answer.status_code == 422
    assert "有效期至不能早于生效日期" in answer.text
    assert "新桥路9号" in answer.text


def test_a_whole_book_of_addresses_is_not_taken_apart_into_lines(clerk, browser_of):
    page = browser_of(clerk).post("/companies/new", {**NEW, "emails-0-address": "a@example.com " * 100})
    assert page.status_code == 422
    assert 'name="emails-9-address"' not in page.text


def test_a_name_spread_with_blanks_is_closed(clerk, browser_of, company_of, read):
    company = company_of("成都锦城", owner_id=clerk.id)
    browser = browser_of(clerk)
    assert browser.post("/companies/new", {**NEW, "legal_representative": "李　明"}).status_code == 303
    assert browser.post(f"/contacts/new?company={company.id}", {"name": "王 建 平"}).status_code == 303
    assert read(select(Company.legal_representative).where(Company.name == NEW["name"])) == ["李明"]
    assert read(select(Contact.name)) == ["王建平"]


def test_one_save_is_one_line_of_the_history(clerk, browser_of, company_of, read):
    company = company_of("成都锦城", owner_id=clerk.id)
    browser = browser_of(clerk)
    person = {"name": "王建平", "phones-0-kind": "mobile", "phones-0-number": "13800000142",
              "emails-0-kind": "office", "emails-0-address": "wang@example.com"}  # fmt: skip
    assert browser.post(f"/contacts/new?company={company.id}", person).status_code == 303
    address, data = edit_form(browser, company, brands="川江源、江韵、老江湾", short_name="锦城")
    assert browser.post(address, data).status_code == 303
    for tab in ("history", ""):
        page = browser.get(f"/companies/{company.id}/{tab}".rstrip("/")).text
        assert page.count("录入了联系人 王建平") == 1
        assert "修改了联系人 王建平" not in page
        assert page.count("修改了 4 项资料") == 1
    page = browser.get(f"/companies/{company.id}/history").text
    assert "电话号码 手机" in " ".join(re.sub("<[^>]*>", " ", page).split())
    (new,) = read(select(Company).where(Company.id == company.id))
    assert new.short_name == "锦城"
