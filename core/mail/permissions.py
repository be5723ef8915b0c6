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
    INMAIL_QUERY = "core:inmail:query"
    INMAIL_READ = "core:inmail:read"
    INMAIL_EDIT = "core:inmail:edit"
    INMAIL_PRINT = "core:inmail:print"
    INMAIL_EXPORT = "core:inmail:export"
    SMS_QUERY = "core:sms:query"
    SMS_READ = "core:sms:read"
    SMS_CREATE = "core:sms:create"
    SMS_PRINT = "core:sms:print"
    SMS_EXPORT = "core:sms:export"
    MAILING_QUERY = "core:mailing:query"
    MAILING_READ = "core:mailing:read"
    MAILING_CREATE = "core:mailing:create"
    MAILING_EDIT = "core:mailing:edit"
    MAILING_DELETE = "core:mailing:delete"
    MAILING_REVIEW = "core:mailing:review"
    MAILING_ASSIGN = "core:mailing:assign"
    MAILING_PRINT = "core:mailing:print"
    MAILING_EXPORT = "core:mailing:export"
    TEMPLATE_QUERY = "core:mailtemplate:query"
    TEMPLATE_READ = "core:mailtemplate:read"
    TEMPLATE_CREATE = "core:mailtemplate:create"
    TEMPLATE_EDIT = "core:mailtemplate:edit"
    TEMPLATE_DELETE = "core:mailtemplate:delete"
    TEMPLATE_PRINT = "core:mailtemplate:print"
    TEMPLATE_EXPORT = "core:mailtemplate:export"


OWN: Mapping[str, ScopeName] = {
    "staff": "own",
    "supervisor": "department",
    "decision_maker": "all",
    "system_administrator": "all",
    "finance": "own",
}
MANY: Mapping[str, ScopeName] = {"decision_maker": "all", "system_administrator": "all"}
"""Who writes to many: as with the right to mail to the rows of a list; supervisors by grant."""
WATCH: Mapping[str, ScopeName] = {"supervisor": "department", **MANY}
ALL: Mapping[str, ScopeName] = dict.fromkeys(
    ("staff", "supervisor", "decision_maker", "system_administrator", "finance"), "all"
)
CHIEFS: Mapping[str, ScopeName] = {"supervisor": "all", **MANY}


def _of(noun: str) -> list[str]:
    return [code for code in Perm if code.split(":")[1] == noun]


PERMISSIONS = [
    *resource_permissions(
        _of("letter"), {"letter": _("E-mails")}, dict.fromkeys(("query", "read", "create", "edit"), OWN)
    ),
    *resource_permissions(
        _of("inmail"), {"inmail": _("Incoming e-mails")}, dict.fromkeys(("query", "read", "edit"), OWN)
    ),
    *resource_permissions(_of("sms"), {"sms": _("Short messages")}, dict.fromkeys(("query", "read", "create"), OWN)),
    *resource_permissions(
        _of("mailing"),
        {"mailing": _("Mailings")},
        {
            "query": WATCH,
            "read": WATCH,
            **dict.fromkeys(("create", "edit", "delete", "review", "assign", "print"), MANY),
        },
    ),
    *resource_permissions(
        _of("mailtemplate"),
        {"mailtemplate": _("Templates of e-mails")},
        {"query": ALL, "read": ALL, "print": ALL, **dict.fromkeys(("create", "edit", "delete"), CHIEFS)},
    ),
]
