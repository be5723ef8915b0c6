"""Holds records ready to be asked which of them one more record probably is: for imports, row by row."""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections import Counter

from core.customers.duplicates.blocks import NAME, NEAR, REACH, START, city_of, keys
from core.customers.duplicates.compare import Frequencies, Likeness, compare
from core.customers.duplicates.engine import THRESHOLD, packed, unpacked
from core.customers.duplicates.subjects import Subject
from core.customers.pinyin import full_pinyin, syllables

BUCKETS = 1 << 14
SLOT_BITS = 24
SLOT_MASK = (1 << SLOT_BITS) - 1
HASH_MASK = (1 << (64 - SLOT_BITS)) - 1
MOST = {NAME: 60, NEAR: 40, START: 60, REACH: 40}
"""Up to how many records of a key are looked at; what is more common tells nothing of a single one."""
OPEN = 4000
LOOKED_AT = 200


class Register:
    """Finds among the records that it holds those that another one probably is.

    What it answers depends only on what it holds, never on the way there: an import that goes on after it was killed
    decides as if nothing had happened. A record takes about 300 bytes, and 8 for each of its keys. They stand in a few
    long buffers: small pieces would come to lie between what is needed for a moment only, and keep its room.
    """

    def __init__(self) -> None:
        self._buckets = [array("Q") for _ in range(BUCKETS)]
        self._kept = bytearray()
        self._starts, self._sizes = array("Q"), array("I")
        self._ids = array("q")
        self._slots: dict[int, int] = {}
        self._open: dict[int, Subject] = {}
        self._asked: tuple[Subject, list[tuple[int, int, int]]] | None = None
        self._people: Counter[int] = Counter()
        self._counts: dict[tuple[str, str], int] = {}
        self._often = Frequencies(self._spread, self._choice, lambda person: self._people[hash(person)] or 1)

    def __len__(self) -> int:
        return len(self._slots)

    def __contains__(self, id_: int) -> bool:
        return id_ in self._slots

    def __getitem__(self, id_: int) -> Subject:
        return self._subject(self._slots[id_])

    def add(self, one: Subject) -> None:
        """Hold a record; what was held under its id goes."""
        slot = self._slots.get(one.id)
        if slot is None:
            slot = self._slots[one.id] = len(self._ids)
            self._ids.append(one.id)
            self._starts.append(0)
            self._sizes.append(0)
        else:
            self._take_out(slot)
        self._keep(slot, one)
        self._remember(slot, one)
        self._people.update(map(hash, one.people))
        for _kind, bucket, start in self._spots(one):
            insort(self._buckets[bucket], start | slot)

    def remove(self, id_: int) -> None:
        """Hold a record no longer."""
        slot = self._slots.pop(id_)
        self._take_out(slot)

    def rename(self, old: int, new: int) -> None:
        """Hold a record under another id: the one under which it was stored."""
        slot = self._slots.pop(old)
        self._slots[new], self._ids[slot] = slot, new
        self._open.pop(slot, None)

    def _keep(self, slot: int, one: Subject) -> None:
        """Write a record over what was kept of it, or behind all others where it has become longer."""
        kept = packed(one._replace(id=0))
        if len(kept) > self._sizes[slot]:
            self._starts[slot] = len(self._kept)
        start = self._starts[slot]
        self._kept[start : start + len(kept)] = kept
        self._sizes[slot] = len(kept)

    def alike(self, wanted: Subject, *, least: float = THRESHOLD) -> list[tuple[int, Likeness]]:
        """Give the ids of the records that the wanted one probably is, the likeliest first."""
        self._counts.clear()
        found = []
        for slot in self._near(wanted):
            likeness = compare(wanted, self._subject(slot), self._often)
            if likeness.score >= least and not likeness.conflict and self._ids[slot] != wanted.id:
                found.append((-likeness.score, slot, likeness))
        found.sort(key=lambda row: row[:2])
        return [(self._ids[slot], likeness) for _score, slot, likeness in found]

    @staticmethod
    def _spot(key: str) -> tuple[int, int]:
        value = hash(key)
        return value % BUCKETS, ((value >> 14) & HASH_MASK) << SLOT_BITS

    def _spots(self, one: Subject) -> list[tuple[int, int, int]]:
        """Give kind, bucket and first value of each key; of a record just asked for, mostly the next to be held."""
        if self._asked is None or self._asked[0] is not one:
            self._asked = (one, [(kind, *self._spot(key)) for kind, key in set(keys(one))])
        return self._asked[1]

    def _slots_at(self, bucket: array[int], start: int) -> list[int]:
        first = bisect_left(bucket, start)
        if first == len(bucket) or bucket[first] > start + SLOT_MASK:  # as it mostly is
            return []
        return [value & SLOT_MASK for value in bucket[first : bisect_left(bucket, start + SLOT_MASK + 1, first)]]

    def _block(self, key: str) -> list[int]:
        """Give the slots of the records with a key, in the order in which they came."""
        bucket, start = self._spot(key)
        return self._slots_at(self._buckets[bucket], start)

    def _near(self, wanted: Subject) -> list[int]:
        found: set[int] = set()
        for kind, bucket, start in self._spots(wanted):
            block = self._slots_at(self._buckets[bucket], start)
            if block and len(block) <= MOST[kind]:
                found.update(block)
        return sorted(found)[:LOOKED_AT]

    def _take_out(self, slot: int) -> None:
        one = self._subject(slot)
        for _kind, number, start in self._spots(one):
            bucket, value = self._buckets[number], start | slot
            place = bisect_left(bucket, value)
            if place < len(bucket) and bucket[place] == value:
                bucket.pop(place)
        self._people.subtract(map(hash, one.people))
        self._open.pop(slot, None)

    def _subject(self, slot: int) -> Subject:
        found = self._open.get(slot)
        if found is None:
            start = self._starts[slot]
            kept = unpacked(bytes(self._kept[start : start + self._sizes[slot]]))
            found = self._remember(slot, kept._replace(id=self._ids[slot]))
        return found

    def _remember(self, slot: int, one: Subject) -> Subject:
        if len(self._open) >= OPEN:
            self._open.clear()
        self._open[slot] = one
        return one

    def _spread(self, core: str) -> int:
        """Tell in how many cities a core is found."""
        if (key := ("", core)) not in self._counts:
            block = self._block(f"c{full_pinyin(core)}")
            near = (self._subject(slot) for slot in block[: MOST[NAME]])
            cities = {city_of(one.where) for one in near if any(parts.core == core for parts in one.names)}
            self._counts[key] = len(block) if len(block) > MOST[NAME] else len(cities)
        return self._counts[key]

    def _choice(self, place: str, core: str) -> int:
        """Tell how many cores begin as this one in a place."""
        if (key := (place, core[:2])) not in self._counts:
            block = self._block(f"s{city_of(place)}{''.join(syllables(core[:2]))}")
            near = (self._subject(slot) for slot in block[: MOST[START]])
            cores = {
                parts.core for one in near for parts in one.names[:1] if parts.trade and parts.core[:2] == core[:2]
            }
            self._counts[key] = len(block) if len(block) > MOST[START] else len(cores)
        return self._counts[key]
