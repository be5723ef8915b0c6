"""A letter to one address: written from a record, sent by the worker, and never sent twice blindly."""

from __future__ import annotations

import datetime as dt
import email
from dataclasses import replace
from email.policy import default

import pytest
from sqlalchemy import select, update

from core.bus.jobs import run_job
from core.bus.models import JobRun
from core.bus.services import start_job
from core.clock import local_today
from core.columns import utcnow
from core.customers.models import Bar, Email
from core.mail.compose import Draft, House, encoded
from core.mail.models import Letter, MailChannel, MailTemplate
from core.mail.sending import _look_again, use_server
from core.mail.services.letters import SEND_JOB
from core.overlay import overlay
from core.process import this_process

KEY = "k" * 20


def written(house, **values):
    return {
        "idempotency_key": KEY,
        "address": "wang@river.example.com",
        "name": "王建平",
        "subject": "样刊与报价",
        "body": "王经理：\n.\n附上样刊。",
        "company_id": str(house.mine),
        "contact_id": str(house.person),
        **values,
    }


def letters(reading):
    with reading() as unit:
        return list(unit.session.scalars(select(Letter).order_by(Letter.id)))


def waiting(as_system, house, *addresses, **values):
    with as_system() as session:
        for number, address in enumerate(addresses):
            one = Letter(
                sender_id=house.clerk.id, key=f"{address}-{number}"[:32], address=address, address_key=address,
                subject="通知", body="正文",
            )  # fmt: skip
            for name, value in values.items():
                setattr(one, name, value)
            session.add(one)
        start_job(session, SEND_JOB)


def test_a_letter_is_written_from_the_address_on_a_record_and_leaves(house, sink, browser_of, reading, send):
    browser = browser_of(house.clerk)
    page = browser.get(f"/contacts/{house.person}").get_data(as_text=True)
    assert f"/letters/new?email={house.mail}" in page
    form = browser.get(f"/letters/new?email={house.mail}").get_data(as_text=True)
    assert "Wang@river.example.com" in form
    assert "王建平" in form
    answer = browser.post("/letters/new", written(house))
    assert answer.status_code == 303
    send()
    [letter] = letters(reading)
    assert (letter.state, letter.answer, letter.tries) == ("sent", "250 OK taken", 1)
    [(address, content)] = sink.taken
    assert address == "wang@river.example.com"
    message = email.message_from_bytes(content, policy=default)
    assert message["Subject"] == "样刊与报价"
    assert str(message["From"]) == "知客传媒 <news@press.example.com>"
    assert message["To"] == "王建平 <wang@river.example.com>"
    assert message["Message-ID"] == f"<{letter.key}@press.example.com>"
    assert message.get_body(("plain",)).get_content().replace("\r\n", "\n") == "王经理：\n.\n附上样刊。\n"
    assert "样刊与报价" in browser.get(answer.location).get_data(as_text=True)
    assert "样刊与报价" in browser.get(f"/companies/{house.mine}").get_data(as_text=True)
    assert "样刊与报价" in browser.get("/letters").get_data(as_text=True)


def test_one_form_sent_often_makes_one_letter(house, sink, browser_of, reading, send):
    browser = browser_of(house.clerk)
    for _time in range(4):
        assert browser.post("/letters/new", written(house)).status_code == 303
    send()
    assert len(letters(reading)) == 1
    assert len(sink.taken) == 1


def test_what_is_typed_into_a_subject_becomes_no_header(house, sink, as_system, send):
    waiting(
        as_system, house, "a@one.example.com", subject="通知\r\nBcc: all@example.com", name="甲\r\nBcc: x@example.com"
    )
    send()
    [(_address, content)] = sink.taken
    message = email.message_from_bytes(content, policy=default)
    assert message["Bcc"] is None
    assert message["Subject"] == "通知 Bcc: all@example.com"


