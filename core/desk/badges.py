"""The figures of the bell: one function for the page, the panel, the title and the live channel."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from core.auth.models import User
from core.db import among, current_work, prepared
from core.plugin import Badge, Tally
from core.registry import PluginFailed, Registry

log = structlog.get_logger(__name__)

MOST = 99
RIDING = "zhike.riding"
"""Where an application keeps its `Riding`."""
TOLD = "badges"
"""Where a unit of work keeps what was told with whoever asks: the columns, and what they held."""


@dataclass(frozen=True)
class Figures:
    """What the bell of one user shows. `urgent` is what is to be shown once: key, text, path; `parts` tells what each
    badge adds to the number.
    """

    count: int = 0
    dot: bool = False
    urgent: tuple[str, str, str] | None = None
    parts: tuple[tuple[str, int], ...] = ()

    def plus(self, other: Figures) -> Figures:
        """Add what another badge counts."""
        urgent, parts = self.urgent or other.urgent, (*self.parts, *other.parts)
        return Figures(self.count + other.count, self.dot or other.dot, urgent, parts)

    @property
    def text(self) -> str:
        """Write the number as it stands on the bell."""
        return _written(self.count)

    @property
    def texts(self) -> dict[str, str]:
        """Write what each badge adds, as it stands beside the entry of its page."""
        return {name: _written(count) for name, count in self.parts}

    @property
    def mark(self) -> str:
        """Give what a page sends back to learn whether anything changed."""
        parts = "-".join(self.texts.values())
        return f"{self.text}.{int(self.dot)}.{self.urgent[0] if self.urgent else ''}.{parts}"

    def plain(self) -> dict[str, Any]:
        """Give what is sent to pages."""
        urgent = None if self.urgent is None else dict(zip(("key", "text", "path"), self.urgent, strict=True))
        return {"text": self.text, "texts": self.texts, "dot": self.dot, "urgent": urgent, "mark": self.mark}


def _written(count: int) -> str:
    """Write a number of the bell: 99+ is the largest, nothing stands for none."""
    return f"{MOST}+" if count > MOST else str(count) if count else ""


def figures_of(session: Session, registry: Registry, user_ids: Sequence[int]) -> dict[int, Figures]:
    """Count for each user what the enabled areas and plugins declare; a plugin's badge that fails is left out."""
    badges = tuple(registry.declared("register_badges"))
    try:
        return _ask(session, badges, user_ids)
    except Exception:  # one of them fails: each is asked alone, so that the others are still counted
        log.warning("the badges failed together")
    found = {one: Figures() for one in user_ids}
    for badge in badges:
        try:
            with registry.contained(registry.owner_of("register_badges", badge), f"badge {badge.name}"):
                alone = _ask(session, (badge,), user_ids)
        except PluginFailed:
            continue
        found = {one: found[one].plus(alone[one]) for one in user_ids}
    return found


class Riding:
    """Lets the figures of whoever asks for a page ride on the statement that finds out who he is."""

    def __init__(self) -> None:
        self._columns: tuple[Any, ...] = ()
        self._fell: tuple[Any, ...] = ()

    def columns(self) -> tuple[Any, ...]:
        """Give the columns of the badges that counted when a page was last drawn here."""
        return () if self._columns is self._fell else self._columns

    def fell(self, columns: tuple[Any, ...]) -> None:
        """Leave columns with which the statement failed out, until other badges count."""
        log.warning("the badges failed together")
        self._fell = columns

    def figures_of(self, session: Session, registry: Registry, user_id: int) -> Figures:
        """Give the figures of a user: what was told of whoever asks, where nothing was written since; else count."""
        badges = tuple(registry.declared("register_badges"))
        columns, told = current_work().memory.get(TOLD, ((), ()))
        try:
            self._columns = _statements(_made(badges)).columns
        except Exception:  # a badge that cannot even be asked: counted alone below, where it is named
            self._columns = ()
        asking = current_work().actor
        if told and columns is self._columns and asking is not None and asking.user_id == user_id:
            return _added(badges, told)
        return figures_of(session, registry, [user_id])[user_id]


def _ask(session: Session, badges: tuple[Badge, ...], user_ids: Sequence[int]) -> dict[int, Figures]:
    asks = _statements(_made(badges))
    found = {one: Figures() for one in user_ids}
    one_alone = len(user_ids) == 1
    asked = asks.of_one if one_alone else asks.of_all.where(among(session, User.id, user_ids))
    for user, *values in session.execute(asked, {"user": user_ids[0]} if one_alone else None):
        found[user] = _added(badges, values)
    return found


def _added(badges: tuple[Badge, ...], told: Sequence[Any]) -> Figures:
    """Add up what the columns of the badges hold."""
    values = iter(told)
    found = Figures()
    for badge, tally in zip(badges, _statements(_made(badges)).tallies, strict=True):
        found = found.plus(_read(badge, tally, values))
    return found


def _read(badge: Badge, tally: Tally, values: Iterator[Any]) -> Figures:
    """Take what belongs to one badge out of a row."""
    count = next(values) if tally.count is not None else 0
    dot = bool(next(values)) if tally.dot is not None else False
    key, title = (next(values), next(values)) if tally.urgent is not None else (None, "")
    urgent = None if key is None else (f"{badge.name}-{key}", title, tally.urgent_path.format(key))
    return Figures(count or 0, dot, urgent, ((badge.name, count or 0),) if tally.count is not None else ())


def _made(badges: Sequence[Badge]) -> tuple[Callable[[Any], Tally], ...]:
    return tuple(badge.tally for badge in badges)


@dataclass(frozen=True)
class _Statements:
    """What is asked for some badges: of many users, of one, and their columns alone."""

    of_all: Select[Any]
    of_one: Select[Any]
    columns: tuple[Any, ...]
    tallies: list[Tally]


@functools.lru_cache(maxsize=50)
def _statements(made: tuple[Callable[[Any], Tally], ...]) -> _Statements:
    tallies = [tally(User.id) for tally in made]
    columns = tuple(
        column for tally in tallies for column in (tally.count, tally.dot, *(tally.urgent or ())) if column is not None
    )
    of_all = select(User.id, *columns)
    if len(of_all.get_final_froms()) > 1:
        raise ValueError("a badge counts with scalar subqueries; this one brings a table of its own")
    return _Statements(of_all, prepared(of_all.where(User.id == bindparam("user"))), columns, tallies)
