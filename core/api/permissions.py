"""The right to let programs read."""

from __future__ import annotations

from enum import StrEnum

from core.i18n import _
from core.plugin import Permission


class Perm(StrEnum):
    """The codes."""

    CREATE = "core:token:create"


PERMISSIONS = [
    Permission(
        code=str(Perm.CREATE),
        title=_("Access tokens for programs"),
        scoped=False,
        defaults=dict.fromkeys(("staff", "supervisor", "decision_maker", "system_administrator", "finance"), "all"),
        order=930,
    )
]
