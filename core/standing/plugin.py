"""Customer types by rule and by hand (B-11)."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint

from core.i18n import _
from core.plugin import (
    CustomerFigure,
    CustomerPanel,
    Job,
    MenuItem,
    Permission,
    PluginInfo,
    Setting,
    Subscriber,
    TimelineSource,
    hookimpl,
)
from core.standing import models
from core.standing.figures import FIGURES
from core.standing.jobs import JOBS, SUBSCRIBERS
from core.standing.panels import timeline
from core.standing.permissions import PERMISSIONS, Perm
from core.standing.settings import SETTINGS
from core.standing.views import blueprint

info = PluginInfo(
    name="core.standing", title=_("Customer types"), summary=_("Rules by which customers change their type")
)
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
            title=_("Rules of customer types"), endpoint="standing.rule_list", permission=str(Perm.STANDING_ADMIN),
            menu="settings", section=_("Deployment"), icon="star", order=64,
        )
    ]  # fmt: skip


@hookimpl
def register_settings() -> Iterable[Setting]:
    return SETTINGS


@hookimpl
def register_customer_panels() -> Iterable[CustomerPanel | TimelineSource]:
    return [TimelineSource(name="core.standing", load=timeline, kind="change")]


@hookimpl
def register_customer_figures() -> Iterable[CustomerFigure]:
    return FIGURES


@hookimpl
def register_jobs() -> Iterable[Job]:
    return JOBS


@hookimpl
def register_subscribers() -> Iterable[Subscriber]:
    return SUBSCRIBERS
