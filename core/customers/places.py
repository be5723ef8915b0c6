"""Names of places within names of companies, and as words that companies there are found by."""

from __future__ import annotations

import functools
from collections.abc import Mapping

from core.customers.data.divisions import divisions
from core.customers.text import normal

LONGEST = 12
STEPS = 3


@functools.cache
def _names() -> tuple[frozenset[str], Mapping[str, str]]:
    """Give all names of places, long and short, and the short name of each long one."""
    short: dict[str, str] = {}
    for unit in divisions():
        if not unit.special_zone:
            short.setdefault(normal(unit.name), normal(unit.short_name))
    names = frozenset(name for name in {*short, *short.values()} if len(name) > 1)
    return names, short


def without_place(key: str) -> str:
    """Cut the places off the beginning of a normalised name; the name itself where nothing would be left."""
    names, _short = _names()
    rest = key
    for _step in range(STEPS):
        for size in range(min(LONGEST, len(rest) - 2), 1, -1):
            if rest[:size] in names:
                rest = rest[size:]
                break
        else:
            break
    return rest


@functools.lru_cache(8192)
def place_words(*names: str | None) -> tuple[str, ...]:
    """Give the words for places that a company is found by beside its name: long and short names, normalised."""
    short = _names()[1]
    keys = [normal(name) for name in names if name]
    return tuple(dict.fromkeys(word for key in keys for word in (key, short.get(key, key)) if word))
