"""How the workbench is arranged: for each role by what cards declare, by an administrator, and by each person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.orm import Session

from core.auth.access import Access
from core.overlay import overlay
from core.plugin import DashboardCard

SIZES = (3, 4, 6, 8, 12)
SETTING = "core.workbench"
"""The setting that keeps administrators' layouts by the name of the group."""
ROLES = ("system_administrator", "decision_maker", "supervisor", "finance", "staff")
"""The built-in groups: whose workbench somebody of several groups gets, the first that he is in."""


@dataclass(frozen=True)
class Arrangement:
    """Cards by name: their order, those left out, and the widths that differ from the declared ones."""

    order: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()
    sizes: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, kept: Mapping[str, Any] | None) -> Arrangement | None:
        """Read what was kept; None where nothing was."""
        if not kept:
            return None
        return cls(tuple(kept.get("order", ())), frozenset(kept.get("hidden", ())), dict(kept.get("sizes", {})))

    def plain(self) -> dict[str, Any]:
        """Give what is kept."""
        return {"order": list(self.order), "hidden": sorted(self.hidden), "sizes": dict(self.sizes)}


def base_for(session: Session, access: Access, found: Sequence[DashboardCard]) -> Arrangement:
    """Give the layout of a person's role: an administrator's for one of his groups, else what the cards declare."""
    made: Mapping[str, Any] = overlay().setting(session, SETTING)
    own_groups = [name for name in access.groups if name not in ROLES]
    for group in [*own_groups, *(role for role in ROLES if role in access.groups)]:
        kept = Arrangement.read(made.get(group))
        if kept is not None:
            return kept
    return declared_for(next((role for role in ROLES if role in access.groups), ""), found)


def declared_for(role: str, found: Sequence[DashboardCard]) -> Arrangement:
    """Give the layout of a built-in group as the cards declare it."""
    places = {card.name: card.places.get(role, card.order) for card in found}
    order = sorted((name for name in places), key=lambda name: (places[name] is None, places[name] or 0))
    return Arrangement(tuple(order), frozenset(name for name, place in places.items() if place is None))


def moved(arrangement: Arrangement, name: str, step: int) -> Arrangement:
    """Move a card by `step` places."""
    order = list(arrangement.order)
    if name in order:
        at = order.index(name)
        order.insert(max(0, at + step), order.pop(at))
    return Arrangement(tuple(order), arrangement.hidden, arrangement.sizes)


def placed(arrangement: Arrangement, name: str, before: str) -> Arrangement:
    """Put a card before another one, last where that has no name; what is not there changes nothing."""
    order = [one for one in arrangement.order if one != name]
    if name == before or name not in arrangement.order or before not in (*order, ""):
        return arrangement
    order.insert(order.index(before) if before else len(order), name)
    return Arrangement(tuple(order), arrangement.hidden, arrangement.sizes)


def resized(arrangement: Arrangement, name: str, now: int, step: int) -> Arrangement:
    """Make a card that is `now` columns wide the next wider (1) or narrower (-1); at the ends it stays."""
    at = min(len(SIZES) - 1, max(0, SIZES.index(now) + step))
    return Arrangement(arrangement.order, arrangement.hidden, {**arrangement.sizes, name: SIZES[at]})


def give_to_group(session: Session, group: str, arrangement: Arrangement | None) -> None:
    """Keep a layout for all of a group who arranged none of their own; None brings the declared one back."""
    made = {key: value for key, value in overlay().setting(session, SETTING).items() if key != group}
    overlay().change_setting(session, SETTING, made if arrangement is None else {**made, group: arrangement.plain()})
