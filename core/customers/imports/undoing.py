"""Takes imported companies back: removes what the import made and nobody touched since, restores what it changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Table, delete, or_, select, update
from sqlalchemy.orm import Session

from core.auth.audit import record_many
from core.bulk import retire_ids, update_rows
from core.bus import publish
from core.columns import utcnow
from core.customers.imports.chains import Later, hand_back, handed_over, mark_undone, parts_touched, versions_of
from core.customers.imports.matching import RESOURCE
from core.customers.imports.reviewing import forget_steps
from core.customers.imports.updating import NAMES, reindex
from core.customers.imports.writing import table
from core.customers.models import (
    Address,
    Alias,
    Company,
    CompanyBrand,
    CompanyCategory,
    CompanyIndustry,
    Contact,
    CreditRating,
    DuplicatePair,
    Email,
    ExternalReference,
    Need,
    OwnerChange,
    Phone,
)
from core.customers.models.policy import references_to
from core.customers.services.index import unindex
from core.customers.services.ledger import revive
from core.db import Base
from core.tags.models import Tagging
from core.tags.services import forget_records
from core.transfer.importer import MADE, Options

OWN = (Phone, Email, Address, Need, CreditRating, OwnerChange, CompanyIndustry, CompanyCategory, CompanyBrand, Alias)
"""Tables of what an import makes with a company, those that refer to others first."""
WHEN = ("created_at", "rated_at", "changed_at")
"""Columns that tell when such a row was made."""


def undo_companies(session: Session, rows: Sequence[Any], options: Options) -> frozenset[int]:
    """Take back rows of an import (`ImportRow`); give the ids of those left alone."""
    created = [row for row in rows if row.outcome in MADE and row.record_id]
    updated = [row for row in rows if row.outcome == "updated" and row.record_id]
    kept = _restore(session, updated, options)
    kept |= _remove(session, created, options)
    return frozenset(kept)


# --- what the import made


def _remove(session: Session, rows: Sequence[Any], options: Options) -> set[int]:
    if not rows:
        return set()
    connection = session.connection()
    company, contact = table(Company), table(Contact)
    ids = {row.record_id for row in rows}
    made = select(company.c.id, company.c.version).where(
        company.c.id.in_(ids), company.c.import_batch_id == options.batch_id
    )
    versions = dict(connection.execute(made).all())
    later = Later(session, [id_ for id_, version in versions.items() if version != 1], options.batch_id)
    untouched = {id_ for id_, version in versions.items() if later.since(id_, 1, version) == []}
    foreign = (contact.c.import_batch_id.is_(None)) | (contact.c.import_batch_id != options.batch_id)
    touched = select(contact.c.company_id).where(
        contact.c.company_id.in_(untouched), or_(foreign, contact.c.version != 1)
    )
    untouched -= set(connection.scalars(touched))
    people = dict(
        connection.execute(select(contact.c.id, contact.c.company_id).where(contact.c.company_id.in_(untouched))).all()
    )
    _unlink(session, untouched, options)
    untouched -= used_elsewhere(session, "core_company", untouched, options.started_at)
    busy = used_elsewhere(session, "core_contact", people, options.started_at)
    untouched -= {people[one] for one in busy}
    gone = sorted(untouched)
    contacts = sorted(one for one, company_id in people.items() if company_id in untouched)
    remove_companies(session, gone, contacts)
    missing = ids - set(connection.scalars(select(company.c.id).where(company.c.id.in_(ids))))
    return {row.id for row in rows if row.record_id not in untouched and row.record_id not in missing}


def _unlink(session: Session, ids: Iterable[int], options: Options) -> None:
    """Take the branches that the import made itself, and nobody touched, off companies that it made."""
    company = table(Company)
    session.connection().execute(
        update(company)
        .where(
            company.c.parent_id.in_(list(ids)), company.c.import_batch_id == options.batch_id, company.c.version == 1
        )
        .values(parent_id=None)
    )


def remove_companies(session: Session, ids: Sequence[int], contacts: Sequence[int]) -> None:
    """Delete companies and contacts with all that is theirs alone."""
    if not ids:
        return
    connection = session.connection()
    company, reference = table(Company), table(ExternalReference)
    unindex(session, "contact", contacts)
    unindex(session, RESOURCE, ids)
    connection.execute(delete(reference).where(reference.c.resource == RESOURCE, reference.c.record_id.in_(ids)))
    forget_records(session, RESOURCE, ids)
    forget_records(session, "contact", contacts)
    connection.execute(
        update(company)
        .where(company.c.id.in_(ids), company.c.primary_contact_id.is_not(None))
        .values(primary_contact_id=None)
    )
    for model in OWN:
        connection.execute(delete(table(model)).where(table(model).c.company_id.in_(ids)))
    retire_ids(session, table(Contact), contacts)
    retire_ids(session, company, ids)
    connection.execute(delete(table(Contact)).where(table(Contact).c.id.in_(contacts)))
    pair = table(DuplicatePair)
    connection.execute(delete(pair).where(or_(pair.c.company_id.in_(ids), pair.c.other_id.in_(ids))))
    connection.execute(delete(company).where(company.c.id.in_(ids)))


def used_elsewhere(
    session: Session, target: str, ids: Iterable[int], since: dt.datetime | None, *, but: Sequence[str] = ()
) -> set[int]:
    """Tell which records something refers to that the import did not make: other tables, or newer rows.

    `but` names further tables of which the import made rows.
    """
    wanted = list(ids)
    found: set[int] = set()
    if not wanted:
        return found
    own = {*(model.__tablename__ for model in OWN), *but}
    passing = DuplicatePair.__tablename__
    connection = session.connection()
    for column in references_to(target):
        if column.table.name == passing:
            continue  # what a search found, and the next one finds anew
        statement = select(column).where(column.in_(wanted))
        if column.table.name in own and column.name in ("company_id", "contact_id"):
            when = next((column.table.c[name] for name in WHEN if name in column.table.c), None)
            if when is None or since is None:
                continue
            statement = statement.where(when > since)
        elif column.table.name in ("core_contact", "core_company") and column.name in (
            "company_id",
            "primary_contact_id",
        ):
            continue
        found |= set(connection.scalars(statement))
    return found


# --- what the import changed


def _restore(session: Session, rows: Sequence[Any], options: Options) -> set[int]:
    if not rows:
        return set()
    connection = session.connection()
    company = table(Company)
    kept: set[int] = set()
    now = utcnow()
    others = Later(session, {row.record_id for row in rows}, options.batch_id)
    for row in sorted(rows, key=lambda one: -one.number):
        detail = row.detail or {}
        current = (
            connection.execute(select(company).where(company.c.id == row.record_id).with_for_update())
            .mappings()
            .first()
        )
        added: Mapping[str, list[int]] = detail.get("added", {})
        if current is None:
            continue
        contacts = added.get("core_contact", [])
        busy = used_elsewhere(session, "core_contact", contacts, options.started_at)
        own = [one for one in rows if one.record_id == row.record_id]
        later = others.since(row.record_id, min(versions_of(row), default=0), current["version"], own)
        if later is None or busy or _changed_contacts(session, contacts):
            kept.add(row.id)
            continue
        if parts_touched(added, detail.get("changed", ()), later):
            kept.add(row.id)
            continue
        old = handed_over(detail.get("before", {}), later)
        before = {name: revive(company.c[name], value) for name, value in old.items()}
        made_here = current["import_batch_id"] == options.batch_id  # then it goes where nobody changed it since
        version = current["version"] + (-1 if made_here else 1)
        update_rows(session, company, [(row.record_id, {**before, "version": version, "updated_at": now})])
        mark_undone(row, version)
        if later:  # the last one finds the record as it left it
            hand_back(later[-1], version)
        _drop_added(session, row.record_id, added)
        give_back(session, detail.get("changed", ()))
        if "owner_id" in before:
            owners = {"before_id": current["owner_id"], "after_id": before["owner_id"]}
            publish(session, "core.company_owner_changed", {"company_id": row.record_id, **owners})
        if detail.get("waits"):
            forget_steps(session, "core_company", [row.record_id], options)
        record_many(
            session,
            "edit",
            [
                {
                    "entity": "core_company",
                    "entity_id": row.record_id,
                    "company_id": row.record_id,
                    "changes": {name: [current[name], value] for name, value in before.items()},
                    "note": f"import {options.batch_id} taken back",
                }
            ],
        )
        if (NAMES | {"review_state"}) & before.keys() or {"core_company_alias", "core_company_brand"} & added.keys():
            reindex(session, [row.record_id])
        _hand_back(session, rows, row, version)
    return kept


def give_back(session: Session, changed: Iterable[Sequence[Any]]) -> None:
    """Give parts of records back what they held: table, id, columns."""
    for name, id_, before in changed:
        part = Base.metadata.tables[name]
        values = {column: revive(part.c[column], value) for column, value in before.items()}
        update_rows(session, part, [(id_, {**values, "updated_at": utcnow()})])


def _hand_back(session: Session, rows: Sequence[Any], done: Any, version: int) -> None:
    """Let an earlier row of the same import that changed the same company find the version that it left."""
    for row in rows:
        if row.record_id == done.record_id and row.number < done.number and row.detail:
            hand_back(row, version)


def _changed_contacts(session: Session, ids: Sequence[int]) -> bool:
    contact = table(Contact)
    changed = select(contact.c.id).where(contact.c.id.in_(ids), contact.c.version != 1).limit(1)
    return bool(ids) and session.connection().scalar(changed) is not None


def _drop_added(session: Session, company_id: int, added: Mapping[str, list[int]]) -> None:
    connection = session.connection()
    contacts = added.get("core_contact", [])
    if contacts:
        unindex(session, "contact", contacts)
        retire_ids(session, table(Contact), contacts)
    tables = Base.metadata.tables
    for model in (*OWN, Contact, ExternalReference, Tagging):
        ids = added.get(model.__tablename__)
        if ids:
            part: Table = tables[model.__tablename__]
            connection.execute(delete(part).where(part.c.id.in_(ids)))
