"""The daily e-mail of what waits: once, at its hour, caught up, and with nothing of it kept."""

from __future__ import annotations

import datetime as dt
import email
from email.policy import default
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from core.auth.models import User
from core.columns import utcnow
from core.mail import digest
from core.mail.models import Letter, MailDigest
from core.mail.services.digests import keep_wish
from core.messages.models import MessageCopy
from core.messages.services import notify
from core.overlay import overlay
from core.tasks.models import Task

HOUSE = ZoneInfo("Asia/Shanghai")


def moment(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=HOUSE)


@pytest.fixture
def at(monkeypatch, as_system):
    """Let the job look at a time of the house's clock; give its words."""

    def go(text):
        monkeypatch.setattr(digest, "local_now", lambda: moment(text))
        with as_system() as session:
            return digest.make_digests(session)

    return go


@pytest.fixture
def wish(house, as_system):
    def go(**values):
        with as_system() as session:
            session.get_one(User, house.clerk.id).email = "clerk@press.example.com"
            session.add(MailDigest(user_id=house.clerk.id, hour=8, **values))

    return go


def waits(session, house):
    notify(session, [house.clerk.id, house.other.id], "川江源要求退款", module="core.tasks", priority="high")
    session.add(
        Task(title="给川江源回电", assignee_id=house.clerk.id, company_id=house.mine, state="new", open=True,
             due_at=moment("2026-03-10 18:00"))
    )  # fmt: skip
    session.add(Task(title="别人的事", assignee_id=house.other.id, state="new", open=True, due_at=utcnow()))
    session.flush()


def letters(reading):
    with reading() as unit:
        return unit.session.scalars(select(Letter).order_by(Letter.id)).all()


def test_it_leaves_once_a_day_from_its_hour_on_and_is_caught_up(house, sink, wish, at, as_system, reading, send):
    wish(working_days=True)
    with as_system() as session:
        overlay().change_setting(session, "core.mail_site", "https://crm.press.example.com/")
        waits(session, house)
    assert at("2026-03-18 07:59") == "0 封每日邮件"
    assert at("2026-03-18 08:03") == "1 封每日邮件"
    assert at("2026-03-18 08:33") == at("2026-03-18 23:33") == "0 封每日邮件"
    send()
    assert at("2026-03-20 22:33") == "1 封每日邮件", "the machine stood still for a day and a half"
    send()
    assert [address for address, _content in sink.taken] == ["clerk@press.example.com"] * 2
    message = email.message_from_bytes(sink.taken[0][1], policy=default)
    assert message["Subject"] == "你的待办（2026-03-18）"
    text = message.get_body(("plain",)).get_content()
    assert "给川江源回电 · 四川川江源酒业有限公司" in text
    assert "[紧急] 川江源要求退款" in text
    assert "别人的事" not in text
    assert text.rstrip().endswith("修改或停用每日邮件：https://crm.press.example.com/account/digest")
    assert all(one.body == "" for one in letters(reading)), "nothing of it is kept"


def test_they_do_not_heap_up_while_nothing_leaves(house, sink, wish, at, as_system, send):
    wish(working_days=False)
    with as_system() as session:
        waits(session, house)
        overlay().change_setting(session, "core.mail_stopped", True)
    assert at("2026-03-18 09:03") == "1 封每日邮件"
    assert at("2026-03-19 09:03") == at("2026-03-20 09:03") == "0 封每日邮件"
    with as_system() as session:
        overlay().change_setting(session, "core.mail_stopped", False)
    send()
    assert len(sink.taken) == 1


def test_it_names_no_customer_that_its_reader_does_not_find(house, sink, wish, at, as_system, people, send):
    wish(working_days=False)
    people.grant_group("staff", "core:company:query", "own")
    with as_system() as session:
        waits(session, house)
        of_theirs = Task(title="给赤河窖回电", assignee_id=house.clerk.id, company_id=house.theirs)
        of_theirs.state, of_theirs.open, of_theirs.due_at = "new", True, moment("2026-03-10 18:00")
        session.add(of_theirs)
    at("2026-03-18 09:03")
    send()
    text = email.message_from_bytes(sink.taken[0][1], policy=default).get_body(("plain",)).get_content()
    assert "给川江源回电 · 四川川江源酒业有限公司" in text
    assert "给赤河窖回电" in text
    assert "贵州赤河窖酒业有限公司" not in text


