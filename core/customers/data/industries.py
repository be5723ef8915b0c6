"""The national classification of economic activities (GB/T 4754-2017): 20 sections down to 1,381 classes."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.customers.data import rows


@dataclass(frozen=True, slots=True)
class Activity:
    """One entry of the classification; a section is a letter, a class has four digits."""

    code: str
    name: str
    parent_code: str


@functools.cache
def activities() -> Mapping[str, Activity]:
    """Give all entries by code, in the order of the standard. Kept in memory from the first use on."""
    return {row["code"]: Activity(row["code"], row["name"], row["parent_code"]) for row in rows("industries")}


@functools.cache
def _children() -> Mapping[str, Sequence[Activity]]:
    found: defaultdict[str, list[Activity]] = defaultdict(list)
    for one in activities().values():
        found[one.parent_code].append(one)
    return found


def below(code: str = "") -> Sequence[Activity]:
    """List the entries directly below one, the sections for an empty code."""
    return _children().get(code, ())


def path(code: str) -> list[Activity]:
    """Give the entries from the section down to one. Raises KeyError."""
    found = [activities()[code]]
    while found[0].parent_code:
        found.insert(0, activities()[found[0].parent_code])
    return found
