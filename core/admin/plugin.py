"""Administration: modules and the system page."""

from __future__ import annotations

from collections.abc import Iterable

import click
from flask import Blueprint

from core.admin import dictionaries, fields, views_dictionaries, views_fields, views_handover, views_settings
from core.admin.cards import CARD
from core.admin.commands import doctor, plugins_group
from core.admin.handover import JOBS
from core.auth.permissions import Perm
from core.demo.commands import demo_group
from core.i18n import _
from core.plugin import DashboardCard, Job, MenuItem, PluginInfo, hookimpl

info = PluginInfo(name="core.admin", title=_("Administration"))


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    pages = (views_settings, views_dictionaries, views_fields, views_handover)
    return list({one.blueprint for one in pages})  # one, on which all put their pages


@hookimpl
def register_menu() -> Iterable[MenuItem]:
    section = _("Deployment")
    return [
        MenuItem(
            title=_("Settings of the system"),
            endpoint="admin.settings",
            permission=Perm.SETTING_ADMIN,
            menu="settings",
            section=section,
            icon="gear",
            order=60,
        ),
        MenuItem(
            title=_("Dictionaries"),
            endpoint="admin.dictionary_list",
            permission=Perm.DICTIONARY_ADMIN,
            menu="settings",
            section=section,
            icon="book",
            order=70,
        ),
        MenuItem(
            title=_("Own fields"),
            endpoint="admin.field_list",
            permission=Perm.DICTIONARY_ADMIN,
            menu="settings",
            section=section,
            icon="table",
            order=75,
        ),
        MenuItem(
            title=_("Modules"),
            endpoint="admin.plugin_list",
            permission=Perm.PLUGIN_ADMIN,
            menu="settings",
            section=section,
            icon="grid",
            order=80,
        ),
        MenuItem(
            title=_("System"),
            endpoint="admin.system",
            permission=Perm.SYSTEM_ADMIN,
            menu="settings",
            section=section,
            icon="gear",
            order=90,
        ),
    ]


@hookimpl
def register_dashboard_cards() -> Iterable[DashboardCard]:
    return [CARD]


@hookimpl
def register_jobs() -> Iterable[Job]:
    return [*JOBS, *fields.JOBS, *dictionaries.JOBS]


@hookimpl
def register_commands() -> Iterable[click.Command]:
    return [plugins_group, doctor, demo_group]
