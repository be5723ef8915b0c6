"""Rights over requests for more rows."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from core.i18n import _
from core.plugin import ScopeName, resource_permissions


class Perm(StrEnum):
    """The codes."""

    ALLOWANCE_QUERY = "core:allowance:query"
    ALLOWANCE_READ = "core:allowance:read"
    ALLOWANCE_CREATE = "core:allowance:create"
    ALLOWANCE_EDIT = "core:allowance:edit"
    ALLOWANCE_REVIEW = "core:allowance:review"
    ALLOWANCE_PRINT = "core:allowance:print"
    ALLOWANCE_EXPORT = "core:allowance:export"


CHIEFS: Mapping[str, ScopeName] = {"supervisor": "department", "decision_maker": "all", "system_administrator": "all"}
"""Who agrees: a supervisor to what his department asks for (requirement A-12)."""
EVERYBODY: Mapping[str, ScopeName] = {"staff": "own", "finance": "own", **CHIEFS}

PERMISSIONS = [
    *resource_permissions(
        list(Perm),
        {"allowance": _("Requests for more rows")},
        {**dict.fromkeys(("query", "read", "create", "edit"), EVERYBODY), "review": CHIEFS},
    )
]
