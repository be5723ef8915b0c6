"""Towns, townships and street offices below the districts: they tell a district that an address leaves out."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping

from core.customers.data import rows
from core.customers.data.divisions import divisions_by_code
from core.customers.data.edition import of_places
from core.customers.text import simplified

ENDING = re.compile("街道|办事处|街办|镇|乡|苏木|地区|农场|林场|牧场")
KINDS = ("街道", "镇", "乡")
LONGEST = 8
WINDOW = 24
"""How far behind the beginning of an address a town is looked for."""


@of_places
def towns() -> Mapping[str, tuple[str, ...]]:
    """Give the codes of the districts that have a town of a name. Loaded at the first use."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    units = divisions_by_code()
    for row in rows("towns"):
        unit = units[row["code"]]
        for town in simplified(row["towns"]).split(" ") if not unit.retired else ():
            found[town].append(unit.code)
    return {town: tuple(codes) for town, codes in found.items()}


def towns_in(text: str, start: int, *, exact: bool = False) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """Go through the towns that a text names from a place on: where name and ending begin, and the districts it is in.

    Of the names that end at one place the longest comes first. Unless `exact`, a township may have become a town.
    """
    known = towns()
    for ending in ENDING.finditer(text, start, start + WINDOW):
        end = ending.start()
        kinds = (ending[0],) if exact else dict.fromkeys((ending[0], *KINDS))
        for size in range(min(LONGEST, end - start), 1, -1):
            stem = text[end - size : end]
            codes = [code for kind in kinds for code in known.get(stem + kind, ())]
            if codes:
                yield end - size, end, tuple(dict.fromkeys(codes))
