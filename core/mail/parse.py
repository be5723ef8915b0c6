"""Reads an e-mail as it came: sender, subject, text, files, what it answers, what a server returned. Never fails."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from html.parser import HTMLParser
from typing import Any

from core.mail.charsets import decoded, raw_text, run_tokens, words

MOST_TEXT = 200_000
MOST_PARTS = 500
_IDS = re.compile(r"<[^<>\s]{1,250}>")
_AUTO = re.compile(r"自动回复|自動回覆|automatic reply|auto.?reply|out of (?:the )?office", re.I)
_BOUNCE_FROM = re.compile(r"^(?:mailer-daemon|postmaster|mail-daemon)@", re.I)
_BOUNCE_SUBJECT = re.compile(
    r"undeliver|delivery (?:status|failure)|returned (?:mail|to sender)|failure notice|退信|投递失败|无法送达|系统退信",
    re.I,
)
_STATUS = re.compile(r"\b([245])\.\d{1,3}\.\d{1,3}\b")
_ADDRESS = re.compile(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+")


@dataclass(frozen=True)
class File:
    """A file that came along."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Returned:
    """What a server could not deliver: to whom, for good or for now, and why."""

    address: str
    final: bool
    reason: str
    original_id: str


@dataclass
class Parsed:
    """An e-mail. `from_address` is empty where there is none; `date` is in UTC, None where it cannot be read."""

    subject: str = ""
    from_name: str = ""
    from_address: str = ""
    reply_to: str = ""
    to: list[tuple[str, str]] = field(default_factory=list)
    date: dt.datetime | None = None
    message_id: str = ""
    answers: list[str] = field(default_factory=list)
    """Message-IDs of what it answers, the nearest first."""
    text: str = ""
    files: list[File] = field(default_factory=list)
    is_auto: bool = False
    returned: list[Returned] = field(default_factory=list)


def parse(raw: bytes) -> Parsed:
    """Read an e-mail. What cannot be understood is left out; it never raises."""
    message = message_from_bytes(raw)
    found = Parsed()
    found.subject = _line(words(_header(message, "Subject")))
    senders = _addresses(message, "From") or _addresses(message, "Sender")
    if senders:
        found.from_name, found.from_address = senders[0]
    answers = _addresses(message, "Reply-To")
    found.reply_to = answers[0][1] if answers else ""
    found.to = [*_addresses(message, "To"), *_addresses(message, "Cc")]
    found.date = _date(_header(message, "Date"))
    found.message_id = next(iter(_IDS.findall(_header(message, "Message-ID"))), "")
    nearest = _IDS.findall(_header(message, "In-Reply-To"))
    found.answers = list(dict.fromkeys([*nearest, *reversed(_IDS.findall(_header(message, "References")))]))
    _bodies(message, found)
    marked = _header(message, "Auto-Submitted").strip().lower()
    found.is_auto = marked not in ("", "no") or bool(
        _header(message, "X-Autoreply") or _header(message, "X-Autorespond") or _AUTO.search(found.subject)
    )
    _returned(message, raw, found)
    return found


# --- headers


def _header(message: Any, name: str) -> str:
    """Give a header's raw text, with bytes above ASCII as surrogates; an empty one where there is none."""
    for key, value in getattr(message, "_headers", ()):  # get() makes marks of such bytes
        if key.lower() == name.lower():
            return str(value)
    return ""


def _line(text: str) -> str:
    return " ".join(text.split())


def _addresses(message: Message, name: str) -> list[tuple[str, str]]:
    """List the names and addresses of a header; groups are opened."""
    value = _header(message, name)
    if not value.strip():
        return []
    text, known = run_tokens(_line(value))

    def back(part: str) -> str:
        return re.sub(r"zw\d+x", lambda found: known.get(found.group(0), found.group(0)), part)

    pairs: list[tuple[str, str]] = []
    try:
        from email import policy  # with the first letter: it weighs more than all else of `email`

        parsed: Any = policy.default.header_factory(name, text)
        pairs = [(one.display_name or "", one.addr_spec or "") for one in parsed.addresses]
    except Exception:  # the library trips over some forms; the older reader takes them
        pairs = []
    if not any("@" in address for _name, address in pairs):
        pairs = getaddresses([text])
    found = [(_line(back(title)).strip("\"' "), back(address).strip("<> ")) for title, address in pairs]
    return [(title, address) for title, address in found if address and address != "<>"]


