"""Rights over personal data."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from core.i18n import _
from core.plugin import Permission, ScopeName, resource_permissions


class Perm(StrEnum):
    """The codes."""

    REQUEST_QUERY = "core:privacy_request:query"
    REQUEST_READ = "core:privacy_request:read"
    REQUEST_CREATE = "core:privacy_request:create"
    REQUEST_EDIT = "core:privacy_request:edit"
    REQUEST_EXPORT = "core:privacy_request:export"
    COPY = "core:contact:copy"
    ERASE = "core:contact:erase"
    COMPANY_ERASE = "core:company:erase"
    ADMIN = "core:privacy:admin"


HEADS: Mapping[str, ScopeName] = {"decision_maker": "all", "system_administrator": "all"}
NOTED: Mapping[str, ScopeName] = {"staff": "all", "supervisor": "all", **HEADS}
"""Whoever answers the telephone writes down what a person asks for."""

PERMISSIONS: list[Permission] = [
    *resource_permissions(
        [code for code in Perm if ":privacy_request:" in code],
        {"privacy_request": _("Requests about personal data")},
        {"query": HEADS, "read": HEADS, "create": NOTED, "edit": HEADS, "export": HEADS},
    ),
    Permission(code=str(Perm.COPY), title=_("Contacts"), defaults=HEADS, order=30),
    Permission(code=str(Perm.ERASE), title=_("Contacts"), defaults=HEADS, order=31),
    Permission(code=str(Perm.COMPANY_ERASE), title=_("Customers"), defaults=HEADS, order=32),
    Permission(code=str(Perm.ADMIN), title=_("Personal data"), scoped=False, defaults=HEADS, order=905),
]