@pytest.mark.parametrize("channel", ["mail", "all"])
def test_who_must_not_be_written_to_is_not(house, sink, browser_of, as_system, reading, channel):
    with as_system() as session:
        session.add(
            Bar(
                company_id=house.mine,
                contact_id=house.person,
                channel=channel,
                reason="本人要求",
                set_on=dt.date.today(),
            )
        )
    answer = browser_of(house.clerk).post("/letters/new", written(house))
    assert answer.status_code == 422
    assert letters(reading) == []


def test_who_asks_while_a_letter_waits_does_not_get_it(house, sink, as_system, reading, send):
    waiting(as_system, house, "wang@river.example.com", "b@two.example.com")
    with as_system() as session:
        session.add(
            Bar(
                company_id=house.mine,
                contact_id=house.person,
                channel="mail",
                reason="本人要求",
                set_on=dt.date.today(),
            )
        )
    send()
    assert [(one.state, one.reason) for one in letters(reading)] == [("stopped", "barred"), ("sent", "")]
    assert [address for address, _content in sink.taken] == ["b@two.example.com"]


def test_an_address_on_no_file_does_not_pass_a_bar_of_the_whole_house(
    house, sink, browser_of, as_system, reading, send
):
    waiting(as_system, house, "front@nowhere.example.com", company_id=house.mine)
    with as_system() as session:
        session.add(Bar(company_id=house.mine, channel="mail", reason="总机告知", set_on=dt.date.today()))
    typed = written(house, address="new@nowhere.example.com", contact_id="")
    assert browser_of(house.clerk).post("/letters/new", typed).status_code == 422
    send()
    assert [(one.state, one.reason) for one in letters(reading)] == [("stopped", "barred")]
    assert sink.taken == []


def test_a_refusal_for_good_ends_it_and_one_for_now_puts_it_off(house, sink, as_system, reading, send):
    sink.answers = {"no@one.example.com": "550 5.1.1 no such user", "full@one.example.com": "452 mailbox full"}
    sink.after = {"spam@one.example.com": "554 looks like advertising"}
    waiting(
        as_system, house, "no@one.example.com", "full@one.example.com", "spam@one.example.com", "ok@one.example.com"
    )
    send()
    no, full, spam, ok = letters(reading)
    assert (no.state, no.reason) == ("refused", "refused")
    assert "5.1.1" in no.answer
    assert (full.state, full.tries) == ("waiting", 1)
    assert full.due_at > utcnow() + dt.timedelta(minutes=4)
    assert (spam.state, ok.state) == ("refused", "sent")


def test_a_letter_that_the_server_puts_off_for_ever_is_given_up(house, sink, as_system, reading, send):
    sink.answers = {"full@one.example.com": "452 mailbox full"}
    waiting(as_system, house, "full@one.example.com")
    for _time in range(6):
        send()
        with as_system() as session:
            session.execute(update(Letter).values(due_at=utcnow()))
            start_job(session, SEND_JOB)
    [letter] = letters(reading)
    assert (letter.state, letter.reason) == ("refused", "gave_up")


def test_an_answer_that_never_comes_puts_a_letter_in_doubt_and_only_a_person_sends_it_again(
    house, sink, as_system, reading, send, browser_of
):
    sink.after = {"wang@river.example.com": "gone"}
    waiting(as_system, house, "wang@river.example.com", "b@two.example.com", company_id=house.mine)
    send()
    first, second = letters(reading)
    assert (first.state, first.reason, second.state) == ("doubtful", "lost", "sent")
    for _time in range(3):
        with as_system() as session:
            start_job(session, SEND_JOB)
        send()
    assert [address for address, _content in sink.taken].count("wang@river.example.com") == 1
    browser = browser_of(house.clerk)
    assert "存疑" in browser.get("/letters?state=doubtful").get_data(as_text=True)
    assert browser_of(house.other).post(f"/letters/{first.id}/settle", {"decision": "again"}).status_code == 404
    sink.after = {}
    assert browser.post(f"/letters/{first.id}/settle", {"decision": "again"}).status_code == 303
    send()
    assert [address for address, _content in sink.taken].count("wang@river.example.com") == 2
    assert letters(reading)[0].state == "sent"
    assert letters(reading)[0].settled_by_id == house.clerk.id
    assert browser.post(f"/letters/{first.id}/settle", {"decision": "again"}).status_code == 422


