"""Attachments: files and pictures on any record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Blueprint
from sqlalchemy.orm import Session

from core.attachments import models, services
from core.attachments.models import Attachment
from core.attachments.panels import customer_count, customer_panel, files_on_timeline
from core.attachments.permissions import PERMISSIONS, Perm
from core.attachments.resources import ATTACHMENTS
from core.attachments.settings import SETTINGS
from core.attachments.views import blueprint
from core.customers.lists import CONTACTS
from core.i18n import _, gettext
from core.plugin import (
    CustomerPanel,
    Job,
    MenuItem,
    Permission,
    PluginInfo,
    Resource,
    Setting,
    TimelineSource,
    hookimpl,
)

if TYPE_CHECKING:
    from core.customers.models import Company, Contact

info = PluginInfo(name="core.attachments", title=_("Attachments"), summary=_("Files and pictures on any record"))
tables = models


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    return [blueprint]


@hookimpl
def register_permissions() -> Iterable[Permission]:
    return PERMISSIONS


@hookimpl
def register_resources() -> Iterable[Resource]:
    return [ATTACHMENTS]


@hookimpl
def register_settings() -> Iterable[Setting]:
    return SETTINGS


@hookimpl
def register_menu() -> Iterable[MenuItem]:
    return [
        MenuItem(
            title=_("Attachments"),
            endpoint="attachments.attachment_list",
            permission=Perm.ATTACHMENT_QUERY,
            menu="records",
            icon="clip",
            order=80,
        ),
        MenuItem(
            title=_("Room for attachments"),
            endpoint="attachments.attachment_use",
            permission=Perm.ATTACHMENT_ADMIN,
            menu="settings",
            section=_("Deployment"),
            icon="clip",
            order=85,
        ),
    ]


@hookimpl
def register_customer_panels() -> Iterable[CustomerPanel | TimelineSource]:
    return [
        CustomerPanel(
            name="attachments",
            title=_("Attachments"),
            render=customer_panel,
            permission=Perm.ATTACHMENT_QUERY,
            count=customer_count,
            of=(Attachment.company_id,),
            order=900,
        ),
        TimelineSource(
            name="core.attachments",
            load=files_on_timeline,
            permission=Perm.ATTACHMENT_QUERY,
            kind="business",
            of=(Attachment.company_id,),
        ),
    ]


def _empty_bin(session: Session) -> str:
    return str(gettext("%(n)s attachments removed for good", n=services.empty_bin(session)))


def _sweep(session: Session) -> str:
    gone, missing = services.sweep(session), sum(1 for _one in services.missing_files(session))
    return str(gettext("%(gone)s stray files removed, %(missing)s files missing", gone=gone, missing=missing))


@hookimpl
def register_jobs() -> Iterable[Job]:
    return [
        Job(
            name="core.attachments_bin", title=_("Empty the bin of attachments"), run=_empty_bin, schedule="10 3 * * *"
        ),
        Job(
            name="core.attachments_sweep", title=_("Check the files of attachments"), run=_sweep, schedule="20 3 * * *"
        ),
    ]


@hookimpl
def before_contact_erase(session: Session, contact: Contact, neutral: str) -> None:
    """Erase all files of the person, from the disk too."""
    services.erase_of_record(session, CONTACTS, contact.id)


@hookimpl
def before_customer_erase(session: Session, customer: Company) -> None:
    """Erase all files of the customer and of all that belongs to him, from the disk too."""
    services.erase_of_company(session, customer.id)
