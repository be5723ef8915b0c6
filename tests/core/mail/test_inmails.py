"""What comes in: filed by the letter that it answers, else by address; returned letters mark their address."""

from __future__ import annotations

import datetime as dt
import socket
import threading
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from sqlalchemy import select

from core.attachments.models import Attachment
from core.bus.services import start_job
from core.customers.models import Bar, Company, Email
from core.mail.fetching import FETCH_JOB, use_mailbox
from core.mail.models import InMail, Letter, MailChannel, MailTemplate
from core.mail.services.inbound import take_in
from core.mail.text import mark_of
from core.messages.models import Message, MessageCopy
from core.tasks.models import Task
from tests.core.mail.test_parse import REPORT

ORIGINAL = "0123456789abcdef01234567"


def letter(session, house, **values):
    one = Letter(
        company_id=house.mine, contact_id=house.person, sender_id=house.clerk.id, key=ORIGINAL, state="sent",
        address="wang@river.example.com", address_key="wang@river.example.com", subject="样刊",
        sent_at=dt.datetime.now(dt.UTC),
    )  # fmt: skip
    for name, value in values.items():
        setattr(one, name, value)
    session.add(one)
    session.flush()
    return one


def written(sender="王建平 <wang@river.example.com>", subject="请寄样刊", answers="", text="正文", files=()):
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, "news@press.example.com", subject
    message["Message-ID"] = f"<{abs(hash((sender, subject, text)))}@river.example.com>"
    if answers:
        message["In-Reply-To"] = f"<{answers}@press.example.com>"
    message.set_content(text)
    for name, content, main, sub in files:
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return message.as_bytes()


def mails(reading):
    with reading() as unit:
        return list(unit.session.scalars(select(InMail).order_by(InMail.id)))


def test_an_answer_is_filed_to_the_letter_and_its_writer_hears_of_it(house, as_system, reading, browser_of):
    with as_system() as session:
        letter(session, house)
        take_in(session, written(sender="助理 <else@elsewhere.example.com>", subject="回复：样刊", answers=ORIGINAL))
    [mail] = mails(reading)
    assert (mail.kind, mail.state, mail.company_id, mail.contact_id) == ("reply", "filed", house.mine, house.person)
    with reading() as unit:
        assert unit.session.scalars(select(Letter.replied_at)).one() is not None
        assert "助理" in unit.session.scalars(select(Message.title)).one()
    browser = browser_of(house.clerk)
    assert "回复：样刊" in browser.get(f"/companies/{house.mine}").get_data(as_text=True)
    page = browser.get(f"/inmails/{mail.id}").get_data(as_text=True)
    assert "正文" in page
    assert browser_of(house.other).get(f"/inmails/{mail.id}").status_code == 404


def test_an_answer_without_a_subject_is_told_by_that_of_the_letter(house, as_system, reading):
    with as_system() as session:
        letter(session, house, sender_id=house.clerk.id)
        take_in(session, written(subject="", answers=ORIGINAL))
    with reading() as unit:
        told, about = (unit.session.scalars(select(one)).one() for one in (Message.title, Letter.subject))
    assert told == f"王建平 回信：{about}"


def test_who_looks_after_the_customer_hears_of_what_he_writes(house, as_system, reading, browser_of):
    def told():
        with reading() as unit:
            rows = select(Message.title, MessageCopy.user_id).join(MessageCopy, MessageCopy.message_id == Message.id)
            return list(unit.session.execute(rows.order_by(Message.id)).all())

    with as_system() as session:
        take_in(session, written())
        letter(session, house, sender_id=house.boss.id)
        take_in(session, written(subject="收到", answers=ORIGINAL, text="2"))
        take_in(session, written(sender="who@nowhere.example.com", subject="广告推销"))
        take_in(
            session,
            written(subject="休假中", text="3").replace(b"MIME-Version", b"Auto-Submitted: auto-replied\nMIME-Version"),
        )
    by_mail = ("王建平 来信：请寄样刊", house.clerk.id)
    answered = [("王建平 回信：收到", one.id) for one in (house.clerk, house.boss)]
    assert sorted(told()) == sorted([by_mail, *answered])
    unknown = mails(reading)[2]
    assert (
        browser_of(house.boss).post(f"/inmails/{unknown.id}/file", {"company_id": str(house.mine)}).status_code == 303
    )
    assert told()[-1] == ("who@nowhere.example.com 来信：广告推销", house.clerk.id)


def test_by_address_when_it_answers_nothing_and_once_only(house, as_system, reading):
    raw = written(
        files=[
            ("样刊.pdf", b"%PDF-1.4\n%%EOF\n", "application", "pdf"),
            ("run.exe", b"MZ", "application", "x-msdownload"),
        ]
    )
    with as_system() as session:
        take_in(session, raw)
        assert take_in(session, raw) is None
    [mail] = mails(reading)
    assert (mail.kind, mail.state, mail.company_id, mail.contact_id) == ("mail", "filed", house.mine, house.person)
    assert "run.exe" in mail.note
    with reading() as unit:
        [file] = unit.session.scalars(select(Attachment)).all()
        assert (file.name, file.resource, file.record_id, file.company_id) == (
            "样刊.pdf",
            "inmail",
            mail.id,
            house.mine,
        )


