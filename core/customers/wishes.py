"""Wishes of people as one line of text each: how they must not be reached, and what they agreed to.

A list and an export write them so, and an import reads them: 电话：本人要求（2026-01-02）.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.customers.lines import read_lines, write_lines
from core.customers.models.barring import CHANNELS, EVERY
from core.transfer.values import folded, read_bool, read_date, split_list

SAID = re.compile(r"^(?P<what>[^:：(（]*)(?:[:：]\s*(?P<reason>.*?))?\s*(?:[(（](?P<day>\d{4}-\d{1,2}-\d{1,2})[)）])?$")
PROOF, DOT = " ‖ ", " · "
SPOKEN: Mapping[str, tuple[str, ...]] = {
    "call": ("电话", "来电", "致电", "通话", "call", "phone", "telephone", "telemarketing"),
    "sms": ("短信", "短消息", "手机短信", "sms", "text", "texting", "short message"),
    "mail": ("邮件", "电子邮件", "email", "e-mail", "mail", "edm"),
    "post": ("邮寄", "信函", "信件", "寄送", "纸质", "post", "letter", "letters", "postal mail"),
    EVERY: ("全部", "所有", "一切", "任何", "全部渠道", "所有方式", "全部方式", "all", "any", "every channel"),
}


@dataclass(frozen=True, slots=True)
class Wish:
    """That somebody must not be reached on a channel, or on `all`."""

    channel: str
    reason: str = ""
    day: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Statement:
    """What somebody stated about a purpose and a channel."""

    purpose: str
    channel: str
    given: bool
    day: dt.date | None = None
    way: str = ""
    wording: str = ""
    evidence: str = ""


def channel_words(titles: Mapping[str, str]) -> dict[str, str]:
    """Give the channels by every word for them; `titles` holds those of the dictionary, by what is written."""
    spoken = {word: channel for channel, words in SPOKEN.items() for word in words}
    return {**spoken, **titles}


def write_wish(what: str, reason: str, day: dt.date | None) -> str:
    """Write a line: 电话：本人要求（2026-01-02）."""
    return what + (f"：{reason}" if reason else "") + (f"（{day.isoformat()}）" if day else "")


def read_wishes(text: str, words: Mapping[str, str]) -> Iterator[Wish]:
    """Read what must not be done, one a line or divided by ；. A mere 是 stands for every channel, 否 for none.

    Raises ValueError with the piece that is not understood.
    """
    for piece in re.split(r"[\n;；]", text):
        found = SAID.match(piece.strip())
        if not piece.strip():
            continue
        if found is None:
            raise ValueError(piece.strip())
        day = read_date(found["day"]) if found["day"] else None
        for channel in _channels(found["what"].strip(), words):
            yield Wish(channel, (found["reason"] or "").strip()[:200], day)


def _channels(what: str, words: Mapping[str, str]) -> list[str]:
    try:
        return [EVERY] if read_bool(what) else []
    except ValueError:
        found = [words.get(folded(part).lower().strip()) or _heard(part) for part in split_list(what)]
        if not found or None in found:
            raise ValueError(what) from None
        return [one for one in found if one]


def _heard(part: str) -> str | None:
    """Hear the channel in words such as 勿打电话, 拒收短信, do not call; None where there is none or more than one."""
    text = folded(part).lower()
    held = {channel for channel in CHANNELS for word in SPOKEN[channel] if word in text and not word.isascii()} or {
        channel for channel in CHANNELS for word in SPOKEN[channel] if re.search(rf"\b{re.escape(word)}\b", text)
    }
    if "电子邮件" in text or "邮件" in text:
        held.discard("post")
    return held.pop() if len(held) == 1 else None


def write_method(value: str, what: str, reason: str, day: dt.date | None) -> str:
    """Write for what one number or address must not be used: 13900000142 电话、短信：本人要求（2026-01-02）."""
    return f"{value} {write_wish(what, reason, day)}"


def read_methods(text: str, words: Mapping[str, str]) -> Iterator[tuple[str, list[Wish]]]:
    """Read such lines: each number or address with what it must not be used for. Raises ValueError with the line."""
    for line in text.split("\n"):
        if line.strip():
            yield _method(line.strip(), words)


def _method(line: str, words: Mapping[str, str]) -> tuple[str, list[Wish]]:
    for gap in re.finditer(r"\s+", line):  # an address may hold blanks itself
        found = SAID.match(line[gap.end() :])
        channels = [words.get(folded(part).lower()) for part in split_list(found["what"])] if found else []
        if found and channels and None not in channels:
            day = read_date(found["day"]) if found["day"] else None
            reason = (found["reason"] or "").strip()[:200]
            return line[: gap.start()], [Wish(one, reason, day) for one in channels if one]
    raise ValueError(line)


def write_statement(one: Statement, titles: Mapping[str, Mapping[str, str]], words: tuple[str, str]) -> str:
    """Write a line: purpose · channel · agreed or taken back · day · how · wording ‖ evidence."""
    told = write_lines(one.wording) + (PROOF + write_lines(one.evidence) if one.evidence else "")
    parts = [
        titles["consent_purpose"].get(one.purpose, one.purpose),
        titles["contact_channel"].get(one.channel, one.channel),
        words[0] if one.given else words[1],
        one.day.isoformat() if one.day else "",
        titles["consent_way"].get(one.way, one.way),
        told,
    ]
    return DOT.join(parts)


def read_statements(
    text: str, words: Mapping[str, Mapping[str, str]], agreed: Mapping[str, bool]
) -> Iterator[Statement]:
    """Read such lines. Raises ValueError with the line that is not understood."""
    for line in text.split("\n"):
        if not line.strip():
            continue
        parts = [*(part.strip() for part in line.split(DOT.strip(), 5)), "", "", ""]
        purpose, channel = (
            words.get(name, {}).get(folded(part).lower())
            for name, part in zip(("consent_purpose", "contact_channel"), parts, strict=False)
        )
        given = agreed.get(folded(parts[2]).lower())
        way = words.get("consent_way", {}).get(folded(parts[4]).lower())
        if purpose is None or channel is None or given is None or (way is None and parts[4]):
            raise ValueError(line.strip())
        wording, _mark, evidence = parts[5].partition(PROOF.strip())
        yield Statement(
            purpose, channel, given, read_date(parts[3]) if parts[3] else None, way or "",
            read_lines(wording), read_lines(evidence),
        )  # fmt: skip
