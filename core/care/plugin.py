"""Care of customers: birthdays, festivals, anniversaries, key and changing customers (B-18)."""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint

from core.auth.permissions import Perm as Admin
from core.care import models
from core.care.agenda import DAYS
from core.care.reminders import REMINDERS
from core.care.settings import SETTINGS
from core.care.views import blueprint
from core.customers.permissions import Perm
from core.i18n import _
from core.plugin import CalendarSource, MenuItem, PluginInfo, Reminder, Setting, hookimpl

info = PluginInfo(
    name="core.care", title=_("Customer care"), summary=_("Birthdays, festivals, anniversaries, greetings")
)
tables = models


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    return [blueprint]


@hookimpl
def register_menu() -> Iterable[MenuItem]:
    return [
        MenuItem(
            title=_("Customer care"),
            endpoint="care.coming",
            permission=Perm.COMPANY_QUERY,
            menu="my",
            icon="gift",
            order=20,
        ),
        MenuItem(
            title=_("Festivals and greetings"),
            endpoint="care.care_admin",
            permission=Admin.SETTING_ADMIN,
            menu="settings",
            section=_("Deployment"),
            icon="gift",
            order=66,
        ),
    ]


@hookimpl
def register_calendars() -> Iterable[CalendarSource]:
    return [DAYS]


@hookimpl
def register_settings() -> Iterable[Setting]:
    return SETTINGS


@hookimpl
def register_reminders() -> Iterable[Reminder]:
    return REMINDERS
