"""Accounts: sign-in, users, departments, groups, rights, audit trail."""

from __future__ import annotations

from collections.abc import Iterable

import click
from flask import Blueprint

from core.auth.commands import users_group
from core.auth.jobs import JOBS
from core.auth.menu import MENU
from core.auth.permissions import PERMISSIONS
from core.auth.settings import SETTINGS
from core.auth.views import blueprint
from core.i18n import _
from core.plugin import Job, MenuItem, Permission, PluginInfo, Setting, hookimpl

info = PluginInfo(name="core.auth", title=_("Accounts and rights"))


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    return [blueprint]


@hookimpl
def register_settings() -> Iterable[Setting]:
    return SETTINGS


@hookimpl
def register_commands() -> Iterable[click.Command]:
    return [users_group]


@hookimpl
def register_permissions() -> Iterable[Permission]:
    return PERMISSIONS


@hookimpl
def register_menu() -> Iterable[MenuItem]:
    return MENU


@hookimpl
def register_jobs() -> Iterable[Job]:
    return JOBS
