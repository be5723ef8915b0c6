"""What somebody wants merged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

UNDO_DAYS = 30
MOST = 10
EVERY = 0
"""Chosen of a text instead of a record: what all of them say."""


@dataclass(frozen=True)
class Wish:
    """What somebody wants merged: the survivor, the others, whose values are taken, which contacts are one.

    `values` names by field (of a group the first) the record whose value counts, of a text perhaps `EVERY`; where none
    is named, the survivor's counts, or the first that is there. `people` gives contacts of the others with the contact
    that each is.
    """

    target: int
    sources: Sequence[int]
    values: Mapping[str, int] = field(default_factory=dict)
    people: Mapping[int, int] = field(default_factory=dict)
    versions: Mapping[int, int] = field(default_factory=dict)
    note: str = ""
