"""The rules of contacts: entering, changing, leaving, bin."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from core.bus import publish
from core.clock import local_today
from core.columns import LunarDay, utcnow
from core.custom import put, take
from core.customers.models import Address, Company, Contact, Email, Phone
from core.customers.services.companies import HEADS
from core.customers.services.index import index_contact
from core.customers.services.rows import sync_lines
from core.errors import Conflict, NotFound, Refused
from core.i18n import _

LINES: Mapping[str, type[Any]] = {"phones": Phone, "emails": Email, "addresses": Address}
FIXED = frozenset({"id", "version", "company_id", "review_state", "created_at", "name_key", "sort_key"})
OTHERS = frozenset({"known", "primary", *LINES})


def find_contact(session: Session, contact_id: int) -> Contact:
    """Give a contact that the person may find. Raises NotFound."""
    contact = session.get(Contact, contact_id) if 0 < contact_id < 2**53 else None
    if contact is None:
        raise NotFound(_("There is no such contact."))
    return contact


def create_contact(session: Session, company: Company, values: Mapping[str, Any], *, by: int | None) -> Contact:
    """Enter a contact of a company; the first one becomes the primary contact."""
    contact = Contact(company=company, entered_by_id=by, review_state="submitted")
    _fill(session, contact, values, by)
    session.add(contact)
    session.flush()
    _lines(session, contact, values, by)
    if company.primary_contact_id is None or values.get("primary"):
        set_primary(session, company, contact)
    index_contact(session, contact)
    publish(session, "core.contact_created", {"contact_id": contact.id, "company_id": company.id})
    return contact


def update_contact(
    session: Session, contact: Contact, values: Mapping[str, Any], *, by: int | None, version: int | None = None
) -> list[str]:
    """Change a contact and its rows; return the names of what changed. Raises Conflict and Refused."""
    _demand_open(contact)
    if version is not None and contact.version != version:
        raise Conflict(_("Somebody changed this contact meanwhile. Nothing was overwritten."))
    changed = _fill(session, contact, values, by) + _lines(session, contact, values, by)
    if values.get("primary") and contact.company.primary_contact_id != contact.id:
        set_primary(session, contact.company, contact)
    if changed:
        contact.updated_at = utcnow()
        session.flush()
        index_contact(session, contact)
        payload = {"contact_id": contact.id, "company_id": contact.company_id, "fields": changed}
        publish(session, "core.contact_changed", payload)
    return changed


def _demand_open(contact: Contact) -> None:
    if contact.is_closed:
        raise Refused(_("The data of this person were erased or are held. Nothing is entered or brought back."))


def _fill(session: Session, contact: Contact, values: Mapping[str, Any], by: int | None) -> list[str]:
    columns, own = take(values)
    given = {key: value for key, value in columns.items() if key not in OTHERS and key not in FIXED}
    if not (given.get("name", contact.name) or "").strip():
        raise Refused(_("A contact needs a name."), fields={"name": _("Enter the name")})
    born, lunar = (given.get(name, getattr(contact, name)) for name in ("birth_date", "birth_lunar"))
    if isinstance(born, LunarDay) and not lunar:
        said = _("Only the lunar calendar has this day; say that it is a lunar date")
        raise Refused(said, fields={"birth_date": said})
    changed = []
    for key, value in given.items():
        if getattr(contact, key) != value:
            setattr(contact, key, value)
            changed.append(key)
    if "change_note" in changed:
        contact.change_noted_on, contact.change_noted_by_id = local_today(), by
    if "invalid" in changed:
        contact.invalid_on = local_today() if contact.invalid else None
    if "age" in changed:
        contact.age_noted_on = local_today()
    return changed + put(session, "contacts", contact, own)


def _lines(session: Session, contact: Contact, values: Mapping[str, Any], by: int | None) -> list[str]:
    known: Mapping[str, set[int]] = values.get("known", {})
    changed = [
        name
        for name, model in LINES.items()
        if name in values
        and sync_lines(session, contact, getattr(contact, name), model, values[name], known.get(name, set()), by)
    ]
    session.flush()
    return changed


def set_primary(session: Session, company: Company, contact: Contact) -> None:
    """Make a contact the one whom the house asks first."""
    if contact.company_id != company.id:
        raise Refused(_("This contact belongs to another customer."))
    company.primary_contact_id = contact.id
    session.flush()


def remove_contact(session: Session, contact: Contact, *, by: int | None) -> None:
    """Put a contact into the bin; the company no longer points to him."""
    if not contact.is_alive:
        return
    contact.deleted_at, contact.deleted_by_id = utcnow(), by
    company = contact.company
    for key in HEADS:
        if getattr(company, key) == contact.id:
            setattr(company, key, None)
    index_contact(session, contact)
    publish(session, "core.contact_removed", {"contact_id": contact.id, "company_id": contact.company_id})


def restore_contact(session: Session, contact: Contact) -> None:
    """Take a contact back out of the bin. One that was merged into another stays there."""
    _demand_open(contact)
    if contact.merged_into_id is not None:
        raise Refused(_("This contact was merged into another one."))
    contact.deleted_at = contact.deleted_by_id = None
    index_contact(session, contact)
    payload = {"contact_id": contact.id, "company_id": contact.company_id, "fields": ["deleted_at"]}
    publish(session, "core.contact_changed", payload)


__all__ = [
    "create_contact",
    "find_contact",
    "remove_contact",
    "restore_contact",
    "set_primary",
    "update_contact",
]
