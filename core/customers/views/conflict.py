"""Two people changed one record: keeps both sides in sight and merges what does not clash."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import FieldList

from core.forms import BaseForm

MARKS = frozenset({"csrf_token", "version", "idempotency_key", "original", "then"})
TAKE = "take-"


@dataclass(frozen=True, slots=True)
class Clash:
    """A field that both changed, in words: as it was, as it is now, as typed."""

    name: str
    title: Any
    original: str
    now: str
    mine: str


def snapshot(form: BaseForm) -> str:
    """Write the values of a form's plain fields, to be compared when it comes back."""
    return json.dumps({name: text_of(field) for name, field in _plain(form).items()}, ensure_ascii=False)


def read_snapshot(text: str | None) -> dict[str, str]:
    """Read what `snapshot` wrote; nothing where it was tampered with."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else {}


def _plain(form: BaseForm) -> dict[str, Any]:
    return {n: f for n, f in form._fields.items() if n not in MARKS and not isinstance(f, FieldList)}


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
    titles = {str(pair[0]): str(pair[1]) for pair in getattr(field, "choices", None) or ()}
    return "、".join(titles.get(part, part) for part in text_of(field).split("\n") if part)


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
            found.append(Clash(name, field.label.text, before, words_of(other), words_of(field)))
    return found


def is_decided(asked: MultiDict[str, str]) -> bool:
    """Tell whether the form comes from the page that asks which of two values to keep."""
    return any(key.startswith(TAKE) for key in asked)


def taken_from_theirs(
    mine: BaseForm, now: BaseForm, original: Mapping[str, str], asked: MultiDict[str, str]
) -> frozenset[str]:
    """Name the fields in which the other's value stays: those I did not touch, and those I gave up."""
    theirs = _plain(now)
    names = set()
    for name, field in _plain(mine).items():
        if name not in theirs or name not in original:
            continue
        decided = asked.get(f"{TAKE}{name}")
        if decided == "now" or (decided is None and text_of(field) == original[name]):
            names.add(name)
    return frozenset(names)


def carried(form: MultiDict[str, str]) -> list[tuple[str, str]]:
    """Give what was typed, to be sent again from the page that asks."""
    skipped = MARKS - {"original"}
    return [
        (key, value) for key in form for value in form.getlist(key) if key not in skipped and not key.startswith(TAKE)
    ]
