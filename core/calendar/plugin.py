"""Calendar: which days are worked, with the made-up days of the Chinese calendar."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint

from core.auth.permissions import Perm
from core.calendar import models
from core.calendar.views import blueprint
from core.i18n import _
from core.plugin import MenuItem, PluginInfo, hookimpl

info = PluginInfo(name="core.calendar", title=_("Calendar"), summary=_("Working days and made-up days"))
tables = models


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    return [blueprint]


@hookimpl
def register_menu() -> Iterable[MenuItem]:
    return [
        MenuItem(
            title=_("Working days"),
            endpoint="calendar.days",
            permission=Perm.SETTING_ADMIN,
            menu="settings",
            section=_("Deployment"),
            icon="cal",
            order=65,
        )
    ]
