"""Rights over mail."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from core.i18n import _
from core.plugin import ScopeName, resource_permissions


class Perm(StrEnum):
    """The codes."""

    LETTER_QUERY = "core:letter:query"
    LETTER_READ = "core:letter:read"
    LETTER_CREATE = "core:letter:create"
    LETTER_EDIT = "core:letter:edit"
    LETTER_PRINT = "core:letter:print"
    LETTER_EXPORT = "core:letter:export"


OWN: Mapping[str, ScopeName] = {
    "staff": "own",
    "supervisor": "department",
    "decision_maker": "all",
    "system_administrator": "all",
    "finance": "own",
}
PERMISSIONS = resource_permissions(
    Perm, {"letter": _("E-mails")}, dict.fromkeys(("query", "read", "create", "edit"), OWN)
)
