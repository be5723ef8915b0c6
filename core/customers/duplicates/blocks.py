"""Chooses the pairs that are worth comparing: records that share a key, never all with all.

Keys are kept as numbers of 64 bits: a part of a hash, the kind of the key, the record. A million records make some
twelve million of them, about 100 MB.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator

from core.customers.duplicates.names import Parts
from core.customers.duplicates.subjects import Subject
from core.customers.pinyin import full_pinyin, syllables

BUCKETS = 256
RECORD_BITS = 24
KIND_BITS = 2
HASH_MASK = (1 << (64 - RECORD_BITS - KIND_BITS)) - 1
RECORD_MASK = (1 << RECORD_BITS) - 1
NAME, NEAR, START, REACH = range(4)
LARGEST = {NAME: 60, NEAR: 40, START: 100, REACH: 40}
"""Up to how many records of a key are compared with each other."""
WINDOW = {NAME: 0, NEAR: 12, START: 0, REACH: 12}
"""In a larger block each record is compared with so many that follow it."""
MUNICIPALITIES = ("11", "12", "31", "50")


def city_of(code: str) -> str:
    """Give the code of the city that a place belongs to; empty for a whole province."""
    if code[:2] in MUNICIPALITIES:
        return code[:2]
    if code[2:4] == "90":
        return code
    return code[:4] if len(code) >= 4 else ""


def cities_of(subject: Subject, parts: Parts) -> list[str]:
    """Give the cities under which a name is looked for: where the company is, and those in its name."""
    found = dict.fromkeys(city_of(code) for code in (subject.where, *parts.places))
    return [city for city in found if city]


def keys(subject: Subject) -> Iterator[tuple[int, str]]:
    """Give the keys of a record with their kinds."""
    for parts in subject.names:
        core = parts.core
        house = f"{'+' if parts.branch else ''}{parts.number}"
        yield NAME, f"c{house}{full_pinyin(core)}"
        start = "".join(syllables(core[:2]))
        for city in cities_of(subject, parts):
            yield START, f"s{city}{house}{start}"
            yield NEAR, f"d{city}{house}{core}"
            if 3 <= len(core) <= 14:
                for place in range(len(core)):
                    yield NEAR, f"d{city}{house}{core[:place]}{core[place + 1 :]}"
    for number in subject.numbers:
        yield REACH, "n" + number
    for email in subject.emails:
        yield REACH, "e" + email
    if subject.uscc:
        yield REACH, "u" + subject.uscc
    city = city_of(subject.where)
    if len(subject.road) > 3 and city:
        yield REACH, f"a{city}{subject.street or subject.road}"


class Blocks:
    """Gathers keys and gives the pairs."""

    def __init__(self) -> None:
        self.buckets = [array("Q") for _ in range(BUCKETS)]

    def add(self, number: int, subject: Subject) -> None:
        """Take the keys of the record of this number."""
        for kind, key in set(keys(subject)):
            value = hash(key)
            packed = ((value >> 8) & HASH_MASK) << (RECORD_BITS + KIND_BITS) | kind << RECORD_BITS | number
            self.buckets[value % BUCKETS].append(packed)

    def pairs(self) -> Iterator[tuple[int, int]]:
        """Give the pairs of numbers, the smaller first; some of them more than once. The keys are used up."""
        for place, bucket in enumerate(self.buckets):
            self.buckets[place] = array("Q")
            block: list[int] = []
            before = -1
            for packed in sorted(bucket):
                if packed >> RECORD_BITS != before:
                    yield from _within(block, before)
                    block, before = [], packed >> RECORD_BITS
                block.append(packed & RECORD_MASK)
            yield from _within(block, before)


def _within(block: list[int], key: int) -> Iterator[tuple[int, int]]:
    if len(block) < 2:
        return
    kind = key & ((1 << KIND_BITS) - 1)
    reach = len(block) if len(block) <= LARGEST[kind] else WINDOW[kind]
    for place, one in enumerate(block):
        for other in block[place + 1 : place + 1 + reach]:
            yield one, other
