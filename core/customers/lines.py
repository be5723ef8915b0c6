"""Needs and further addresses as one line of text each: an export writes them so, and an import reads them.

媒体广告：预算三万（2026-01-02～2026-06-30）
成都市武侯区人民南路四段12号（收件人：王建平）（2026-01-02～）
"""

from __future__ import annotations

import datetime as dt
import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.i18n import LOCALES, gettext, speaking
from core.transfer.values import folded, read_date, split_words

BREAK = "↵"
DAY = r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?"
SPAN = re.compile(rf"\s*[(（]\s*(?P<since>{DAY})?\s*(?:[～~—–至到]|\s-\s)\s*(?P<until>{DAY})?\s*[)）]$")


@dataclass(frozen=True, slots=True)
class AddressLine:
    """An address with who receives what is sent there, and the days from and to which it counts."""

    text: str
    recipient: str = ""
    since: dt.date | None = None
    until: dt.date | None = None


@dataclass(frozen=True, slots=True)
class NeedLine:
    """A need; `since` is None where nothing was said of when it was noted."""

    kind: str
    text: str = ""
    since: dt.date | None = None
    until: dt.date | None = None


def in_one_line(text: str) -> str:
    """Write a text of several lines as one."""
    return re.sub(r"\r\n?|\n", BREAK, text.strip())


def write_lines(text: str) -> str:
    """Write a text of several lines as one from which `read_lines` makes them again."""
    return in_one_line(text.replace(BREAK, "\\" + BREAK))


def read_lines(text: str) -> str:
    """Give the lines again; a sign of a break that was in the text itself has a stroke before it."""
    return re.sub(rf"\\?{BREAK}", lambda found: "\n" if found[0] == BREAK else BREAK, text.strip())


def write_span(since: dt.date | None, until: dt.date | None) -> str:
    """Write from when until when something counts: （2026-01-02～2026-06-30）; nothing where it always does."""
    if since is None and until is None:
        return ""
    return f"（{since.isoformat() if since else ''}～{until.isoformat() if until else ''}）"


def split_span(line: str) -> tuple[str, dt.date | None, dt.date | None]:
    """Take such a span off the end of a line. Raises ValueError where a day of it does not exist."""
    found = SPAN.search(line)
    if found is None or not (found["since"] or found["until"]):
        return line, None, None
    since, until = (read_date(day) if day else None for day in (found["since"], found["until"]))
    return line[: found.start()].rstrip(), since, until


def write_address(text: str, recipient: str, since: dt.date | None, until: dt.date | None) -> str:
    """Write an address."""
    told = f"（{gettext('attention of')}：{recipient}）" if recipient else ""
    return in_one_line(text) + told + write_span(since, until)


def read_address(line: str) -> AddressLine:
    """Read such a line; one that says no more than the address is that. A day that does not exist stays in the text."""
    try:
        text, since, until = split_span(line.strip())
    except ValueError:
        return AddressLine(line.strip())
    found = _addressed().search(text)
    recipient = found[1].strip() if found else ""
    return AddressLine(text[: found.start()].rstrip() if found else text, recipient, since, until)


@functools.cache
def _addressed() -> re.Pattern[str]:
    words = {"收件人", "收信人", "收", "attn", "attention", "c/o"}
    for locale in LOCALES:
        with speaking(locale):
            words.add(gettext("attention of"))
    return re.compile(rf"\s*[(（]\s*(?:{'|'.join(map(re.escape, words))})\s*[:：]\s*(.*)[)）]$", re.IGNORECASE)


def write_need(title: str, text: str, since: dt.date, until: dt.date | None) -> str:
    """Write a need."""
    said = write_lines(text)
    return title + (f"：{said}" if said else "") + write_span(since, until)


def read_needs(text: str, words: Mapping[str, str]) -> Iterator[NeedLine]:
    """Read such lines, and bare kinds as a person writes them: 媒体广告、糖酒交易会.

    Raises ValueError with the piece that is not understood.
    """
    for line in text.split("\n"):
        rest, since, until = split_span(line.strip())
        what, colon, said = re.sub("[:：]", "\n", rest, count=1).partition("\n")
        kinds = [what.strip()] if colon else split_words(what, words)
        for kind in kinds:
            code = words.get(folded(kind).lower())
            if code is None:
                raise ValueError(kind)
            yield NeedLine(code, read_lines(said), since, until)