def test_who_is_unknown_or_stands_with_two_customers_waits_for_a_person(house, as_system, reading, browser_of, people):
    with as_system() as session:
        session.add(Email(company_id=house.theirs, kind="office", address="wang@river.example.com"))
        session.flush()
        take_in(session, written())
        take_in(session, written(sender="who@nowhere.example.com", subject="广告推销"))
    first, second = mails(reading)
    assert (first.state, first.company_id, second.state) == ("unfiled", None, "unfiled")
    browser = browser_of(house.boss)
    page = browser.get(f"/inmails/{first.id}").get_data(as_text=True)
    assert "贵州赤河窖酒业有限公司" in page
    assert browser_of(house.clerk).get(f"/inmails/{first.id}").status_code == 404
    assert browser.post(f"/inmails/{first.id}/file", {}).status_code == 422
    wrong = {"company_id": str(house.theirs), "contact_id": str(house.person)}
    assert browser.post(f"/inmails/{first.id}/file", wrong).status_code == 422
    answer = browser.post(f"/inmails/{first.id}/file", {"company_id": str(house.theirs), "contact_id": ""})
    assert answer.status_code == 303
    assert browser.post(f"/inmails/{second.id}/dismiss").status_code == 303
    assert browser.post(f"/inmails/{second.id}/dismiss").status_code == 422
    first, second = mails(reading)
    assert (first.state, first.company_id, first.filed_by_id) == ("filed", house.theirs, house.boss.id)
    assert second.state == "dismissed"


@pytest.mark.parametrize(("action", "status", "dead"), [(b"failed", b"5.1.1", True), (b"delayed", b"4.4.1", False)])
def test_a_returned_letter_marks_its_address_only_for_good(house, as_system, reading, action, status, dead):
    with as_system() as session:
        letter(session, house)
        take_in(session, REPORT % (action, status, b"message/rfc822"))
    [mail] = mails(reading)
    assert (mail.kind, mail.state, mail.company_id) == ("bounce", "filed", house.mine)
    with reading() as unit:
        assert unit.session.scalars(select(Email.invalid)).one() is dead
        found = unit.session.scalars(select(Letter)).one()
        assert (found.bounced_at is not None, found.reason) == (dead, "bounced" if dead else "")


def test_a_dead_address_of_several_customers_is_a_task_for_each_that_lost_it(house, as_system, reading):
    with as_system() as session:
        letter(session, house)
        (address,) = session.scalars(select(Email.address)).all()
        for _twice in range(2):
            session.add(Email(company_id=house.theirs, kind="office", address=address.upper()))
        session.flush()
        theirs = session.get_one(Company, house.theirs).owner_id
        take_in(session, REPORT % (b"failed", b"5.1.1", b"message/rfc822"))
    with reading() as unit:
        assert set(unit.session.scalars(select(Email.invalid))) == {True}
        tasks = unit.session.scalars(select(Task).order_by(Task.id)).all()
        assert [one.company_id for one in tasks] == [house.mine, house.theirs]
        assert tasks[0].href.startswith("/letters/")
        assert (tasks[1].assignee_id, tasks[1].href) == (theirs, f"/companies/{house.theirs}")


def test_a_report_that_somebody_made_up_marks_no_address(house, as_system, reading):
    with as_system() as session:
        letter(session, house, key="fedcba987654321001234567")
        take_in(session, REPORT % (b"failed", b"5.1.1", b"message/rfc822"))
    with reading() as unit:
        assert unit.session.scalars(select(Email.invalid)).one() is False


def test_saying_no_by_e_mail_bars_like_the_page(house, as_system, reading):
    with as_system() as session:
        letter(session, house)
        take_in(session, written(subject=f"unsubscribe {mark_of(ORIGINAL)}"))
        take_in(session, written(subject=f"unsubscribe {mark_of(ORIGINAL)[:-1]}0", text="2"))
    with reading() as unit:
        [bar] = unit.session.scalars(select(Bar)).all()
        assert (bar.contact_id, bar.channel) == (house.person, "mail")


def test_who_wrote_by_himself_is_answered_whatever_bars_him(house, as_system, reading, sink, browser_of, send):
    with as_system() as session:
        take_in(session, written())
        session.add(
            Bar(company_id=house.mine, contact_id=house.person, channel="mail", reason="退订", set_on=dt.date.today())
        )
    [mail] = mails(reading)
    browser = browser_of(house.clerk)
    form = browser.get(f"/letters/new?answers={mail.id}").get_data(as_text=True)
    assert "Re: 请寄样刊" in form
    assert "&gt; 正文" in form
    sent = {
        "idempotency_key": "k" * 20, "address": "wang@river.example.com", "subject": "Re: 请寄样刊", "body": "已寄",
        "company_id": str(house.mine), "contact_id": str(house.person),
    }  # fmt: skip
    assert browser.post("/letters/new", sent).status_code == 422
    assert (
        browser.post("/letters/new", {**sent, "answers": str(mail.id), "address": "x@y.example.com"}).status_code == 422
    )
    assert browser.post("/letters/new", {**sent, "answers": str(mail.id)}).status_code == 303
    send()
    [(_address, content)] = sink.taken
    assert f"In-Reply-To: {mail.message_id}".encode() in content


