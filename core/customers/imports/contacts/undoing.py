"""Takes imported contacts back: removes whom the import made and nobody touched since, restores what it changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core.customers.imports.reviewing import forget_steps
from core.customers.imports.undoing import remove_companies, used_elsewhere
from core.customers.imports.writing import table
from core.customers.models import Address, Company, Contact, Email, ExternalReference, Phone
from core.customers.services.index import REVIEWED, Named, index_rows, unindex
from core.customers.services.ledger import revive
from core.db import among
from core.transfer.importer import Options

LINES = {model.__tablename__: model for model in (Phone, Email, Address)}
HEADS = ("primary_contact_id", "general_manager_id", "sales_head_id", "publicity_head_id")


def undo_contacts(session: Session, rows: Sequence[Any], options: Options) -> frozenset[int]:
    """Take back rows of an import (`ImportRow`); give the ids of those left alone."""
    kept: set[int] = set()
    for row in sorted(rows, key=lambda one: -one.number):
        contact = session.get(Contact, row.record_id) if row.record_id else None
        if contact is None:
            continue
        back = _remove if row.outcome == "created" else _restore
        if not back(session, contact, row, options):
            kept.add(row.id)
    session.flush()
    return frozenset(kept)


def _remove(session: Session, contact: Contact, row: Any, options: Options) -> bool:
    """Remove a contact that was made, and his company where the row made it; False where somebody uses them."""
    detail: Mapping[str, Any] = row.detail or {}
    if contact.version != 1 or contact.import_batch_id != options.batch_id:
        return False
    if used_elsewhere(session, "core_contact", [contact.id], options.started_at, but=[Address.__tablename__]):
        return False
    id_, company_id = contact.id, contact.company_id
    connection = session.connection()
    unindex(session, "contact", [id_])
    reference = table(ExternalReference)
    connection.execute(delete(reference).where(reference.c.resource == "contact", reference.c.record_id == id_))
    for model in LINES.values():
        connection.execute(delete(table(model)).where(table(model).c.contact_id == id_))
    company = table(Company)
    connection.execute(
        update(company)
        .where(company.c.id == company_id, company.c.primary_contact_id == id_)
        .values(primary_contact_id=None)
    )
    session.expunge(contact)
    connection.execute(delete(table(Contact)).where(table(Contact).c.id == id_))
    for made in detail.get("added", {}).get("core_company", ()):
        _remove_company(session, made, options)
    return True


def _remove_company(session: Session, company_id: int, options: Options) -> None:
    """Remove a company that was made for a contact, unless it has others by now or somebody uses it."""
    people = table(Contact)
    held = session.connection().scalar(select(people.c.id).where(people.c.company_id == company_id).limit(1))
    if held is None and not used_elsewhere(session, "core_company", [company_id], options.started_at):
        known = session.get(Company, company_id)
        if known is not None:
            session.expunge(known)
        remove_companies(session, [company_id], [])


def _restore(session: Session, contact: Contact, row: Any, options: Options) -> bool:
    """Give a contact back what he held; False where somebody changed him since."""
    detail: Mapping[str, Any] = row.detail or {}
    if contact.version != detail.get("version"):
        return False
    columns = table(Contact).c
    for name, value in detail.get("before", {}).items():
        setattr(contact, name, revive(columns[name], value))
    for name, ids in detail.get("added", {}).items():
        model = LINES.get(name)
        if model is not None:
            for one in session.scalars(select(model).where(among(session, model.id, ids))):
                session.delete(one)
    if detail.get("waits"):
        forget_steps(session, "core_contact", [contact.id], options)
    session.flush()
    index_rows(session, [Named(contact.id, [contact.name], contact.review_state in REVIEWED, "contact")])
    return True
