"""Which edition of the table of places a process works with: the shipped one, or that with this database's changes.

Everything that is worked out of the table is kept in memory through `of_places` and `remembered`, and worked out anew
once the edition is another. Who reads meanwhile in another thread never leaves behind what he took from the old one.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Changed:
    """What an administrator changed of a place, or one that he added; None is as it ships. `former` is (date, name)."""

    code: str
    name: str | None = None
    short_name: str | None = None
    parent_code: str | None = None
    postcode: str | None = None
    area_code: str | None = None
    position: int | None = None
    retired: bool = False
    merged_into: str | None = None
    former: tuple[tuple[str, str], ...] = ()


class Edition:
    """The changes of one state of one database; the object itself is the mark by which editions differ."""

    def __init__(self, changes: tuple[Changed, ...] = (), mark: tuple[int, int] | None = None) -> None:
        self.changes = changes
        self.mark = mark
        """The database's serial number and its counter."""

    def __reduce__(self) -> Any:
        """A process to which an edition is sent, such as the one that reads a long file, works with it from then on."""
        return _received, (self.changes, self.mark)


def _received(changes: tuple[Changed, ...], mark: tuple[int, int] | None) -> Edition:
    use_edition(Edition(changes, mark))
    return _current


SHIPPED = Edition()
_current = SHIPPED
_kept: list[Callable[[], None]] = []


def edition() -> Edition:
    """Give the edition that this process works with."""
    return _current


def use_edition(new: Edition) -> None:
    """Work with another edition from now on; of two without changes nothing is forgotten."""
    global _current
    if not new.changes and not _current.changes:
        _current.mark = new.mark
        return
    _current = new
    for release in _kept:
        release()


def of_places(make: Callable[[], R]) -> Callable[[], R]:
    """Keep what a function makes of the table of places, for as long as the edition stays."""
    held: tuple[Edition | None, Any] = (None, None)

    @functools.wraps(make)
    def give() -> R:
        nonlocal held
        of, value = held
        if of is not _current:
            of = _current  # taken before: should the edition change meanwhile, the next call makes it anew
            value = make()
            held = (of, value)
        return value  # type: ignore[no-any-return]

    def release() -> None:
        nonlocal held
        held = (None, None)

    _kept.append(release)
    return give


def remembered(size: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Remember the last answers of a function that asks the table of places, for as long as the edition stays."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        held: tuple[Edition | None, Any] = (None, None)

        @functools.wraps(function)
        def ask(*args: P.args, **kwargs: P.kwargs) -> R:
            nonlocal held
            of, memory = held
            if of is not _current:
                memory = functools.lru_cache(size)(function)
                held = (_current, memory)
            return memory(*args, **kwargs)  # type: ignore[no-any-return]

        def release() -> None:
            nonlocal held
            held = (None, None)

        _kept.append(release)
        return ask

    return decorate
