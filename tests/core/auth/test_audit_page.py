"""The audit trail on the page: within the reader's scope, masked, sealed, searched, kept as long as wanted."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import func, select, update

from core.auth import jobs
from core.auth.audit import record
from core.auth.models import Audit, User
from core.columns import utcnow
from core.customers.models import Company, Contact
from core.db import system_transaction, work
from core.mail.models import MailTemplate
from core.overlay import overlay


@pytest.fixture
def chief(people):
    return people.user("chief", groups=("system_administrator",))


def lines(page):
    return [int(key) for key in re.findall(r'<tr data-id="(\d+)">', page)]


def written(as_system, *, by=None, **more):
    with as_system() as session:
        record(session, more.pop("kind", "print"), user_id=by.id if by else None, **more)
        return session.scalar(select(func.max(Audit.id)))


def test_everybody_sees_the_lines_of_his_scope(people, browser_of, as_system, chief):
    house = people.department("总部")
    boss = people.user("boss", groups=("supervisor",), department=house)
    li, other = people.user("li", department=house), people.user("other")
    mine, foreign = written(as_system, by=li, note="labels"), written(as_system, by=other, note="labels")

    def found(user):
        return set(lines(browser_of(user).get("/admin/audit?kind=print").text))

    assert found(li) == {mine}
    assert found(boss) == {mine}
    assert found(chief) == {mine, foreign}
    assert found(other) == {foreign}


def test_lines_are_found_by_person_kind_record_day_and_text(people, browser_of, as_system, chief):
    li = people.user("li")
    one = written(as_system, by=li, kind="export", entity="core_company", entity_id=77, note="名录")
    two = written(as_system, by=chief, kind="edit", entity="core_setting", changes={"value": ["旧地址", "新地址"]})
    browser = browser_of(chief)

    def found(query):
        return lines(browser.get(f"/admin/audit?{query}").text)

    assert found(f"user={li.id}&kind=export") == [one]
    assert found("kind=export&entity=core_company&record=77") == [one]
    assert found("q=名录") == [one]
    assert found("q=新地址") == [two]
    assert found("kind=export&since=2020-01-01&until=2020-01-02") == []
    assert found("kind=export&since=今天") == [one]
    for query in ("since=someday", "record=abc"):
        answer = browser.get(f"/admin/audit?{query}")
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text


def test_pages_follow_each_other_without_a_gap(browser_of, as_system, chief):
    keys = [written(as_system, by=chief, kind="mail") for _ in range(120)]
    browser, seen, address = browser_of(chief), [], "/admin/audit?kind=mail"
    while address:
        page = browser.get(address).text
        seen += lines(page)
        found = re.search(r'href="([^"]+)"[^>]*data-page="next"', page)
        address = found[1].replace("&amp;", "&") if found else None
    assert seen == keys[::-1]


def test_private_values_are_hidden_from_those_without_the_right(people, browser_of, as_system, chief):
    li = people.user("li")
    people.grant(li, "core:audit:read", "all")
    with as_system() as session:
        company = Company(name="川江园", name_key="川江园", sort_key="cjy")
        session.add(company)
        session.flush()
        record(session, "edit", entity="core_company", entity_id=company.id, changes={"credit_limit": ["1", "5201314"]})
        record(session, "edit", entity="core_user", entity_id=chief.id, changes={"phone": [None, "13900001111"]})
    for text, said in (("5201314", "¥5,201,314.00"), ("13900001111", "13900001111")):
        assert said in browser_of(chief).get("/admin/audit?kind=edit").text
        assert said not in browser_of(li).get("/admin/audit?kind=edit").text
        assert lines(browser_of(chief).get(f"/admin/audit?q={text}").text)
        assert lines(browser_of(li).get(f"/admin/audit?q={text}").text) == []


def test_lines_say_in_words_whom_and_what_they_are_about(people, browser_of, as_system, chief):
    li = people.user("li", name="李四")
    people.grant(li, "core:audit:read", "all")
    people.grant_group("staff", "core:company:query", "own")
    with as_system() as session:
        company = Company(name="川江园", name_key="川江园", sort_key="cjy")
        session.add(company)
        session.flush()
        key = company.id
        changes = {
            "standing": ["prospect", "key"],
            "owner_id": [None, li.id],
            "claimed_at": [None, "2026-03-18T08:00:00+00:00"],
        }
        record(session, "edit", entity="core_company", entity_id=key, company_id=key, changes=changes, note="merge 3")
        record(session, "delete", entity="core_phone", entity_id=7, company_id=key)
        record(session, "view", entity="core_company", entity_id=key, company_id=key, note="view")
        record(session, "export", entity="contacts", changes={"rows": 4, "format": "vcf"})
    page = browser_of(chief).get("/admin/audit").text
    assert f'<a href="/companies/{key}">川江园</a>' in page
    assert "潜在客户" in page
    assert "李四" in page
    assert "2026-03-18 16:00" in page
    assert "第 3 次合并" in page
    assert ">core_phone" not in page
    assert "电话号码" in page
    assert ">view<" not in page
    assert ">contacts" not in page
    assert "行数</span>：" in page
    assert "川江园" not in browser_of(li).get("/admin/audit").text


def test_values_are_told_in_words(people, browser_of, as_system, chief):
    li = people.user("li", name="李四")
    reviewed = {"reviewed_by_id": [None, li.id], "reviewed_at": [None, "2026-03-18T08:00:00+00:00"]}
    with as_system() as session:
        company = Company(name="川江园", name_key="川江园", sort_key="cjy")
        session.add(company)
        session.flush()
        key = company.id
        about = {"entity": "core_company", "entity_id": key, "company_id": key}
        record(session, "edit", **about, changes=reviewed)
        phone = {"kind": [None, "mobile"], "number": [None, "13800000142"], "digits": [None, "13800000142"]}
        record(session, "create", entity="core_phone", entity_id=7, company_id=key, changes=phone)
        record(session, "rights", entity="core_group", entity_id=1, changes={"core:company:query": ["none", "all"]})
        given = {"code": [None, "core:contact:read"], "scope": [None, "department"]}
        record(session, "create", entity="core_grant", entity_id=1, changes=given)
        listed = {"query": "q=%E6%9D%8E", "columns": ["name", "position"]}
        record(session, "export", entity="contacts", changes=listed)
        record(session, "export", entity="contacts", changes={"query": "id=907"})
        record(session, "erase", entity="core_contact", entity_id=9, changes={"core_audit": 4, "core_contact_bar": 1})
        record(session, "import", entity="core_import_batch", entity_id=3, changes={"created": 1}, note='{"likely": 1}')
    page = re.sub(r"<[^>]+>", "", browser_of(chief).get("/admin/audit").text)
    for words in (
        "初审人：李四", "初审时间：2026-03-18 16:00", "类型：手机", "号码：13800000142", "客户：查询：无 → 全部",
        "权限：联系人：读", "范围：本部门", "条件：关键词：李", "条件：id=907", "列：姓名、职位", "日志监察：4",
        "不要联系：1", "新建：1",
    ):  # fmt: skip
        assert words in page, words
    for raw in ("digits", "core_grant", "core_audit", "core_import_batch", "core_contact_bar", "likely"):
        assert raw not in page, raw


def test_a_line_changed_past_the_application_is_marked(app, browser_of, as_system, chief):
    key = written(as_system, by=chief, note="labels")
    browser = browser_of(chief)
    whole = browser.get("/admin/audit?kind=print").text
    with app.extensions["zhike"].database.engine.begin() as connection:
        connection.execute(update(Audit).where(Audit.id == key).values(note="nothing"))
    broken = browser.get("/admin/audit?kind=print").text
    assert "封印已破" not in whole
    assert "封印已破" in broken


class Turn:
    """Stands for a run of the job."""

    def __init__(self, database):
        self.database = database

    def transaction(self):
        return system_transaction("test", database=self.database)

    reading = transaction


def test_old_lines_go_when_the_deployment_says_so_and_that_is_written_down(app, as_system, chief):
    database = app.extensions["zhike"].database
    key = written(as_system, by=chief, note="old")
    with database.engine.begin() as connection:
        connection.execute(update(Audit).values(happened_at=utcnow() - dt.timedelta(days=400)))
    with work(database, reason="test"):
        jobs.remove_old_lines(Turn(database))
        with as_system() as session:
            assert session.get(Audit, key) is not None
            overlay().change_setting(session, jobs.KEEP_SETTING, 365)
        jobs.remove_old_lines(Turn(database))
    with as_system() as session:
        assert session.get(Audit, key) is None
        assert "cleanup" in [line.kind for line in session.scalars(select(Audit))]


def test_a_setting_is_named_by_its_title_and_what_it_was_is_told(browser_of, as_system, chief):
    for value in (120, 130, 0):
        with as_system() as session:
            overlay().change_settings(session, {"core.pool_idle_days": value, "core.pool_exempt_standings": "key"})
    page = browser_of(chief).get("/admin/audit?entity=core_setting").text
    shown = [
        " ".join(re.sub("<[^>]+>", " ", row).split()) for row in re.findall(r'<tr data-id="\d+">.*?</tr>', page, re.S)
    ]
    days = "超过多少天未联系的客户掉入公海 ： "
    told = [row[row.index(days) + len(days) :] for row in shown if days in row]
    assert [re.match(r"\d+ → \d+", one).group() for one in told] == ["130 → 0", "120 → 130", "0 → 120"]
    assert "重点客户、合作伙伴、竞争对手、黑名单 → 重点客户" in " ".join(told)
    assert "core.pool" not in page


def test_records_without_a_row_scope_are_named_only_for_whom_finds_such_records(people, browser_of, as_system, chief):
    li = people.user("li")
    people.grant(li, "core:audit:read", "all")
    with as_system() as session:
        template = MailTemplate(name="春节问候", subject="新年好", body="您好")
        session.add(template)
        session.flush()
        record(session, "edit", entity="core_mail_template", entity_id=template.id)
    asked = "/admin/audit?entity=core_mail_template"
    assert "春节问候" in browser_of(chief).get(asked).text
    assert "春节问候" in browser_of(li).get(asked).text
    for action in ("query", "read"):
        people.grant(li, f"core:mailtemplate:{action}", "none")
    assert "春节问候" not in browser_of(li).get(asked).text


def test_tables_and_columns_without_a_list_are_told_in_words(people, browser_of, as_system, chief):
    li = people.user("li", name="李四")
    with as_system() as session:
        session.get(User, li.id).active = False
        company = Company(name="川江园", name_key="川江园", sort_key="cjy")
        session.add(company)
        session.flush()
        about = {"entity_id": 1, "company_id": company.id}
        owner = {"after_id": [None, li.id], "changed_by_id": [None, li.id]}
        owner["changed_at"] = [None, "2026-03-18T08:00:00+00:00"]
        record(session, "create", entity="core_owner_change", **about, changes=owner)
        record(session, "create", entity="core_contact_bar", **about, changes={"channel": [None, "all"]})
        given = {"channel": [None, "mail"], "purpose": [None, "fair"], "given": [None, True]}
        record(session, "create", entity="core_consent", **about, changes=given)
        entry = {"dictionary": [None, "position"], "code": [None, "buyer"], "position": [1, 2]}
        record(session, "create", entity="core_dictionary_entry", entity_id=3, changes=entry)
        field = {"name": [None, "x_level"], "field_class": [None, "inner"], "position": [1, 2]}
        record(session, "create", entity="core_custom_field", entity_id=3, changes=field)
        printed = {"pages": 3, "template": "core.company_list", "query": "standing=key&owner_id__empty=0&q=酒"}
        record(session, "print", entity="companies", entity_id=2, changes=printed)
        contact = Contact(company=company, name="王建平")
        session.add(contact)
        session.flush()
        head = {"general_manager_id": [None, contact.id], "primary_contact_id": [None, contact.id]}
        record(session, "edit", entity="core_company", entity_id=company.id, company_id=company.id, changes=head)
        record(session, "plugin", entity="plugin", note="journals: enabled")
    whole = browser_of(chief).get("/admin/audit").text
    assert "李四 (li)" in whole  # also of closed accounts one may ask what they did
    page = re.sub(r"<[^>]+>", "", whole)
    for words in (
        "业务员变更", "改后：李四", "变更人：李四", "变更时间：2026-03-18 16:00", "渠道：所有渠道", "渠道：电子邮件",
        "是否同意：✓", "代码：buyer", "排序：1 → 2", "自定义字段", "代码：x_level", "模板：客户名单", "页数：3",
        "条件：关键词：酒；客户考核：重点客户；业务员：已填", "模块", "主联系人：王建平",
        "：王建平",
    ):  # fmt: skip
        assert words in page, words
    for raw in (
        "core_owner_change",
        "core_custom_field",
        "after_id",
        "changed_at",
        "field_class",
        "owner_id__empty",
        "manager_id",
    ):
        assert raw not in page, raw
