"""Files that go along with a mailing: seen by whoever agrees, sent with each letter, fixed once started."""

from __future__ import annotations

import hashlib
import io
import re
from email import message_from_bytes
from email.policy import default

import pytest
from sqlalchemy import select

from core.attachments.models import Attachment
from core.attachments.store import store_of
from core.auth.models import User
from core.auth.passwords import hash_password
from core.customers.models import Contact, Email
from core.mail.models import Letter, Mailing
from core.overlay import overlay

SECRET = "a-long-Passw0rd-for-tests"
PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture
def crowd(house, as_system):
    with as_system() as session:
        for number in range(3):
            person = Contact(company_id=house.theirs, name=f"客人{number}")
            session.add(person)
            session.flush()
            address = f"guest{number}@guests.example.com"
            session.add(Email(company_id=house.theirs, contact_id=person.id, kind="office", address=address))


def sent(browser, address, *files, **values):
    given = {
        "idempotency_key": "m" * 20, "of": "contacts", "query": "name__contains=客人&sort=name", "name": "样刊",
        "kind": "information", "purpose": "service", "subject": "{称呼}，样刊已寄出", "body": "{称呼}：请看附件。",
        "quiet_days": "0", "per_minute": "0", "files": [(io.BytesIO(content), name) for name, content in files],
    } | values  # fmt: skip
    return browser.post(address, given, content_type="multipart/form-data")


def made(browser, *files):
    answer = sent(browser, "/mailings/new", *files)
    assert answer.status_code == 303, re.findall(r'role="alert".*', answer.get_data(as_text=True))
    return int(answer.location.rsplit("/", 1)[1])


def added(browser, number, name="报价.txt", content=b"1", **values):
    given = {"of": "mailing", "id": str(number), "files": (io.BytesIO(content), name), "idempotency_key": name * 4}
    return browser.post("/attachments/add", given | values, content_type="multipart/form-data")


def state(reading, number):
    with reading() as unit:
        return unit.session.get_one(Mailing, number).state


def names(reading):
    with reading() as unit:
        rows = select(Attachment.name).where(Attachment.resource == "mailing", Attachment.deleted_at.is_(None))
        return sorted(unit.session.scalars(rows))


def kept(session, content):
    return hashlib.sha256(content).hexdigest() in store_of(session).hashes()


def with_second(as_system, house):
    with as_system() as session:
        overlay().change_setting(session, "core.mail_recipients_alone", 2)
        session.get_one(User, house.boss.id).password_hash = hash_password(SECRET)


def test_each_recipient_gets_them_and_the_preview_names_them(house, crowd, sink, browser_of, reading, send):
    browser = browser_of(house.boss)
    number = made(browser, ("样刊.pdf", PDF), ("报价.txt", "一千元".encode()))
    assert "样刊.pdf" in browser.get(f"/mailings/{number}").get_data(as_text=True)
    assert browser.post(f"/mailings/{number}/start").status_code == 303
    send()
    assert len(sink.taken) == 3
    for _address, content in sink.taken:
        message = message_from_bytes(content, policy=default)
        parts = {one.get_filename(): one.get_content() for one in message.iter_attachments()}
        assert parts == {"样刊.pdf": PDF, "报价.txt": "一千元".encode()}
        assert message["List-Unsubscribe"]
    with reading() as unit:
        letter = unit.session.scalars(select(Letter.id)).first()
    assert "样刊.pdf" in browser.get(f"/letters/{letter}").get_data(as_text=True)


def test_a_test_has_them_too(house, crowd, sink, browser_of, as_system, send):
    with as_system() as session:
        session.get_one(User, house.boss.id).email = "boss@press.example.com"
    browser = browser_of(house.boss)
    number = made(browser, ("样刊.pdf", PDF))
    assert browser.post(f"/mailings/{number}/test").status_code == 303
    send()
    [(address, content)] = sink.taken
    assert address == "boss@press.example.com"
    message = message_from_bytes(content, policy=default)
    assert [one.get_filename() for one in message.iter_attachments()] == ["样刊.pdf"]


