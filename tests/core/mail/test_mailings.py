"""Mailings: to whom and to whom not, what each gets, who must agree, and that nobody who said no is written to."""

from __future__ import annotations

import contextvars
import datetime as dt
import email
import re
from email.policy import default

import pytest
from sqlalchemy import delete, func, select, update

from core.auth.models import Audit, User
from core.auth.passwords import hash_password
from core.bus.models import JobRun, StoredEvent
from core.bus.services import start_job
from core.columns import utcnow
from core.customers.models import Bar, Company, Consent, Contact, Email
from core.mail.models import Letter, Mailing, MailTemplate
from core.mail.placeholders import fill
from core.mail.sending import house_of
from core.mail.services import outbox
from core.mail.services.letters import SEND_JOB
from core.messages.models import Message, MessageCopy
from core.overlay import overlay
from core.tags.models import Segment

SECRET = "a-long-Passw0rd-for-tests"


@pytest.fixture
def crowd(house, as_system):
    """Twenty contacts of one customer, each with an address."""
    with as_system() as session:
        company = session.get_one(Company, house.theirs)
        company.city = "遵义市"
        ids = []
        for number in range(20):
            person = Contact(company_id=company.id, name=f"客人{number:02d}", salutation=None)
            session.add(person)
            session.flush()
            address = f"guest{number:02d}@guests.example.com"
            session.add(Email(company_id=company.id, contact_id=person.id, kind="office", address=address))
            ids.append(person.id)
    return ids


@pytest.fixture
def site(as_system):
    with as_system() as session:
        overlay().change_setting(session, "core.mail_site", "https://crm.press.example.com/")


def fields(**values):
    return {
        "idempotency_key": "m" * 20,
        "of": "contacts",
        "query": "name__contains=客人&sort=name",
        "name": "样刊",
        "kind": "information",
        "purpose": "service",
        "subject": "{称呼}，样刊已寄出",
        "body": "{称呼}：\n{单位}的样刊已寄出。{city}",
        "quiet_days": "0",
        "per_minute": "0",
        **values,
    }


def made(browser, **values):
    answer = browser.post("/mailings/new", fields(**values))
    assert answer.status_code == 303, re.findall(r'role="alert".*', answer.get_data(as_text=True))
    return int(answer.location.rsplit("/", 1)[1])


def mailing(reading, number):
    with reading() as unit:
        return unit.session.get_one(Mailing, number)


def states(reading, number):
    found = {}
    with reading() as unit:
        for one in unit.session.scalars(select(Letter).where(Letter.mailing_id == number)):
            key = (one.state, one.reason)
            found[key] = found.get(key, 0) + 1
    return found


def messages(sink):
    return [email.message_from_bytes(content, policy=default) for _address, content in sink.taken]


def again(as_system):
    with as_system() as session:
        start_job(session, SEND_JOB)


def test_advertising_is_no_matter_of_orders_and_service(house, crowd, browser_of, reading):
    browser = browser_of(house.boss)
    answer = browser.post("/mailings/new", fields(kind="advertising", chosen=",".join(map(str, crowd))))
    assert answer.status_code == 422
    assert "“订单与服务”不算" in answer.text
    number = made(browser, chosen=",".join(map(str, crowd)))
    answer = browser.post(f"/mailings/{number}/edit", fields(kind="advertising"))
    assert answer.status_code == 422
    assert mailing(reading, number).kind == "information"


def test_a_house_that_is_written_to_itself_is_addressed_by_its_name(
    house, crowd, sink, browser_of, reading, send, as_system
):
    with as_system() as session:
        session.add(Email(company_id=house.theirs, kind="office", address="office@cellar.example.com"))
    browser = browser_of(house.boss)
    number = made(browser, of="companies", query="", chosen=str(house.theirs))
    assert browser.post(f"/mailings/{number}/start").status_code == 303
    send()
    [letter] = messages(sink)
    assert letter["Subject"] == "贵州赤河窖酒业有限公司，样刊已寄出"
    assert letter.get_body(("plain",)).get_content().startswith("贵州赤河窖酒业有限公司：\r\n贵州赤河窖")


