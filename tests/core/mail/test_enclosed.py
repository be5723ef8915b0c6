"""Files that go along with a letter, and the text as HTML beside it."""

from __future__ import annotations

import email
import hashlib
import io
from email.policy import default

import pytest
from sqlalchemy import select

from core.attachments.models import Attachment
from core.attachments.store import store_of
from core.columns import utcnow
from core.mail.compose import Draft, Enclosed, House, as_html, encoded
from core.mail.models import Letter
from core.overlay import overlay

PDF = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def form(**values):
    given = {
        "address": "wang@river.example.com", "name": "王经理", "subject": "报价单", "body": "请看附件。",
        "idempotency_key": "k" * 20,
    }  # fmt: skip
    return {**given, **values}


def write(browser, files=(), **values):
    given = [(io.BytesIO(content), name) for name, content in files]
    return browser.post("/letters/new", form(files=given, **values), content_type="multipart/form-data")


@pytest.fixture
def hung(house, browser_of, reading):
    """Hang a file on the clerk's customer; give its number."""
    data = {"of": "company", "id": str(house.mine), "files": (io.BytesIO(PDF), "样刊.pdf"), "idempotency_key": "h" * 20}
    browser_of(house.clerk).post("/attachments/add", data, content_type="multipart/form-data")
    with reading() as unit:
        return unit.session.scalars(select(Attachment.id)).one()


def taken(sink):
    [(_address, content)] = sink.taken
    return email.message_from_bytes(content, policy=default)


def test_files_of_the_record_and_uploaded_ones_leave_with_a_letter(house, sink, hung, browser_of, reading, send):
    browser = browser_of(house.clerk)
    page = browser.get(f"/letters/new?email={house.mail}").get_data(as_text=True)
    assert "样刊.pdf" in page
    answer = write(browser, [("报价.txt", "一千元".encode())], company_id=str(house.mine), enclosed=[str(hung)])
    assert answer.status_code == 303, answer.get_data(as_text=True)
    send()
    message = taken(sink)
    assert message.defects == []
    assert message.get_body(("plain",)).get_content().strip() == "请看附件。"
    parts = {one.get_filename(): one.get_content() for one in message.iter_attachments()}
    assert parts == {"报价.txt": "一千元".encode(), "样刊.pdf": PDF}
    page = browser.get(answer.location).get_data(as_text=True)
    assert "报价.txt" in page
    with reading() as unit:
        on = unit.session.scalars(select(Attachment.resource).order_by(Attachment.id)).all()
        assert on == ["company", "letter", "letter"]


def test_one_form_sent_twice_keeps_one_letter_with_one_file(house, sink, browser_of, reading):
    for _again in range(2):
        write(browser_of(house.clerk), [("报价.txt", b"1")], company_id=str(house.mine))
    with reading() as unit:
        assert len(unit.session.scalars(select(Letter)).all()) == 1
        assert len(unit.session.scalars(select(Attachment)).all()) == 1


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ([("大.txt", b"x" * (1024 * 1024 + 1))], "1 MB"),
        ([("坏.exe", b"MZ")], "坏.exe"),
        ([("假.pdf", b"MZ")], "假.pdf"),
    ],
)
def test_what_is_too_large_or_not_allowed_is_refused_and_leaves_nothing(
    house, sink, browser_of, reading, as_system, app, files, told
):
    with as_system() as session:
        overlay().change_setting(session, "core.mail_files_mb", 1)
    answer = write(browser_of(house.clerk), files, company_id=str(house.mine))
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert told in page
    assert "请重新选择文件" in page
    with reading() as unit:
        assert unit.session.scalars(select(Letter)).all() == []
        assert unit.session.scalars(select(Attachment)).all() == []
        assert hashlib.sha256(files[0][1]).hexdigest() not in store_of(unit.session).hashes()


def test_nobody_sends_a_file_that_he_does_not_read_or_that_is_another_customers(
    house, sink, hung, browser_of, reading, as_system
):
    assert write(browser_of(house.other), company_id=str(house.theirs), enclosed=[str(hung)]).status_code == 404
    answer = write(browser_of(house.boss), company_id=str(house.theirs), enclosed=[str(hung)])
    assert answer.status_code == 422
    with reading() as unit:
        assert unit.session.scalars(select(Letter)).all() == []


def test_a_letter_whose_file_is_gone_does_not_leave_without_it(house, sink, browser_of, reading, send):
    write(browser_of(house.clerk), [("报价.txt", b"1")], company_id=str(house.mine))
    with reading() as unit:
        store_of(unit.session).drop(unit.session.scalars(select(Attachment.sha256)).one())
    send()
    assert sink.taken == []
    with reading() as unit:
        assert unit.session.scalars(select(Letter.state)).one() == "refused"


def test_the_text_stands_beside_it_as_html_with_links_and_nothing_else():
    page = as_html("看 https://press.example.com/a?x=1&y=2。\n<script>alert(1)</script> & http://b.example.com.")
    assert '<a href="https://press.example.com/a?x=1&amp;y=2">https://press.example.com/a?x=1&amp;y=2</a>。<br>' in page
    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; " in page
    assert '<a href="http://b.example.com">http://b.example.com</a>.' in page


def test_names_of_files_are_read_by_the_library_as_they_are(tmp_path):
    names = ["报价（三）.pdf", 'a "b" \\c.txt', "x\r\nBcc: y.txt", "长" * 80 + ".zip"]
    (tmp_path / "f").write_bytes(PDF * 50)
    files = tuple(Enclosed(name=name, path=tmp_path / "f") for name in names)
    draft = Draft(key="k1", address="a@b.example.com", name="", subject="s", body="一", files=files)
    raw = encoded(House(address="me@press.example.com"), draft, utcnow())
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    message = email.message_from_bytes(raw, policy=default)
    assert message.defects == []
    assert message["Bcc"] is None
    found = [one.get_filename() for one in message.iter_attachments()]
    assert found == [names[0], names[1], "x Bcc: y.txt", names[3]]
    assert all(one.get_content() == PDF * 50 for one in message.iter_attachments())


def test_too_many_files_are_refused_and_none_is_left_out_unsaid(house, sink, browser_of, reading):
    answer = write(browser_of(house.clerk), [(f"{n}.txt", b"text") for n in range(21)])
    assert answer.status_code == 422
    assert "20" in answer.get_data(as_text=True)
    with reading() as unit:
        assert unit.session.scalars(select(Letter)).all() == []
