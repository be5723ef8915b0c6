"""Rights over messages: everybody has his own; who may write to many at once is granted."""

from __future__ import annotations

from enum import StrEnum

from core.i18n import _
from core.plugin import Permission, ScopeName


class Perm(StrEnum):
    """The codes."""

    QUERY = "core:message:query"
    READ = "core:message:read"
    CREATE = "core:message:create"
    EDIT = "core:message:edit"
    EXPORT = "core:message:export"
    SEND_MANY = "core:message_many:create"
    COLLEAGUE_QUERY = "core:colleague:query"
    COLLEAGUE_EXPORT = "core:colleague:export"


GROUPS = ("staff", "supervisor", "decision_maker", "system_administrator", "finance")


def _everybody(scope: ScopeName) -> dict[str, ScopeName]:
    return dict.fromkeys(GROUPS, scope)


PERMISSIONS = [
    Permission(code=str(Perm.QUERY), title=_("Messages"), defaults=_everybody("own"), order=500),
    Permission(code=str(Perm.READ), title=_("Messages"), defaults=_everybody("own"), order=501),
    Permission(code=str(Perm.CREATE), title=_("Messages"), defaults=_everybody("all"), order=502),
    Permission(code=str(Perm.EDIT), title=_("Messages"), defaults=_everybody("own"), order=503),
    Permission(
        code=str(Perm.EXPORT),
        title=_("Messages"),
        defaults={"decision_maker": "own", "system_administrator": "own"},
        order=504,
    ),
    Permission(
        code=str(Perm.SEND_MANY),
        title=_("Messages to departments, groups and everybody"),
        scoped=False,
        defaults={"supervisor": "all", "decision_maker": "all", "system_administrator": "all"},
        order=505,
    ),
    Permission(code=str(Perm.COLLEAGUE_QUERY), title=_("Colleagues"), defaults=_everybody("all"), order=506),
    Permission(
        code=str(Perm.COLLEAGUE_EXPORT),
        title=_("Colleagues"),
        defaults={"decision_maker": "all", "system_administrator": "all"},
        order=507,
    ),
]
