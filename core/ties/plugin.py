"""Ties between companies: groups (B-15) and partners (B-10)."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint

from core.i18n import _
from core.plugin import CustomerPanel, PluginInfo, TimelineSource, hookimpl
from core.ties.panels import PANELS
from core.ties.views import blueprint

info = PluginInfo(name="core.ties", title=_("Ties between companies"), summary=_("Groups of companies, partners"))


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    return [blueprint]


@hookimpl
def register_customer_panels() -> Iterable[CustomerPanel | TimelineSource]:
    return PANELS
