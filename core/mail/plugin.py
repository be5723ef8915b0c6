"""Mail: letters to customers from the outbox."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Blueprint
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.i18n import _, p_
from core.mail import models
from core.mail.models import Letter
from core.mail.panels import timeline
from core.mail.permissions import PERMISSIONS, Perm
from core.mail.queries import doubtful_count
from core.mail.resources import LETTER
from core.mail.sending import JOBS
from core.mail.settings import SETTINGS
from core.mail.views import blueprint
from core.plugin import Job, MenuItem, Permission, PluginInfo, Resource, Setting, TimelineSource, hookimpl

if TYPE_CHECKING:
    from core.customers.models import Company

info = PluginInfo(name="core.mail", title=p_("module", "E-mail"), summary=_("Letters, mailings and what comes back"))
tables = models


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    return [blueprint]


@hookimpl
def register_permissions() -> Iterable[Permission]:
    return PERMISSIONS


@hookimpl
def register_resources() -> Iterable[Resource]:
    return [LETTER]


@hookimpl
def register_settings() -> Iterable[Setting]:
    return SETTINGS


@hookimpl
def register_jobs() -> Iterable[Job]:
    return JOBS


@hookimpl
def register_menu() -> Iterable[MenuItem]:
    return [
        MenuItem(
            title=p_("menu", "E-mails"), endpoint="mail.letter_list", permission=Perm.LETTER_QUERY, menu="customers",
            section=p_("menu", "Mail"), icon="mail", count=lambda session: doubtful_count(session) or None, hot=True,
            order=300,
        )
    ]  # fmt: skip


@hookimpl
def register_customer_panels() -> Iterable[TimelineSource]:
    return [TimelineSource(name="core.mail", load=timeline, permission=Perm.LETTER_QUERY, kind="talk")]


@hookimpl
def before_customer_erase(session: Session, customer: Company) -> None:
    """Blank what was written to the customer; that something was sent is kept."""
    for letter in session.scalars(select(Letter).where(Letter.company_id == customer.id)):
        letter.subject, letter.body, letter.name, letter.answer = "—", "", "", ""
        letter.address = letter.address_key = "—"
        if letter.state == "waiting":
            letter.state, letter.reason = "stopped", "barred"
