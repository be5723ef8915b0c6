"""The right to write the rules of customer types."""

from __future__ import annotations

from enum import StrEnum

from core.i18n import _
from core.plugin import Permission


class Perm(StrEnum):
    """The codes."""

    STANDING_ADMIN = "core:standing:admin"


PERMISSIONS = [
    Permission(
        code=str(Perm.STANDING_ADMIN),
        title=_("Rules of customer types"),
        scoped=False,
        defaults={"decision_maker": "all", "system_administrator": "all"},
        order=905,
    )
]
