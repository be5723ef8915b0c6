"""Which letters of a title are what somebody typed: as written, or by initials or pinyin."""

from __future__ import annotations

import functools

from markupsafe import Markup, escape

from core.customers.pinyin import read
from core.customers.text import half_width

LONGEST = 100
TYPED = 40


def marked(title: str, text: str) -> Markup:
    """Give a title with `<mark>` around what matched; as it is where nothing did."""
    spans = _spans(title[:LONGEST], half_width(text).strip().lower()[:TYPED])
    parts, last = [Markup()], 0
    for start, end in spans:
        parts += [escape(title[last:start]), Markup("<mark>{}</mark>").format(title[start:end])]
        last = end
    return Markup().join([*parts, escape(title[last:])])


def _spans(title: str, text: str) -> list[tuple[int, int]]:
    """Find where the text stands; its words apart where it does not stand whole."""
    if not text:
        return []
    whole = _find(title, text)
    if whole is not None:
        return [whole]
    found = sorted(span for word in dict.fromkeys(text.split()) if (span := _find(title, word)) is not None)
    kept: list[tuple[int, int]] = []
    for span in found:
        if not kept or span[0] >= kept[-1][1]:
            kept.append(span)
    return kept


def _find(title: str, word: str) -> tuple[int, int] | None:
    lower = title.lower()
    at = lower.find(word) if len(lower) == len(title) else title.find(word)
    if at >= 0:
        return at, at + len(word)
    letters = "".join(word.split())
    if not (letters.isascii() and letters.isalnum()):
        return None
    for start in (place for place, char in enumerate(title) if _sounds(char)):
        end = _spoken(title, start, letters)
        if end is not None:
            return start, end
    return None


def _spoken(title: str, at: int, letters: str) -> int | None:
    """Tell where the letters end that begin at a character, each taken by its initial or its whole sound."""
    if not letters:
        return at
    if at >= len(title):
        return None
    sounds = _sounds(title[at])
    if not sounds:  # a blank or a mark stands between
        return _spoken(title, at + 1, letters)
    for sound in sounds:
        taken = len(sound) if letters.startswith(sound) else len(letters) if sound.startswith(letters) else 0
        for length in {taken, 1 if letters[0] == sound[0] else 0} - {0}:
            end = _spoken(title, at + 1, letters[length:])
            if end is not None:
                return end
    return None


@functools.lru_cache(4000)
def _sounds(char: str) -> tuple[str, ...]:
    """Give how a character may be spoken; a letter or a digit is itself, anything else nothing."""
    if char.isascii():
        return (char.lower(),) if char.isalnum() else ()
    read_once = read(char)
    if not read_once.pieces or not read_once.pieces[0].isascii():
        return ()
    return tuple(dict.fromkeys((read_once.pieces[0], *read_once.others.get(0, ()))))