@pytest.mark.parametrize(("working_days", "made"), [(True, "0"), (False, "1")])
def test_on_days_off_it_leaves_for_those_who_want_it_daily(house, sink, wish, at, as_system, working_days, made):
    wish(working_days=working_days)
    with as_system() as session:
        waits(session, house)
    assert at("2026-03-21 09:03") == f"{made} 封每日邮件"


def test_nothing_comes_where_nothing_waits_and_what_is_read_meanwhile_is_not_in_it(
    house, sink, wish, at, as_system, reading, send
):
    wish(working_days=False)
    assert at("2026-03-18 09:03") == "0 封每日邮件"
    with as_system() as session:
        waits(session, house)
    assert at("2026-03-19 09:03") == "1 封每日邮件"
    with as_system() as session:
        for one in session.scalars(select(MessageCopy)):
            one.read_at = utcnow()
    send()
    text = email.message_from_bytes(sink.taken[0][1], policy=default).get_body(("plain",)).get_content()
    assert "给川江源回电" in text
    assert "退款" not in text


def test_it_speaks_the_language_of_its_reader(house, sink, wish, at, as_system, send):
    wish(working_days=False)
    with as_system() as session:
        waits(session, house)
        session.get_one(User, house.clerk.id).locale = "en"
    at("2026-03-18 09:03")
    send()
    message = email.message_from_bytes(sink.taken[0][1], policy=default)
    assert message["Subject"] == "What waits for you, 2026-03-18"
    assert "Messages that you have not read:" in message.get_body(("plain",)).get_content()


def test_nobody_else_finds_it_in_words_and_a_closed_account_gets_none(
    house, sink, wish, at, as_system, browser_of, reading
):
    wish(working_days=False)
    with as_system() as session:
        waits(session, house)
    at("2026-03-18 09:03")
    [letter] = letters(reading)
    page = browser_of(house.boss).get(f"/letters/{letter.id}").get_data(as_text=True)
    assert "退款" not in page
    assert "回电" not in page
    with as_system() as session:
        session.get_one(User, house.clerk.id).active = False
    assert at("2026-03-19 09:03") == "0 封每日邮件"


def test_a_person_says_himself_when_he_wants_it(house, sink, browser_of, reading):
    browser = browser_of(house.clerk)
    assert "/account/digest" in browser.get("/account").get_data(as_text=True)
    page = browser.get("/account/digest").get_data(as_text=True)
    assert "你的账号没有邮箱" in page
    assert browser.post("/account/digest", {"days": "working", "hour": "22"}).status_code == 303
    with reading() as unit:
        kept = unit.session.scalars(select(MailDigest)).one()
        assert (kept.user_id, kept.hour, kept.working_days) == (house.clerk.id, 22, True)
    assert 'value="working" selected' in browser.get("/account/digest").get_data(as_text=True).replace(
        'selected value="working"', 'value="working" selected'
    )
    assert browser.post("/account/digest", {"days": "working", "hour": "99"}).status_code == 422
    assert browser.post("/account/digest", {"days": "", "hour": "8"}).status_code == 303
    with reading() as unit:
        assert unit.session.scalars(select(MailDigest)).all() == []


@pytest.mark.parametrize("what", ["account", "address", "wish"])
def test_one_that_waits_does_not_leave_to_whoever_gets_none_any_more(
    house, sink, wish, at, as_system, reading, send, what
):
    wish(working_days=False)
    with as_system() as session:
        waits(session, house)
    at("2026-03-18 09:03")
    with as_system() as session:
        person = session.get_one(User, house.clerk.id)
        if what == "account":
            person.active = False
        elif what == "address":
            person.email = "new@press.example.com"
        else:
            session.delete(session.get_one(MailDigest, person.id))
    send()
    assert sink.taken == []
    assert [(one.state, one.reason) for one in letters(reading)] == [("stopped", "no_reader")]


@pytest.mark.parametrize(
    ("now", "days", "first"),
    [
        ("2026-03-20 07:00", "working", "2026-03-20"),  # a Friday
        ("2026-03-20 09:00", "working", "2026-03-23"),
        ("2026-03-20 09:00", "all", "2026-03-21"),
        ("2026-03-20 09:00", "", None),
    ],
)
def test_whoever_wishes_for_it_is_told_when_the_first_one_leaves(house, as_system, now, days, first):
    with as_system() as session:
        told = keep_wish(session, house.clerk.id, days=days, hour=8, now=dt.datetime.fromisoformat(now))
    assert str(told) == str(first)
