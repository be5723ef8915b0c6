"""Events and jobs: what plugins tell each other, and what runs by the clock."""

from __future__ import annotations

from collections.abc import Iterable

import click
from flask import Blueprint

from core.auth.permissions import Perm
from core.bus import commands, health
from core.bus.housekeeping import JOBS
from core.bus.queries import gave_up_count
from core.bus.settings import SETTINGS
from core.bus.views import blueprint
from core.i18n import _
from core.plugin import Counted, Job, MenuItem, PluginInfo, Setting, hookimpl

info = PluginInfo(name="core.bus", title=_("Events and jobs"))


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    return [blueprint, health.blueprint]


@hookimpl
def register_menu() -> Iterable[MenuItem]:
    return [
        MenuItem(
            title=_("Events and jobs"),
            endpoint="bus.event_list",
            permission=Perm.BUS_ADMIN,
            menu="settings",
            section=_("Deployment"),
            icon="refresh",
            count=lambda session: gave_up_count(session) or None,
            counted=Counted(title=_("Failures"), endpoint="bus.failure_list"),
            hot=True,
            order=85,
        )
    ]


@hookimpl
def register_settings() -> Iterable[Setting]:
    return SETTINGS


@hookimpl
def register_jobs() -> Iterable[Job]:
    return JOBS


@hookimpl
def register_commands() -> Iterable[click.Command]:
    return [commands.serve, commands.worker]
