"""When mailings leave, what modules say against it, and what follows when a letter comes back."""

from __future__ import annotations

import datetime as dt
import importlib
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from core.bus.services import start_job
from core.clock import local_today
from core.columns import utcnow
from core.customers.models import Email
from core.db import system_transaction
from core.mail.models import Letter, Mailing
from core.mail.queries import window_opens
from core.mail.queries.stops import stopped
from core.mail.services import outbox
from core.mail.services.dead import ask_for_address, names_dead_address
from core.mail.services.letters import SEND_JOB
from core.overlay import overlay
from core.tasks.models import Task

HOUSE = ZoneInfo("Asia/Shanghai")


def moment(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=HOUSE)


@pytest.fixture
def hours(as_system):
    def go(first, last):
        with as_system() as session:
            overlay().change_setting(session, "core.mail_from_hour", first)
            overlay().change_setting(session, "core.mail_until_hour", last)

    return go


@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-03-18 10:00", None),
        ("2026-03-18 08:59", "2026-03-18 09:00"),
        ("2026-03-18 18:00", "2026-03-19 09:00"),
        ("2026-03-20 20:00", "2026-03-23 09:00"),
        ("2026-03-21 10:00", "2026-03-23 09:00"),
        ("2026-02-14 10:00", None),  # a Saturday that is worked for the spring festival
        ("2026-02-16 10:00", "2026-02-24 09:00"),
    ],
)
def test_mailings_leave_in_the_hours_of_working_days(app, hours, as_system, now, opens):
    hours(9, 18)
    with as_system() as session:
        assert window_opens(session, moment(now)) == (moment(opens) if opens else None)


def test_without_hours_they_leave_at_any_time(app, hours, as_system):
    for first, last in ((0, 24), (0, 0), (0, 99)):
        hours(first, last)
        with as_system() as session:
            assert window_opens(session, moment("2026-03-21 03:00")) is None


def mailing_of(session, house, **values):
    made = Mailing(
        owner_id=house.boss.id, name="样刊", kind="information", purpose="news", subject="s", body="b",
        resource="companies", state="running", started_at=utcnow(), **values,
    )  # fmt: skip
    session.add(made)
    session.flush()
    return made.id


def letter_of(session, house, key, **values):
    given = {"company_id": house.theirs, "sender_id": house.boss.id, "subject": "s", "body": "b"}
    given |= dict.fromkeys(("address", "address_key"), f"{key}@one.example.com") | values
    made = Letter(key=key, **given)
    session.add(made)
    session.flush()
    start_job(session, SEND_JOB)
    return made


def test_outside_the_hours_single_letters_leave_and_mailings_wait(
    house, sink, hours, as_system, reading, send, monkeypatch
):
    hours(9, 18)
    monkeypatch.setattr(outbox, "local_now", lambda: moment("2026-03-21 10:00"))
    with as_system() as session:
        letter_of(session, house, "m", mailing_id=mailing_of(session, house), bulk=True)
        letter_of(session, house, "a")
    send()
    assert [address for address, _content in sink.taken] == ["a@one.example.com"]
    with reading() as unit:
        assert unit.session.scalars(select(Mailing.state)).one() == "running"
    monkeypatch.setattr(outbox, "local_now", lambda: moment("2026-03-23 09:00"))
    with as_system() as session:
        assert [one.key for one in outbox.next_letters(session, 10)] == ["m"]


def visited(session, company_id):
    visit = importlib.import_module("zhike_demo.models").Visit
    session.add(visit(company_id=company_id, topic="送样刊", visited_on=local_today()))
    session.flush()


def test_a_module_keeps_customers_out_of_mailings_and_out_of_what_still_waits(house, sink, as_system, reading, send):
    with as_system() as session:
        visited(session, house.theirs)
        assert stopped(session, [house.mine, house.theirs], []) == {("company", house.theirs): "demo.visited_today"}
        number = mailing_of(session, house)
        letter_of(session, house, "m1", mailing_id=number, bulk=True)
        letter_of(session, house, "m2", mailing_id=number, bulk=True, company_id=house.mine)
        letter_of(session, house, "a")
    send()
    assert sorted(address[:2] for address, _content in sink.taken) == ["a@", "m2"]
    with reading() as unit:
        left = unit.session.scalars(select(Letter).where(Letter.key == "m1")).one()
        assert (left.state, left.reason) == ("left_out", "demo.visited_today")


