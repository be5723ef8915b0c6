"""Rights over tasks (promises, Permissions): giver and receiver; a supervisor his department's."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from core.i18n import _
from core.plugin import Permission, ScopeName, resource_permissions


class Perm(StrEnum):
    """The codes."""

    TASK_QUERY = "core:task:query"
    TASK_READ = "core:task:read"
    TASK_CREATE = "core:task:create"
    TASK_EDIT = "core:task:edit"
    TASK_DELETE = "core:task:delete"
    TASK_ASSIGN = "core:task:assign"
    TASK_EXPORT = "core:task:export"
    TASK_SEND = "core:task:send"


SEEN: Mapping[str, ScopeName] = {
    "staff": "own",
    "supervisor": "department",
    "decision_maker": "all",
    "system_administrator": "own",
    "finance": "own",
}
WORKED: Mapping[str, ScopeName] = {**SEEN, "decision_maker": "department"}
HANDED: Mapping[str, ScopeName] = {**SEEN, "system_administrator": "all"}
"""An administrator hands over what somebody who leaves has to do, without seeing it."""

PERMISSIONS: list[Permission] = [
    *resource_permissions(
        [code for code in Perm if code is not Perm.TASK_SEND],
        {"task": _("Tasks")},
        {
            "query": SEEN,
            "read": SEEN,
            "create": dict.fromkeys(SEEN, "own"),
            "edit": WORKED,
            "delete": WORKED,
            "assign": HANDED,
            "export": {"decision_maker": "all", "supervisor": "department"},
        },
    ),
    Permission(
        code=str(Perm.TASK_SEND),
        title=_("Give tasks to whole departments, groups or everybody"),
        scoped=False,
        defaults={"supervisor": "all", "decision_maker": "all", "system_administrator": "all"},
        order=50,
    ),
]
