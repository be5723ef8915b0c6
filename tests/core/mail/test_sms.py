"""Short messages: through a gateway that a plugin brings, or only into the log; never to who must not get any."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, update

from core.bus.services import start_job
from core.clock import local_today
from core.columns import utcnow
from core.customers.models import Bar, Company, Consent, Contact, Phone
from core.mail import sms
from core.mail.models import TextMessage
from core.overlay import overlay


class Gateway:
    """Keeps what it takes; refuses one number, fails at another."""

    def __init__(self):
        self.taken = []

    def send(self, number, words):
        if number.endswith("1"):
            raise sms.GatewayRefused("unknown number")
        self.taken.append((number, words))
        if number.endswith("2"):
            raise TimeoutError("no answer")
        return f"receipt {len(self.taken)}"


@pytest.fixture
def gateway(app, as_system, monkeypatch):
    found = Gateway()
    monkeypatch.setitem(sms._gateways, "test", lambda: found)
    with as_system() as session:
        overlay().change_setting(session, sms.GATEWAY, "test")
    return found


@pytest.fixture
def phone(house, as_system):
    with as_system() as session:
        row = Phone(company_id=house.mine, contact_id=house.person, kind="mobile", number="13800000009")
        session.add(row)
        session.flush()
        return row.id


def form(house, **values):
    return {
        "idempotency_key": "s" * 20, "number": "13800000009", "name": "王建平", "text": "样刊今天寄出",
        "company_id": str(house.mine), "contact_id": str(house.person), **values,
    }  # fmt: skip


def messages(reading):
    with reading() as unit:
        return list(unit.session.scalars(select(TextMessage).order_by(TextMessage.id)))


def test_a_message_is_written_from_the_number_on_a_record_and_leaves(house, phone, gateway, browser_of, reading, send):
    browser = browser_of(house.clerk)
    assert f"/sms/new?phone={phone}" in browser.get(f"/contacts/{house.person}").get_data(as_text=True)
    assert "王建平" in browser.get(f"/sms/new?phone={phone}").get_data(as_text=True)
    for _time in range(2):
        answer = browser.post("/sms/new", form(house))
        assert answer.status_code == 303
    send()
    [message] = messages(reading)
    assert (message.state, message.answer, message.gateway) == ("sent", "receipt 1", "test")
    assert [words for _number, words in gateway.taken] == ["样刊今天寄出"]
    assert "样刊今天寄出" in browser.get(answer.location).get_data(as_text=True)
    assert "样刊今天寄出" in browser.get("/sms").get_data(as_text=True)
    assert browser_of(house.other).get(answer.location).status_code == 404


def test_a_message_begun_at_a_customer_goes_to_whom_the_house_asks_first(house, phone, browser_of, as_system):
    browser = browser_of(house.clerk)
    bare = browser.get(f"/sms/new?company={house.mine}").get_data(as_text=True)
    assert f'name="company_id" type="hidden" value="{house.mine}"' in bare
    assert "王建平" not in bare
    with as_system() as session:
        session.get_one(Company, house.mine).primary_contact_id = house.person
    page = browser.get(f"/sms/new?company={house.mine}").get_data(as_text=True)
    assert 'value="王建平"' in page
    assert page.count(f'name="contact_id" type="hidden" value="{house.person}"') == 1
    with as_system() as session:
        session.add(
            Bar(company_id=house.mine, contact_id=house.person, channel="sms", reason="来电", set_on=local_today())
        )
    assert "王建平" not in browser.get(f"/sms/new?company={house.mine}").get_data(as_text=True)


def test_a_customer_that_takes_no_short_messages_is_offered_no_number(house, browser_of, as_system):
    browser = browser_of(house.clerk)
    with as_system() as session:
        session.add(Phone(company_id=house.mine, kind="mobile", number="13800000007"))
        session.add(Phone(company_id=house.theirs, kind="mobile", number="13800000008", do_not_sms=True))
    assert "13800000007" in browser.get(f"/sms/new?company={house.mine}").get_data(as_text=True)
    with as_system() as session:
        bar = Bar(company_id=house.mine, channel="sms", reason="来电", set_on=local_today())
        session.add(bar)
    assert "13800000007" not in browser.get(f"/sms/new?company={house.mine}").get_data(as_text=True)
    with as_system() as session:  # a number that is barred at another customer is barred here too
        session.delete(session.merge(bar))
        session.execute(update(Phone).where(Phone.company_id == house.mine).values(number="13800000008"))
        session.execute(update(Phone).where(Phone.company_id == house.mine).values(digits="13800000008"))
    assert "13800000008" not in browser.get(f"/sms/new?company={house.mine}").get_data(as_text=True)


def test_the_log_gateway_is_the_default_and_sends_nothing(house, app, browser_of, reading, send):
    assert browser_of(house.clerk).post("/sms/new", form(house)).status_code == 303
    send()
    [message] = messages(reading)
    assert (message.state, message.gateway, message.answer) == ("sent", "log", "log")


def test_who_must_not_get_any_gets_none_also_when_he_asks_while_it_waits(
    house, phone, gateway, browser_of, as_system, reading, send
):
    browser = browser_of(house.clerk)
    assert browser.post("/sms/new", form(house)).status_code == 303
    with as_system() as session:
        session.add(
            Bar(
                company_id=house.mine, contact_id=house.person, channel="sms", reason="本人要求", set_on=dt.date.today()
            )
        )
    assert browser.post("/sms/new", form(house, idempotency_key="t" * 20)).status_code == 422
    send()
    assert [one.state for one in messages(reading)] == ["refused"]
    assert gateway.taken == []


def test_a_number_on_no_file_does_not_pass_a_bar_of_the_whole_house(
    house, gateway, browser_of, as_system, reading, send
):
    browser, typed = browser_of(house.clerk), {"number": "13911112222", "contact_id": ""}
    assert browser.post("/sms/new", form(house, **typed)).status_code == 303
    with as_system() as session:
        session.add(Bar(company_id=house.mine, channel="sms", reason="总机告知", set_on=dt.date.today()))
    assert browser.post("/sms/new", form(house, **typed, idempotency_key="t" * 20)).status_code == 422
    send()
    assert [(one.state, one.reason) for one in messages(reading)] == [("refused", "barred")]
    assert gateway.taken == []


def test_a_refusal_ends_it_and_a_failure_leaves_it_in_doubt(house, gateway, browser_of, as_system, reading, send):
    browser = browser_of(house.clerk)
    for number in ("13800000001", "13800000002", "13800000003"):
        bare = form(house, number=number, idempotency_key=number * 2, company_id="", contact_id="")
        assert browser.post("/sms/new", bare).status_code == 303
    send()
    with as_system() as session:
        start_job(session, sms.SMS_JOB)
    send()
    assert [one.state for one in messages(reading)] == ["refused", "doubtful", "sent"]
    assert len(gateway.taken) == 2
    with as_system() as session:
        session.execute(update(TextMessage).values(state="sending", claimed_at=utcnow() - dt.timedelta(minutes=11)))
        start_job(session, sms.SMS_JOB)
    send()
    assert {one.state for one in messages(reading)} == {"doubtful"}
    assert len(gateway.taken) == 2


def test_what_is_no_number_or_says_nothing_is_refused(house, gateway, browser_of, reading):
    browser = browser_of(house.clerk)
    assert browser.post("/sms/new", form(house, number="12")).status_code == 422
    assert browser.post("/sms/new", form(house, text=" ")).status_code == 422
    assert browser.post("/sms/new", form(house, company_id=str(house.theirs))).status_code == 422
    assert messages(reading) == []


@pytest.fixture
def crowd(house, as_system):
    """Eight people of one customer; what is against writing to each stands in the comment."""
    with as_system() as session:
        company = session.get_one(Company, house.mine)
        people = [Contact(name=f"第{number}人", company_id=house.mine) for number in range(8)]
        people[3].invalid = True  # gone
        session.add_all(people)
        session.flush()
        for number, one in enumerate(people):
            kind = "home" if number == 2 else "mobile"  # no number: a private one is never used
            ending = 0 if number == 1 else number  # the same number as the first one's
            session.add(Phone(company_id=company.id, contact_id=one.id, kind=kind, number=f"1380000010{ending}"))
        asked = {"reason": "本人要求", "set_on": local_today()}
        session.add(Bar(company_id=company.id, contact_id=people[4].id, channel="sms", **asked))
        given = {"company_id": company.id, "channel": "sms", "wording": "同意", "way": "phone"}
        for number, yes in ((5, False), (6, True)):  # took it back; agreed
            for purpose in ("service", "fair"):
                said = Consent(
                    contact_id=people[number].id, given=yes, purpose=purpose, stated_on=local_today(), **given
                )
                session.add(said)
        return [one.id for one in people]


def many(ids, **values):
    chosen = ",".join(map(str, ids))
    return {
        "idempotency_key": "m" * 20, "of": "contacts", "chosen": chosen, "purpose": "service",
        "kind": "information", **values,
    }  # fmt: skip


def test_many_are_written_to_each_by_name_without_those_who_must_not(house, crowd, gateway, browser_of, reading, send):
    browser = browser_of(house.boss)
    page = browser.get("/sms/many", query_string={"of": "contacts", "id": crowd}).text
    for why in ("没有手机号：1", "已失效或已删除：1", "不得发短信：1", "已撤回同意：1", "同一号码已在前面：1"):
        assert why in page
    sent = many(crowd, text="{姓名}：样刊已寄出")
    for _time in range(2):
        assert browser.post("/sms/many", sent).status_code == 303
    send()
    assert [(one.text, one.state) for one in messages(reading)] == [
        (f"第{number}人：样刊已寄出", "sent") for number in (0, 6, 7)
    ]
    assert [number for number, _words in gateway.taken] == ["13800000100", "13800000106", "13800000107"]


def test_advertising_by_short_message_goes_only_to_those_who_agreed(house, crowd, gateway, browser_of, reading):
    answer = browser_of(house.boss).post(
        "/sms/many", many(crowd, text="秋季会特价", kind="advertising", purpose="fair")
    )
    assert answer.status_code == 303
    assert [one.name for one in messages(reading)] == ["第6人"]


def test_agreement_to_hear_of_orders_is_none_to_advertising(house, crowd, gateway, browser_of, reading):
    answer = browser_of(house.boss).post("/sms/many", many(crowd, text="秋季会特价", kind="advertising"))
    assert answer.status_code == 422
    assert "“订单与服务”不算" in answer.text
    assert messages(reading) == []


def test_who_takes_his_agreement_back_while_a_short_message_waits_gets_none(
    house, crowd, gateway, browser_of, as_system, reading, send
):
    browser = browser_of(house.boss)
    assert browser.post("/sms/many", many([crowd[0], crowd[6], crowd[7]], text="样刊已寄出")).status_code == 303
    with as_system() as session:
        gone = {"company_id": house.mine, "channel": "sms", "purpose": "service", "wording": "不同意", "way": "phone"}
        session.add(Consent(contact_id=crowd[6], given=False, stated_on=local_today(), **gone))
        asked = {"reason": "本人要求", "set_on": local_today()}
        session.add(Bar(company_id=house.mine, contact_id=crowd[7], channel="sms", **asked))
    send()
    found = messages(reading)
    assert [(one.state, one.reason) for one in found] == [("sent", ""), ("refused", "withdrawn"), ("refused", "barred")]
    assert [number for number, _words in gateway.taken] == ["13800000100"]
    assert "已撤回同意" in browser.get(f"/sms/{found[1].id}").text
    assert "不得发短信" in browser.get(f"/sms/{found[2].id}").text


def test_the_limit_of_a_day_counts_all_short_messages_and_no_more_leave(
    house, crowd, gateway, phone, browser_of, reading, as_system
):
    with as_system() as session:
        overlay().change_setting(session, "core.mail_recipients_a_day", 3)
    browser = browser_of(house.boss)
    assert browser.post("/sms/new", form(house)).status_code == 303
    answer = browser.post("/sms/many", many(crowd, text="样刊已寄出"))
    assert answer.status_code == 422
    assert "每人每天最多给 3 人发短信" in answer.text
    assert len(messages(reading)) == 1
    assert browser.post("/sms/many", many(crowd[:6], text="样刊已寄出")).status_code == 303


@pytest.mark.parametrize("text", ["{退订}", "{没有}", ""])
def test_a_short_message_to_many_with_what_cannot_stand_in_it_is_refused(
    house, crowd, gateway, browser_of, reading, text
):
    assert browser_of(house.boss).post("/sms/many", many(crowd, text=text)).status_code == 422
    assert messages(reading) == []


def test_only_who_may_mail_to_rows_writes_to_many_of_them(house, crowd, gateway, browser_of, people, reading):
    assert browser_of(house.clerk).post("/sms/many", many(crowd, text="样刊")).status_code == 422
    for noun in ("company", "contact"):
        people.grant(house.clerk, f"core:{noun}:mail", "own")
        people.grant(house.other, f"core:{noun}:mail", "own")
    assert browser_of(house.clerk).post("/sms/many", many(crowd, text="样刊")).status_code == 303
    assert browser_of(house.other).post("/sms/many", many(crowd, text="样刊")).status_code == 422
    assert len(messages(reading)) == 3


def test_a_mobile_number_is_masked_for_whom_the_record_masks_it(house, gateway, phone, browser_of, people, as_system):
    assert browser_of(house.clerk).post("/sms/new", form(house)).status_code == 303
    root = people.user("root", ("system_administrator",))
    assert "13800000009" in browser_of(root).get("/sms").text
    with as_system() as session:
        overlay().change_setting(session, "core.separation_of_duties", True)
    for path in ("/sms", "/sms/1"):
        assert "13800000009" in browser_of(house.clerk).get(path).text
        page = browser_of(root).get(path).text
        assert "138****0009" in page
        assert "13800000009" not in page
    assert "138****0009" in browser_of(root).get("/sms?q=138-0000-0009").text
    assert "138****0009" not in browser_of(root).get("/sms?q=13800").text


def test_a_number_of_somebody_left_out_still_serves_whoever_agreed(
    house, crowd, gateway, browser_of, as_system, reading
):
    with as_system() as session:
        session.scalars(select(Phone).where(Phone.contact_id == crowd[6])).one().number = "13800000105"
    answer = browser_of(house.boss).post(
        "/sms/many", many(crowd, text="秋季会特价", kind="advertising", purpose="fair")
    )
    assert answer.status_code == 303
    assert [one.name for one in messages(reading)] == ["第6人"]


def test_of_two_mobile_numbers_the_one_that_may_be_used_is_taken(house, crowd, gateway, browser_of, as_system, reading):
    with as_system() as session:
        first = session.scalars(select(Phone).where(Phone.contact_id == crowd[7])).one()
        first.do_not_sms = True
        session.add(Phone(company_id=house.mine, contact_id=crowd[7], kind="mobile", number="13900000001", position=5))
    assert browser_of(house.boss).post("/sms/many", many(crowd[7:], text="样刊")).status_code == 303
    assert [one.number for one in messages(reading)] == ["13900000001"]


def test_a_message_that_its_placeholders_make_too_long_is_refused_not_cut(house, crowd, gateway, browser_of, reading):
    answer = browser_of(house.boss).post("/sms/many", many(crowd[7:], text="{单位}" * 100))
    assert answer.status_code == 422
    assert "发给第7人的短信会超过 500 字" in answer.text
    assert messages(reading) == []
