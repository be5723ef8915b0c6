"""Rights over attachments. Which ones somebody sees and changes follows from the records that they hang on."""

from __future__ import annotations

from enum import StrEnum

from core.i18n import _
from core.plugin import Permission


class Perm(StrEnum):
    """The codes."""

    ATTACHMENT_QUERY = "core:attachment:query"
    ATTACHMENT_READ = "core:attachment:read"
    ATTACHMENT_EXPORT = "core:attachment:export"
    ATTACHMENT_ADMIN = "core:attachment:admin"


EVERYBODY = ("staff", "supervisor", "decision_maker", "system_administrator", "finance")
CHIEFS = ("supervisor", "decision_maker", "system_administrator")

PERMISSIONS = [
    Permission(
        code=str(code), title=_("Attachments"), scoped=False, defaults=dict.fromkeys(groups, "all"), order=620 + number
    )
    for number, (code, groups) in enumerate(
        [
            (Perm.ATTACHMENT_QUERY, EVERYBODY),
            (Perm.ATTACHMENT_READ, EVERYBODY),
            (Perm.ATTACHMENT_EXPORT, CHIEFS),
            (Perm.ATTACHMENT_ADMIN, ("system_administrator",)),
        ]
    )
]
