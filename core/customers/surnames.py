"""Names of people in their parts: what is the family name, and what the given one."""

from __future__ import annotations

import re

from core.customers.data.readings import SURNAMES
from core.customers.text import simplified

COMPOUND = frozenset(one for one in SURNAMES if len(one) == 2)
"""Family names of two characters: 欧阳, 司马."""

CHINESE = re.compile(r"[\u3400-\u9fff]{2,5}")
LATIN = re.compile(r"[^\W\d_][^\W\d_.'’-]*\.?(?:['’-]?[^\W\d_]+\.?)*")
SHORT = 2


def family_of(name: str) -> str:
    """Give the family name of a Chinese name: 欧阳 of 欧阳修, 何 of 何建国."""
    return name[:2] if simplified(name[:2]) in COMPOUND else name[:1]


def parts_of(name: str) -> tuple[str, str]:
    """Split a name into family and given name; where it cannot be told, all of it is the first.

    Chinese ones begin with the family name, also spread by blanks (何　建国); of Latin ones it is the last word, or
    what stands before a comma. Names with a point (买买提·吐尔逊) have no family name and stay whole.
    """
    closed = "".join(name.split())
    if CHINESE.fullmatch(closed):
        family = family_of(closed)
        return family, closed[len(family) :]
    before, comma, after = (one.strip() for one in name.partition(","))
    words = [*after.split(), *before.split()] if comma else name.split()
    if not name.isascii() or len(words) < SHORT or not all(LATIN.fullmatch(one) for one in words):
        return name, ""
    return (before, after) if comma else (words[-1], " ".join(words[:-1]))
