"""E-mails of all kinds are read without an error: charsets, names of files, odd headers, what servers return."""

from __future__ import annotations

import base64
import datetime as dt
import random
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from core.mail.charsets import decoded, words
from core.mail.parse import parse, to_text

HEAD = b"From: a@one.example.com\r\nTo: b@two.example.com\r\nDate: Thu, 26 Nov 2026 10:20:30 +0800\r\n"


def encoded(text, charset, named=None, kind="B"):
    raw = text.encode(charset)
    if kind == "B":
        return f"=?{named or charset}?B?{base64.b64encode(raw).decode()}?="
    return f"=?{named or charset}?Q?{''.join(f'={byte:02X}' for byte in raw)}?="


@pytest.mark.parametrize(
    ("charset", "named", "text"),
    [
        ("utf-8", "UTF-8", "关于样刊的投诉 🎉"),
        ("gb18030", "gb2312", "镕喆堃三位老师"),
        ("gbk", "GBK", "朱镕基纪念册"),
        ("gb18030", "gb18030", "𠀀罕见字"),
        ("big5", "big5", "訂閱雜誌"),
        ("cp949", "ks_c_5601-1987", "스티해 똠방"),
        ("cp932", "shift_jis", "雑誌の①部"),
        ("utf-7", "unicode-1-1-utf-7", "样刊"),
    ],
)
def test_subject_sender_and_text_of_every_charset(charset, named, text):
    for kind in "BQ":
        word = encoded(text, charset, named, kind)
        raw = (
            f"Subject: {word}\r\nFrom: {word} <c@one.example.com>\r\n"
            f"Content-Type: text/plain; charset={named}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        ).encode() + text.encode(charset)
        read = parse(raw)
        assert read.subject == text
        assert (read.from_name, read.from_address) == (text, "c@one.example.com")
        assert read.text == text


def test_a_character_cut_between_two_words_is_whole_again():
    raw = "样刊样刊".encode("gb2312")
    first, second = base64.b64encode(raw[:3]).decode(), base64.b64encode(raw[3:]).decode()
    assert words(f"=?gb2312?B?{first}?=\r\n =?GB2312?B?{second}?=") == "样刊样刊"
    assert words("=?utf-8?Q?a_b=20c?= x =?utf-8?B?5qC3?=") == "a b c x 样"
    assert words("=?utf-8?B?broken") == "=?utf-8?B?broken"
    assert words("=?no-such-charset?B?5qC35YiK?=") == "样刊"


def test_headers_that_are_not_encoded_at_all_are_guessed():
    for charset in ("utf-8", "gb18030"):
        read = parse("Subject: 退订样刊\r\nFrom: 王建平 <w@one.example.com>\r\n\r\n正文".encode(charset))
        assert (read.subject, read.from_name, read.text) == ("退订样刊", "王建平", "正文")


def test_a_wrong_charset_does_not_lose_the_text():
    raw = HEAD + b"Content-Type: text/plain; charset=us-ascii\r\n\r\n" + "实际是国标码".encode("gb18030")
    assert parse(raw).text == "实际是国标码"
    assert decoded(b"\xff\xfe\x00bad\x80", "utf-8")
    assert "\x00" not in decoded(b"a\x00b")


def named_file(disposition, kind="application/pdf"):
    return parse(
        HEAD + b'Content-Type: multipart/mixed; boundary="B"\r\n\r\n--B\r\nContent-Type: text/plain\r\n\r\ntext\r\n'
        b"--B\r\nContent-Type: " + kind.encode() + b"\r\nContent-Transfer-Encoding: base64\r\n"
        b"Content-Disposition: " + disposition + b"\r\n\r\nJVBERi0x\r\n--B--\r\n"
    )


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        (b'attachment; filename="plain.pdf"', "plain.pdf"),
        (b"attachment; filename=This is a test.pdf", "This is a test.pdf"),
        (b"attachment; filename*=utf-8''%E6%A0%B7%E5%88%8A.pdf", "样刊.pdf"),
        (b"attachment; filename*=gb2312'zh'%D1%F9%BF%AF.pdf", "样刊.pdf"),
        (b"attachment;\r\n filename*0*=utf-8''%E6%A0%B7;\r\n filename*1*=%E5%88%8A.pdf", "样刊.pdf"),
        (b'attachment;\r\n filename*0="long-";\r\n filename*1="name.pdf"', "long-name.pdf"),
        (b'attachment; filename="=?gb2312?B?0fm/ry5wZGY=?="', "样刊.pdf"),
        (b'attachment; filename="' + "样刊.pdf".encode("gb18030") + b'"', "样刊.pdf"),
        (b'attachment; filename="' + "样刊.pdf".encode() + b'"', "样刊.pdf"),
    ],
)
def test_names_of_files_in_every_way_they_are_written(disposition, name):
    [file] = named_file(disposition).files
    assert (file.name, file.content) == (name, b"%PDF-1")


def test_an_e_mail_that_is_only_a_file():
    read = parse(
        HEAD
        + b"Subject: file\r\nContent-Type: application/x-gzip; NAME=blah.gz\r\nContent-Transfer-Encoding: base64\r\n"
        b"Content-Disposition: attachment; filename=blah.gz\r\n\r\nH4sIAOHBmD8AA4vML1XP\r\n"
    )
    assert [(one.name, one.media_type) for one in read.files] == [("blah.gz", "application/x-gzip")]
    assert read.text == ""


