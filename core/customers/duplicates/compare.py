"""Compares two records: a score from 0 to 1 and the reasons for it.

The score is a sum of evidence for and against, each part the logarithm of how much likelier it is between two records
of one company than between two companies that look alike.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from core.customers.duplicates.likeness import closeness, slips
from core.customers.duplicates.names import Parts, same_branch, together, trade_words
from core.customers.duplicates.subjects import Subject
from core.customers.duplicates.words import COUNTING, LOOK_ALIKES, TRADES
from core.customers.pinyin import full_pinyin

WEIGHTS = {
    "prior": -1.0,
    "same_name": 4.5,
    "same_core": 4.0,
    "homophone": 1.5,
    "look_alike": 1.5,
    "swapped": 2.0,
    "doubled": 2.0,
    "one_more": 1.0,
    "longer_brand": -0.5,
    "one_other": -0.5,
    "shortened": 1.5,
    "same_trade_class": 0.5,
    "within": 0.5,
    "abbreviated": -2.0,
    "like_name": -4.0,
    "other_brand": -4.5,
    "generic": 0.0,
    "same_brand": -4.0,
    "other_name": -14.0,
    "other_kind": -1.5,
    "same_district": 1.5,
    "same_city": 0.5,
    "other_district": -1.5,
    "place_unknown": -0.5,
    "other_city": -6.0,
    "other_place_in_name": -6.0,
    "other_level": -1.5,
    "branch": -12.0,
    "number": -12.0,
    "same_mobile": 5.0,
    "same_phone": 4.0,
    "other_phone": -0.4,
    "other_mobile": -0.2,
    "same_email": 5.0,
    "same_person": 2.5,
    "other_person": -0.2,
    "same_address": 3.5,
    "like_address": 1.5,
    "other_address": -1.5,
    "same_uscc": 9.0,
    "other_uscc": -9.0,
    "spread": -1.0,
    "choice": -1.0,
}
"""Evidence in natural logarithms."""

NAMED = [
    "same_name",
    "same_core",
    "homophone",
    "look_alike",
    "swapped",
    "doubled",
    "one_more",
    "one_other",
    "longer_brand",
    "shortened",
    "same_trade_class",
    "within",
    "abbreviated",
    "generic",
    "other_brand",
    "like_name",
    "same_brand",
    "other_name",
]
"""How two names stand to each other, the likeliest first."""


class Likeness(NamedTuple):
    """How alike two records are: `score` from 0 to 1, `reasons` as codes, `conflict` where they cannot be one.

    `elsewhere` says that they are in two places, which speaks against a group that holds both.
    """

    score: float
    reasons: tuple[str, ...]
    conflict: bool
    elsewhere: bool = False


class Frequencies(NamedTuple):
    """How often things occur: in how many places a core, how many cores begin so in one place, how many a name."""

    spread: Callable[[str], int]
    choice: Callable[[str, str], int]
    people: Callable[[str], int]


RARE = Frequencies(lambda core: 1, lambda place, brand: 1, lambda person: 1)
"""Where nothing was counted: everything is taken to be rare."""


@functools.lru_cache(20_000)
def _pinyin(core: str) -> str:
    return full_pinyin(core)


def _alike(one: str, other: str) -> str:
    """Say how two cores of nearly the same letters differ; empty where they differ in more than one place."""
    if _pinyin(one) == _pinyin(other):
        return "homophone"
    shorter = min(len(one), len(other))
    if abs(len(one) - len(other)) > 1 or shorter < 3 or slips(one, other, 1) > 1:
        return ""
    if len(one) != len(other):
        short, long = (one, other) if len(one) < len(other) else (other, one)
        place = next((place for place, letter in enumerate(short) if letter != long[place]), shorter)
        return "doubled" if long[place] == long[place - 1] else "one_more"
    places = [place for place in range(len(one)) if one[place] != other[place]]
    if len(places) == 2:
        return "swapped"
    a, b = one[places[0]], other[places[0]]
    if a in COUNTING or b in COUNTING:
        return ""
    return "look_alike" if LOOK_ALIKES.get(a, a) == LOOK_ALIKES.get(b, b) else "one_other"


def _subsequence(short: str, long: str) -> bool:
    rest = iter(long)
    return all(one in rest for one in short)


def _like(one: str, other: str) -> bool:
    """Tell whether two longer cores differ in two letters only."""
    shorter = min(len(one), len(other))
    return shorter >= 5 and slips(one, other, 2) <= 2


@functools.lru_cache(20_000)
def _trade_class(trade: str) -> frozenset[str]:
    """Give the classes of the words of a trade."""
    return frozenset(TRADES[word] for word in trade_words(trade))


@functools.lru_cache(8192)
def compare_cores(one: Parts, other: Parts) -> str:
    """Say how the cores of two names stand to each other."""
    a, b = one.core, other.core
    if one.whole == other.whole:
        return "same_name"
    if a == b:
        return "same_core" if one.brand else "generic"
    if alike := _alike(a, b):
        changed_trade = one.brand == other.brand and one.trade and other.trade
        changed_brand = len(one.brand) == len(other.brand) == 2 and alike == "one_other"
        if alike == "one_more" and len(one.brand) != len(other.brand) and one.trade == other.trade and len(a) < 7:
            return "longer_brand"
        if not changed_trade and not changed_brand:
            return alike
        if alike in ("homophone", "look_alike", "swapped"):
            return alike
        if changed_brand and one.trade == other.trade:
            return "other_brand"
    short, long = (one, other) if len(a) <= len(b) else (other, one)
    if len(short.core) >= 2 and long.core.startswith(short.core) and short.brand:
        return "shortened"
    if one.brand and one.brand == other.brand:
        if _trade_class(one.trade) == _trade_class(other.trade):
            return "same_trade_class"
        if not one.trade or not other.trade:
            return "shortened"
        return "like_name" if _like(a, b) else "same_brand"
    if len(short.core) >= 4 and long.core.endswith(short.core) and short.brand:
        return "within"
    if 2 <= len(short.core) <= 4 and short.core[0] == long.core[0] and _subsequence(short.core, long.core):
        return "abbreviated"
    if one.brand and other.brand and _pinyin(one.brand) == _pinyin(other.brand):
        if _trade_class(one.trade) == _trade_class(other.trade) or not one.trade or not other.trade:
            return "homophone"
        return "same_brand"
    return "like_name" if _like(a, b) else "other_name"


def _branches(one: Parts, other: Parts) -> str:
    """Say whether the branches of two names are different houses: empty, `branch` or `number`."""
    if one.number != other.number:
        return "number"
    if one.branch == other.branch:
        return ""
    if not one.branch or not other.branch:
        return "branch"
    written_wrong = _alike(one.branch, other.branch) in ("homophone", "look_alike", "swapped")
    return "" if written_wrong or same_branch(one.branch, other.branch) else "branch"


def _deepest(parts: Parts) -> str:
    return max(parts.places, key=len, default="")


def _same_place(one: str, other: str) -> str:
    """Say how two places stand to each other."""
    if not one or not other:
        return "place_unknown"
    city = 2 if one[:2] in ("11", "12", "31", "50") else 6 if one[2:4] == "90" else 4
    if one[:city] != other[:city]:
        return "place_unknown" if together(one, other) else "other_city"
    if len(one) < 6 or len(other) < 6:
        return "same_city"
    return "same_district" if one == other else "other_district"


def _same_number(one: Sequence[str], other: Sequence[str]) -> list[str]:
    found = [number for number in one if number in other]
    if found:
        return found
    for a in one:
        for b in other:
            short, long = (a, b) if len(a) <= len(b) else (b, a)
            if len(short) in (7, 8) and short[0] != "0" and long[0] == "0" and long.endswith(short):
                return [long]
    return []


def compare_addresses(one: Subject, other: Subject) -> str:
    """Say how two addresses stand to each other; empty where one is missing or nothing follows from them."""
    a, b = one.road, other.road
    if not a or not b:
        return ""
    if a == b:
        return "same_address" if len(a) > 3 else "like_address"
    short, long = (a, b) if len(a) <= len(b) else (b, a)
    if len(short) > 4 and short in long:
        return "same_address" if one.street or len(short) > 7 else "like_address"
    if one.street and one.street == other.street:
        return "same_address"
    if len(short) > 4 and closeness(a, b) > 0.75:
        return "like_address"
    return "other_address"


def compare_names(one: Subject, other: Subject) -> tuple[str, Parts, Parts, str]:
    """Find the two names, of all that each has, that are likest; with what keeps them apart as houses."""
    best: tuple[int, str, Parts, Parts, str] | None = None
    for a in one.names:
        for b in other.names:
            relation = compare_cores(a, b)
            apart = _branches(a, b)
            rank = NAMED.index(relation) + (50 if apart else 0)
            if best is None or rank < best[0]:
                best = (rank, relation, a, b, apart)
    assert best is not None
    return best[1:]


def evidence(one: Subject, other: Subject, often: Frequencies = RARE) -> tuple[dict[str, float], bool]:
    """Gather the evidence for and against; each with how much of it there is. The second tells of a contradiction."""
    found: dict[str, float] = {"prior": 1}
    relation, a, b, apart = compare_names(one, other)
    found[relation] = 1
    conflict = False
    if (one.parent and one.parent == other.id) or (other.parent and other.parent == one.id):
        apart = "branch"
    if apart:
        found[apart] = 1
        conflict = True
    if a.kind != b.kind and relation != "shortened":
        found["other_kind"] = 1
    place = _same_place(one.where, other.where)
    first, second = _deepest(a), _deepest(b)
    if first and second and not together(first, second):
        found["other_place_in_name"] = 1
    elif first and second and not set(a.places) & set(b.places):
        found["other_level"] = 1
    elif place != "other_city":
        for name_place, where in ((first, other.where), (second, one.where)):
            if (
                where
                and not ((first and second) or a.doubtful or b.doubtful)
                and _same_place(name_place, where) == "other_city"
            ):
                place = "other_city"
    found[place] = 1
    core = a.core if len(a.core) >= len(b.core) else b.core
    short = b if len(a.core) >= len(b.core) else a
    if place == "place_unknown":
        found["spread"] = math.log(max(1, often.spread(short.core)))
    if relation in ("shortened", "abbreviated", "same_brand", "same_trade_class"):
        found["choice"] = math.log(max(1, often.choice(one.where[:4] or other.where[:4], short.brand or core)))
    shared = _same_number(one.numbers, other.numbers)
    mobiles = [number for number in shared if len(number) == 11 and number[0] == "1"]
    if mobiles:
        found["same_mobile"] = 1
    if len(shared) > len(mobiles):
        found["same_phone"] = 1
    if not shared:
        lines = [[n for n in side.numbers if n[0] != "1"] for side in (one, other)]
        if all(lines):
            found["other_phone"] = 1
        if all(len(side.numbers) > len(line) for side, line in zip((one, other), lines, strict=True)):
            found["other_mobile"] = 1
    if set(one.emails) & set(other.emails):
        found["same_email"] = 1
    people = set(one.people) & set(other.people)
    if people:
        rarest = min(often.people(person) for person in people)
        found["same_person"] = 1 / (1 + math.log(max(1, rarest)) / 4)
    elif one.people and other.people:
        found["other_person"] = 1
    addresses = compare_addresses(one, other)
    if addresses and (addresses != "other_address" or place in ("same_city", "same_district", "other_district")):
        found[addresses] = 1
    if one.uscc and other.uscc:
        found["same_uscc" if one.uscc == other.uscc else "other_uscc"] = 1
        conflict = conflict or one.uscc != other.uscc
    return found, conflict


def compare(one: Subject, other: Subject, often: Frequencies = RARE) -> Likeness:
    """Compare two records."""
    found, conflict = evidence(one, other, often)
    total = sum(WEIGHTS[name] * much for name, much in found.items())
    score = 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))
    reasons = tuple(name for name in found if WEIGHTS[name] > 0 or name in NAMED)
    elsewhere = "other_city" in found or "other_place_in_name" in found
    return Likeness(score, reasons, conflict, elsewhere)
