"""Pages of personal data: what is held, the copy, erasing, requests, the report, keeping times."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from collections import Counter
from urllib.parse import unquote

import pytest
from sqlalchemy import select, update

from core.attachments.models import Attachment
from core.auth.models import Audit, SettingValue, User
from core.clock import local_today
from core.customers.models import Company, Contact, Phone
from core.db import system_session
from core.privacy.jobs import list_due
from core.privacy.models import Erasure, PrivacyRequest
from core.privacy.queries import barred, may_contact
from core.privacy.queries.report import KINDS, report
from core.privacy.services.requests import take_request
from core.state import bump


@pytest.fixture
def read(app):
    def one(statement):
        with system_session("test", database=app.extensions["zhike"].database) as session:
            return session.scalars(statement).all()

    return one


@pytest.fixture
def chief(people):
    return people.user("chief", groups=("decision_maker",), name="何建国")


@pytest.fixture
def clerk(read, traces):
    return read(select(User).where(User.username == "zhou"))[0]


def test_the_views_of_requests_find_what_they_are_called_by(chief, browser_of, as_system):
    today = local_today()
    with as_system() as program:
        for subject, days in (("还早", 3), ("今天到期", 0), ("过期", -1), ("已答复", -9), ("已拒绝", -8)):
            state = {-9: "answered", -8: "refused"}.get(days, "open")
            due_on = today + dt.timedelta(days=days)
            program.add(PrivacyRequest(subject=subject, kind="copy", state=state, received_on=due_on, due_on=due_on))
    browser = browser_of(chief)
    for view, wanted in (
        ("open", {"还早", "今天到期", "过期"}),
        ("overdue", {"过期"}),
        ("ended", {"已答复", "已拒绝"}),
    ):
        page = browser.get(f"/privacy/requests?view={view}")
        assert page.status_code == 200
        rows = page.text.partition("<tbody")[2].partition("</tbody>")[0]
        assert {name for name in ("还早", "今天到期", "过期", "已答复", "已拒绝") if f">{name}<" in rows} == wanted


def test_the_copy_holds_all_that_is_held_and_is_on_record(chief, browser_of, read, traces):
    browser = browser_of(chief)
    page = browser.get(f"/privacy/contacts/{traces.contact}")
    assert page.status_code == 200
    assert "另有 2 处" in page.text
    assert re.findall(r">\s*((?:core|journals)_\w+)", page.text) == []  # every table has a name for people
    answer = browser.post(f"/privacy/contacts/{traces.contact}/copy", {"format": "json"})
    found = json.loads(answer.data)
    told = json.dumps(found, ensure_ascii=False)
    assert [text for text in traces.texts if text not in told] == []
    assert "李秀英" not in told
    shown = browser.post(f"/privacy/contacts/{traces.contact}/copy").text
    assert [text for text in traces.texts if text not in shown] == []
    lines = read(select(Audit).where(Audit.kind == "copy"))
    assert [(line.user_id, line.entity_id) for line in lines] == [(chief.id, traces.contact)] * 2


def test_clerks_neither_copy_nor_erase(clerk, browser_of, read, traces):
    browser = browser_of(clerk)
    for address in ("", "/erase", "/hold"):
        assert browser.get(f"/privacy/contacts/{traces.contact}{address}").status_code == 403
    assert browser.post(f"/privacy/contacts/{traces.contact}/copy").status_code == 403
    assert browser.post(f"/privacy/contacts/{traces.contact}/erase", {"confirm": traces.texts[0]}).status_code == 403
    assert read(select(Erasure)) == []


def test_with_duties_apart_an_administrator_gets_no_copy_by_his_post(people, browser_of, as_system, traces):
    admin = people.user("admin", groups=("system_administrator",))
    with as_system() as session:
        session.add(SettingValue(key="core.separation_of_duties", value=True))
        bump(session, "settings")
        bump(session, "rights")
    answer = browser_of(admin).post(f"/privacy/contacts/{traces.contact}/copy", {"format": "json"})
    assert answer.status_code == 404
    assert "canary" not in answer.text


def test_erasing_shows_what_goes_and_wants_the_name_typed(chief, browser_of, read, everything, traces):
    browser = browser_of(chief)
    page = browser.get(f"/privacy/contacts/{traces.contact}/erase").text
    assert "将要清空或移除的数据" in page
    assert "电话号码" in page
    wrong = browser.post(f"/privacy/contacts/{traces.contact}/erase", {"confirm": "王建", "reason": "来信"})
    assert wrong.status_code == 422
    assert read(select(Erasure)) == []
    sent = {"confirm": traces.texts[0], "reason": f"{traces.texts[0]}来信要求"}
    assert browser.post(f"/privacy/contacts/{traces.contact}/erase", sent).status_code == 303
    assert read(select(Contact).where(Contact.id == traces.contact))[0].erased_at is not None
    found = everything()
    assert [text for text in traces.texts if text in found] == []
    rest = browser.get(f"/contacts/{traces.contact}").text
    assert "已经删除或被限制处理" in rest
    assert f'href="/contacts/{traces.contact}/edit"' not in rest
    assert "/review/history/" not in rest, "no history opens any more"
    again = browser.post(f"/privacy/contacts/{traces.contact}/erase", {"confirm": "x", "reason": "x"})
    assert again.status_code == 422


def test_an_erased_person_is_entered_again_only_with_a_reason(chief, clerk, browser_of, read, as_system, traces):
    sent = {"confirm": traces.texts[0], "reason": "来信要求"}
    browser_of(chief).post(f"/privacy/contacts/{traces.contact}/erase", sent)
    browser = browser_of(clerk)
    form = {"company": traces.company, "name": traces.texts[0], "idempotency_key": "again-1"}
    refused = browser.post("/contacts/new", form)
    assert refused.status_code == 422
    assert "要求删除其数据" in refused.text
    assert 'name="duplicate_reason"' in refused.text
    assert browser.post("/contacts/new", {**form, "duplicate_reason": "本人又来联系"}).status_code == 303
    line = read(select(Audit).where(Audit.kind == "reentered"))[0]
    assert (line.user_id, line.note) == (clerk.id, "本人又来联系")


def test_a_held_person_is_found_by_nobody_until_the_release(chief, clerk, browser_of, read, traces):
    browser = browser_of(chief)
    assert browser.get(f"/privacy/contacts/{traces.contact}/hold").status_code == 200
    assert browser.post(f"/privacy/contacts/{traces.contact}/hold", {"reason": "有争议"}).status_code == 303
    assert f"/contacts/{traces.contact}" not in browser_of(clerk).get(f"/contacts?q={traces.texts[0]}").text
    assert traces.texts[0] not in browser.get(f"/companies/{traces.company}/contacts").text
    told = browser.post(f"/privacy/contacts/{traces.contact}/copy", {"format": "json"}).get_data(as_text=True)
    assert traces.texts[1] in told  # the one with the right still answers for what is kept
    assert browser.post(f"/privacy/contacts/{traces.contact}/release").status_code == 303
    assert read(select(Contact).where(Contact.id == traces.contact))[0].name == traces.texts[0]
    assert len(read(select(Phone).where(Phone.contact_id == traces.contact))) >= 1
    assert browser.post(f"/privacy/contacts/{traces.contact}/release").status_code == 404


def test_files_of_a_held_person_are_for_nobody_until_the_release(chief, clerk, browser_of, read, traces):
    held = traces.moved
    browser, at = browser_of(chief), f"/privacy/contacts/{held}"
    sent = {"of": "contact", "id": held, "files": (io.BytesIO(b"%PDF-1.4\n" + b"1" * 99), "证件.pdf")}
    assert browser.post("/attachments/add", sent, content_type="multipart/form-data").status_code == 303
    number = read(select(Attachment))[0].id
    assert browser.post(f"{at}/hold", {"reason": "有争议"}).status_code == 303
    for one in (browser, browser_of(clerk)):
        assert f"/attachments/{number}" not in one.get("/attachments").text
        for address in ("", "/file", "/preview"):
            assert one.get(f"/attachments/{number}{address}").status_code == 404, address
        assert one.get(f"/attachments/add?of=contact&id={held}").status_code == 404
    assert browser.post(f"{at}/release").status_code == 303
    answer = browser.get(f"/attachments/{number}/file")
    assert answer.status_code == 200
    assert "证件.pdf" in unquote(answer.headers["Content-Disposition"])


def test_the_people_of_a_company_are_erased_on_its_page(chief, browser_of, read, traces):
    browser = browser_of(chief)
    assert browser.get(f"/privacy/companies/{traces.company}/erase").status_code == 200
    sent = {"confirm": "成都锦城糖酒", "reason": "来函"}
    assert browser.post(f"/privacy/companies/{traces.company}/erase", sent).status_code == 303
    people = read(select(Contact).where(Contact.company_id == traces.company))
    assert all(one.erased_at for one in people)


# --- requests


def test_a_request_is_noted_by_whoever_hears_it_and_answered_in_time(chief, clerk, browser_of, read, traces):
    form = {
        "kind": "copy",
        "subject": "王建平",
        "received_on": "2026-03-18",
        "asked_by": "来电",
        "idempotency_key": "r1",
    }
    browser = browser_of(clerk)
    assert browser.get(f"/privacy/requests/new?contact={traces.contact}").status_code == 200
    company = read(select(Contact).where(Contact.id == traces.contact))[0].company_id
    begun = browser.get(f"/privacy/requests/new?company={company}").text
    assert f'value="{company}"' in begun
    at_house = {**form, "subject": "王建平金丝雀", "company_id": company, "idempotency_key": "r0"}
    assert browser.post(f"/privacy/requests/new?company={company}", at_house).status_code == 303
    assert read(select(PrivacyRequest).order_by(PrivacyRequest.id.desc()))[0].contact_id == traces.contact
    sent = {**form, "contact": traces.contact}
    assert browser.post("/privacy/requests/new", sent).status_code == 303
    assert browser.post("/privacy/requests/new", sent).status_code == 303
    made = read(select(PrivacyRequest).order_by(PrivacyRequest.id.desc()))[0]
    assert (made.contact_id, made.due_on, made.state) == (traces.contact, dt.date(2026, 4, 17), "open")
    assert browser.get("/privacy/requests").status_code == 403
    boss = browser_of(chief)
    listed = boss.get("/privacy/requests?state=open&kind=copy").text
    assert "王建平" in listed
    assert f"逾期 {(local_today() - made.due_on).days} 天" in listed
    assert "逾期" in boss.get(f"/privacy/requests/{made.id}").text
    refused = {"state": "refused", "refusal": "", "version": made.version}
    assert boss.post(f"/privacy/requests/{made.id}/answer", refused).status_code == 422
    answered = {"state": "answered", "answer": "已交付副本", "version": made.version}
    assert boss.post(f"/privacy/requests/{made.id}/answer", answered).status_code == 303
    done = read(select(PrivacyRequest).where(PrivacyRequest.id == made.id))[0]
    assert (done.state, done.handled_by_id, done.answered_on) == ("answered", chief.id, local_today())
    assert boss.post(f"/privacy/requests/{made.id}/answer", answered).status_code == 422


# --- who looked


def test_opening_what_is_private_is_a_line_and_the_report_equals_the_lines(chief, clerk, browser_of, read, traces):
    browser = browser_of(clerk)
    browser.post(f"/contacts/{traces.contact}/private")
    browser.get(f"/contacts/{traces.contact}/edit")
    browser.get(f"/contacts/{traces.contact}")
    lines = read(select(Audit).where(Audit.kind == "view"))
    assert [(line.user_id, line.entity, line.entity_id) for line in lines] == [
        (clerk.id, "core_contact", traces.contact)
    ] * 2
    boss = browser_of(chief)
    assert boss.get(f"/contacts/{traces.contact}").text.count("周岚") >= 2
    page = boss.get("/privacy/report")
    assert page.status_code == 200
    assert f"user={clerk.id}&amp;kind=view" in page.text
    assert boss.get("/privacy/report?since=nonsense").status_code == 422


def test_the_figures_of_the_report_equal_the_trail(as_system, clerk, traces, browser_of):
    for _time in range(3):
        browser_of(clerk).post(f"/contacts/{traces.contact}/private")
    with as_system() as session:
        today = local_today()
        found = {one.user_id: one for one in report(session, today, today)}
        for (user_id, kind), number in _counted(session).items():
            assert found[user_id].lines[kind] == number
        assert found[clerk.id].lines["view"] == 3
        assert report(session, today - dt.timedelta(days=9), today - dt.timedelta(days=8)) == []


def _counted(session):
    lines = session.scalars(select(Audit).where(Audit.kind.in_(KINDS)))
    return Counter((line.user_id, line.kind) for line in lines)


# --- one question before anybody is reached


def test_one_question_tells_who_may_be_reached(as_system, traces):
    with as_system() as session:
        assert may_contact(session, "call", contact_id=traces.contact)
        assert barred(session, "sms", contact_id=traces.contact).level == "person"
        assert may_contact(session, "mail", contact_id=traces.contact, purpose="fair", agreed=True)
        assert not may_contact(session, "mail", contact_id=traces.contact, purpose="advertising", agreed=True)


# --- keeping times


@pytest.fixture
def keeping(as_system):
    def keep(**months):
        with as_system() as session:
            for name, number in months.items():
                session.add(SettingValue(key=f"core.privacy_keep_{name}_months", value=number))
            bump(session, "settings")

    return keep


def test_what_is_kept_long_enough_is_listed_and_goes_after_a_confirmation(
    chief, browser_of, read, as_system, keeping, traces
):
    keeping(left=12, private=24, request=36)
    old = local_today() - dt.timedelta(days=800)
    with as_system() as session:
        company = session.get(Company, traces.company)
        company.last_contact_on = old
        left = Contact(company=company, name="张离开", invalid=True, invalid_on=old)
        kept = Contact(company=company, name="孙刚走", invalid=True, invalid_on=local_today())
        session.add_all([left, kept])
        session.flush()
        request = take_request(
            session, {"kind": "copy", "subject": "旧", "received_on": dt.date(2020, 1, 1), "text": "旧内容"}, by=None
        )
        request.state, request.answered_on = "answered", dt.date(2020, 1, 20)
        ids = {"left": left.id, "kept": kept.id, "request": request.id}
    with as_system() as session:
        table = Contact.__table__
        moment = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
        session.connection().execute(update(table).where(table.c.id == traces.contact).values(updated_at=moment))
        assert re.match(r"已离开的联系人：\d+ · ", list_due(session))
    browser = browser_of(chief)
    page = browser.get("/privacy/due").text
    assert "张离开" in page
    assert "孙刚走" not in page
    assert traces.texts[0] in page
    assert read(select(Contact).where(Contact.id == ids["left"]))[0].erased_at is None  # listing removes nothing
    assert browser.post("/privacy/due", {"rule": "left", "id": [ids["left"], ids["kept"]]}).status_code == 303
    assert read(select(Contact).where(Contact.id == ids["left"]))[0].erased_at is not None
    assert read(select(Contact).where(Contact.id == ids["kept"]))[0].name == "孙刚走"
    browser.post("/privacy/due", {"rule": "private", "id": [traces.contact]})
    person = read(select(Contact).where(Contact.id == traces.contact))[0]
    assert (person.name, person.hobbies, person.birth_date, person.qualities) == (traces.texts[0], None, None, {})
    browser.post("/privacy/due", {"rule": "request", "id": [ids["request"]]})
    assert read(select(PrivacyRequest).where(PrivacyRequest.id == ids["request"]))[0].text is None
    assert browser.post("/privacy/due", {"rule": "nothing"}).status_code == 404


def test_without_a_keeping_time_nothing_is_due(chief, browser_of, traces):
    assert "长期保存" in browser_of(chief).get("/privacy/due").text