def test_the_figure_in_the_menu_opens_the_letters_in_doubt(house, as_system, browser_of):
    waiting(as_system, house, "half@one.example.com", state="doubtful", subject="存疑的信")
    waiting(as_system, house, "next@one.example.com", state="sent", subject="已到的信")
    browser = browser_of(house.clerk)
    panel = browser.get("/panel?menu=customers&path=/letters").get_data(as_text=True)
    assert 'class="c hot" href="/letters?view=doubtful"' in panel
    found = browser.get("/letters?view=doubtful").get_data(as_text=True)
    assert "存疑的信" in found
    assert "已到的信" not in found
    assert 'href="/letters" aria-current="page"' in browser.get(
        "/panel?menu=customers&path=/letters&on=/letters"
    ).get_data(as_text=True)


def test_what_a_dead_worker_left_half_done_is_in_doubt_once_its_hold_has_ended(house, sink, as_system, reading, send):
    waiting(as_system, house, "half@one.example.com", state="sending")
    waiting(as_system, house, "next@one.example.com")
    with as_system() as session:
        session.add(MailChannel(name="smtp", holder="dead", held_until=utcnow() + dt.timedelta(seconds=30)))
    for _time in range(2):
        send()
        assert [one.state for one in letters(reading)] == ["sending", "waiting"]
        with reading() as unit:  # it looks again as soon as the hold has ended, and once only
            runs = unit.session.scalars(select(JobRun).where(JobRun.job == SEND_JOB, JobRun.state == "waiting")).all()
            assert [run.due_at for run in runs] == [unit.session.get(MailChannel, "smtp").held_until]
        with as_system() as session:
            start_job(session, SEND_JOB)
    with as_system() as session:
        session.execute(update(MailChannel).values(held_until=utcnow() - dt.timedelta(seconds=1)))
        start_job(session, SEND_JOB)
    send()
    assert [one.state for one in letters(reading)] == ["doubtful", "sent"]
    assert [address for address, _content in sink.taken] == ["next@one.example.com"]


def test_what_a_worker_left_that_is_known_to_be_dead_is_in_doubt_at_once(house, sink, as_system, reading, send):
    waiting(as_system, house, "half@one.example.com", state="sending")
    waiting(as_system, house, "next@one.example.com")
    place, number, start = this_process().split("-")
    with as_system() as session:
        until = utcnow() + dt.timedelta(seconds=30)
        session.add(MailChannel(name="smtp", holder=f"{place}-{number}-{start}/1.ab", held_until=until))
    send()
    assert [one.state for one in letters(reading)] == ["sending", "waiting"]
    with as_system() as session:
        session.execute(update(MailChannel).values(holder=f"{place}-{number}-{int(start) - 1}/1.ab"))
        start_job(session, SEND_JOB)
    send()
    assert [one.state for one in letters(reading)] == ["doubtful", "sent"]
    assert [address for address, _content in sink.taken] == ["next@one.example.com"]


def test_a_server_that_is_away_costs_no_letter(house, sink, app, as_system, reading, send, browser_of):
    parts = app.extensions["zhike"]
    use_server(parts.database, "smtp://127.0.0.1:9", parts.config.home / "mail")
    waiting(as_system, house, "a@one.example.com")
    send()
    [letter] = letters(reading)
    assert letter.state == "waiting"
    with reading() as unit:
        assert "Refused" in unit.session.get(MailChannel, "smtp").error
    use_server(parts.database, sink.url, parts.config.home / "mail")
    with as_system() as session:
        session.execute(update(Letter).values(due_at=utcnow()))
        start_job(session, SEND_JOB)
    send()
    assert letters(reading)[0].state == "sent"


