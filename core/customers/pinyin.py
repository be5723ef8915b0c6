"""Pinyin of names: syllables, initials in all common readings, surnames."""

from __future__ import annotations

import functools
import json
import sys
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

from core.customers.data.readings import POLYPHONES, SURNAMES, WORDS

MAX_VARIANTS = 8
CJK_FIRST, CJK_LAST = 0x3400, 0x9FFF
WORD_STARTS = frozenset(word[0] for word in WORDS)
POLYPHONE_SET = frozenset(character for character, readings in POLYPHONES.items() if len(readings) > 1)
WORD_LENGTHS = (4, 3, 2)
_PLAIN = str.maketrans(
    "āáǎàēéěèếềêīíǐìōóǒòūúǔùüǖǘǚǜńňǹḿ", "aaaaeeeeeeeiiiioooouuuuvvvvvnnnm", "\u0300\u0301\u0302\u0304\u030c"
)


@functools.cache
def readings_table() -> dict[str, str]:
    """Give the usual reading of every character, without tone.

    Read from the file of pypinyin, whose own tables of characters and phrases would stay in memory (50 MB).
    """
    place = find_spec("pypinyin")
    assert place is not None
    assert place.origin is not None
    given: dict[str, str] = json.loads(Path(place.origin).with_name("pinyin_dict.json").read_text("utf-8"))
    table = {
        chr(point): sys.intern(text.partition(",")[0].translate(_PLAIN))
        for point, text in ((int(number), text) for number, text in given.items())
        if CJK_FIRST <= point <= CJK_LAST
    }
    table.update({character: readings[0] for character, readings in POLYPHONES.items()})
    return table


def syllables(key: str) -> list[str]:
    """Read a normalised name: one syllable a character, a run of Latin letters and digits in one piece."""
    usual = readings_table().get
    read: list[str] = []
    i, end = 0, len(key)
    while i < end:
        character = key[i]
        if character in WORD_STARTS:
            for size in WORD_LENGTHS:
                word = WORDS.get(key[i : i + size])
                if word is not None:
                    read.extend(word)
                    i += size
                    break
            else:
                read.append(usual(character, character))
                i += 1
        elif character.isascii():
            start = i
            while i < end and key[i].isascii():
                i += 1
            read.append(key[start:i])
        else:
            read.append(usual(character, character))
            i += 1
    return read


def full_pinyin(key: str, separator: str = "") -> str:
    """Write a normalised name in pinyin, in its usual reading."""
    return separator.join(syllables(key))


def person_pinyin(key: str, separator: str = "") -> str:
    """Write a person's name in pinyin, the surname in its own reading (单 shan, 仇 qiu)."""
    for size in (2, 1):
        surname = SURNAMES.get(key[:size])
        if surname is not None:
            return separator.join([*surname, *syllables(key[size:])])
    return full_pinyin(key, separator)


@dataclass(frozen=True)
class Reading:
    """A normalised name read once: its syllables in the usual reading, and the other readings by place.

    `latin` names the pieces that are runs of Latin letters or digits; they stay whole in initials.
    """

    pieces: list[str]
    latin: frozenset[int]
    others: dict[int, tuple[str, ...]]

    def _variants(self, usual: list[str], first: bool) -> list[str]:
        """Write the name in its usual reading first, then with other readings, at most `MAX_VARIANTS` in all."""
        found = [usual]
        for place, readings in self.others.items():
            for choice in dict.fromkeys([one[0] for one in readings] if first else readings):
                if choice != usual[place]:
                    found += [[*one[:place], choice, *one[place + 1 :]] for one in found]
            if len(found) >= MAX_VARIANTS:
                break
        return list(dict.fromkeys(["".join(one) for one in found]))[:MAX_VARIANTS]

    @functools.cached_property
    def initials(self) -> list[str]:
        """The first letters, in all readings (重庆: `cq`, `zq`); Latin runs stay whole."""
        usual = [piece[0] for piece in self.pieces]
        for place in self.latin:
            usual[place] = self.pieces[place]
        return self._variants(usual, True) if self.others else ["".join(usual)]

    @functools.cached_property
    def pinyin(self) -> list[str]:
        """The pinyin without blanks, in all readings."""
        return self._variants(self.pieces, False) if self.others else ["".join(self.pieces)]

    @property
    def pairs(self) -> list[str]:
        """Every two neighbouring syllables in every reading, each once."""
        pieces, others = self.pieces, self.others
        found = [a + b for a, b in pairwise(pieces)]
        for place in others:
            for one in others[place]:
                if place > 0:
                    found += [before + one for before in (pieces[place - 1], *others.get(place - 1, ()))]
                if place + 1 < len(pieces):
                    found.append(one + pieces[place + 1])
        return list(dict.fromkeys(found))

    def after(self, characters: int, key: str) -> Reading:
        """Give the usual reading of what follows the first characters of the name `key` that was read."""
        place = passed = 0
        while passed < characters:
            passed += len(self.pieces[place]) if key[passed].isascii() else 1
            place += 1
        latin = frozenset(one - place for one in self.latin if one >= place)
        return Reading(self.pieces[place:], latin, {})


def read(key: str) -> Reading:
    """Read a normalised name with all common readings of its characters."""
    pieces = syllables(key)
    latin: set[int] = set()
    others: dict[int, tuple[str, ...]] = {}
    if POLYPHONE_SET.isdisjoint(key) and len(pieces) == len(key) and not key.isascii():
        latin.update(place for place, character in enumerate(key) if character.isascii())
        return Reading(pieces, frozenset(latin), others)
    i = 0
    for place, piece in enumerate(pieces):
        character = key[i]
        if character.isascii():
            latin.add(place)
            i += len(piece)
            continue
        i += 1
        if character in POLYPHONES and (rest := tuple(one for one in POLYPHONES[character] if one != piece)):
            others[place] = rest
    return Reading(pieces, frozenset(latin), others)


@functools.cache
def known_syllables() -> frozenset[str]:
    """Give every toneless syllable that a character can have."""
    every = {*readings_table().values(), *(reading for readings in POLYPHONES.values() for reading in readings)}
    return frozenset(one for one in every if one.isascii() and one.isalpha() and (len(one) > 1 or one in "aeo"))


@functools.lru_cache(1024)
def segmentations(letters: str, limit: int = 4) -> tuple[tuple[tuple[str, ...], str], ...]:
    """Split typed letters into syllables, each way with the unfinished rest: `chengd` is `(("cheng",), "d")`.

    Ways with a shorter rest come first, then those with fewer syllables.
    """
    known = known_syllables()
    ways: list[tuple[tuple[str, ...], str]] = []

    def walk(start: int, parts: tuple[str, ...]) -> None:
        if len(ways) > 64:
            return
        rest = letters[start:]
        if not rest or any(one.startswith(rest) for one in known):
            ways.append((parts, "" if rest in known else rest))
            if not rest:
                return
            if rest in known:
                ways[-1] = ((*parts, rest), "")
        for size in range(min(6, len(rest)), 0, -1):
            if rest[:size] in known and size < len(rest):
                walk(start + size, (*parts, rest[:size]))

    walk(0, ())
    ranked = sorted(dict.fromkeys(ways), key=lambda way: (len(way[1]), len(way[0])))
    return tuple(ranked[:limit])
