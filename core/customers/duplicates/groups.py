"""Joins pairs into groups that do not contradict themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations

from core.customers.duplicates.compare import Likeness

LARGEST = 60
AGAINST = 0.02
"""Two of a group that are less alike than this speak against it."""


def join(
    pairs: Iterable[tuple[int, int, Likeness]], threshold: float, look: Callable[[int, int], Likeness]
) -> Iterator[tuple[int, int, Likeness]]:
    """Give the pairs of consistent groups: joined from the surest on, unless members of the two groups contradict.

    Pairs that nobody compared, or that say too little by themselves, follow from the others of their group.
    """
    group: dict[int, list[int]] = {}
    known: dict[tuple[int, int], Likeness] = {}
    strength: dict[int, float] = {}

    def likeness(one: int, other: int) -> Likeness:
        pair = (one, other) if one < other else (other, one)
        if pair not in known:
            known[pair] = look(*pair)
        return known[pair]

    ranked = sorted((pair for pair in pairs if pair[2].score >= threshold), key=lambda pair: (-pair[2].score, pair[:2]))
    for one, other, found in ranked:
        known[one, other] = found
    for one, other, found in ranked:
        first = group.setdefault(one, [one])
        second = group.setdefault(other, [other])
        if first is second or found.conflict or len(first) + len(second) > LARGEST:
            continue
        if len(first) + len(second) > 2:
            crossing = [likeness(a, b) for a in first for b in second]
            if any(cross.conflict for cross in crossing):
                continue
            against = sum(cross.score < AGAINST and cross.elsewhere for cross in crossing)
            if against * 2 > len(crossing) or (against and len(crossing) == 2):
                continue
        strength[id(first)] = min(found.score, strength.get(id(first), 1.0), strength.get(id(second), 1.0))
        first.extend(second)
        for member in second:
            group[member] = first
    done: set[int] = set()
    for members in group.values():
        if len(members) < 2 or id(members) in done:
            continue
        done.add(id(members))
        for one, other in combinations(sorted(members), 2):
            direct = likeness(one, other)
            if direct.score >= threshold:
                yield one, other, direct
            else:
                score = max(threshold, strength[id(members)] * 0.9)
                yield one, other, Likeness(score, (*direct.reasons, "same_group"), False)
