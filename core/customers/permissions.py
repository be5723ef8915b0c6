"""Rights over companies and contacts."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from core.i18n import _
from core.plugin import Permission, ScopeName, resource_permissions


class Perm(StrEnum):
    """The codes."""

    COMPANY_QUERY = "core:company:query"
    COMPANY_READ = "core:company:read"
    COMPANY_READ_REVIEWED = "core:company:read_reviewed"
    COMPANY_PRIVATE = "core:company:private"
    COMPANY_CREATE = "core:company:create"
    COMPANY_EDIT = "core:company:edit"
    COMPANY_DELETE = "core:company:delete"
    COMPANY_REVIEW = "core:company:review"
    COMPANY_ASSIGN = "core:company:assign"
    COMPANY_PRINT = "core:company:print"
    COMPANY_EXPORT = "core:company:export"
    COMPANY_DUPLICATE = "core:company:duplicate"
    COMPANY_CLAIM = "core:company:claim"
    COMPANY_MAIL = "core:company:mail"
    CONTACT_QUERY = "core:contact:query"
    CONTACT_READ = "core:contact:read"
    CONTACT_READ_REVIEWED = "core:contact:read_reviewed"
    CONTACT_PRIVATE = "core:contact:private"
    CONTACT_CREATE = "core:contact:create"
    CONTACT_EDIT = "core:contact:edit"
    CONTACT_DELETE = "core:contact:delete"
    CONTACT_REVIEW = "core:contact:review"
    CONTACT_PRINT = "core:contact:print"
    CONTACT_EXPORT = "core:contact:export"
    CONTACT_MAIL = "core:contact:mail"


DRAFTS: Mapping[str, ScopeName] = {
    "staff": "own",  # drafts only: core.auth.access
    "supervisor": "department",
    "decision_maker": "all",
    "system_administrator": "all",
}
KEEPERS: Mapping[str, ScopeName] = {
    "staff": "all",
    "supervisor": "all",
    "decision_maker": "all",
    "system_administrator": "all",
}
"""Who may enter a customer that is surely there already, with a reason (B-02), and claim one without owner (B-07)."""
OWNER_AND_ABOVE: Mapping[str, ScopeName] = {
    "staff": "own",
    "supervisor": "subordinates",
    "decision_maker": "all",
    "system_administrator": "all",
}

PERMISSIONS: list[Permission] = [
    *resource_permissions(
        [code for code in Perm if ":company:" in code],
        {"company": _("Customers")},
        {"delete": DRAFTS, "duplicate": KEEPERS, "claim": KEEPERS},
    ),
    *resource_permissions(
        [code for code in Perm if ":contact:" in code],
        {"contact": _("Contacts")},
        {"delete": DRAFTS, "private": OWNER_AND_ABOVE},
    ),
]