def test_nothing_leaves_while_it_is_switched_off_or_above_the_limit_of_a_minute(house, sink, as_system, reading, send):
    with as_system() as session:
        overlay().change_setting(session, "core.mail_stopped", True)
    waiting(as_system, house, *(f"{n}@one.example.com" for n in range(5)))
    send()
    assert sink.taken == []
    with as_system() as session:
        overlay().change_setting(session, "core.mail_stopped", False)
        overlay().change_setting(session, "core.mail_rate", 3)
        start_job(session, SEND_JOB)
    send()
    assert [one.state for one in letters(reading)] == ["sent"] * 3 + ["waiting"] * 2
    with as_system() as session:
        session.execute(update(Letter).values(claimed_at=utcnow() - dt.timedelta(seconds=61)))
        start_job(session, SEND_JOB)
    send()
    assert len(sink.taken) == 5


def test_without_a_server_letters_are_written_into_a_folder(house, sink, app, as_system, reading, send, tmp_path):
    parts = app.extensions["zhike"]
    use_server(parts.database, None, tmp_path / "mail")
    waiting(as_system, house, "a@one.example.com")
    send()
    [file] = (tmp_path / "mail").iterdir()
    assert email.message_from_bytes(file.read_bytes(), policy=default)["To"] == "a@one.example.com"
    assert letters(reading)[0].state == "sent"


def test_others_letters_are_unknown(house, sink, browser_of, reading):
    browser_of(house.clerk).post("/letters/new", written(house))
    [letter] = letters(reading)
    assert browser_of(house.other).get(f"/letters/{letter.id}").status_code == 404
    assert "样刊与报价" not in browser_of(house.other).get("/letters").get_data(as_text=True)
    assert browser_of(house.chief).get(f"/letters/{letter.id}").status_code == 200
    answer = browser_of(house.other).post(
        "/letters/new", written(house, idempotency_key="m" * 20, company_id=str(house.theirs))
    )
    assert answer.status_code == 422, "a contact of another customer"


