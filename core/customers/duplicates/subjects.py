"""What the comparison knows of a record: its names taken apart, where it is, how it is reached."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from core.customers.data.divisions import all_divisions
from core.customers.data.edition import of_places, remembered
from core.customers.duplicates.names import (
    Parts,
    former_names,
    place_codes,
    place_in,
    place_lengths,
    short_code,
    take_apart,
)
from core.customers.numbers import email_key
from core.customers.text import name_key, normal

MOBILE = re.compile(r"1[3-9]\d{9}")
LOCAL = re.compile(r"[2-8]\d{6,7}")
AREA = re.compile(r"0(?:10|2\d|[3-9]\d{2})")
NUMERAL = re.compile(r"[一二三四五六七八九十]{1,3}(?=[号弄组层楼幢栋村队巷路区单])")
STREET = re.compile(r"([\u4e00-\u9fff]{2,8}?(?:大道|路|街|道|巷|弄|胡同|里))(?:[东南西北中]段?)?(\d+)")
SHARED_ADDRESS = re.compile(r"(?:工业|开发|园|市场|产业|物流)")
SHORTEST_PLACE = 4


class Subject(NamedTuple):
    """A record to compare. `names` are the chief name, then others; `where` is the code of its place, short."""

    id: int
    names: tuple[Parts, ...]
    where: str
    numbers: tuple[str, ...]
    emails: tuple[str, ...]
    people: tuple[str, ...]
    road: str
    street: str
    uscc: str
    parent: int = 0


class Given(NamedTuple):
    """What a record holds, as it is written."""

    id: int
    name: str
    others: Sequence[str] = ()
    division: str = ""
    address: str = ""
    postcode: str = ""
    numbers: Sequence[str] = ()
    emails: Sequence[str] = ()
    people: Sequence[str] = ()
    uscc: str = ""
    parent: int = 0


@of_places
def _places_by_number() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Give the city that an area code stands for, and the place of a postcode, where it is one."""
    areas: defaultdict[str, set[str]] = defaultdict(set)
    posts: defaultdict[str, set[str]] = defaultdict(set)
    for unit in all_divisions():
        code = short_code(unit.code)
        if len(code) < 4:
            continue
        city = code if code[2:4] == "90" else code[:4] if code[:2] not in ("11", "12", "31", "50") else code[:2]
        if unit.area_code:
            areas[unit.area_code].add(city)
        if unit.postcode:
            posts[unit.postcode[:4]].add(city)
    return (
        {number: next(iter(found)) for number, found in areas.items() if len(found) == 1},
        {number: next(iter(found)) for number, found in posts.items() if len(found) == 1},
    )


def _area_of(number: str) -> str:
    found = AREA.match(number)
    return found[0] if found else ""


def place_of(given: Given, numbers: Iterable[str]) -> str:
    """Tell where a company is: by its division, else its address, its postcode, else the area code of its numbers."""
    if given.division:
        return short_code(given.division)
    written = place_in(given.address) if given.address else ""
    if len(written) >= 4:
        return written
    areas, posts = _places_by_number()
    if found := posts.get(given.postcode[:4]):
        return found
    for number in numbers:
        if found := areas.get(_area_of(number)):
            return found
    return written


def _numeral(found: re.Match[str]) -> str:
    ones = "零一二三四五六七八九"
    text = found[0]
    if "十" not in text:
        return "".join(str(ones.index(one)) for one in text)
    tens, _ten, rest = text.partition("十")
    return str((ones.index(tens) if len(tens) == 1 else 1) * 10 + (ones.index(rest) if len(rest) == 1 else 0))


@remembered(4096)
def road_of(address: str) -> str:
    """Fold an address without the divisions at its beginning, so that it compares however it was begun."""
    rest = normal(address)
    names = place_codes()
    for _step in range(4):
        for size in place_lengths().get(rest[:2], ()):
            codes = names.get(rest[:size]) if size < len(rest) else None
            if codes and (size > 2 or len(codes[0]) <= 4):  # a district by its short name may be a village
                rest = rest[size:]
                break
        else:
            break
    return NUMERAL.sub(_numeral, rest)[:60]


def street_of(road: str) -> str:
    """Give the street and its number (`西华路286`), the part of an address that says most."""
    found = STREET.search(road)
    return found[1][-4:] + found[2] if found else ""


def place_key(address: str | None) -> int | None:
    """Give the number by which companies at one address are found: of its street and house, else of all of it.

    It is a hash, so that it tells nothing of an address that is taken away. None where the address says too little.
    """
    road = road_of(address) if address else ""
    said = street_of(road) or road
    if len(said) < SHORTEST_PLACE:
        return None
    return int.from_bytes(hashlib.blake2b(said.encode(), digest_size=8).digest()) >> 1


def subject(given: Given) -> Subject:
    """Make what is compared of what a record holds."""
    numbers = tuple(dict.fromkeys(number for number in given.numbers if len(number) >= 7))
    where = place_of(given, numbers)
    written = dict.fromkeys([given.name, *given.others, *former_names(given.name)])
    names = []
    for name in filter(None, written):
        parts = take_apart(name, where)
        names.append(parts)
        if parts.doubtful:
            names.append(take_apart(name, where, cut=False))
    if len(where) < 4:
        certain = (code for parts in names[:1] if not parts.doubtful for code in parts.places)
        deeper = max(certain, key=len, default="")
        where = deeper if deeper.startswith(where) else where
    road = road_of(given.address) if given.address else ""
    return Subject(
        given.id,
        tuple(names),
        where,
        numbers,
        tuple(email_key(one) for one in given.emails),
        tuple(dict.fromkeys(name_key(one) for one in given.people if one)),
        road,
        street_of(road),
        given.uscc,
        given.parent,
    )
