"""The workbench's cards: which, in which order, and what happens when one fails."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app
from markupsafe import Markup

from core.auth.access import Access
from core.db import session
from core.plugin import DashboardCard
from core.registry import PluginFailed
from core.web import zhike


@dataclass(frozen=True)
class Layout:
    """A person's cards, in his order."""

    all: list[DashboardCard]
    shown: list[DashboardCard]
    hidden: list[DashboardCard]


@dataclass(frozen=True)
class Drawn:
    """A card of the page: with its body, or None where it is fetched after the page."""

    card: DashboardCard
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
    """Put the cards into the order that the person chose; new ones come last."""
    found = permitted(access)
    chosen = prefs.get("cards") or {}
    place = {name: number for number, name in enumerate(chosen.get("order", ()))}
    ordered = sorted(found, key=lambda card: place.get(card.name, len(place) + 1))
    hidden = set(chosen.get("hidden", ()))
    return Layout(ordered, [c for c in ordered if c.name not in hidden], [c for c in ordered if c.name in hidden])


def card_named(access: Access, name: str) -> DashboardCard | None:
    """Find a card that this person may see."""
    return next((card for card in permitted(access) if card.name == name), None)


def drawn(card: DashboardCard) -> Drawn:
    """Draw a card of core; a plugin's waits for its own request."""
    owner = zhike().registry.owner_of("register_dashboard_cards", card)
    return Drawn(card, body(card) if owner.startswith("core.") else None)


def body(card: DashboardCard) -> Markup:
    """Give a card's body; what it raises stays in it and becomes a note."""
    registry = zhike().registry
    owner = registry.owner_of("register_dashboard_cards", card)
    try:
        with registry.contained(owner, f"card {card.name}"):
            return Markup(card.render(session()))  # noqa: S704  cards give their own templates' output
    except PluginFailed:
        return Markup(current_app.jinja_env.get_template("desk/card_failed.html").render(card=card))  # noqa: S704
