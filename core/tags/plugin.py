"""Tags and segments: free words on records, and named sets of records for lists, mailings, prints and analysis."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Blueprint
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.i18n import _
from core.plugin import EventType, Job, MenuItem, Permission, PluginInfo, hookimpl
from core.tags import models
from core.tags.jobs import JOBS
from core.tags.permissions import PERMISSIONS, Perm
from core.tags.services import forget_records
from core.tags.views import blueprint

if TYPE_CHECKING:
    from core.customers.models import Company, Contact

info = PluginInfo(name="core.tags", title=_("Tags"), summary=_("Tags on records, segments of records"))
tables = models


@hookimpl
def register_blueprints() -> Iterable[Blueprint]:
    return [blueprint]


@hookimpl
def register_permissions() -> Iterable[Permission]:
    return PERMISSIONS


@hookimpl
def register_menu() -> Iterable[MenuItem]:
    section = _("Customer library")
    return [
        MenuItem(
            title=_("Segments"), endpoint="tags.segment_list", permission=str(Perm.SEGMENT_QUERY), menu="records",
            section=section, icon="target", order=40,
        ),
        MenuItem(
            title=_("Tags"), endpoint="tags.tag_list", permission=str(Perm.TAG_QUERY), menu="records",
            section=section, icon="tag", order=45,
        ),
    ]  # fmt: skip


@hookimpl
def register_events() -> Iterable[EventType]:
    return [
        EventType(
            name="core.segment_entered",
            title=_("A record entered a watched segment"),
            fields={"segment_id": int, "resource": str, "record_id": int, "owner_id": int | None},
        )
    ]


@hookimpl
def register_jobs() -> Iterable[Job]:
    return JOBS


@hookimpl
def before_contact_erase(session: Session, contact: Contact, neutral: str) -> None:
    """Take the words off a person who is erased, and the person out of all lists."""
    forget_records(session, "contact", [contact.id])


@hookimpl
def before_customer_erase(session: Session, customer: Company) -> None:
    """Take the words off whoever is erased: they are opinions about him."""
    from core.customers.models import Contact

    contacts = session.scalars(select(Contact.id).where(Contact.company_id == customer.id))
    forget_records(session, "company", [customer.id])
    forget_records(session, "contact", contacts.all())
