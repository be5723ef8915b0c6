"""Writes calendars as other programs read them (iCalendar, RFC 5545)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

LENGTH = 75
"""Octets of a line; a longer one goes on in the next, after a blank."""
HALF_HOUR = dt.timedelta(minutes=30)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One entry of a calendar: of a whole day, or from a moment on for half an hour."""

    uid: str
    title: str
    changed_at: dt.datetime
    version: int = 1
    day: dt.date | None = None
    at: dt.datetime | None = None
    text: str = ""
    href: str = ""


def escaped(text: str) -> str:
    """Write a text so that commas, semicolons and line ends stay in it."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return text.replace("\r\n", "\\n").replace("\n", "\\n").replace("\r", "\\n")


def folded(line: str) -> str:
    """Break a long line between two characters."""
    parts, part, size = [], "", 0
    for character in line:
        octets = len(character.encode("utf-8", "surrogatepass"))
        if size + octets > LENGTH:
            parts.append(part)
            part, size = " ", 1
        part += character
        size += octets
    return "\r\n".join([*parts, part])


def calendar(name: str, entries: Iterable[Entry]) -> str:
    """Write a calendar."""
    head = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Zhike//Tasks//ZH", "METHOD:PUBLISH"]
    lines = [*head, f"X-WR-CALNAME:{escaped(name)}"]
    for one in entries:
        lines += _event(one)
    lines.append("END:VCALENDAR")
    return "".join(f"{folded(line)}\r\n" for line in lines)


def _event(one: Entry) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{one.uid}"
    yield f"DTSTAMP:{_moment(one.changed_at)}"
    yield f"SEQUENCE:{one.version}"
    if one.at is not None:
        yield f"DTSTART:{_moment(one.at)}"
        yield f"DTEND:{_moment(one.at + HALF_HOUR)}"
    elif one.day is not None:
        yield f"DTSTART;VALUE=DATE:{one.day:%Y%m%d}"
        yield f"DTEND;VALUE=DATE:{one.day + dt.timedelta(days=1):%Y%m%d}"
        yield "TRANSP:TRANSPARENT"
    yield f"SUMMARY:{escaped(one.title)}"
    if one.text:
        yield f"DESCRIPTION:{escaped(one.text)}"
    if one.href:
        yield f"URL:{one.href}"
    yield "END:VEVENT"


def _moment(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
