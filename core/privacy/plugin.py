"""Personal data: requests of people, copies, holding and erasing, keeping times, and the record of who looked."""

from __future__ import annotations

from collections.abc import Iterable

import click
from flask import Blueprint
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.i18n import _
from core.plugin import Counted, Dictionary, Job, MenuItem, Permission, PluginInfo, Resource, Setting, hookimpl
from core.privacy import models
from core.privacy.commands import privacy_group
from core.privacy.dictionaries import DICTIONARIES
from core.privacy.jobs import JOBS
from core.privacy.models import PrivacyRequest
from core.privacy.permissions import PERMISSIONS, Perm
from core.privacy.resources import REQUEST
from core.privacy.settings import SETTINGS
from core.privacy.views import blueprint

info = PluginInfo(name="core.privacy", title=_("Personal data"), summary=_("Requests, copies, erasing"))
tables = models


def _open(session: Session) -> int | None:
    return session.scalar(select(func.count()).where(PrivacyRequest.state == "open")) or None


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    return [blueprint]


@hookimpl
def register_permissions() -> Iterable[Permission]:
    return PERMISSIONS


@hookimpl
def register_resources() -> Iterable[Resource]:
    return [REQUEST]


@hookimpl
def register_dictionaries() -> Iterable[Dictionary]:
    return DICTIONARIES


@hookimpl
def register_settings() -> Iterable[Setting]:
    return SETTINGS


@hookimpl
def register_menu() -> Iterable[MenuItem]:
    section = _("Personal data")
    return [
        MenuItem(
            title=_("Requests"), endpoint="privacy.privacy_request_list", permission=Perm.REQUEST_QUERY,
            menu="settings", section=section, icon="shield", count=_open, hot=True, order=200,
            counted=Counted(title=_("Open requests"), args={"view": "open"}),
        ),
        MenuItem(
            title=_("Who saw what"), endpoint="privacy.access_report", permission=Perm.ADMIN, menu="settings",
            section=section, icon="eye", order=210,
        ),
        MenuItem(
            title=_("Keeping times"), endpoint="privacy.due_list", permission=Perm.ADMIN, menu="settings",
            section=section, icon="clock", order=220,
        ),
    ]  # fmt: skip


@hookimpl
def register_jobs() -> Iterable[Job]:
    return JOBS


@hookimpl
def register_commands() -> Iterable[click.Command]:
    return [privacy_group]