def _date(value: str) -> dt.datetime | None:
    try:
        moment = parsedate_to_datetime(_line(raw_text(value)))
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    try:
        return (moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None


# --- bodies and files


def _parts(message: Message) -> Iterator[Message]:
    """Walk through the leaves; a letter within the letter is one."""
    stack, count = [message], 0
    while stack and count < MOST_PARTS:
        part = stack.pop()
        count += 1
        payload = part.get_payload()
        if isinstance(payload, list) and part.get_content_maintype() != "message":
            stack.extend(reversed([one for one in payload if isinstance(one, Message)]))
        else:
            yield part


def _bodies(message: Message, found: Parsed) -> None:
    plain: list[str] = []
    rich: list[str] = []
    for part in _parts(message):
        kind = part.get_content_type()
        name = _file_name(part)
        attached = str(part.get("Content-Disposition", "")).strip().lower().startswith("attachment")
        if kind in ("text/plain", "text/html", "text/enriched") and not name and not attached:
            text = decoded(_content(part), _charset(part))
            (plain if kind == "text/plain" else rich).append(text if kind == "text/plain" else to_text(text))
            continue
        if kind == "message/delivery-status" and not attached:
            continue
        content = _content(part)
        if content or name:
            found.files.append(File(name or _made_name(part, len(found.files)), kind, content))
    chosen = plain if any(one.strip() for one in plain) else rich
    found.text = "\n".join(one.replace("\r\n", "\n").strip("\n") for one in chosen)[:MOST_TEXT].strip()


def _content(part: Message) -> bytes:
    payload = part.get_payload()
    if isinstance(payload, list):
        try:
            return b"".join(one.as_bytes() for one in payload if isinstance(one, Message))
        except Exception:  # a letter so broken that it cannot be written again
            return b""
    try:
        raw = part.get_payload(decode=True)
    except Exception:
        raw = str(payload).encode("utf-8", "surrogateescape")
    return raw if isinstance(raw, bytes) else b""


def _charset(part: Message) -> str | None:
    value = part.get_param("charset")
    return str(value[2]) if isinstance(value, tuple) else value


def _file_name(part: Message) -> str:
    """Give the name that a part bears, by RFC 2231, by RFC 2047 though it must not, or plainly."""
    for header, key in (("Content-Disposition", "filename"), ("Content-Type", "name")):
        given = _header(part, header)
        if not given:
            continue
        clean = Message()
        clean[header] = _line(raw_text(given))
        value = _parameter(clean, key, header)
        if isinstance(value, tuple):
            name = decoded(str(value[2]).encode("latin-1", "replace"), value[0])
        elif value:
            name = words(str(value))
        else:
            continue
        if name.strip():
            return _line(name).strip("\"'")
    return ""


def _parameter(message: Message, key: str, header: str) -> Any:
    try:
        return message.get_param(key, header=header)
    except Exception:  # the header cannot be read at all
        return None


def _made_name(part: Message, number: int) -> str:
    if part.get_content_maintype() == "message":
        inner = part.get_payload()
        subject = words(_header(inner[0], "Subject")) if isinstance(inner, list) and inner else ""
        return f"{_line(subject)[:60] or 'message'}.eml"
    return f"part-{number + 1}.{part.get_content_subtype()[:10]}"


class _Text(HTMLParser):
    BREAKS = frozenset(("br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "table", "blockquote", "hr"))
    HIDDEN = frozenset(("script", "style", "head", "title", "template"))

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.hidden = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag in self.HIDDEN:
            self.hidden += 1
        elif tag in self.BREAKS:
            self.pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self.HIDDEN:
            self.hidden = max(0, self.hidden - 1)
        elif tag in self.BREAKS and tag != "br":
            self.pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.hidden:
            self.pieces.append(" ".join(data.split()) if data.strip() else " ")


def to_text(html: str) -> str:
    """Give the words of a text with marks."""
    reader = _Text()
    try:
        reader.feed(html)
        reader.close()
    except Exception:
        return re.sub(r"<[^>]*>", " ", html)
    text = "".join(reader.pieces)
    lines = [re.sub(r"[ \t\xa0]+", " ", line).strip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


# --- what servers return


def _returned(message: Message, raw: bytes, found: Parsed) -> None:
    """Read a report of RFC 3464; of servers that write their own, the address and the code out of the text."""
    original, reported = _original_id(message), False
    for part in message.walk():
        if part.get_content_type() != "message/delivery-status":
            continue
        reported = True
        blocks = part.get_payload()
        for block in blocks if isinstance(blocks, list) else []:
            address = _header(block, "Final-Recipient") or _header(block, "Original-Recipient")
            action = _header(block, "Action").strip().lower()
            if not address or action in ("delivered", "relayed", "expanded"):
                continue
            status = _header(block, "Status").strip()
            reason = _line(words(_header(block, "Diagnostic-Code"))) or status
            named = address.rpartition(";")[2].strip().strip("<>")
            final = action != "delayed" and not status.startswith("4")
            found.returned.append(Returned(named, final, reason[:1000], original))
    if reported:
        return
    if _BOUNCE_FROM.match(found.from_address) and (_BOUNCE_SUBJECT.search(found.subject) or original):
        code = _STATUS.search(found.text)
        mine = {address for _name, address in found.to} | {found.from_address}
        other = next((one for one in _ADDRESS.findall(found.text) if one not in mine), "")
        final = code is None or code.group(1) == "5"
        found.returned.append(Returned(other, final, _line(found.text)[:1000], original))


def _original_id(message: Message) -> str:
    """Give the Message-ID of the letter that came back, from its copy within the report."""
    for part in message.walk():
        if part is message or part.get_content_type() not in ("message/rfc822", "text/rfc822-headers"):
            continue
        inner = part.get_payload()
        if isinstance(inner, list) and inner and isinstance(inner[0], Message):
            found = _IDS.findall(_header(inner[0], "Message-ID"))
        else:
            found = re.findall(r"(?im)^message-id:\s*(<[^<>\s]+>)", decoded(_content(part)))
        if found:
            return str(found[0])
    return ""
