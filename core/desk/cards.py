"""The workbench's cards: which, in which order and width, and what happens when one fails."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from markupsafe import Markup

from core.auth.access import Access
from core.db import session
from core.desk.layouts import SIZES, Arrangement, base_for
from core.plugin import DashboardCard
from core.registry import PluginFailed
from core.web import zhike


@dataclass(frozen=True)
class Layout:
    """A person's cards, in his order; `sizes` gives the width of each by name, of twelve columns."""

    all: list[DashboardCard]
    shown: list[DashboardCard]
    hidden: list[DashboardCard]
    sizes: Mapping[str, int]

    def arrangement(self) -> Arrangement:
        """Give the layout as it is kept; what is hidden stands last, so that every step moves past a shown card."""
        order = tuple(card.name for card in [*self.shown, *self.hidden])
        own = {card.name: size for card in self.all if (size := self.sizes[card.name]) != card.size}
        return Arrangement(order, frozenset(card.name for card in self.hidden), own)


@dataclass(frozen=True)
class Drawn:
    """A card of the page: with its body, or None where it is fetched after the page."""

    card: DashboardCard
    size: int
    body: Markup | None


def permitted(access: Access) -> list[DashboardCard]:
    """List the cards for this person's rights and groups, in declared order."""
    return [
        card
        for card in zhike().registry.declared("register_dashboard_cards")
        if (card.permission is None or access.may(str(card.permission)))
        and (not card.groups or set(card.groups) & set(access.groups))
    ]


def layout(access: Access, prefs: Mapping[str, Any]) -> Layout:
    """Put the cards into the order that the person chose, else into that of his role; new ones come last."""
    found = permitted(access)
    base = base_for(session(), access, found)
    own = Arrangement.read(prefs.get("cards"))
    chosen = own or base
    ordered = in_order(in_order(found, base.order), chosen.order) if own else in_order(found, base.order)
    known = set(chosen.order)
    hidden = {card.name for card in found if card.name in (chosen.hidden if card.name in known else base.hidden)}
    sizes = {card.name: width(chosen.sizes.get(card.name, card.size), card.size) for card in found}
    return Layout(
        ordered, [c for c in ordered if c.name not in hidden], [c for c in ordered if c.name in hidden], sizes
    )


def in_order(cards: Sequence[DashboardCard], names: Sequence[str]) -> list[DashboardCard]:
    """Sort cards by a list of names; what it does not name comes last, as it stood."""
    place = {name: number for number, name in enumerate(names)}
    return sorted(cards, key=lambda card: place.get(card.name, len(place)))


def width(size: Any, declared: int) -> int:
    """Give a width that there is."""
    return size if size in SIZES else declared


def card_named(access: Access, name: str) -> DashboardCard | None:
    """Find a card that this person may see."""
    return next((card for card in permitted(access) if card.name == name), None)


def drawn(card: DashboardCard, size: int) -> Drawn:
    """Draw a card of core; a plugin's waits for its own request."""
    owner = zhike().registry.owner_of("register_dashboard_cards", card)
    return Drawn(card, size, body(card) if owner.startswith("core.") and not card.later else None)


def body(card: DashboardCard) -> Markup:
    """Give a card's body; what it raises stays in it and becomes a note."""
    registry = zhike().registry
    owner = registry.owner_of("register_dashboard_cards", card)
    try:
        with registry.contained(owner, f"card {card.name}"):
            return Markup(card.render(session()))  # noqa: S704  cards give their own templates' output
    except PluginFailed:
        return Markup(current_app.jinja_env.get_template("desk/card_failed.html").render(card=card))  # noqa: S704