def test_a_template_in_an_answer_keeps_subject_and_quoted_text(house, as_system, reading, browser_of):
    with as_system() as session:
        template = MailTemplate(name="回复", kind="information", subject="x", body="{姓名}：样刊已寄。")
        session.add(template)
        take_in(session, written())
        session.flush()
        number = template.id
    typed = {
        "idempotency_key": "t" * 20, "address": "wang@river.example.com", "subject": "Re: 请寄样刊", "name": "",
        "body": "\n\n> 正文", "company_id": str(house.mine), "contact_id": str(house.person), "template": str(number),
    }  # fmt: skip
    with reading() as unit:
        typed["answers"] = str(unit.session.scalars(select(InMail.id)).one())
    page = browser_of(house.clerk).post("/letters/new", typed).get_data(as_text=True)
    assert 'value="Re: 请寄样刊"' in page
    assert "王建平：样刊已寄。\n\n&gt; 正文" in page


def test_an_erased_customer_leaves_no_word_of_what_he_wrote(house, app, as_system, reading):
    with as_system() as session:
        take_in(session, written(text="我的身份证号"))
        company = session.get_one(Company, house.mine)
        for hook in app.extensions["zhike"].registry.takers("before_customer_erase", session):
            hook(session=session, customer=company)
    [mail] = mails(reading)
    assert "身份证" not in mail.text + mail.subject + mail.from_name + mail.from_address


# --- fetching


class Mailbox(threading.Thread):
    """An IMAP server with one folder; it speaks just as much as is needed."""

    def __init__(self, letters):
        super().__init__(daemon=True)
        self.letters = dict(enumerate(letters, 1))
        self.seen = set()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"imap://news:secret@127.0.0.1:{self.listening.getsockname()[1]}/INBOX"
        self.start()

    def run(self):
        while True:
            try:
                connection, _address = self.listening.accept()
            except OSError:
                return
            with connection, connection.makefile("rwb") as wire:
                self.talk(wire)

    def talk(self, wire):
        def say(line):
            wire.write(line + b"\r\n")
            wire.flush()

        say(b"* OK ready")
        for line in wire:
            tag, _space, rest = line.strip().partition(b" ")
            words = rest.upper().split()
            if words[:1] == [b"CAPABILITY"]:
                say(b"* CAPABILITY IMAP4rev1")
            elif words[:1] == [b"LOGIN"] and b'"secret"' not in rest:
                say(tag + b" NO wrong password")
                continue
            elif words[:1] == [b"SELECT"]:
                say(f"* {len(self.letters)} EXISTS".encode())
            elif words[:2] == [b"UID", b"SEARCH"]:
                say(b"* SEARCH " + b" ".join(str(n).encode() for n in self.letters if n not in self.seen))
            elif words[:2] == [b"UID", b"FETCH"]:
                number = int(words[2])
                raw = self.letters[number]
                if b"SIZE" in words[3]:
                    say(f"* {number} FETCH (UID {number} RFC822.SIZE {len(raw)})".encode())
                else:
                    say(f"* {number} FETCH (UID {number} BODY[] {{{len(raw)}}}".encode())
                    wire.write(raw)
                    say(b")")
            elif words[:2] == [b"UID", b"STORE"]:
                self.seen.add(int(words[2]))
            elif words[:1] == [b"LOGOUT"]:
                say(b"* BYE")
                say(tag + b" OK")
                return
            say(tag + b" OK done")


def test_a_mailbox_is_fetched_once_and_marked_as_read(house, app, as_system, reading, send):
    box = Mailbox([written(), written(subject="第二封", text="2"), b"\xff\xfe not a letter at all \x00"])
    database = app.extensions["zhike"].database
    use_mailbox(database, box.url)
    try:
        for _time in range(2):
            with as_system() as session:
                start_job(session, FETCH_JOB)
            send()
            assert box.seen == {1, 2, 3}
        box.seen.clear()  # as if the worker had died before it marked them
        with as_system() as session:
            start_job(session, FETCH_JOB)
        send()
        assert len(mails(reading)) == 3
        use_mailbox(database, box.url.replace("secret", "wrong"))
        with as_system() as session:
            start_job(session, FETCH_JOB)
        send()
        with reading() as unit:
            assert "wrong password" in unit.session.get(MailChannel, "imap").error
    finally:
        use_mailbox(database, None)
        box.listening.close()
