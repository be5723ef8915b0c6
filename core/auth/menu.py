"""Menu entries of accounts and rights."""

from __future__ import annotations

from core.auth.permissions import Perm
from core.i18n import _
from core.plugin import MenuItem

PEOPLE = _("Accounts and rights")

MENU = [
    MenuItem(title=_("My account"), endpoint="auth.account", menu="file", icon="user", order=80),
    MenuItem(title=_("My rights"), endpoint="auth.own_rights", menu="file", icon="shield", order=81),
    MenuItem(title=_("Change password"), endpoint="auth.password", menu="file", icon="key", order=82),
    MenuItem(title=_("Sign in again"), endpoint="auth.login", menu="file", icon="in", order=83),
    MenuItem(
        title=_("Accounts"),
        endpoint="auth.user_list",
        permission=Perm.USER_ADMIN,
        menu="settings",
        section=PEOPLE,
        icon="users",
        order=10,
    ),
    MenuItem(
        title=_("Departments"),
        endpoint="auth.department_list",
        permission=Perm.USER_ADMIN,
        menu="settings",
        section=PEOPLE,
        icon="tree",
        order=20,
    ),
    MenuItem(
        title=_("Groups and rights"),
        endpoint="auth.group_list",
        permission=Perm.GROUP_ADMIN,
        menu="settings",
        section=PEOPLE,
        icon="shield",
        order=30,
    ),
    MenuItem(
        title=_("Matrix of rights"),
        endpoint="auth.group_matrix",
        permission=Perm.GROUP_ADMIN,
        menu="settings",
        section=PEOPLE,
        icon="table",
        order=31,
    ),
    MenuItem(
        title=_("Why may somebody see it"),
        endpoint="auth.access_page",
        permission=Perm.GROUP_ADMIN,
        menu="settings",
        section=PEOPLE,
        icon="eye",
        order=32,
    ),
    MenuItem(
        title=_("Audit trail"),
        endpoint="auth.audit",
        permission=Perm.AUDIT_READ,
        menu="settings",
        section=PEOPLE,
        icon="history",
        order=40,
    ),
]
