"""Makes an e-mail as it goes over the wire: the text, the same as simple HTML, and files."""

from __future__ import annotations

import datetime as dt
import html
import mimetypes
import re
from base64 import b64encode, encodebytes
from dataclasses import dataclass
from email.utils import format_datetime
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

WORD = 45
"""Bytes of one encoded word: with its frame it stays below the 75 characters of RFC 2047."""
_ADDRESS = re.compile(r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}\Z")
_LINK = re.compile(r"https?://[^\s<>\"'，。；、！？（）【】《》“”]+", re.I)
_BREAKS = re.compile(r"[\r\n\t\x00-\x1f\x7f]+")


@dataclass(frozen=True, kw_only=True)
class House:
    """From whom e-mails come: address and name."""

    address: str
    name: str = ""

    @property
    def domain(self) -> str:
        """The part behind the @, of which Message-IDs are made."""
        return self.address.rpartition("@")[2] or "localhost"


@dataclass(frozen=True, kw_only=True)
class Enclosed:
    """A file that goes along: its name, and where its content is."""

    name: str
    path: Path

    @cached_property
    def part(self) -> bytes:
        """Its part of an e-mail, made once for all letters that it goes along with. Raises OSError."""
        return _file_part(self)


@dataclass(frozen=True, kw_only=True)
class Draft:
    """One e-mail to one person. `key` makes its Message-ID; `headers` are further ones, of plain ASCII."""

    key: str
    address: str
    name: str
    subject: str
    body: str
    reply_to: str | None = None
    in_reply_to: str | None = None
    headers: tuple[tuple[str, str], ...] = ()
    files: tuple[Enclosed, ...] = ()


def message_id(house: House, key: str) -> str:
    """Give the Message-ID of a letter, with its brackets."""
    return f"<{key}@{house.domain}>"


def one_line(text: str) -> str:
    """Make one line of a text: nothing typed into a subject or a name becomes a header of its own."""
    return _BREAKS.sub(" ", text).strip()


def word(text: str) -> str:
    """Give a text as headers have it: as it is where it is plain, else in encoded words of whole characters."""
    text = one_line(text)
    if text.isascii() and "=?" not in text:
        return text
    pieces, piece = [], b""
    for char in text:
        raw = char.encode("utf-8", "replace")
        if len(piece) + len(raw) > WORD:
            pieces.append(piece)
            piece = b""
        piece += raw
    return "\r\n ".join(f"=?utf-8?B?{b64encode(one).decode()}?=" for one in (*pieces, piece))


def mailbox(name: str, address: str) -> str:
    """Give an address with a name. Raises ValueError where it is none."""
    if not _ADDRESS.match(address):
        raise ValueError(f"{address!r} is no e-mail address")
    name = one_line(name)
    if not name:
        return address
    if name.isascii() and "=?" not in name:
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" <{address}>'
    return f"{word(name)} <{address}>"


def as_html(text: str) -> str:
    """Give a text as a page that looks as it was typed; addresses of pages can be clicked."""
    parts, last = [], 0
    for found in _LINK.finditer(text):
        address = found.group().rstrip(".,;:!?)")
        parts.append(html.escape(text[last : found.start()]))
        parts.append(f'<a href="{html.escape(address)}">{html.escape(address)}</a>')
        last = found.start() + len(address)
    parts.append(html.escape(text[last:]))
    lines = "".join(parts).replace("\n", "<br>\n")
    return (
        '<!doctype html>\n<html><head><meta charset="utf-8"></head>'
        f'<body style="font:15px/1.6 sans-serif">\n{lines}</body></html>\n'
    )


def _typed(name: str, value: str) -> str:
    """Give a parameter of a header: quoted where it is plain, else as RFC 2231 has it."""
    value = one_line(value)
    if value.isascii():
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{name}="{quoted}"'
    return f"{name}*=utf-8''{quote(value, safe='')}"


def _base64(content: bytes) -> bytes:
    return encodebytes(content).replace(b"\n", b"\r\n")


def _text_part(kind: str, text: str) -> bytes:
    head = f"Content-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head.encode() + _base64(text.replace("\n", "\r\n").encode("utf-8", "replace"))


def _file_part(one: Enclosed) -> bytes:
    kind = mimetypes.guess_type(one.name)[0] or ""
    if not kind or kind.startswith("text/"):  # nobody knows its charset: it is kept, not shown
        kind = "application/octet-stream"
    head = (
        f"Content-Type: {kind};\r\n {_typed('name', one.name)}\r\n"
        f"Content-Disposition: attachment;\r\n {_typed('filename', one.name)}\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    return head.encode("ascii", "replace") + _base64(one.path.read_bytes())


def _parts(kind: str, mark: str, parts: list[bytes]) -> bytes:
    """Put parts together; no line of base64 or of ours begins with the mark."""
    head = f'Content-Type: multipart/{kind}; boundary="{mark}"\r\n\r\n'.encode()
    line = f"--{mark}".encode()
    return head + b"".join(line + b"\r\n" + part + b"\r\n" for part in parts) + line + b"--\r\n"


def encoded(house: House, draft: Draft, now: dt.datetime) -> bytes:
    """Give an e-mail as bytes with CR LF, all of it base64, so that every server passes it on as it is.

    The text stands in it twice, plain and as HTML. Raises ValueError for an address that cannot be one, OSError for a
    file that is not there. Written by hand: the library takes ten times as long.
    """
    headers = [
        ("From", mailbox(house.name, house.address)),
        ("To", mailbox(draft.name, draft.address)),
        ("Subject", word(draft.subject)),
        ("Date", format_datetime(now)),
        ("Message-ID", message_id(house, draft.key)),
    ]
    if draft.reply_to:
        headers.append(("Reply-To", mailbox("", draft.reply_to)))
    if draft.in_reply_to:
        answered = one_line(draft.in_reply_to)
        headers += [("In-Reply-To", answered), ("References", answered)]
    headers += [(name, one_line(value)) for name, value in draft.headers]
    headers.append(("MIME-Version", "1.0"))
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    text = draft.body.replace("\r\n", "\n").rstrip("\n") + "\n"
    said = _parts("alternative", f"=_{draft.key}_a", [_text_part("plain", text), _text_part("html", as_html(text))])
    if draft.files:
        said = _parts("mixed", f"=_{draft.key}_m", [said, *(one.part for one in draft.files)])
    return head.encode("ascii", "replace") + said