def test_of_two_forms_the_plain_one_is_read_and_of_one_with_marks_the_words():
    message = EmailMessage(policy=SMTP)
    message["From"], message["Subject"] = "a@one.example.com", "x"
    message.set_content("plain words")
    message.add_alternative("<p>rich <b>words</b></p>", subtype="html")
    assert parse(message.as_bytes()).text == "plain words"
    html = (
        HEAD
        + b"Content-Type: text/html; charset=utf-8\r\n\r\n<style>p{}</style><p>One&nbsp;&amp;<div>two<br>three</div>"
    )
    assert parse(html).text == "One &\ntwo\nthree"
    assert to_text("<script>alert(1)</script>a<b") == "a<b"


def test_a_letter_within_the_letter_is_a_file_and_deep_nests_end():
    inner = EmailMessage(policy=SMTP)
    inner["Subject"] = "投诉原件"
    inner.set_content("inner")
    outer = EmailMessage(policy=SMTP)
    outer["From"] = "a@one.example.com"
    outer.set_content("outer")
    outer.add_attachment(inner)
    read = parse(outer.as_bytes())
    assert read.text == "outer"
    assert [(one.name, one.media_type) for one in read.files] == [("投诉原件.eml", "message/rfc822")]
    deep = HEAD
    for number in range(600):
        deep += f'Content-Type: multipart/mixed; boundary="b{number}"\r\n\r\n--b{number}\r\n'.encode()
    assert parse(deep).from_address == "a@one.example.com"


def test_groups_comments_and_quoted_commas_in_addresses():
    read = parse(
        b"From: Pete(A wonderful \\) chap) <pete(his account)@silly.example>\r\n"
        b'To: A Group:Chris Jones <c@a.example>,joe@where.example;, "Giant; \\"Big\\" Box" <box@b.example>\r\n'
        b"Cc: Undisclosed recipients:;\r\n"
        b"Date: Thu,\r\n 13\r\n Feb 1969 23:32 -0330 (Newfoundland Time)\r\n\r\nTesting."
    )
    assert (read.from_name, read.from_address) == ("Pete", "pete@silly.example")
    assert read.to == [("Chris Jones", "c@a.example"), ("", "joe@where.example"), ('Giant; "Big" Box', "box@b.example")]
    assert read.date == dt.datetime(1969, 2, 14, 3, 2, tzinfo=dt.UTC)
    name = encoded("王,建平", "utf-8")
    assert parse(f"From: {name} <w@one.example.com>\r\n\r\n".encode()).from_name == "王,建平"


def test_what_it_answers_and_whether_a_machine_wrote_it():
    read = parse(
        HEAD + b"Subject: Re: x\r\nIn-Reply-To: <b@x>\r\nReferences: <a@x>\r\n <b@x>\r\nMessage-ID:   <c@x>\r\n\r\nyes"
    )
    assert read.answers == ["<b@x>", "<a@x>"]
    assert read.message_id == "<c@x>"
    assert read.is_auto is False
    assert parse(HEAD + "Subject: 自动回复：出差中\r\n\r\nx".encode()).is_auto
    assert parse(HEAD + b"Auto-Submitted: auto-replied\r\n\r\nx").is_auto


REPORT = b"""From: MAILER-DAEMON@mx.example.com
To: news@press.example.com
Subject: Undelivered Mail Returned to Sender
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

I could not deliver your message.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.com

Final-Recipient: rfc822; wang@river.example.com
Action: %s
Status: %s
Diagnostic-Code: smtp; 550 5.1.1 no such user

--B
Content-Type: %s

Message-ID: <0123456789abcdef01234567@press.example.com>
Subject: x

--B--
"""


def test_reports_of_servers_for_good_and_for_now():
    for kind in (b"message/rfc822", b"text/rfc822-headers"):
        [one] = parse(REPORT % (b"failed", b"5.1.1", kind)).returned
        assert (one.address, one.final) == ("wang@river.example.com", True)
        assert one.original_id == "<0123456789abcdef01234567@press.example.com>"
        assert "no such user" in one.reason
    [one] = parse(REPORT % (b"delayed", b"4.4.1", b"message/rfc822")).returned
    assert one.final is False
    assert parse(REPORT % (b"delivered", b"2.0.0", b"message/rfc822")).returned == []


def test_a_server_that_writes_its_own_words():
    raw = (
        "From: postmaster@qq.example.com\r\nTo: news@press.example.com\r\nSubject: 系统退信\r\n\r\n"
        "收件人 wang@river.example.com 不存在 (550 5.1.1)"
    ).encode()
    [one] = parse(raw).returned
    assert (one.address, one.final) == ("wang@river.example.com", True)
    assert parse(HEAD + "Subject: 客户退信了\r\n\r\nx".encode()).returned == []


def test_whatever_is_cut_or_turned_does_not_raise():
    rng = random.Random(7)
    whole = REPORT % (b"failed", b"5.1.1", b"message/rfc822") + named_bytes()
    for _time in range(400):
        raw = bytearray(whole[: rng.randrange(len(whole))])
        for _turn in range(rng.randrange(12)):
            if raw:
                raw[rng.randrange(len(raw))] = rng.randrange(256)
        read = parse(bytes(raw))
        read.text.encode()
        read.subject.encode()
        for file in read.files:
            file.name.encode()


def named_bytes():
    message = EmailMessage(policy=SMTP)
    message["Subject"] = "样刊"
    message["From"] = "王建平 <w@one.example.com>"
    message.set_content("正文")
    message.add_attachment(b"%PDF-1", maintype="application", subtype="pdf", filename="样刊.pdf")
    return message.as_bytes()