def test_two_runs_at_once_send_each_letter_once(house, sink, app, as_system, reading):
    import threading

    waiting(as_system, house, *(f"{n}@one.example.com" for n in range(40)))
    with as_system() as session:
        runs = [start_job(session, SEND_JOB).id for _time in range(3)]
    bus = app.extensions["zhike"].bus

    def work_off(run):
        with app.app_context():
            run_job(bus, run)

    threads = [threading.Thread(target=work_off, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {one.state for one in letters(reading)} == {"sent"}
    addresses = [address for address, _content in sink.taken]
    assert len(addresses) == len(set(addresses)) == 40


def test_what_is_written_by_hand_is_read_by_the_library_as_it_was_meant():
    house = House(address="news@press.example.com", name='Zhike, "Press"')
    subject = "样刊" * 60 + " and =?utf-8?q?no?= word 🎉"
    draft = Draft(
        key="k1", address="wang@river.example.com", name="王，建平;<x>", subject=subject,
        body="一\r\n.\n二\n" + "长" * 500,
        reply_to="me@press.example.com", in_reply_to="<a@b>\r\nX-Bad: 1", headers=(("Precedence", "bulk"),),
    )  # fmt: skip
    raw = encoded(house, draft, utcnow())
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")
    message = email.message_from_bytes(raw, policy=default)
    assert message.defects == []
    assert message["Subject"] == subject
    assert message["From"].addresses[0].display_name == 'Zhike, "Press"'
    assert (message["To"].addresses[0].display_name, message["To"].addresses[0].addr_spec) == (
        "王，建平;<x>",
        "wang@river.example.com",
    )
    assert message["X-Bad"] is None
    assert message.get_body(("plain",)).get_content().replace("\r\n", "\n") == "一\n.\n二\n" + "长" * 500 + "\n"
    for wrong in ("", "无", "a@b c", "a@b>", "a@b\r\nBcc: x@y", "王@example.com"):
        with pytest.raises(ValueError):
            encoded(house, replace(draft, address=wrong), utcnow())


def test_a_letter_begun_on_a_customer_has_the_first_address_that_may_be_used(house, sink, browser_of, as_system):
    browser = browser_of(house.clerk)
    assert 'value="Wang@river.example.com"' in browser.get(f"/letters/new?company={house.mine}").get_data(as_text=True)
    with as_system() as session:
        session.add(Email(company_id=house.mine, kind="office", address="office@river.example.com"))
    page = browser.get(f"/letters/new?company={house.mine}").get_data(as_text=True)
    assert 'value="office@river.example.com"' in page
    assert 'value="四川川江源酒业有限公司"' in page
    with as_system() as session:
        for one in session.scalars(select(Email)):
            one.invalid = True
    page = browser.get(f"/letters/new?company={house.mine}").get_data(as_text=True)
    assert "river.example.com" not in page


def test_a_letter_begins_with_no_address_that_the_record_does_not_show(house, sink, browser_of, people, as_system):
    with as_system() as session:
        office = Email(company_id=house.mine, kind="office", address="office@river.example.com")
        session.add(office)
        session.flush()
        number = office.id
    browser = browser_of(house.other)
    assert "river.example.com" not in browser.get(f"/companies/{house.mine}/profile").get_data(as_text=True)
    assert "river.example.com" not in browser.get(f"/letters/new?company={house.mine}").get_data(as_text=True)
    assert browser.get(f"/letters/new?email={house.mail}").status_code == 404
    assert browser.get(f"/letters/new?email={number}").status_code == 404
    people.grant(house.other, "core:company:read", "all")
    assert "office@river" in browser.get(f"/letters/new?company={house.mine}").get_data(as_text=True)
    assert browser.get(f"/letters/new?email={house.mail}").status_code == 404


def test_a_letter_begins_with_a_template_and_keeps_what_was_typed(house, sink, as_system, reading, browser_of):
    with as_system() as session:
        template = MailTemplate(
            name="催稿", kind="information", subject="{单位}的稿件", body="{姓名}：\n{日期}前请寄稿。"
        )
        session.add(template)
        session.flush()
        number = template.id
    browser = browser_of(house.clerk)
    assert f'name="template" value="{number}"' in browser.get("/letters/new").get_data(as_text=True)
    typed = {
        "idempotency_key": "t" * 20, "address": "else@river.example.com", "name": "王建平", "subject": "", "body": "",
        "company_id": str(house.mine), "contact_id": str(house.person), "template": str(number),
    }  # fmt: skip
    page = browser.post("/letters/new", typed).get_data(as_text=True)
    assert 'value="四川川江源酒业有限公司的稿件"' in page
    assert f"王建平：\n{local_today().isoformat()}前请寄稿。" in page
    assert 'value="else@river.example.com"' in page
    assert letters(reading) == []
    free = {**typed, "company_id": "", "contact_id": ""}
    assert "王建平：\n" in browser.post("/letters/new", free).get_data(as_text=True), "nobody known: the name typed"


def test_a_failed_run_that_is_tried_again_much_later_does_not_stand_in_for_the_next_look(as_system, reading):
    soon = utcnow() + dt.timedelta(seconds=20)
    with as_system() as session:
        later = start_job(session, SEND_JOB, at=soon + dt.timedelta(hours=1))
        for _time in range(2):
            _look_again(session, soon)
        due = select(JobRun.due_at).where(JobRun.job == SEND_JOB).order_by(JobRun.due_at)
        assert session.scalars(due).all() == [soon, later.due_at]
