"""Short messages: through a gateway that a plugin brings, or only into the log; never to who must not get any."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, update

from core.bus.services import start_job
from core.columns import utcnow
from core.customers.models import Bar, Phone
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