def test_the_page_of_a_mailing_names_the_modules_reason(house, sink, as_system, browser_of):
    with as_system() as session:
        number = mailing_of(session, house)
        letter_of(session, house, "m", mailing_id=number, state="left_out", reason="demo.visited_today")
    assert "今天已拜访" in browser_of(house.boss).get(f"/mailings/{number}").get_data(as_text=True)


def test_letters_wait_while_a_module_cannot_be_asked(house, sink, as_system, reading, send, app, monkeypatch):
    registry = app.extensions["zhike"].registry
    [stop] = registry.declared("register_mail_stops")

    def fail(session, ids):
        raise RuntimeError("no answer")

    with as_system() as session:
        number = mailing_of(session, house)
        letter_of(session, house, "m", mailing_id=number, bulk=True)
    monkeypatch.setattr(type(stop), "companies", property(lambda self: fail), raising=False)
    send()
    monkeypatch.undo()
    assert sink.taken == []
    with reading() as unit:
        waits = unit.session.scalars(select(Letter)).one()
        assert waits.state == "waiting"
        assert waits.due_at > utcnow()


# --- what comes back


def bounced(app, house, key="b", **values):
    with system_transaction("test", database=app.extensions["zhike"].database) as session:
        letter = session.scalars(select(Letter).where(Letter.key == key)).first()
        letter = letter or letter_of(session, house, key, answer="550 no such user", **values)
        ask_for_address(session, letter)


def tasks(reading):
    with reading() as unit:
        return [(one.assignee_id, one.title, one.open) for one in unit.session.scalars(select(Task).order_by(Task.id))]


def test_a_dead_address_is_one_task_of_the_owner_until_it_is_mended(house, app, reading, as_system):
    for _again in range(2):
        bounced(app, house)
    said = "发往 b@one.example.com 的邮件被退回，请核实正确地址"
    assert tasks(reading) == [(house.other.id, said, True)]
    with as_system() as session:
        session.scalars(select(Task)).one().set_state("closed")
    bounced(app, house)
    assert tasks(reading) == [(house.other.id, said, False), (house.other.id, said, True)]


def test_a_closed_account_is_stood_in_for_and_the_setting_ends_it(house, app, reading, as_system):
    with as_system() as session:
        session.get(type(house.clerk), house.clerk.id).active = False
    bounced(app, house, company_id=house.mine)
    assert [one[0] for one in tasks(reading)] == [house.chief.id]
    with as_system() as session:
        overlay().change_setting(session, "core.mail_bounce_task", False)
    bounced(app, house, "c")
    assert len(tasks(reading)) == 1


@pytest.mark.parametrize(
    ("answer", "dead"),
    [
        ("550 5.1.1 no such user", True),
        ("550 User not found", True),
        ("550 5.5.0 mailbox unavailable", True),
        ("550 5.2.1 disabled", True),
        ("550 5.1.8 bad sender", False),
        ("554 5.7.1 relay access denied", False),
        ("550 relay not permitted", False),
        ("550 5.2.2 mailbox full", False),
        ("550 Mail content denied", False),
        ("550 5.0.0 blocked, see 10.5.1.1", False),
    ],
)
def test_an_answer_about_the_letter_or_its_sender_makes_no_address_dead(answer, dead):
    assert names_dead_address(answer) is dead


def test_a_recipient_refused_at_once_is_as_dead_as_one_who_is_reported_later(house, sink, as_system, reading, send):
    address = "wang@river.example.com"
    sink.answers = {address: "550 5.1.1 no such user"}
    with as_system() as session:
        letter_of(session, house, "r", address=address, address_key=address, company_id=house.mine)
        start_job(session, SEND_JOB)
    send()
    assert tasks(reading) == [(house.clerk.id, f"发往 {address} 的邮件被退回，请核实正确地址", True)]
    with reading() as unit:
        assert unit.session.scalars(select(Email.invalid)).one() is True


@pytest.mark.parametrize("at", ["answers", "after"])
def test_a_server_that_wants_nothing_from_us_makes_no_address_dead(house, sink, as_system, reading, send, at):
    address = "wang@river.example.com"
    setattr(sink, at, {address: "554 5.7.1 relay access denied" if at == "answers" else "550 no such thing"})
    with as_system() as session:
        letter_of(session, house, "r", address=address, address_key=address, company_id=house.mine)
        start_job(session, SEND_JOB)
    send()
    assert tasks(reading) == []
    with reading() as unit:
        assert unit.session.scalars(select(Letter.state)).one() == "refused"
        assert unit.session.scalars(select(Email.invalid)).one() is False