def test_a_list_becomes_a_mailing_and_each_gets_his_own_letter(house, crowd, sink, browser_of, reading, send):
    browser = browser_of(house.boss)
    assert "/mailings/new?of=contacts&amp;name__contains=" in browser.get("/contacts?name__contains=客人").get_data(
        True
    )
    number = made(browser)
    send()
    assert sink.taken == [], "nothing leaves before it is started"
    page = browser.get(f"/mailings/{number}").get_data(as_text=True)
    assert "客人00，样刊已寄出" in page
    assert "发给 20 人" in page
    with reading() as unit:
        second = unit.session.scalars(select(Letter.id).order_by(Letter.id)).all()[1]
    assert "客人01，样刊已寄出" in browser.get(f"/mailings/{number}?letter={second}").get_data(as_text=True)
    assert browser.post(f"/mailings/{number}/start").status_code == 303
    send()
    assert states(reading, number) == {("sent", ""): 20}
    assert mailing(reading, number).state == "done"
    first = next(one for one in messages(sink) if "guest07" in one["To"])
    assert first["Subject"] == "客人07，样刊已寄出"
    assert first.get_body(("plain",)).get_content().startswith("客人07：\r\n贵州赤河窖酒业有限公司的样刊已寄出。遵义市")
    assert len({one["Message-ID"] for one in messages(sink)}) == 20
    listed = browser.get(f"/letters?mailing_id={number}&state=sent").get_data(as_text=True)
    assert 'data-total="20"' in listed
    with reading() as unit:
        lines = unit.session.scalars(select(Audit).where(Audit.kind == "mail", Audit.entity == "core_mailing")).all()
        assert [(line.user_id, line.changes["recipients"]) for line in lines] == [(house.boss.id, [None, 20])]


def test_chosen_rows_and_segments_are_written_to(house, crowd, sink, browser_of, reading, as_system):
    browser = browser_of(house.boss)
    chosen = browser.post("/contacts/batch", {"action": "mail", "id": [str(one) for one in crowd[:3]], "query": ""})
    assert chosen.location.startswith("/mailings/new?")
    assert 'value="' + ",".join(map(str, crowd[:3])) + '"' in browser.get(chosen.location).get_data(as_text=True)
    number = made(browser, chosen=",".join(map(str, crowd[:3])), query="")
    assert states(reading, number) == {("waiting", ""): 3}
    with as_system() as session:
        segment = Segment(resource="contacts", name="前十", owner_id=house.boss.id, query="name__starts=客人0")
        session.add(segment)
        session.flush()
        segment_id = segment.id
    page = browser.get(f"/segments/{segment_id}").get_data(as_text=True)
    assert "segment=" in page
    assert "/mailings/new" in page
    number = made(browser, segment_id=f"contacts:{segment_id}", query="", idempotency_key="s" * 20)
    assert states(reading, number) == {("waiting", ""): 10}


def test_a_mailing_to_chosen_rows_is_changed_and_goes_to_the_same_ones(house, crowd, sink, browser_of, reading):
    browser = browser_of(house.boss)
    number = made(browser, chosen=",".join(map(str, crowd[:3])), query="")
    assert browser.get(f"/mailings/{number}/edit").status_code == 200
    changed = fields(subject="改过的", chosen="", version=mailing(reading, number).version)
    assert browser.post(f"/mailings/{number}/edit", {**changed, "subject": ""}).status_code == 422
    assert browser.post(f"/mailings/{number}/edit", changed).status_code == 303
    assert (mailing(reading, number).subject, mailing(reading, number).chosen) == ("改过的", crowd[:3])
    assert sum(states(reading, number).values()) == 3


