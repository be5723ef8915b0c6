"""API: what programs read of any Resource, and the tokens with which they may."""

from __future__ import annotations

from collections.abc import Iterable

import click
from flask import Blueprint

from core.api import models
from core.api.commands import openapi
from core.api.permissions import PERMISSIONS
from core.api.services import end_tokens
from core.api.settings import SETTINGS
from core.api.views import pages, reading
from core.auth.services.accounts import ends_with_account
from core.i18n import _
from core.plugin import MenuItem, Permission, PluginInfo, Setting, hookimpl

info = PluginInfo(name="core.api", title=_("Interface for programs"), summary=_("REST and OpenAPI over any Resource"))
tables = models

ends_with_account(end_tokens)


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    return [pages, reading]


@hookimpl
def register_permissions() -> Iterable[Permission]:
    return PERMISSIONS


@hookimpl
def register_settings() -> Iterable[Setting]:
    return SETTINGS


@hookimpl
def register_commands() -> Iterable[click.Command]:
    return [openapi]


@hookimpl
def register_menu() -> Iterable[MenuItem]:
    return [
        MenuItem(title=_("Interface for programs"), endpoint="api.docs", menu="help", icon="link", order=80),
    ]
