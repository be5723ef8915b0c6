"""Rights over accounts, modules, settings and the audit trail."""

from __future__ import annotations

from enum import StrEnum

from core.i18n import _
from core.plugin import Permission


class Perm(StrEnum):
    """The codes."""

    USER_ADMIN = "core:user:admin"
    GROUP_ADMIN = "core:group:admin"
    PLUGIN_ADMIN = "core:plugin:admin"
    SETTING_ADMIN = "core:setting:admin"
    DICTIONARY_ADMIN = "core:dictionary:admin"
    SYSTEM_ADMIN = "core:system:admin"
    BUS_ADMIN = "core:bus:admin"
    AUDIT_READ = "core:audit:read"
    VIEW_SHARE = "core:view:share"


TITLES = {
    Perm.USER_ADMIN: _("Accounts and departments"),
    Perm.GROUP_ADMIN: _("Groups and rights"),
    Perm.PLUGIN_ADMIN: _("Modules"),
    Perm.SETTING_ADMIN: _("Settings"),
    Perm.DICTIONARY_ADMIN: _("Dictionaries"),
    Perm.SYSTEM_ADMIN: _("System and backup"),
    Perm.BUS_ADMIN: _("Events and jobs"),
}

PERMISSIONS = [
    *(
        Permission(code=str(code), title=title, scoped=False, defaults={"system_administrator": "all"}, order=900)
        for code, title in TITLES.items()
    ),
    Permission(
        code=str(Perm.AUDIT_READ),
        title=_("Audit trail"),
        defaults={"staff": "own", "supervisor": "department", "decision_maker": "all", "system_administrator": "all"},
        order=910,
    ),
    Permission(
        code=str(Perm.VIEW_SHARE),
        title=_("Share list views with everybody"),
        scoped=False,
        defaults={"supervisor": "all", "decision_maker": "all", "system_administrator": "all"},
        order=920,
    ),
]
