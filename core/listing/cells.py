"""Draws the values of a row: HTML for the list, text for print and export."""

from __future__ import annotations

import datetime as dt
import functools
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from flask import current_app
from flask_babel import get_locale
from markupsafe import Markup, escape
from sqlalchemy.orm import Session

from core.auth.output import Shown
from core.clock import local_now, to_local
from core.i18n import gettext, ngettext
from core.listing.queries import Ref
from core.listing.values import titles_of
from core.plugin import Field
from core.state import kept

Draw = Callable[..., Any]

DASH = Markup('<span class="t3">—</span>')
RIGHT = ("number", "money")
CUT = 14
"""Longer texts are cut off at the width of their column, with the whole in the tooltip."""


def html(text: str) -> Markup:
    """Take a text for HTML: one whose every part is our own or was escaped."""
    return Markup(text)  # noqa: S704


def css_class(field: Field) -> str:
    """Give the class of a field's cells."""
    return "r" if field.kind in RIGHT else ""


def drawer(field: Field, session: Session, links: Mapping[str, Callable[[int], str]] | None) -> Draw:
    """Make the function that draws a field's cell.

    `links` gives the addresses of companies and contacts by kind; None draws without links and uncut, for cards.
    """
    if field.render is not None:
        drawn = macro(field.render)
        return drawn if field.needs else _once_for_each_value(drawn)
    text = _text if links is not None else _whole
    if field.kind in ("choice", "division", "choices", "tags"):
        return _choice(field, words_of(field, session), text)
    if field.kind in ("company", "contact", "user"):
        return _record(links.get(field.kind) if links is not None else None)
    if field.kind == "email" and links is not None:
        return _empty_as_dash(_mail)
    make = MAKERS.get(field.kind)
    return _empty_as_dash(make() if make is not None else text)


def words_of(field: Field, session: Session) -> Mapping[str, str]:
    """Give the words for a field's values in the language of the page; of a dictionary from memory."""

    def make() -> dict[str, str]:
        return {str(code): str(title) for code, title in (titles_of(field, session) or {}).items()}

    if field.dictionary is None or field.choices is not None:
        return make()
    return kept(session, "dictionaries", ("words", field.dictionary, str(get_locale())), make)


def macro(name: str) -> Draw:
    """Find a macro by `template.html#name`; it gets the value and the row."""
    template, _mark, part = name.partition("#")
    drawn: Draw = getattr(current_app.jinja_env.get_template(template).module, part)
    return drawn


def _once_for_each_value(draw: Draw) -> Draw:
    """Draw equal values of a page once: a macro that needs no other field draws from its value alone."""
    known: dict[str, Any] = {}

    def cell(value: Any, row: Shown) -> Any:
        key = repr(value)
        found = known.get(key)
        if found is None:
            found = known[key] = draw(value, row)
        return found

    return cell


def _empty_as_dash(draw: Draw) -> Draw:
    return lambda value, row: DASH if value is None or value == "" else draw(value, row)


def _text(value: Any, _row: Shown) -> Any:
    text = str(value)
    if len(text) > CUT:
        return html(f'<span class="el w2" title="{escape(text[:300])}">{escape(text[:80])}</span>')
    return text


def _whole(value: Any, _row: Shown) -> Any:
    return str(value)[:80]


def _mail(value: Any, _row: Shown) -> Any:
    return html(f'<a href="mailto:{escape(value)}">{escape(value)}</a>')


def _flag() -> Draw:
    yes, no = gettext("Yes"), gettext("No")
    return lambda value, _row: yes if value else no