def test_who_is_left_out_and_why(house, crowd, sink, browser_of, reading, as_system):
    with as_system() as session:
        people = [session.get_one(Contact, one) for one in crowd]
        session.add(
            Bar(company_id=house.theirs, contact_id=crowd[0], channel="mail", reason="本人要求", set_on=dt.date.today())
        )
        people[1].invalid = True
        mails = {one.contact_id: one for one in session.scalars(select(Email))}
        session.delete(mails[crowd[2]])
        mails[crowd[3]].invalid = True
        mails[crowd[4]].kind = "private"
        mails[crowd[5]].address = "guest06@guests.example.com"
        mails[crowd[7]].do_not_use, mails[crowd[7]].do_not_use_reason = True, "本人要求"
        said(session, house, crowd[8], given=True)
        said(session, house, crowd[8], given=False)
        session.add(
            Letter(
                key="dead", address="guest09@guests.example.com", address_key="guest09@guests.example.com", subject="x",
                state="refused", reason="refused",
            )
        )  # fmt: skip
        session.add(
            Letter(
                key="lately", address="guest10@guests.example.com", address_key="guest10@guests.example.com",
                subject="x", state="sent", sent_at=utcnow() - dt.timedelta(days=3),
            )
        )  # fmt: skip
    browser = browser_of(house.boss)
    number = made(browser, quiet_days="7")
    assert states(reading, number) == {
        ("left_out", "barred"): 2,
        ("left_out", "gone"): 1,
        ("left_out", "no_address"): 2,
        ("left_out", "dead"): 2,
        ("left_out", "twice"): 1,
        ("left_out", "withdrawn"): 1,
        ("left_out", "recent"): 1,
        ("waiting", ""): 10,
    }
    page = browser.get(f"/mailings/{number}").get_data(as_text=True)
    assert "近期已联系" in page
    assert f"/letters?mailing_id={number}&amp;state=left_out&amp;reason=recent" in page


def said(session, house, contact_id, *, given, purpose="service"):
    session.add(
        Consent(
            company_id=house.theirs, contact_id=contact_id, channel="mail", purpose=purpose, given=given,
            wording="同意接收", way="paper", stated_on=dt.date.today(),
        )
    )  # fmt: skip
    session.flush()


