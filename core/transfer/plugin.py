"""Import of tables into resources: wizard, command, background run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import click
from flask import Blueprint

from core.i18n import _
from core.plugin import EventType, Job, MenuItem, Permission, PluginInfo, hookimpl
from core.transfer import jobs, models
from core.transfer.commands import import_command
from core.transfer.permissions import PERMISSIONS, Perm
from core.transfer.views import blueprint

info = PluginInfo(name="core.transfer", title=_("Import"))
tables = models


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    return [blueprint]


@hookimpl
def register_permissions() -> Iterable[Permission]:
    return PERMISSIONS


@hookimpl
def register_menu() -> Iterable[MenuItem]:
    return [
        MenuItem(
            title=_("Import customers"),
            endpoint="transfer.start",
            args={"plural": "companies"},
            permission=Perm.IMPORT_CREATE,
            menu="file",
            icon="ul",
            order=30,
        ),
        MenuItem(
            title=_("Import contacts"),
            endpoint="transfer.start",
            args={"plural": "contacts"},
            permission=Perm.IMPORT_CREATE,
            menu="file",
            icon="ul",
            order=31,
        ),
    ]


@hookimpl
def register_commands() -> Iterable[click.Command]:
    return [import_command]


@hookimpl
def register_events() -> Iterable[EventType]:
    counts: dict[str, Any] = {"created": int, "updated": int, "errors": int}
    return [
        EventType(
            name="core.import_finished",
            title=_("An import has ended"),
            fields={"batch_id": int, "resource": str, "user_id": int | None, **counts},
        )
    ]


@hookimpl
def register_jobs() -> Iterable[Job]:
    return [
        Job(name="core.import", title=_("Import"), run=jobs.run_import, chunked=True),
        Job(
            name="core.import_clean",
            title=_("Drop files of old imports"),
            run=jobs.clean_imports,
            schedule="40 3 * * *",
        ),
    ]
