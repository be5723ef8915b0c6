"""Finds the duplicates among many records: near linear in time, some 300 bytes a record and 100 for its keys."""

from __future__ import annotations

import marshal
from array import array
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from core.customers.duplicates.blocks import RECORD_BITS, RECORD_MASK, Blocks, city_of
from core.customers.duplicates.compare import Frequencies, Likeness, compare
from core.customers.duplicates.groups import join
from core.customers.duplicates.names import Parts
from core.customers.duplicates.subjects import Given, Subject, subject

THRESHOLD = 0.5
PART = 16384
KEPT = 40_000


class Pair(NamedTuple):
    """Two records, by their ids, that are probably one company."""

    first: int
    second: int
    score: float
    reasons: tuple[str, ...]


Tell = Callable[[str, int, int], None]
"""Is told how far the work is: the step, what is done, of how much (0 where that is not known)."""


def silent(step: str, done: int, total: int) -> None:
    """Tell nobody."""


class Counted:
    """Counts how common names are, to weigh what two records have in common."""

    def __init__(self) -> None:
        self._places: set[int] = set()
        self._spread: dict[int, int] = {}
        self._cores: set[int] = set()
        self._choice: dict[int, int] = {}
        self._people: dict[int, int] = {}

    def add(self, one: Subject) -> None:
        """Count a record."""
        city = city_of(one.where)
        parts = one.names[0]
        core = hash(parts.core)
        if city:
            self._first(self._places, self._spread, hash((core, city)), core)
            if parts.trade:
                self._first(self._cores, self._choice, hash((city, core, parts.core[:2])), hash((city, parts.core[:2])))
        for person in one.people:
            key = hash(person)
            self._people[key] = self._people.get(key, 0) + 1

    @staticmethod
    def _first(seen: set[int], counts: dict[int, int], what: int, of: int) -> None:
        if what not in seen:
            seen.add(what)
            counts[of] = counts.get(of, 0) + 1

    def frequencies(self) -> Frequencies:
        """Give the counts; what occurs once need not be kept."""
        self._places.clear()
        self._cores.clear()
        spread, choice, people = (
            {key: count for key, count in counts.items() if count > 1}
            for counts in (self._spread, self._choice, self._people)
        )
        self._spread, self._choice, self._people = spread, choice, people
        return Frequencies(
            lambda core: spread.get(hash(core), 1),
            lambda place, core: choice.get(hash((city_of(place), core[:2])), 1),
            lambda person: people.get(hash(person), 1),
        )


def packed(one: Subject) -> bytes:
    """Keep a record in few bytes."""
    return marshal.dumps((one.id, tuple(map(tuple, one.names)), *one[2:]))


def unpacked(kept: bytes) -> Subject:
    """Give the record back."""
    values = marshal.loads(kept)  # noqa: S302 - what this process packed itself
    return Subject(values[0], tuple(Parts(*parts) for parts in values[1]), *values[2:])


class Memory:
    """Keeps records packed and the last used ones unpacked."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []
        self.open: dict[int, Subject] = {}

    def __getitem__(self, number: int) -> Subject:
        found = self.open.get(number)
        if found is None:
            if len(self.open) >= KEPT:
                self.open.clear()
            found = self.open[number] = unpacked(self.kept[number])
        return found


def find_duplicates(records: Iterable[Given], threshold: float = THRESHOLD, tell: Tell = silent) -> Iterator[Pair]:
    """Give the pairs of records that are probably one company, group by group; every group is consistent."""
    memory, blocks, counted = Memory(), Blocks(), Counted()
    for number, given in enumerate(records):
        one = subject(given)
        memory.kept.append(packed(one))
        blocks.add(number, one)
        counted.add(one)
        if not number % 1000:
            tell("read", number, 0)
    often = counted.frequencies()
    found: list[tuple[int, int, Likeness]] = []
    total = len(memory.kept)
    for start, part in enumerate(_parts(blocks, total)):
        tell("compared", min(start * PART, total), total)
        last = -1
        for pair in sorted(part):
            if pair != last:
                first, second = pair >> RECORD_BITS, pair & RECORD_MASK
                likeness = compare(memory[first], memory[second], often)
                if likeness.score >= threshold:
                    found.append((first, second, likeness))
                last = pair
    tell("compared", total, total)

    def look(one: int, other: int) -> Likeness:
        return compare(memory[one], memory[other], often)

    for first, second, likeness in join(found, threshold, look):
        yield Pair(memory[first].id, memory[second].id, likeness.score, likeness.reasons)


def _parts(blocks: Blocks, total: int) -> list[array[int]]:
    """Give the pairs in parts by their first record, so that each can be sorted by itself."""
    parts = [array("Q") for _ in range(total // PART + 1)]
    for one, other in blocks.pairs():
        parts[one // PART].append(one << RECORD_BITS | other)
    return parts