def test_the_second_person_sees_them_and_agrees_to_no_others(
    house, crowd, sink, browser_of, people, reading, as_system
):
    with_second(as_system, house)
    author, second = browser_of(house.boss), browser_of(people.user("second", ("decision_maker",)))
    number = made(author, ("样刊.pdf", PDF))
    why = {"reason": "年度通知", "password": SECRET}
    author.post(f"/mailings/{number}/start", why)
    page = second.get(f"/mailings/{number}").get_data(as_text=True)
    assert "样刊.pdf" in page
    seen = re.search(r'name="version"[^>]*value="(\d+)"', page).group(1)
    assert added(author, number).status_code == 303
    assert state(reading, number) == "ready", "whoever is asked is asked anew"
    author.post(f"/mailings/{number}/start", why)
    late = second.post(f"/mailings/{number}/decide", {"agree": "1", "version": seen})
    assert late.status_code in (409, 422)
    assert state(reading, number) == "asked", "what he looked at had another file"
    page = second.get(f"/mailings/{number}").get_data(as_text=True)
    seen = re.search(r'name="version"[^>]*value="(\d+)"', page).group(1)
    assert second.post(f"/mailings/{number}/decide", {"agree": "1", "version": seen}).status_code == 303
    with reading() as unit:
        one = unit.session.scalars(select(Attachment).where(Attachment.name == "样刊.pdf")).one()
    assert author.post(f"/attachments/{one.id}/delete").status_code == 303
    assert state(reading, number) == "ready", "nor does it go without one that he agreed to"


def test_once_started_they_stay_as_they_are(house, crowd, sink, browser_of, reading):
    browser = browser_of(house.boss)
    number = made(browser, ("样刊.pdf", PDF))
    browser.post(f"/mailings/{number}/start")
    assert added(browser, number).status_code == 403
    with reading() as unit:
        one = unit.session.scalars(select(Attachment)).one()
    assert browser.post(f"/attachments/{one.id}/delete").status_code == 403
    assert names(reading) == ["样刊.pdf"]
    assert "/attachments/add" not in browser.get(f"/mailings/{number}").get_data(as_text=True)


def test_too_large_and_bad_ones_are_refused(house, crowd, sink, browser_of, reading, as_system):
    with as_system() as session:
        overlay().change_setting(session, "core.mail_files_mb", 1)
    browser = browser_of(house.boss)
    half = b"x" * (600 * 1024)
    for files in ([("大.txt", half), ("大二.txt", half)], [("坏.exe", b"MZ")]):
        answer = sent(browser, "/mailings/new", *files)
        assert answer.status_code == 422
        assert "请重新选择文件" in answer.get_data(as_text=True)
    with reading() as unit:
        assert unit.session.scalars(select(Mailing)).all() == []
        assert not kept(unit.session, half)
    number = made(browser, ("大.txt", half))
    assert added(browser, number, "大二.txt", half).status_code == 422
    assert sent(browser, f"/mailings/{number}/edit", ("大三.txt", half), version="").status_code == 422
    assert names(reading) == ["大.txt"]
    assert sent(browser, f"/mailings/{number}/edit", ("报价.txt", b"1"), version="").status_code == 303
    assert names(reading) == ["大.txt", "报价.txt"]


def test_a_deleted_mailing_leaves_no_file(house, crowd, sink, browser_of, reading):
    browser = browser_of(house.boss)
    number = made(browser, ("样刊.pdf", PDF + b"once"))
    assert browser.post(f"/mailings/{number}/delete").status_code == 303
    with reading() as unit:
        assert unit.session.scalars(select(Attachment)).all() == []
        assert not kept(unit.session, PDF + b"once")


def test_a_mailing_whose_file_is_gone_stops_and_says_so(house, crowd, sink, browser_of, reading, send):
    browser = browser_of(house.boss)
    number = made(browser, ("样刊.pdf", PDF + b"gone"))
    browser.post(f"/mailings/{number}/start")
    with reading() as unit:
        store_of(unit.session).drop(unit.session.scalars(select(Attachment.sha256)).one())
    send()
    assert sink.taken == []
    assert state(reading, number) == "stopped"
    with reading() as unit:
        assert set(unit.session.scalars(select(Letter.state))) == {"waiting"}, "nobody is given up for it"
    assert "附件缺失" in browser.get("/messages?folder=system").get_data(as_text=True)
