"""Rights over imports."""

from __future__ import annotations

from enum import StrEnum

from core.i18n import _
from core.plugin import Permission


class Perm(StrEnum):
    """The codes."""

    IMPORT_CREATE = "core:import:create"
    IMPORT_ADMIN = "core:import:admin"


EVERYBODY = ("staff", "supervisor", "decision_maker", "system_administrator")

PERMISSIONS = [
    Permission(
        code=str(Perm.IMPORT_CREATE),
        title=_("Import files"),
        scoped=False,
        defaults=dict.fromkeys(EVERYBODY, "all"),
        order=600,
    ),
    Permission(
        code=str(Perm.IMPORT_ADMIN),
        title=_("See and take back others' imports"),
        scoped=False,
        defaults={"decision_maker": "all", "system_administrator": "all"},
        order=610,
    ),
]
