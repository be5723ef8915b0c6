"""More rows than the limit of a day: alone with the password, or as a second person agrees."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint
from sqlalchemy.orm import Session

from core.allowances import models
from core.allowances.permissions import PERMISSIONS, Perm
from core.allowances.queries import ALONE, asked_count
from core.allowances.resources import ALLOWANCE, STATES
from core.allowances.views import blueprint
from core.auth.access import current_access
from core.i18n import _
from core.plugin import Counted, MenuItem, Permission, PluginInfo, Resource, Setting, hookimpl

info = PluginInfo(
    name="core.allowances",
    title=_("Requests for more rows"),
    summary=_("Exports and prints beyond the limit of a day, with the password or a second person"),
)
tables = models


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    return [blueprint]


@hookimpl
def register_permissions() -> Iterable[Permission]:
    return PERMISSIONS


@hookimpl
def register_resources() -> Iterable[Resource]:
    return [ALLOWANCE]


@hookimpl
def register_settings() -> Iterable[Setting]:
    return [
        Setting(
            key=ALONE,
            title=_("Rows beyond a limit of a day that one person takes out alone, with a reason and the password"),
            default=300,
            kind="number",
            hint=_("Above it a second person has to agree; 0: always"),
            order=61,
        )
    ]


def _asked(session: Session) -> int | None:
    access = current_access()
    return (asked_count(session, access.user_id or 0) or None) if access.may(Perm.ALLOWANCE_REVIEW) else None


@hookimpl
def register_menu() -> Iterable[MenuItem]:
    return [
        MenuItem(
            title=_("Requests for more rows"),
            endpoint="allowances.allowance_list",
            permission=Perm.ALLOWANCE_QUERY,
            menu="file",
            icon="dl",
            count=_asked,
            hot=True,
            counted=Counted(title=STATES["asked"], args={"view": "asked"}),
            order=65,
        )
    ]
