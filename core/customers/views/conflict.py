"""Two people changed one record: keeps both sides in sight and merges what does not clash."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, FieldList

from core.forms import BaseForm

MARKS = frozenset({"csrf_token", "version", "idempotency_key", "original", "then"})
TAKE = "take-"
LINE = "#"
"""Between the field and the row's number in the key of a line: `phones#12`."""


@dataclass(frozen=True, slots=True)
class Clash:
    """A field that both changed, in words: as it was, as it is now, as typed."""

    name: str
    title: Any
    original: str
    now: str
    mine: str


def snapshot(form: BaseForm) -> str:
    """Write the values of a form's plain fields and of its lines, to be compared when it comes back."""
    plain = {name: text_of(field) for name, field in _plain(form).items()}
    lines = {key: _line_text(entry) for key, entry in _lines(form).items()}
    return json.dumps(plain | lines, ensure_ascii=False)


def read_snapshot(text: str | None) -> dict[str, str]:
    """Read what `snapshot` wrote; nothing where it was tampered with."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def _plain(form: BaseForm) -> dict[str, Any]:
    return {n: f for n, f in form._fields.items() if n not in MARKS and not isinstance(f, FieldList)}


def _lines(form: BaseForm) -> dict[str, Any]:
    """Give the lines that stand for rows of the record, by field and row number."""
    return {
        f"{name}{LINE}{entry.form.id.data}": entry.form
        for name, field in form._fields.items()
        if isinstance(field, FieldList)
        for entry in field.entries
        if str(entry.form.id.data or "").isdigit()
    }


def _parts(line: Any) -> dict[str, Any]:
    return {one.short_name: one for one in line if one.short_name not in ("id", "csrf_token")}


def _line_text(line: Any) -> str:
    """Write a line so that two of them can be compared; one that lost what it is about is none."""
    if line is None or line.is_empty:
        return ""
    return json.dumps({name: text_of(one) for name, one in _parts(line).items()}, ensure_ascii=False)


def _line_words(text: str, *lines: Any) -> str:
    """Write a line as people read it, with the words for its codes from whichever line is there."""
    if not text:
        return ""
    known = next(_parts(line) for line in lines if line is not None)
    words = [_words(known[name], value) for name, value in json.loads(text).items() if name in known]
    return " · ".join(word for word in words if word)


def text_of(field: Any) -> str:
    """Write a field's value so that two of them can be compared."""
    value = field.data
    if value is None or value is False:
        return ""
    return "\n".join(str(one) for one in value) if isinstance(value, list | tuple) else str(value)


def words_of(field: Any) -> str:
    """Write a field's value as people read it."""
    title_of = getattr(field, "title_of", None)
    if title_of is not None:
        return title_of(field.data) if field.data else ""
    return _words(field, text_of(field))


def _words(field: Any, text: str) -> str:
    """Write a value that was kept as text in the words of its field."""
    titles = {str(pair[0]): str(pair[1]) for pair in getattr(field, "choices", None) or ()}
    if isinstance(field, BooleanField):
        return str(field.label.text) if text else ""
    return "、".join(titles.get(part, part) for part in text.split("\n") if part)


def clashes(mine: BaseForm, now: BaseForm, original: Mapping[str, str], asked: MultiDict[str, str]) -> list[Clash]:
    """List the fields that both changed and about which nothing was decided yet."""
    found = []
    theirs = _plain(now)
    for name, field in _plain(mine).items():
        other = theirs.get(name)
        if other is None or f"{TAKE}{name}" in asked or name not in original:
            continue
        typed, present, before = text_of(field), text_of(other), original[name]
        if typed not in (before, present) and present != before:
            found.append(Clash(name, field.label.text, _words(field, before), words_of(other), words_of(field)))
    return found + _line_clashes(mine, now, original, asked)


def _line_clashes(
    mine: BaseForm, now: BaseForm, original: Mapping[str, str], asked: MultiDict[str, str]
) -> list[Clash]:
    """List the rows that both changed, or that one changed and the other removed."""
    found = []
    typed, present = _lines(mine), _lines(now)
    for key, before in original.items():
        name, mark, _number = key.partition(LINE)
        if not mark or name not in mine._fields or f"{TAKE}{key}" in asked:
            continue
        lines = (typed.get(key), present.get(key))
        texts = [_line_text(line) for line in lines]
        if texts[0] not in (before, texts[1]) and texts[1] != before:
            words = [_line_words(text, *lines) for text in (before, texts[1], texts[0])]
            found.append(Clash(key, mine._fields[name].label.text, *words))
    return found


def is_decided(asked: MultiDict[str, str]) -> bool:
    """Tell whether the form comes from the page that asks which of two values to keep."""
    return any(key.startswith(TAKE) for key in asked)


def merge(mine: BaseForm, now: BaseForm, original: Mapping[str, str], asked: MultiDict[str, str]) -> None:
    """Put into the sent form what the other saved, where I touched nothing or gave my own up."""
    theirs = _plain(now)
    for name, field in _plain(mine).items():
        if name not in theirs or name not in original:
            continue
        decided = asked.get(f"{TAKE}{name}")
        if decided == "now" or (decided is None and text_of(field) == original[name]):
            field.data = theirs[name].data
    _merge_lines(mine, now, original, asked)


def _merge_lines(mine: BaseForm, now: BaseForm, original: Mapping[str, str], asked: MultiDict[str, str]) -> None:
    typed, present = _lines(mine), _lines(now)
    for key, before in original.items():
        name, mark, _number = key.partition(LINE)
        lines: Any = mine._fields.get(name)
        if not mark or lines is None:
            continue
        line, other = typed.get(key), present.get(key)
        decided = asked.get(f"{TAKE}{key}")
        if decided == "now" or (decided is None and _line_text(line) == before):
            _take_line(lines, line, other)
        elif other is None and line is not None:
            line.id.data = ""  # the row is gone: what I keep of it is a new one


def _take_line(lines: Any, line: Any, other: Any) -> None:
    """Put the other's line in place of mine: changed, removed, or back again."""
    if other is None:
        lines.entries = [entry for entry in lines.entries if entry.form is not line]
        return
    if line is None:
        lines.append_entry()
        line = lines.entries[-1].form
        line.id.data = other.id.data
    for name, part in _parts(line).items():
        part.data = other[name].data


def carried(form: MultiDict[str, str]) -> list[tuple[str, str]]:
    """Give what was typed, to be sent again from the page that asks."""
    skipped = MARKS - {"original"}
    return [
        (key, value) for key in form for value in form.getlist(key) if key not in skipped and not key.startswith(TAKE)
    ]
