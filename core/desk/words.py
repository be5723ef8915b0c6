"""Texts of the frame that are put together: the clock, rights in words, what scripts say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from flask_babel import format_decimal, get_locale

from core.auth.access import Access
from core.auth.words import group_title
from core.i18n import gettext, pgettext

WEEKDAYS = "一二三四五六日"


def is_english() -> bool:
    """Tell whether this page is in English."""
    return str(get_locale()).startswith("en")


def number(value: float) -> str:
    """Write a number with thousands: 12,480."""
    return str(format_decimal(value))


def clock_text(now: dt.datetime) -> str:
    """Write the time of the status bar; the script goes on in the same form."""
    if is_english():
        return f"{now.day} {now:%b %Y %H:%M:%S %a}"
    return f"{now:%Y-%m-%d %H:%M:%S} 星期{WEEKDAYS[now.weekday()]}"


def date_text(day: dt.date) -> str:
    """Write a day with its weekday: 3 月 18 日 星期三."""
    if is_english():
        return f"{day:%A}, {day.day} {day:%B}"
    return f"{day.month} 月 {day.day} 日 星期{WEEKDAYS[day.weekday()]}"


def greeting(name: str, now: dt.datetime) -> str:
    """Greet by the time of day."""
    if now.hour < 6 or now.hour >= 18:
        return str(gettext("Good evening, %(name)s", name=name))
    if now.hour < 12:
        return str(gettext("Good morning, %(name)s", name=name))
    return str(gettext("Good afternoon, %(name)s", name=name))


def groups_in_words(names: Sequence[str]) -> list[str]:
    """Name built-in groups."""
    return [str(group_title(name)) for name in names]


def rights_in_words(access: Access, noun: str = "core:company") -> str:
    """Say in a few words what a person may do with customers."""
    places = {
        "own": gettext("own customers"),
        "subordinates": gettext("subordinates' customers"),
        "department": gettext("the department's customers"),
        "all": "",
    }
    verbs = [
        ("query", pgettext("right", "query")),
        ("edit", pgettext("right", "read and write")),
        ("review", pgettext("right", "review")),
        ("print", pgettext("right", "print")),
        ("export", pgettext("right", "export")),
    ]
    parts = []
    for action, verb in verbs:
        scope = access.scope(f"{noun}:{action}")
        if scope != "none":
            place = places[scope]
            parts.append(gettext("%(verb)s (%(place)s)", verb=verb, place=place) if place else verb)
    return " · ".join(parts) or pgettext("right", "none")


def script_texts() -> dict[str, str]:
    """Give the texts that scripts show, in the page's language."""
    return {
        "network": gettext("Could not reach the server. Nothing is lost. Try again"),
        "unsaved": gettext("Unsaved changes"),
        "picked": gettext("{n} selected"),
        "picked_one": gettext("1 selected"),
        "connected": gettext("Connected"),
        "disconnected": gettext("No connection"),
        "copied": gettext("Copied"),
        "urgent": gettext("Urgent: {text}"),
        "view": gettext("View"),
    }
