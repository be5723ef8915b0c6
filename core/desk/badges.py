"""The figures of the bell: one function for the page, the panel, the title and the live channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from core.plugin import Tally
from core.registry import PluginFailed, Registry

MOST = 99


@dataclass(frozen=True)
class Figures:
    """What the bell of one user shows. `urgent` is what is to be shown once: key, text, path."""

    count: int = 0
    dot: bool = False
    urgent: tuple[str, str, str] | None = None

    def with_tally(self, tally: Tally) -> Figures:
        """Add what one badge counts."""
        return Figures(self.count + tally.count, self.dot or tally.dot, self.urgent or tally.urgent)

    @property
    def text(self) -> str:
        """Write the number as it stands on the bell: 99+ is the largest."""
        return f"{MOST}+" if self.count > MOST else str(self.count) if self.count else ""

    @property
    def mark(self) -> str:
        """Give what a page sends back to learn whether anything changed."""
        return f"{self.text}.{int(self.dot)}.{self.urgent[0] if self.urgent else ''}"

    def plain(self) -> dict[str, Any]:
        """Give what is sent to pages."""
        urgent = None if self.urgent is None else dict(zip(("key", "text", "path"), self.urgent, strict=True))
        return {"text": self.text, "dot": self.dot, "urgent": urgent, "mark": self.mark}


def figures_of(session: Session, registry: Registry, user_ids: Sequence[int]) -> dict[int, Figures]:
    """Count for each user what the enabled areas and plugins declare; a plugin's badge that fails is left out."""
    found = {one: Figures() for one in user_ids}
    for badge in registry.declared("register_badges"):
        try:
            with registry.contained(registry.owner_of("register_badges", badge), f"badge {badge.name}"):
                tallies = badge.count(session, user_ids)
        except PluginFailed:
            continue
        for one in found.keys() & tallies.keys():
            found[one] = found[one].with_tally(tallies[one])
    return found
