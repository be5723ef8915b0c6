"""Takes imported contacts back: removes whom the import made and nobody touched since, restores what it changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core.bulk import retire_ids
from core.customers.imports.chains import Later, hand_back, handed_over, mark_undone, parts_touched, versions_of
from core.customers.imports.contacts.wishes import drop_wishes, restore_methods, with_wishes_of_others
from core.customers.imports.reviewing import forget_steps
from core.customers.imports.undoing import give_back, remove_companies, used_elsewhere
from core.customers.imports.writing import table
from core.customers.models import Address, Bar, Company, Consent, Contact, Email, ExternalReference, Phone
from core.customers.services.index import REVIEWED, Named, index_rows, unindex
from core.customers.services.ledger import revive
from core.db import among
from core.tags.models import Tagging
from core.tags.services import forget_records
from core.transfer.importer import Options

LINES = {model.__tablename__: model for model in (Phone, Email, Address, Tagging, Bar, Consent)}
HEADS = ("primary_contact_id", "general_manager_id", "sales_head_id", "publicity_head_id")


def undo_contacts(session: Session, rows: Sequence[Any], options: Options) -> frozenset[int]:
    """Take back rows of an import (`ImportRow`); give the ids of those left alone."""
    kept = _restore_all(session, [row for row in rows if row.outcome != "created" and row.record_id], options)
    kept |= _remove(session, [row for row in rows if row.outcome == "created" and row.record_id], options)
    return frozenset(kept)


# --- whom the import made


def _remove(session: Session, rows: Sequence[Any], options: Options) -> set[int]:
    """Remove contacts that were made, and the companies made for them; leave those that somebody uses."""
    if not rows:
        return set()
    connection = session.connection()
    contact, company, reference = table(Contact), table(Company), table(ExternalReference)
    ids = sorted({row.record_id for row in rows})
    found = select(contact.c.id, contact.c.version, contact.c.import_batch_id == options.batch_id)
    there = {one.id: one for one in connection.execute(found.where(among(session, contact.c.id, ids)))}
    later = Later(session, [one.id for one in there.values() if one.version != 1], options.batch_id)
    untouched = {id_ for id_, version, own in there.values() if own and later.since(id_, 1, version) == []}
    untouched -= used_elsewhere(
        session, "core_contact", sorted(untouched), options.started_at,
        but=[model.__tablename__ for model in (Address, Bar, Consent)],
    )  # fmt: skip
    untouched -= with_wishes_of_others(session, untouched, rows)
    gone = sorted(untouched)
    unindex(session, "contact", gone)
    connection.execute(
        delete(reference).where(reference.c.resource == "contact", among(session, reference.c.record_id, gone))
    )
    forget_records(session, "contact", gone)
    drop_wishes(session, gone)
    for model in (Phone, Email, Address):
        connection.execute(delete(table(model)).where(among(session, table(model).c.contact_id, gone)))
    connection.execute(
        update(company).where(among(session, company.c.primary_contact_id, gone)).values(primary_contact_id=None)
    )
    retire_ids(session, contact, gone)
    connection.execute(delete(contact).where(among(session, contact.c.id, gone)))
    made = [
        id_
        for row in rows
        if row.record_id in untouched
        for id_ in (row.detail or {}).get("added", {}).get("core_company", ())
    ]
    _remove_companies(session, made, options)
    return {row.id for row in rows if row.record_id in there and row.record_id not in untouched}


def _remove_companies(session: Session, ids: Sequence[int], options: Options) -> None:
    """Remove companies that were made for contacts, unless they have others by now or somebody uses them."""
    if not ids:
        return
    people = table(Contact)
    found = select(people.c.company_id).where(among(session, people.c.company_id, ids))
    held = set(session.connection().scalars(found))
    held |= used_elsewhere(session, "core_company", ids, options.started_at)
    remove_companies(session, [one for one in ids if one not in held], [])


# --- whom the import changed


def _restore_all(session: Session, rows: Sequence[Any], options: Options) -> set[int]:
    ids = sorted({row.record_id for row in rows})
    found = {one.id: one for one in session.scalars(select(Contact).where(among(session, Contact.id, ids)))}
    kept: set[int] = set()
    changed: dict[int, Contact] = {}
    others = Later(session, ids, options.batch_id)
    for row in sorted(rows, key=lambda one: -one.number):
        contact = found.get(row.record_id)
        if contact is None:
            continue
        own = [one for one in rows if one.record_id == row.record_id]
        low = min(versions_of(row), default=0)
        later = others.since(contact.id, low, contact.version, own)
        if later is None or not _restore(session, contact, row, options, later):
            kept.add(row.id)
            continue
        changed[contact.id] = contact
        for one in rows:  # an earlier row about the same person finds the version that this one left
            if one.record_id == row.record_id and one.number < row.number and one.detail:
                hand_back(one, contact.version)
    named = [Named(one.id, [one.name], one.review_state in REVIEWED, "contact") for one in changed.values()]
    index_rows(session, named)
    for contact in found.values():  # whom the import made goes now, past his object
        session.expunge(contact)
    return kept


def _restore(session: Session, contact: Contact, row: Any, options: Options, later: Sequence[Any]) -> bool:
    """Give a contact back what he held, but for what later imports changed; False where one changed the same rows."""
    detail: Mapping[str, Any] = row.detail or {}
    added = detail.get("added", {})
    if later and (detail.get("methods") or parts_touched(added, detail.get("changed", ()), later)):
        return False
    columns = table(Contact).c
    for name, value in handed_over(detail.get("before", {}), later).items():
        setattr(contact, name, revive(columns[name], value))
    for name, ids in added.items():
        model = LINES.get(name)
        if model is not None:
            for one in session.scalars(select(model).where(among(session, model.id, ids))):
                session.delete(one)
    restore_methods(session, contact, detail)
    give_back(session, detail.get("changed", ()))
    if detail.get("waits"):
        forget_steps(session, "core_contact", [contact.id], options)
    session.flush()
    mark_undone(row, contact.version)
    if later:  # the last one finds him as it left him
        hand_back(later[-1], contact.version)
    elif contact.import_batch_id == options.batch_id:  # the import made him too: he is as if only that row had come
        contact_table = table(Contact)
        before = detail["version"] - 1
        session.connection().execute(
            update(contact_table).where(contact_table.c.id == contact.id).values(version=before)
        )
        session.refresh(contact)
    return True