def test_advertising_goes_to_those_who_agreed_is_marked_and_can_be_refused(
    house, crowd, sink, browser_of, reading, as_system, send
):
    with as_system() as session:
        for one in crowd[:4]:
            said(session, house, one, given=True, purpose="advertising")
    browser = browser_of(house.boss)
    number = made(browser, kind="advertising", purpose="advertising", subject="新品")
    assert states(reading, number) == {("waiting", ""): 4, ("left_out", "no_consent"): 16}
    assert "广告传媒" not in browser.get(f"/mailings/{number}").text, "its kind, not a branch of trade"
    refused = browser.post(f"/mailings/{number}/start")
    assert refused.status_code == 422, "without an address to refuse at it does not start"
    with as_system() as session:
        overlay().change_setting(session, "core.mail_site", "https://crm.press.example.com/")
    assert browser.post(f"/mailings/{number}/start").status_code == 303
    with as_system() as session:
        said(session, house, crowd[3], given=False, purpose="advertising")
    send()
    assert states(reading, number)[("left_out", "withdrawn")] == 1
    assert len(sink.taken) == 3
    for one in messages(sink):
        assert one["Subject"] == "广告：新品"
        web, mail = re.findall(r"<([^>]+)>", one["List-Unsubscribe"])
        assert web.startswith("https://crm.press.example.com/unsubscribe/")
        assert mail.startswith("mailto:news@press.example.com?subject=unsubscribe")
        assert one["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert web in one.get_body(("plain",)).get_content()


def test_a_mailing_to_nobody_offers_no_start(house, crowd, sink, browser_of):
    browser = browser_of(house.boss)
    page = browser.get(f"/mailings/{made(browser, of='companies', query='', chosen=str(house.theirs))}").text
    assert "发给 0 人" not in page
    assert "/start" not in page
    assert "重新生成收件人" in page


def test_one_click_ends_it_and_fetching_does_not(house, crowd, sink, site, browser_of, reading, send, as_system):
    browser = browser_of(house.boss)
    number = made(browser)
    browser.post(f"/mailings/{number}/start")
    send()
    one = next(m for m in messages(sink) if "guest05" in m["To"])
    path = re.findall(r"<https://crm.press.example.com([^>]+)>", one["List-Unsubscribe"])[0]
    stranger = browser_of(None)
    for _time in range(2):
        assert stranger.get(path).status_code == 200
    with reading() as unit:
        assert unit.session.scalars(select(Bar)).all() == []
    for _time in range(2):
        bare = contextvars.Context().run(stranger.client.post, path, data={"List-Unsubscribe": "One-Click"})
        assert bare.status_code == 204, "without a token of ours"
    assert stranger.get(path[:-1] + "x").status_code == 404
    with reading() as unit:
        [bar] = unit.session.scalars(select(Bar)).all()
        assert (bar.contact_id, bar.channel) == (crowd[5], "mail")
        [consent] = unit.session.scalars(select(Consent)).all()
        assert (consent.contact_id, consent.given) == (crowd[5], False)
        told = unit.session.scalars(select(StoredEvent.payload).where(StoredEvent.name == "core.reach_barred")).all()
        assert [(one["contact_id"], one["channel"], one["barred"]) for one in told] == [(crowd[5], "mail", True)]
    number = made(browser, idempotency_key="n" * 20)
    assert states(reading, number) == {("waiting", ""): 19, ("left_out", "barred"): 1}


def test_stopping_and_going_on_writes_to_nobody_twice(house, crowd, sink, browser_of, reading, send, as_system):
    browser = browser_of(house.boss)
    number = made(browser, per_minute="6")
    browser.post(f"/mailings/{number}/start")
    send()
    assert states(reading, number) == {("sent", ""): 6, ("waiting", ""): 14}
    assert browser.post(f"/mailings/{number}/stop").status_code == 303
    with as_system() as session:
        session.execute(update(Letter).values(claimed_at=utcnow() - dt.timedelta(minutes=2)))
    again(as_system)
    send()
    assert len(sink.taken) == 6
    assert browser.post(f"/mailings/{number}/start").status_code == 422
    assert browser.post(f"/mailings/{number}/resume").status_code == 303
    for _time in range(3):
        send()
        with as_system() as session:
            session.execute(
                update(Letter)
                .where(Letter.claimed_at.is_not(None))
                .values(claimed_at=utcnow() - dt.timedelta(minutes=2))
            )
        again(as_system)
    send()
    assert states(reading, number) == {("sent", ""): 20}
    addresses = [address for address, _content in sink.taken]
    assert len(addresses) == len(set(addresses)) == 20
    assert mailing(reading, number).state == "done"


@pytest.mark.parametrize("whose", ["mailing", "house"])
def test_what_a_limit_holds_back_goes_on_when_the_minute_of_the_first_letter_is_over(
    house, crowd, sink, browser_of, reading, send, as_system, whose
):
    browser = browser_of(house.boss)
    number = made(browser, per_minute="6" if whose == "mailing" else "0")
    with as_system() as session:
        overlay().change_setting(session, "core.mail_rate", 0 if whose == "mailing" else 6)
    browser.post(f"/mailings/{number}/start")
    for _time in range(2):
        send()
        assert states(reading, number) == {("sent", ""): 6, ("waiting", ""): 14}
        with reading() as unit:
            first = unit.session.scalars(select(func.min(Letter.claimed_at))).one()
            run = select(JobRun.due_at).where(JobRun.job == SEND_JOB, JobRun.state == "waiting")
            assert unit.session.scalars(run).all() == [first + dt.timedelta(minutes=1)]
        again(as_system)
    browser.post(f"/mailings/{number}/stop")
    with as_system() as session:
        session.execute(delete(JobRun).where(JobRun.state == "waiting"))
    again(as_system)
    send()
    with reading() as unit:
        assert unit.session.scalars(select(JobRun.id).where(JobRun.state == "waiting")).all() == [], "nothing to do"


def test_a_letter_that_is_claimed_after_the_stop_does_not_leave(house, crowd, sink, browser_of, reading, as_system):
    browser = browser_of(house.boss)
    number = made(browser)
    browser.post(f"/mailings/{number}/start")
    with as_system() as session:
        found = outbox.next_letters(session, 25)
        assert len(found) == 20
        assert outbox.take_channel(session, "me") is True
        assert outbox.claim(session, found[0].id, "me") is True
        assert outbox.claim(session, found[1].id, "somebody else") is False
        session.execute(update(Mailing).values(state="stopped"))
        assert outbox.claim(session, found[1].id, "me") is False
        assert house_of(session).address == "news@press.example.com"


def test_above_the_first_limit_one_says_why_and_above_the_second_another_agrees(
    house, crowd, sink, browser_of, people, reading, send, as_system
):
    second = people.user("second", ("decision_maker",))
    with as_system() as session:
        overlay().change_setting(session, "core.mail_recipients_a_day", 10)
        session.get_one(User, house.boss.id).password_hash = hash_password(SECRET)
    browser, other = browser_of(house.boss), browser_of(second)
    number = made(browser, chosen=",".join(map(str, crowd[:8])), query="")
    assert browser.post(f"/mailings/{number}/start").status_code == 303
    number = made(browser, chosen=",".join(map(str, crowd[8:12])), query="", idempotency_key="2" * 20)
    assert "请说明原因" in browser.get(f"/mailings/{number}").get_data(as_text=True)
    for form in ({}, {"reason": "周年"}, {"reason": "周年", "password": "wrong"}, {"password": SECRET}):
        assert browser.post(f"/mailings/{number}/start", form).status_code == 422
    assert browser.post(f"/mailings/{number}/start", {"reason": "周年", "password": SECRET}).status_code == 303
    with as_system() as session:
        overlay().change_setting(session, "core.mail_recipients_alone", 15)
    number = made(browser, chosen=",".join(map(str, crowd[12:])), query="", idempotency_key="3" * 20)
    assert browser.post(f"/mailings/{number}/start", {"reason": "周年", "password": SECRET}).status_code == 303
    assert mailing(reading, number).state == "asked"
    send()
    assert len(sink.taken) == 12
    assert browser.post(f"/mailings/{number}/decide", {"agree": "1"}).status_code == 422, "not its author"
    assert "待审批" in other.get("/mailings?state=asked").get_data(as_text=True)
    assert other.post(f"/mailings/{number}/decide", {"agree": "1"}).status_code == 303
    assert mailing(reading, number).approved_by_id == second.id
    assert browser.post(f"/mailings/{number}/start").status_code == 303
    send()
    assert len(sink.taken) == 20


def test_a_screen_left_open_does_not_guess_the_password_by_a_mailing(
    house, crowd, sink, browser_of, reading, as_system
):
    with as_system() as session:
        overlay().change_setting(session, "core.mail_recipients_a_day", 5)
        session.get_one(User, house.boss.id).password_hash = hash_password(SECRET)
    browser = browser_of(house.boss)
    number = made(browser)
    for _try in range(5):
        answer = browser.post(f"/mailings/{number}/start", {"reason": "周年", "password": "guessed"})
        assert answer.status_code == 422
    waits = browser.post(f"/mailings/{number}/start", {"reason": "周年", "password": SECRET})
    assert waits.status_code == 422
    assert "尝试次数过多" in waits.text
    assert mailing(reading, number).state == "ready"


def test_a_text_that_is_changed_after_the_agreement_needs_a_new_one(house, crowd, sink, browser_of, reading, as_system):
    browser = browser_of(house.boss)
    number = made(browser)
    with as_system() as session:
        session.execute(update(Mailing).values(state="approved", approved_by_id=house.chief.id))
        version = session.scalar(select(Mailing.version))
    changed = fields(subject="另一个主题", version=str(version))
    assert browser.post(f"/mailings/{number}/edit", changed).status_code == 303
    found = mailing(reading, number)
    assert (found.state, found.approved_by_id, found.subject) == ("ready", None, "另一个主题")


def test_what_is_no_placeholder_is_refused_and_values_are_never_looked_at_again(house, crowd, sink, browser_of):
    answer = browser_of(house.boss).post("/mailings/new", fields(body="{姓名}您好，{优惠码}"))
    assert answer.status_code == 422
    assert "没有占位符 {优惠码}" in answer.get_data(as_text=True)
    assert fill("{姓名}|{单位}", {"name": "{单位}", "company": "{{7*7}}"}) == "{单位}|{{7*7}}"


def test_a_test_goes_to_oneself(house, crowd, sink, browser_of, as_system, send):
    browser = browser_of(house.boss)
    number = made(browser)
    assert browser.post(f"/mailings/{number}/test").status_code == 422, "no address of one's own"
    with as_system() as session:
        session.get_one(User, house.boss.id).email = "boss@press.example.com"
    assert browser.post(f"/mailings/{number}/test").status_code == 303
    send()
    [(address, content)] = sink.taken
    assert address == "boss@press.example.com"
    assert email.message_from_bytes(content, policy=default)["Subject"] == "[测试] 客人00，样刊已寄出"


def test_the_link_of_a_test_says_that_it_is_one_and_changes_nothing(
    house, crowd, sink, site, browser_of, as_system, reading, send
):
    browser = browser_of(house.boss)
    number = made(browser)
    with as_system() as session:
        session.get_one(User, house.boss.id).email = "boss@press.example.com"
    assert browser.post(f"/mailings/{number}/test").status_code == 303
    send()
    [one] = messages(sink)
    path = re.findall(r"<https://crm.press.example.com([^>]+)>", one["List-Unsubscribe"])[0]
    assert path in one.get_body(("plain",)).get_content(), "the link of nobody else"
    stranger = browser_of(None)
    for answer in (stranger.get(path), stranger.post(path)):
        assert answer.status_code == 200
        assert "这是测试邮件" in answer.get_data(as_text=True)
        assert "<form" not in answer.get_data(as_text=True)
    assert stranger.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 204
    with reading() as unit:
        assert unit.session.scalars(select(Bar)).all() == []
        assert unit.session.scalars(select(Letter).where(Letter.unsubscribed_at.is_not(None))).all() == []


def test_the_page_of_who_says_no_speaks_his_language(house, crowd, sink, site, browser_of, reading, send):
    browser = browser_of(house.boss)
    browser.post(f"/mailings/{made(browser)}/start")
    send()
    path = re.findall(r"<https://crm.press.example.com([^>]+)>", messages(sink)[0]["List-Unsubscribe"])[0]
    stranger = browser_of(None)

    def page(address, language, method="get"):
        headers = {"Accept-Language": language} if language else {}
        return getattr(stranger.client, method)(address, headers=headers).get_data(as_text=True)

    for language in ("en-US,en;q=0.9", "de", "fr-CH, en;q=0.5"):
        assert '<html lang="en"' in page(path, language), language
        assert "Write to me no more" in page(path, language), language
    for language in ("", "zh-CN,zh;q=0.9,en;q=0.8", "zh-HK"):
        assert "不再接收" in page(path, language), language
    chosen = page(f"{path}?locale=en", "zh-CN")
    assert "Write to me no more" in chosen
    assert f'action="{path}?locale=en"' in chosen
    assert f'href="{path}?locale=zh_CN"' in chosen
    wrong = page(path[:-1] + "x", "en")
    assert "This address is not complete" in wrong
    assert '<html lang="en"' in wrong
    assert "It is noted" in page(path, "en", "post")
    assert "已登记" in page(path, "zh-CN")


def test_who_may_not_mail_to_many_does_not(house, crowd, sink, browser_of, people, reading):
    clerk = browser_of(house.clerk)
    assert clerk.get("/mailings/new").status_code == 403
    assert clerk.post("/mailings/new", fields()).status_code == 403
    people.grant(house.clerk, "core:mailing:create", "own")
    people.grant(house.clerk, "core:mailing:read", "own")
    people.grant(house.clerk, "core:contact:mail", "own")
    answer = browser_of(house.clerk).post("/mailings/new", fields())
    assert answer.status_code == 422, "none of these contacts is his"
    number = made(browser_of(house.boss))
    assert browser_of(house.clerk).get(f"/mailings/{number}").status_code == 404


def test_templates_are_entered_used_and_changed(house, crowd, sink, browser_of, reading):
    browser = browser_of(house.boss)
    form = {
        "idempotency_key": "t" * 20,
        "name": "催稿",
        "kind": "information",
        "subject": "{单位}的稿件",
        "body": "{称呼}：请寄稿。",
    }
    answer = browser.post("/mailtemplates/new", form)
    assert answer.status_code == 303
    number = int(answer.location.rsplit("/", 1)[1])
    assert browser.post("/mailtemplates/new", {**form, "idempotency_key": "u" * 20}).status_code == 422
    assert "请寄稿" in browser.get(answer.location).get_data(as_text=True)
    assert "催稿" in browser.get("/mailtemplates").get_data(as_text=True)
    letter = browser.get(f"/letters/new?email={house.mail}&template={number}").get_data(as_text=True)
    assert "四川川江源酒业有限公司的稿件" in letter
    assert "王建平：请寄稿" in letter
    assert "{单位}的稿件" in browser.get(f"/mailings/new?of=contacts&template={number}").get_data(as_text=True)
    edit = browser.post(f"/mailtemplates/{number}/edit", {**form, "body": "{称呼}：请尽快寄稿。", "version": "1"})
    assert edit.status_code == 303
    assert browser.post(f"/mailtemplates/{number}/edit", {**form, "version": "1"}).status_code in (409, 422)
    assert browser_of(house.clerk).post(f"/mailtemplates/{number}/delete").status_code == 403
    assert browser.post(f"/mailtemplates/{number}/delete").status_code == 303


def test_a_template_that_is_taken_keeps_what_was_typed(house, crowd, sink, browser_of, reading, as_system):
    with as_system() as session:
        session.add(template := MailTemplate(name="催稿", kind="information", subject="{单位}的稿件", body="请寄稿。"))
        session.flush()
        number = template.id
    browser = browser_of(house.boss)
    assert f'value="{number}"' in browser.get("/mailings/new?of=contacts&name__contains=客人").get_data(as_text=True)
    typed = fields(name="四季度", purpose="care", quiet_days="7", subject="", body="", template=str(number))
    answer = browser.post("/mailings/new", typed)
    assert answer.status_code == 200
    page = answer.get_data(as_text=True)
    for name, value in (("name", "四季度"), ("quiet_days", "7"), ("query", fields()["query"].replace("&", "&amp;"))):
        assert re.search(f'name="{name}"[^>]*value="{value}"|value="{value}"[^>]*name="{name}"', page), name
    assert '<option selected value="care"' in page
    assert "{单位}的稿件" in page
    assert "请寄稿。" in page
    with reading() as unit:
        assert unit.session.scalars(select(Mailing)).all() == []


def test_an_unstarted_mailing_is_deleted_with_its_recipients(house, crowd, sink, browser_of, reading):
    browser = browser_of(house.boss)
    number = made(browser)
    assert browser.post(f"/mailings/{number}/delete").status_code == 303
    with reading() as unit:
        assert unit.session.scalars(select(Letter)).all() == []


def test_whoever_reads_a_letter_reads_what_it_says_though_the_mailing_is_not_his(
    house, sink, browser_of, reading, send
):
    browser = browser_of(house.boss)
    number = made(browser, query="name__contains=王建平", body="{称呼}：\n{单位}的样刊已寄出。")
    browser.post(f"/mailings/{number}/start")
    send()
    with reading() as unit:
        letter = unit.session.scalars(select(Letter.id).where(Letter.mailing_id == number)).one()
    keeper = browser_of(house.clerk)
    line = keeper.get(f"/companies/{house.mine}").get_data(as_text=True)
    assert "王建平，样刊已寄出" in line  # what he got, not what the mailing is called in the house
    assert "王建平，样刊已寄出" in keeper.get("/letters").get_data(as_text=True)
    page = keeper.get(f"/letters/{letter}").get_data(as_text=True)
    assert "四川川江源酒业有限公司的样刊已寄出。" in page
    assert f"/mailings/{number}" not in page
    assert keeper.get(f"/mailings/{number}").status_code in (403, 404)
    assert browser_of(house.other).get(f"/letters/{letter}").status_code == 404


def test_those_who_may_agree_are_asked_until_somebody_decides(
    house, crowd, sink, people, as_system, browser_of, reading
):
    second = people.user("second", ("decision_maker",))
    third = people.user("third", ("system_administrator",))
    with as_system() as session:
        overlay().change_setting(session, "core.mail_recipients_alone", 10)
        session.get_one(User, house.boss.id).password_hash = hash_password(SECRET)
    browser = browser_of(house.boss)
    number = made(browser)

    def asked():
        with reading() as unit:
            rows = select(MessageCopy.user_id, Message.title, Message.record_id).join(
                Message, Message.id == MessageCopy.message_id
            )
            open_ones = rows.where(Message.kind == "core.mailing_asked", MessageCopy.done_at.is_(None))
            return {(person, title, about) for person, title, about in unit.session.execute(open_ones)}

    def ask():
        assert browser.post(f"/mailings/{number}/start", {"reason": "刊庆", "password": SECRET}).status_code == 303

    words = "一次发给 20 人的群发等待你同意：样刊"
    both = {(second.id, words, number), (third.id, words, number)}
    ask()
    assert asked() == both
    page = browser_of(second).get("/messages?folder=todo").get_data(as_text=True)
    assert words in page
    changed = fields(version=str(mailing(reading, number).version), subject="另一主题")
    assert browser.post(f"/mailings/{number}/edit", changed).status_code == 303
    assert asked() == set(), "what was asked about is not what would be sent"
    ask()
    assert asked() == both
    assert browser_of(third).post(f"/mailings/{number}/decide", {"agree": "1"}).status_code == 303
    assert asked() == set()
