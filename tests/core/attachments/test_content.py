"""What may be attached: names, kinds by content, pictures."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from core.attachments.kinds import KINDS
from core.attachments.names import clean_name
from core.attachments.store import Store
from core.errors import Refused
from tests.core.attachments.conftest import PDF, packed, picture, word

EVERYTHING = list(KINDS)


@pytest.fixture
def store(tmp_path) -> Store:
    return Store(tmp_path)


def receive(store, content, name, most=1024 * 1024):
    return store.receive(io.BytesIO(content), name, allowed=EVERYTHING, most=most)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("2026年度广告投放合同（盖章版）.pdf", "2026年度广告投放合同（盖章版）.pdf"),
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\用户\\周岚\\名片.jpg", "名片.jpg"),
        ("发票\u202egpj.exe", "发票gpj.exe"),
        ("a\x00b\r\nc.pdf", "abc.pdf"),
        ('合同:"甲/乙"?.pdf', "乙__.pdf"),
        ("CON.txt", "_CON.txt"),
        ("  . .pdf", "pdf"),
        ("", "file"),
        ("报" * 300 + ".docx", "报" * 115 + ".docx"),
    ],
)
def test_a_name_is_cleaned_and_stays_whole_in_chinese(given, kept):
    assert clean_name(given) == kept


@pytest.mark.parametrize(
    ("content", "name", "group"),
    [
        (picture(), "a.png", "picture"),
        (picture(form="JPEG"), "a.JPG", "picture"),
        (picture(form="GIF"), "a.gif", "picture"),
        (picture(form="WEBP"), "a.webp", "picture"),
        (picture(form="TIFF"), "a.tif", "picture"),
        (picture(form="BMP"), "a.bmp", "picture"),
        (PDF, "a.pdf", "document"),
        (word(), "a.docx", "document"),
        ("客户,电话\n锦城糖酒,85552290".encode("gb18030"), "a.csv", "table"),
        ("会议记录".encode("utf-16"), "a.txt", "document"),
        (packed(**{"任意.txt": b"x"}), "a.zip", "archive"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(40), "手机照片.heic", "picture"),
        (b"8BPS\x00\x01" + bytes(40), "整版广告.psd", "picture"),
        (PDF, "整版广告.ai", "picture"),
        ("From: a@example.com\r\nSubject: 投稿\r\n\r\n正文".encode("gb18030"), "来信.eml", "document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(40), "来信.msg", "document"),
        (b"{\\rtf1\\ansi", "说明.rtf", "document"),
        (b"\x00\x00\x00\x14ftypqt  " + bytes(40), "现场.mov", "recording"),
    ],
)
def test_a_file_is_kept_when_its_content_is_what_it_says(store, content, name, group):
    received = receive(store, content, name)
    assert (received.group, received.size) == (group, len(content))
    assert received.path.read_bytes() == content


@pytest.mark.parametrize(
    ("content", "name", "why"),
    [
        (b"MZ\x90\x00" + bytes(60), "合同.pdf", "not what the ending .pdf says"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "说明.txt", "not what the ending .txt says"),
        ("\ufeff <html>".encode("utf-16"), "说明.txt", "not what the ending .txt says"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "logo.svg", ".svg may not be attached"),
        (b"<svg onload='alert(1)'/>", "logo.png", "not what the ending .png says"),
        (b"<html></html>", "page.html", ".html may not be attached"),
        (b"MZ", "setup.exe", ".exe may not be attached"),
        (b"anything", "noending", "files without an ending"),
        (b"anything", "file.", "files without an ending"),
        (b"", "leer.pdf", "it is empty"),
        (bytes(4096) + b"text", "a.csv", "not what the ending .csv says"),
        (word(**{"word/vbaProject.bin": b"macro"}), "a.docx", "holds macros"),
        (packed(**{"word/document.xml": b"x"}), "a.docx", "not what the ending .docx says"),
        (b"<html><body>", "来信.eml", "not what the ending .eml says"),
        (b"\x00\x00\x00\x18ftypisom" + bytes(40), "a.heic", "not what the ending .heic says"),
        (picture(form="JPEG"), "a.png", "not what the ending .png says"),
        (b"\x89PNG\r\n\x1a\n" + b"broken", "a.png", "damaged"),
        (picture()[:200], "a.png", "damaged"),
    ],
)
def test_a_hostile_or_broken_file_is_refused_and_leaves_nothing(store, content, name, why):
    with pytest.raises(Refused, match=why):
        receive(store, content, name)
    assert [p for p in store.root.rglob("*") if p.is_file()] == []


def test_a_file_that_is_too_large_is_given_up_while_it_comes(store):
    class Endless(io.RawIOBase):
        given = 0

        def read(self, size=-1):
            self.given += size
            return bytes(size)

    source = Endless()
    with pytest.raises(Refused, match="larger than 1 MB"):
        store.receive(source, "a.zip", allowed=EVERYTHING, most=1024 * 1024)
    assert source.given < 2 * 1024 * 1024
    assert list(store.incoming.iterdir()) == []


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def test_a_picture_that_unfolds_to_billions_of_pixels_is_refused_by_its_head(store):
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 6, 0, 0, 0)
    rows = zlib.compress(bytes(1_000_000))
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    with pytest.raises(Refused, match="too many pixels"):
        receive(store, bomb, "a.png")


def test_a_document_that_unpacks_to_gigabytes_is_refused_by_its_directory(store):
    packed_up = bytearray(word(**{"word/media.bin": bytes(1000)}))
    at = packed_up.rindex(b"PK\x01\x02")
    packed_up[at + 24 : at + 28] = struct.pack("<I", 2**31)
    with pytest.raises(Refused, match="more than a document can hold"):
        receive(store, bytes(packed_up), "a.docx")


def test_a_preview_shows_the_picture_upright_and_nothing_of_the_camera(store):
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "Camera of 周岚"
    received = receive(store, picture((2000, 1000), "JPEG", exif=exif, comment=b"secret place"), "a.jpg")
    raw = received.preview("large").read_bytes()
    assert b"Camera" not in raw
    assert b"secret" not in raw
    with Image.open(received.preview("large")) as large, Image.open(received.preview("small")) as small:
        assert large.height > large.width
        assert max(large.size) <= 1600
        assert max(small.size) <= 320
        assert not large.getexif()
    assert (received.previews.width, received.previews.height) == (1000, 2000)


def test_what_is_transparent_stands_on_white(store):
    out = io.BytesIO()
    Image.new("RGBA", (10, 10), (0, 0, 0, 0)).save(out, "PNG")
    with Image.open(receive(store, out.getvalue(), "a.png").preview("small")) as drawn:
        assert drawn.getpixel((5, 5)) == (255, 255, 255)
