"""Rights over publications, subscriptions, calls and dispatch runs."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from core.i18n import _
from core.plugin import BUSINESS_QUERY, ScopeName, resource_permissions


class Perm(StrEnum):
    """The codes."""

    PUBLICATION_QUERY = "journals:publication:query"
    PUBLICATION_READ = "journals:publication:read"
    PUBLICATION_CREATE = "journals:publication:create"
    PUBLICATION_EDIT = "journals:publication:edit"
    PUBLICATION_EXPORT = "journals:publication:export"
    ISSUE_QUERY = "journals:issue:query"
    ISSUE_READ = "journals:issue:read"
    ISSUE_EDIT = "journals:issue:edit"
    ISSUE_EXPORT = "journals:issue:export"
    SUBSCRIPTION_QUERY = "journals:subscription:query"
    SUBSCRIPTION_READ = "journals:subscription:read"
    SUBSCRIPTION_CREATE = "journals:subscription:create"
    SUBSCRIPTION_EDIT = "journals:subscription:edit"
    SUBSCRIPTION_REVIEW = "journals:subscription:review"
    SUBSCRIPTION_EXPORT = "journals:subscription:export"
    CALL_QUERY = "journals:call:query"
    CALL_CREATE = "journals:call:create"
    DISPATCH_QUERY = "journals:dispatch:query"
    DISPATCH_READ = "journals:dispatch:read"
    DISPATCH_CREATE = "journals:dispatch:create"
    DISPATCH_PRINT = "journals:dispatch:print"
    DISPATCH_EXPORT = "journals:dispatch:export"


CHIEFS: Mapping[str, ScopeName] = {"supervisor": "all", "decision_maker": "all", "system_administrator": "all"}
CLERKS: Mapping[str, ScopeName] = {"staff": "all", **CHIEFS}
EVERYBODY: Mapping[str, ScopeName] = {**CLERKS, "finance": "all"}

PERMISSIONS = [
    *resource_permissions(
        [code for code in Perm if code.split(":")[1] in ("publication", "issue")],
        {"publication": _("Publications"), "issue": _("Issues")},
        {"query": EVERYBODY, "read": EVERYBODY, "create": CHIEFS, "edit": CHIEFS},
    ),
    *resource_permissions(
        [code for code in Perm if ":subscription:" in code],
        {"subscription": _("Subscriptions")},
        {"query": BUSINESS_QUERY, "read": BUSINESS_QUERY},
    ),
    # Whoever answers the telephone writes the call down, whosever customer it is.
    *resource_permissions(
        [code for code in Perm if ":call:" in code], {"call": _("Calls")}, {"query": EVERYBODY, "create": CLERKS}
    ),
    # A run holds everybody who gets the issue, whosever customer he is: the clerk who sends it prints all labels.
    *resource_permissions(
        [code for code in Perm if ":dispatch:" in code],
        {"dispatch": _("Dispatch runs")},
        {"query": EVERYBODY, "read": EVERYBODY, "create": CLERKS, "print": CLERKS},
    ),
]
