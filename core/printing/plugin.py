"""Printing: labels, envelopes and lists of any resource's rows, within limits and on record."""

from __future__ import annotations

from collections.abc import Iterable

import click
from flask import Blueprint

import core.printing.models  # the table belongs to core's history
from core.i18n import _
from core.plugin import MenuItem, PluginInfo, Setting, hookimpl
from core.printing.cli import print_command
from core.printing.views import blueprint

info = PluginInfo(name="core.printing", title=_("Printing"), summary=_("Labels, envelopes and lists as PDF"))
models = core.printing.models


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    return [blueprint]


@hookimpl
def register_menu() -> Iterable[MenuItem]:
    return [MenuItem(title=_("Print"), endpoint="printing.wizard", menu="file", icon="print", order=60)]


@hookimpl
def register_settings() -> Iterable[Setting]:
    above = _("Stands above printed lists")
    return [
        Setting(key="core.house_name", title=_("Name of our company"), default="", hint=above, order=55),
        Setting(key="core.house_address", title=_("Address of our company"), default="", hint=above, order=56),
        Setting(key="core.house_phone", title=_("Telephone of our company"), default="", hint=above, order=57),
        Setting(
            key="core.print_rows_a_day",
            title=_("Rows that one person may print a day"),
            default=500,
            kind="number",
            hint=_("0 is without limit"),
            order=60,
        ),
    ]


@hookimpl
def register_commands() -> Iterable[click.Command]:
    return [print_command]