def _choice(field: Field, titles: Mapping[str, str], text: Draw) -> Draw:
    def one(value: Any, _row: Shown) -> Any:
        return titles.get(value, value)

    @functools.cache
    def tag(value: Any) -> Markup:
        return html(f'<span class="tag {field.tones.get(value, "")}">{escape(titles.get(value, value))}</span>')

    def toned(value: Any, _row: Shown) -> Any:
        return tag(value)

    def several(value: Any, row: Shown) -> Any:
        codes = [value] if isinstance(value, str) else list(value)
        return text("、".join(str(titles.get(c, c)) for c in codes), row) if codes else DASH

    if field.kind in ("choices", "tags"):
        return _empty_as_dash(several)
    return _empty_as_dash(toned if field.tones else one)


def _record(link: Callable[[int], str] | None) -> Draw:
    def draw(value: Any, row: Shown) -> Any:
        if not isinstance(value, Ref):
            return str(value)
        if not value.title:
            return DASH
        if link is None:
            return value.title
        return html(f'<a class="el w2" href="{link(value.id)}">{escape(value.title)}</a>')

    return _empty_as_dash(draw)


def number(value: Any) -> str:
    """Write a number with its thousands apart."""
    if isinstance(value, float) and value == int(value):
        value = int(value)
    return f"{value:,}" if isinstance(value, (int, float, Decimal)) else str(value)


def _date() -> Draw:
    """Write a date: `MM-DD` in this year, else whole."""
    year = local_now().year

    def draw(value: dt.date, _row: Shown) -> Any:
        return f"{value.month:02d}-{value.day:02d}" if value.year == year else value.isoformat()

    return draw


def _moment() -> Draw:
    """Write a moment as people speak of it: minutes and hours of today, then days, then the date."""
    now = local_now()
    yesterday, just_now = gettext("yesterday"), gettext("just now")
    day = _date()

    def said(local: dt.datetime, row: Shown) -> Any:
        seconds = (now - local).total_seconds()
        days = (now.date() - local.date()).days
        if seconds < 0 or days > 7:
            return day(local.date(), row)
        if days > 1:
            return ngettext("%(num)d day ago", "%(num)d days ago", days)
        if days == 1:
            return yesterday
        if seconds < 60:
            return just_now
        if seconds < 3600:
            return ngettext("%(num)d minute ago", "%(num)d minutes ago", int(seconds // 60))
        return ngettext("%(num)d hour ago", "%(num)d hours ago", int(seconds // 3600))

    def draw(value: dt.datetime, row: Shown) -> Any:
        local = to_local(value)
        exact = local.isoformat(" ", "minutes")[:16]
        return html(f'<time datetime="{local.isoformat()}" title="{exact}">{escape(said(local, row))}</time>')

    return draw


MAKERS: Mapping[str, Callable[[], Draw]] = {
    "number": lambda: lambda value, _row: number(value),
    "money": lambda: lambda value, _row: f"{value:,.2f}",
    "date": _date,
    "datetime": _moment,
    "bool": _flag,
}


def total(field: Field, value: Any) -> str:
    """Write a sum."""
    return f"{value:,.2f}" if field.kind == "money" else number(value)


def as_text(field: Field, session: Session) -> Callable[[Any], Any]:
    """Make the function that writes a field's value into a file: numbers stay numbers, all else is text."""
    titles = words_of(field, session)
    yes, no = gettext("Yes"), gettext("No")

    @functools.cache
    def joined(codes: tuple[Any, ...]) -> str:
        return "、".join(titles.get(str(code), str(code)) for code in codes)

    def several(value: Any) -> str:
        return joined((value,) if isinstance(value, str) else tuple(value))

    writers: dict[str, Callable[[Any], Any]] = {
        "number": lambda value: value,
        "money": lambda value: value,
        "date": lambda value: value.isoformat(),
        "datetime": lambda value: to_local(value).isoformat(" ", "seconds")[:19],
        "bool": lambda value: yes if value else no,
        "choice": lambda value: titles.get(value, value),
        "division": lambda value: titles.get(value, value),
        "choices": several,
        "tags": several,
        "user": lambda value: value.title if isinstance(value, Ref) else str(value),
    }
    writers["company"] = writers["contact"] = writers["user"]
    return writers.get(field.kind, str)
