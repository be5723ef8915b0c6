"""Works out the figures of a list: how many rows there are, and their sums; remembered for the person who leafs."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.auth.access import Access
from core.db import current_work
from core.listing.binding import Binding, find_field
from core.listing.state import ListState
from core.plugin import Resource
from core.state import versions

COUNT_LIMIT = 10_000

T = TypeVar("T")

_figures: dict[Hashable, tuple[float, Any]] = {}


def remembered(
    key: Hashable, seconds: float, work: Callable[[], T], *, fresh: bool, lasting: Callable[[T], bool] | None = None
) -> T:
    """Give a figure that was worked out for this person a moment ago, or work it out.

    A `fresh` one is worked out anew, unless it is of a kind that does not change from one moment to the next.
    """
    now = time.monotonic()
    known = _figures.get(key)
    if known is not None and known[0] > now and (not fresh or (lasting is not None and lasting(known[1]))):
        return known[1]  # type: ignore[no-any-return]
    value = work()
    if len(_figures) > 2000:
        _figures.clear()
    _figures[key] = (now + seconds, value)
    return value


def figure_key(session: Session, resource: Resource, state: ListState, access: Access, what: str) -> Hashable:
    """Name a figure: whose it is, of which rows, under which rights."""
    rows = replace(state, sort=(), grouped="", size=20, view="", edited=False, after="", before="")
    unit = current_work()
    return (
        unit.database.serial,
        access.user_id,
        versions(session).get("rights"),
        versions(session).get("plugins"),
        resource.key,
        rows.query(),
        what,
    )


def count_rows(
    session: Session,
    resource: Resource,
    state: ListState,
    access: Access,
    *,
    fresh: bool = True,
    seconds: float = 60,
    known: int | None = None,
    most: int = COUNT_LIMIT,
) -> tuple[int, bool]:
    """Count the rows of a state, exactly up to `most`; the second part tells that there are more.

    While somebody leafs through a list (not `fresh`) the figure of its first page stands for a minute; that there are
    more stands for a minute in any case. `known` is a count that somebody has made already.
    """

    def work() -> tuple[int, bool]:
        if known is not None:
            return known, False
        if state.q and not state.conditions and resource.search_count is not None:
            told = resource.search_count(state.q, session, most + 1)
            if told is not None:
                return min(told, most), told > most
        binding = Binding(resource, access, session)
        inner = binding.narrowed(select(resource.model.id), state).limit(most + 1).subquery()
        number = session.scalar(select(func.count()).select_from(inner)) or 0
        return min(number, most), number > most

    key = figure_key(session, resource, state, access, f"count:{most}")
    return remembered(key, seconds, work, fresh=fresh, lasting=lambda figure: figure[1])


def count_exportable(
    session: Session, resource: Resource, state: ListState, access: Access, ids: Sequence[int] | None
) -> int:
    """Count the rows of a state that a person may export, however many."""
    binding = Binding(resource, access, session)
    statement = binding.narrowed(select(func.count(resource.model.id)), state)
    statement = statement.where(binding.held(resource.code("export")))
    if ids is not None:
        statement = statement.where(resource.model.id.in_(ids))
    return session.scalar(statement) or 0


def totals(
    session: Session, resource: Resource, state: ListState, access: Access, names: Sequence[str], *, fresh: bool
) -> Mapping[str, Any]:
    """Sum the fields that are summed, over all rows of a state of which the person sees them."""
    binding = Binding(resource, access, session)
    summed: list[tuple[str, Any]] = []
    for name in names:
        one = find_field(resource, name)
        if one is not None and one.total and binding.knows(one):
            column = binding.value(one)
            if column is not None:
                summed.append((name, func.sum(binding.masked(one, column))))
    if not summed:
        return {}

    def work() -> dict[str, Any]:
        row = session.execute(binding.narrowed(select(*(s for _name, s in summed)), state)).one()
        return {name: value or 0 for (name, _sum), value in zip(summed, row, strict=True)}

    what = "totals:" + ",".join(name for name, _sum in summed)
    return remembered(figure_key(session, resource, state, access, what), 60, work, fresh=fresh)
