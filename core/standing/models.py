"""Rules by which customers change their type."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Boolean, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from core.columns import Codes, Keyed, Timestamped, Versioned
from core.db import Base


class StandingRule(Keyed, Timestamped, Versioned, Base):
    """Which customers get another type: those of one of the types `before` that meet all conditions get `after`.

    `conditions` is a list of `{"figure", "op", "number"}` (see `core.standing.conditions`). Of several rules that a
    customer meets the one that stands first counts.
    """

    __tablename__ = "core_standing_rule"

    name: Mapped[str] = mapped_column(String(60))
    position: Mapped[int] = mapped_column(Integer, default=0)
    active: Mapped[bool] = mapped_column(Boolean, default=False)
    before: Mapped[list[str]] = mapped_column(Codes(400), default=list, info={"dictionary": "standing"})
    after: Mapped[str] = mapped_column(String(30), info={"dictionary": "standing"})
    conditions: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
