"""Names as the search, the sort order and the duplicate check see them."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Iterable
from itertools import pairwise

from core.customers.pinyin import Reading, full_pinyin, person_pinyin, read

NOT_WORD = re.compile(r"[\W_]+")
CACHE = 20_000


@functools.cache
def _converter() -> Callable[[str], str]:
    from opencc import OpenCC

    convert: Callable[[str], str] = OpenCC("t2s").convert
    return convert


def half_width(value: str) -> str:
    """Turn full-width letters, digits and marks into plain ones (NFKC)."""
    return value if unicodedata.is_normalized("NFKC", value) else unicodedata.normalize("NFKC", value)


@functools.cache
def _traditional() -> frozenset[str]:
    """Give the characters that conversion changes; most texts have none of them and are left alone."""
    characters = [chr(point) for point in range(0x3400, 0xA000)]
    changed = _converter()("\n".join(characters)).split("\n")
    changing = (before for before, after in zip(characters, changed, strict=True) if before != after)
    return frozenset((*changing, "藉", "沈"))  # these two change only within words


def simplified(value: str) -> str:
    """Turn traditional characters into simplified ones."""
    return value if _traditional().isdisjoint(value) else _converter()(value)


def folded(value: str) -> str:
    """Fold a text for search: plain width, simplified, lower case, without blanks and marks."""
    return NOT_WORD.sub("", simplified(half_width(value)).lower())


@functools.lru_cache(CACHE)
def normal(value: str) -> str:
    """Fold a name for search; names come again and again."""
    return folded(value)


def name_key(value: str) -> str:
    """Give the key by which equal names are found; the name itself where it has neither letters nor digits."""
    return (normal(value) or value.strip())[:200]


def terms(value: str) -> list[str]:
    """Split what somebody typed at its blanks into normalised terms, without repeats."""
    parts = (normal(part) for part in half_width(value).split())
    return list(dict.fromkeys(part for part in parts if part))


def grams(key: str) -> list[str]:
    """Cut a normalised name into all its single characters and all its pairs, each once."""
    return list(dict.fromkeys([*key, *(a + b for a, b in pairwise(key))]))


def query_grams(key: str) -> list[str]:
    """Give the tokens that a name containing `key` must have: its pairs, or the one character."""
    return [key] if len(key) == 1 else list(dict.fromkeys(key[i : i + 2] for i in range(len(key) - 1)))


def initials_tokens(variants: Iterable[str]) -> list[str]:
    """Cut initials into pairs (`~cd`) and beginnings of up to four letters (`^cdjc`), some more than once."""
    found = []
    for letters in variants:
        found += ["~" + a + b for a, b in pairwise(letters)]
        found += ["^" + part for part in beginnings(letters)]
    return found


def beginnings(letters: str) -> list[str]:
    """Give the first one to four letters."""
    return [letters[:size] for size in range(1, min(4, len(letters)) + 1)]


def first_pair(reading: Reading) -> list[str]:
    """Give the token of a name's first two syllables (`^=chengdu`)."""
    return ["^=" + reading.pieces[0] + reading.pieces[1]] if len(reading.pieces) > 1 else []


def search_tokens(
    resource: str,
    keys: Iterable[str],
    readings: Iterable[Reading] = (),
    core: Reading | None = None,
    places: Iterable[str] = (),
) -> list[str]:
    """Cut a record's normalised names into all the tokens that it may be found by; the first is the resource's own.

    `readings` are those of the names to be found by pinyin: pairs and beginnings of the initials, pairs of syllables
    (`=chengdu`) and the first pair (`^=chengdu`). `core` is the chief name without its place, of which only the
    beginning is new. `places` are words for where it is (`#成都`).
    """
    found = [f"@{resource}", *(f"#{word}" for word in places)]
    for key in keys:
        found += grams(key)
    for reading in readings:
        found += initials_tokens(reading.initials)
        found += ["=" + pair for pair in reading.pairs]
        found += first_pair(reading)
    if core is not None:
        found += ["^" + part for part in beginnings(core.initials[0])]
        found += first_pair(core)
    return list(dict.fromkeys(found))


@functools.lru_cache(CACHE)
def sort_key(value: str) -> str:
    """Give the key that sorts names as a Chinese index does: by syllable, letters and digits in their place."""
    return full_pinyin(normal(value), " ")[:80]


@functools.lru_cache(CACHE)
def person_sort_key(value: str) -> str:
    """Give the sort key of a person, whose surname has a reading of its own."""
    return person_pinyin(normal(value), " ")[:80]


__all__ = [
    "folded",
    "grams",
    "half_width",
    "initials_tokens",
    "name_key",
    "normal",
    "person_sort_key",
    "query_grams",
    "read",
    "search_tokens",
    "simplified",
    "sort_key",
    "terms",
]
