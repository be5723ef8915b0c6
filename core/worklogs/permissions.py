"""Rights over the work log and over reports."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from core.i18n import _
from core.plugin import ScopeName, resource_permissions


class Perm(StrEnum):
    """The codes."""

    WORKLOG_QUERY = "core:worklog:query"
    WORKLOG_READ = "core:worklog:read"
    WORKLOG_CREATE = "core:worklog:create"
    WORKLOG_EDIT = "core:worklog:edit"
    WORKLOG_DELETE = "core:worklog:delete"
    WORKLOG_PRINT = "core:worklog:print"
    WORKLOG_EXPORT = "core:worklog:export"
    REPORT_QUERY = "core:workreport:query"
    REPORT_READ = "core:workreport:read"
    REPORT_CREATE = "core:workreport:create"
    REPORT_EDIT = "core:workreport:edit"
    REPORT_PRINT = "core:workreport:print"
    REPORT_EXPORT = "core:workreport:export"


OWN: Mapping[str, ScopeName] = {
    "staff": "own",
    "supervisor": "department",
    "decision_maker": "all",
    "system_administrator": "all",
    "finance": "own",
}
PERMISSIONS = resource_permissions(
    Perm,
    {"worklog": _("Work log"), "workreport": _("Work reports")},
    dict.fromkeys(("query", "read", "create", "edit", "delete"), OWN),
)
