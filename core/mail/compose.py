"""Makes the text of an e-mail as it goes over the wire."""

from __future__ import annotations

import datetime as dt
import re
from base64 import b64encode, encodebytes
from dataclasses import dataclass
from email.utils import format_datetime

WORD = 45
"""Bytes of one encoded word: with its frame it stays below the 75 characters of RFC 2047."""
_ADDRESS = re.compile(r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,255}\Z")
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


def encoded(house: House, draft: Draft, now: dt.datetime) -> bytes:
    """Give an e-mail as bytes with CR LF: plain text, base64, so that every server passes it on as it is.

    Raises ValueError for an address that cannot be one. Written by hand: the library takes ten times as long.
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
    headers += [
        ("MIME-Version", "1.0"),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Transfer-Encoding", "base64"),
    ]
    head = "".join(f"{name}: {value}\r\n" for name, value in headers)
    text = draft.body.replace("\r\n", "\n").rstrip("\n") + "\n"
    body = encodebytes(text.replace("\n", "\r\n").encode("utf-8", "replace")).replace(b"\n", b"\r\n")
    return head.encode("ascii", "replace") + b"\r\n" + body
