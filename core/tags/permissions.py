"""Rights over tags; whose record may be tagged follows from the record."""

from __future__ import annotations

from enum import StrEnum

from core.i18n import _
from core.plugin import Permission

EVERYBODY = ("staff", "supervisor", "decision_maker", "system_administrator", "finance")


class Perm(StrEnum):
    """The codes."""

    TAG_QUERY = "core:tag:query"
    TAG_CREATE = "core:tag:create"
    TAG_ADMIN = "core:tag:admin"
    SEGMENT_QUERY = "core:segment:query"


PERMISSIONS = [
    Permission(code=str(Perm.TAG_QUERY), title=_("Tags"), scoped=False, defaults=dict.fromkeys(EVERYBODY, "all")),
    Permission(
        code=str(Perm.TAG_CREATE),
        title=_("Tags"),
        scoped=False,
        defaults=dict.fromkeys(("staff", "supervisor", "decision_maker", "system_administrator"), "all"),
    ),
    Permission(
        code=str(Perm.TAG_ADMIN),
        title=_("Rename, merge and retire tags"),
        scoped=False,
        defaults=dict.fromkeys(("supervisor", "decision_maker", "system_administrator"), "all"),
    ),
    Permission(
        code=str(Perm.SEGMENT_QUERY), title=_("Segments"), scoped=False, defaults=dict.fromkeys(EVERYBODY, "all")
    ),
]
