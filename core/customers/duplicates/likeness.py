"""Likeness of two texts, by a library that is loaded when somebody first asks: most processes never do."""

from __future__ import annotations

import functools
from typing import Any


@functools.cache
def _osa() -> Any:
    from rapidfuzz.distance import OSA

    return OSA


@functools.cache
def _partial() -> Any:
    from rapidfuzz.fuzz import partial_ratio

    return partial_ratio


@functools.cache
def _ratio() -> Any:
    from rapidfuzz.fuzz import ratio

    return ratio


def slips(one: str, other: str, most: int) -> int:
    """Count the slips between two texts: characters missing, added, changed, two swapped; `most` + 1 for more."""
    return int(_osa().distance(one, other, score_cutoff=most))


def closeness(one: str, other: str) -> float:
    """Tell how near two texts are by their slips: 1 for the same, 0 for nothing in common."""
    return float(_osa().normalized_similarity(one, other))


def part_likeness(one: str, other: str) -> float:
    """Tell how well the shorter text stands within the longer one, from 0 to 100."""
    return float(_partial()(one, other))


def likeness(one: str, other: str) -> float:
    """Tell how alike two texts are as wholes, from 0 to 100."""
    return float(_ratio()(one, other))
