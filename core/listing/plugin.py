"""Lists: one page over any Resource, with conditions, views, columns, batch actions and export."""

from __future__ import annotations

from collections.abc import Iterable

import click
from flask import Blueprint

from core.i18n import _
from core.listing.cards import CARD
from core.listing.cli import export
from core.listing.services import EXPORT_LIMIT
from core.listing.views import blueprint
from core.plugin import DashboardCard, PluginInfo, Setting, hookimpl

info = PluginInfo(name="core.listing", title=_("Lists"), summary=_("Lists, views and export of every kind of record"))


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    return [blueprint]


@hookimpl
def register_dashboard_cards() -> Iterable[DashboardCard]:
    return [CARD]


@hookimpl
def register_settings() -> Iterable[Setting]:
    return [
        Setting(
            key=EXPORT_LIMIT,
            title=_("Rows that one person may export a day"),
            default=200,
            kind="number",
            hint=_("0 is without limit"),
            order=50,
        )
    ]


@hookimpl
def register_commands() -> Iterable[click.Command]:
    return [export]
