"""Rights over visits."""

from __future__ import annotations

from enum import StrEnum

from core.i18n import _
from core.plugin import BUSINESS_QUERY, resource_permissions


class Perm(StrEnum):
    """The codes."""

    VISIT_QUERY = "demo:visit:query"
    VISIT_READ = "demo:visit:read"
    VISIT_PRIVATE = "demo:visit:private"
    VISIT_CREATE = "demo:visit:create"
    VISIT_EDIT = "demo:visit:edit"
    VISIT_DELETE = "demo:visit:delete"
    VISIT_PRINT = "demo:visit:print"
    VISIT_EXPORT = "demo:visit:export"


PERMISSIONS = resource_permissions(
    Perm, {"visit": _("Visits")}, {"query": BUSINESS_QUERY, "read": BUSINESS_QUERY, "delete": {"staff": "own"}}
)
