"""Makes the text of an e-mail as it goes over the wire."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

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


def mailbox(name: str, address: str) -> Address:
    """Give an address with a name. Raises ValueError where it is none."""
    return Address(one_line(name), addr_spec=one_line(address))


def encoded(house: House, draft: Draft, now: dt.datetime) -> bytes:
    """Give an e-mail as bytes with CR LF: plain text, base64, so that every server passes it on as it is.

    Raises ValueError for an address that cannot be one.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = mailbox(house.name, house.address)
    message["To"] = mailbox(draft.name, draft.address)
    message["Subject"] = one_line(draft.subject)
    message["Date"] = format_datetime(now)
    message["Message-ID"] = message_id(house, draft.key)
    if draft.reply_to:
        message["Reply-To"] = mailbox("", draft.reply_to)
    if draft.in_reply_to:
        message["In-Reply-To"] = one_line(draft.in_reply_to)
        message["References"] = one_line(draft.in_reply_to)
    for name, value in draft.headers:
        message[name] = one_line(value)
    message.set_content(draft.body.replace("\r\n", "\n"), charset="utf-8", cte="base64")
    return message.as_bytes()
