"""The register: companies, contacts, their addresses, needs and history."""

from __future__ import annotations

from collections.abc import Iterable

import click
from flask import Blueprint

from core.customers.commands import duplicates, parse_addresses, search
from core.customers.dictionaries import DICTIONARIES
from core.customers.events import EVENTS
from core.customers.jobs import JOBS
from core.customers.lists import COMPANIES, CONTACTS
from core.customers.menu import MENU
from core.customers.permissions import PERMISSIONS
from core.customers.prints import PRINTS
from core.customers.queries.divisions import COUNTER, follow_divisions
from core.customers.settings import SETTINGS
from core.customers.views import blueprint, standings
from core.customers.views.pool import CARDS, PANELS
from core.i18n import _
from core.plugin import (
    CustomerPanel,
    DashboardCard,
    Dictionary,
    EventType,
    Job,
    MenuItem,
    Permission,
    PluginInfo,
    PrintTemplate,
    Resource,
    Setting,
    TimelineSource,
    hookimpl,
)
from core.state import at_every_look

at_every_look(COUNTER, follow_divisions)

info = PluginInfo(name="core.customers", title=_("Customers"), summary=_("Companies, contacts, search"))


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    return [blueprint]


@hookimpl
def register_permissions() -> Iterable[Permission]:
    return PERMISSIONS


@hookimpl
def register_resources() -> Iterable[Resource]:
    return [COMPANIES, CONTACTS]


@hookimpl
def register_menu() -> Iterable[MenuItem]:
    return MENU


@hookimpl
def register_dictionaries() -> Iterable[Dictionary]:
    return DICTIONARIES


@hookimpl
def register_settings() -> Iterable[Setting]:
    return SETTINGS


@hookimpl
def register_dashboard_cards() -> Iterable[DashboardCard]:
    return [*CARDS, standings.CARD]


@hookimpl
def register_customer_panels() -> Iterable[CustomerPanel | TimelineSource]:
    return PANELS


@hookimpl
def register_events() -> Iterable[EventType]:
    return EVENTS


@hookimpl
def register_prints() -> Iterable[PrintTemplate]:
    return PRINTS


@hookimpl
def register_jobs() -> Iterable[Job]:
    return JOBS


@hookimpl
def register_commands() -> Iterable[click.Command]:
    return [search, duplicates, parse_addresses]
