"""The frame around every page, the workbench, search, help and everybody's own choices."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Blueprint
from sqlalchemy.orm import Session

from core.desk import models, views_drafts, views_help, views_own
from core.desk.drafts import JOBS, drop_about
from core.desk.layouts import SETTING
from core.i18n import _
from core.plugin import Job, MenuItem, PluginInfo, Setting, hookimpl

if TYPE_CHECKING:
    from core.customers.models import Company, Contact

info = PluginInfo(name="core.desk", title=_("Desk"), summary=_("Workbench, menus, search, help"))


tables = models


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    return list({one.blueprint for one in (views_drafts, views_help, views_own)})  # one, on which all put their pages


@hookimpl
def register_menu() -> Iterable[MenuItem]:
    return [
        MenuItem(title=_("Workbench"), endpoint="desk.workbench", menu="my", icon="home", keys="G H", order=1),
        MenuItem(title=_("Search"), endpoint="desk.search", menu="my", icon="search", order=90),
        MenuItem(
            title=_("Shortcuts and appearance"),
            endpoint="desk.preferences_page",
            menu="settings",
            icon="contrast",
            order=1,
        ),
        MenuItem(title=_("My shortcuts"), endpoint="desk.shortcuts", menu="settings", icon="star", order=2),
        MenuItem(title=_("How to use"), endpoint="desk.help_index", menu="help", icon="help", order=1),
        MenuItem(title=_("Keys"), endpoint="desk.keys", menu="help", icon="keyboard", order=2),
    ]


@hookimpl
def register_settings() -> Iterable[Setting]:
    return [
        Setting(
            key="core.help_contact",
            title=_("Whom to call for help"),
            default="",
            hint=_("Name and telephone, shown in the help drawer"),
        ),
        Setting(key=SETTING, title=_("Workbench of each role"), default={}, kind="own"),
    ]


@hookimpl
def register_jobs() -> Iterable[Job]:
    return JOBS


@hookimpl
def before_contact_erase(session: Session, contact: Contact, neutral: str) -> None:
    """Remove every person's drafts about the erased person."""
    drop_about(session, "contact", contact.id, contact.name)


@hookimpl
def before_customer_erase(session: Session, customer: Company) -> None:
    """Remove every person's drafts about the erased customer."""
    drop_about(session, "company", customer.id, customer.name)
