"""Writes imported contacts with their numbers and addresses, and the companies that they lack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth.audit import plain
from core.clock import local_today
from core.columns import utcnow
from core.customers.addresses import parse_address
from core.customers.imports.own import changed_names, laid
from core.customers.imports.reviewing import Again
from core.customers.imports.writing import review_marks
from core.customers.models import Address, Company, Contact, Email, ExternalReference, Phone
from core.customers.numbers import email_key
from core.customers.services.index import REVIEWED, Named, index_company, index_rows
from core.db import among, current_work
from core.transfer.importer import Options, Row
from core.transfer.mapping import REFERENCE

RESOURCE = "contact"


@dataclass(slots=True)
class Change:
    """What a row changes of a contact: columns, and lines that he does not have."""

    columns: dict[str, Any] = field(default_factory=dict)
    phones: list[Mapping[str, Any]] = field(default_factory=list)
    emails: list[Mapping[str, Any]] = field(default_factory=list)
    addresses: list[Mapping[str, Any]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.columns or self.phones or self.emails or self.addresses)


def plan_change(contact: Contact, row: Row, options: Options) -> Change:
    """Work out what a row changes of a contact. Writes nothing."""
    change = Change()
    for name, given in row.values["contact"].items():
        before = getattr(contact, name)
        if name == "name" and row.values["name_key"] == contact.name_key:
            continue
        value = given
        if name == "qualities":
            value = _scores(before, given, options)
        elif name == "custom":
            value = laid(before, given, options.existing)
        if value in (None, "", {}) or value == before:
            continue
        if options.existing == "fill" and name not in ("qualities", "custom") and before not in (None, "", False):
            continue
        if name == "birth_lunar" and options.existing == "fill" and contact.birth_date is not None:
            continue
        change.columns[name] = value
    numbers = {(phone.digits, phone.extension) for phone in contact.phones}
    change.phones = [one for one in row.values["phones"] if (one["digits"], one["extension"]) not in numbers]
    mails = {mail.address_key for mail in contact.emails}
    change.emails = [one for one in row.values["emails"] if email_key(one["address"]) not in mails]
    texts = {(address.kind, address.text) for address in contact.addresses}
    change.addresses = [one for one in row.values["addresses"] if (one["kind"], one["text"]) not in texts]
    return change


def _scores(before: Mapping[str, int] | None, given: Mapping[str, int], options: Options) -> dict[str, int]:
    """Put scores together: those of the file count where it is to overwrite."""
    held = dict(before or {})
    return {**held, **given} if options.existing == "overwrite" else {**given, **held}


def write_contacts(session: Session, rows: Sequence[Row], options: Options) -> None:
    """Make and update the contacts of rows; what each held before stays in the row's detail."""
    with _noted(f"import {options.batch_id}"):
        created = [row for row in rows if row.outcome == "created"]
        updated = [row for row in rows if row.outcome == "updated"]
        _make_companies(session, created, options)
        made = _make(session, created, options)
        changed = _update(session, updated, options)
        session.flush()
        common = options.review_state in REVIEWED
        index_rows(session, [Named(one.id, [one.name], common, RESOURCE) for one in made])
        index_rows(session, [Named(one.id, [one.name], one.review_state in REVIEWED, RESOURCE) for one in changed])
        _refer(session, [*created, *updated], options)
        session.flush()


@contextmanager
def _noted(text: str) -> Iterator[None]:
    """Let the audit trail say by what way the changes came."""
    info = current_work().info
    before = info.get("note")
    info["note"] = text
    try:
        yield
    finally:
        info["note"] = before


def _make_companies(session: Session, rows: Sequence[Row], options: Options) -> None:
    """Make the companies that rows name and nobody has, each once."""
    made: dict[tuple[str, str], Company] = {}
    now = utcnow()
    for row in rows:
        if row.values["company_id"] is not None:
            continue
        given = row.values["company"]
        key = (row.values["company_key"], given.get("company_city", ""))
        if key not in made:
            place = parse_address(given.get("company_city", ""))
            company = made[key] = Company(
                name=given["company"], province=place.province or None, city=place.city or None,
                district=place.district or None, division_code=place.code or None, area_code=place.area_code or None,
                owner_id=options.owner_id, claimed_at=now if options.owner_id else None, source="import",
                entered_by_id=options.user_id, import_batch_id=options.batch_id, **review_marks(options, now),
            )  # fmt: skip
            session.add(company)
            index_company(session, company)
            row.detail = {"added": {"core_company": [company.id]}}
        row.values["company_id"] = made[key].id


def _make(session: Session, rows: Sequence[Row], options: Options) -> list[Contact]:
    now, today = utcnow(), local_today()
    made = []
    for row in rows:
        values = row.values["contact"]
        contact = Contact(
            company_id=row.values["company_id"], entered_by_id=options.user_id, import_batch_id=options.batch_id,
            **values, **review_marks(options, now),
        )  # fmt: skip
        _dates(contact, values, options, today)
        session.add(contact)
        made.append(contact)
    session.flush()
    for row, contact in zip(rows, made, strict=True):
        row.record_id = contact.id
        _lines(session, contact, Change({}, row.values["phones"], row.values["emails"], row.values["addresses"]))
    ids = {one.company_id for one in made}
    bare = select(Company).where(among(session, Company.id, sorted(ids)), Company.primary_contact_id.is_(None))
    for company in session.scalars(bare) if ids else ():
        company.primary_contact_id = next(one.id for one in made if one.company_id == company.id)
    session.flush()
    return made


def _dates(contact: Contact, values: Mapping[str, Any], options: Options, today: Any) -> None:
    """Note when something was learned that grows old."""
    if "change_note" in values:
        contact.change_noted_on, contact.change_noted_by_id = today, options.user_id
    if "invalid" in values:
        contact.invalid_on = today
    if "age" in values:
        contact.age_noted_on = today


def _lines(session: Session, contact: Contact, change: Change) -> dict[str, list[int]]:
    """Add lines to a contact; give their ids by table."""
    start = {"phones": len(contact.phones), "emails": len(contact.emails), "addresses": 0}
    rows: list[Any] = []
    for place, phone in enumerate(change.phones, start["phones"]):
        rows.append(Phone(kind=phone["kind"], number=phone["number"], position=place))
    for place, mail in enumerate(change.emails, start["emails"]):
        rows.append(Email(kind=mail["kind"], address=mail["address"], position=place))
    for address in change.addresses:
        found = parse_address(address["text"])
        rows.append(
            Address(
                kind=address["kind"],
                text=address["text"],
                division_code=found.code or None,
                province=found.province or None,
                city=found.city or None,
                district=found.district or None,
                postcode=found.postcode or None,
            )
        )
    for one in rows:
        one.company_id, one.contact_id = contact.company_id, contact.id
    session.add_all(rows)
    session.flush()
    added: dict[str, list[int]] = {}
    for one in rows:
        added.setdefault(one.__tablename__, []).append(one.id)
    return added


def _update(session: Session, rows: Sequence[Row], options: Options) -> list[Contact]:
    if not rows:
        return []
    ids = sorted({row.record_id for row in rows if row.record_id is not None})
    found = {
        one.id: one for one in session.scalars(select(Contact).where(among(session, Contact.id, ids)).with_for_update())
    }
    today = local_today()
    again = Again(session, "contacts", options)
    changed = []
    for row in rows:
        contact = found[row.record_id or 0]
        change = plan_change(contact, row, options)
        if not change:
            row.outcome = "unchanged"
            continue
        noted = ("change_noted_on", "change_noted_by_id", "invalid_on", "age_noted_on")
        names = (*change.columns, *noted, "review_state")
        before = {name: getattr(contact, name) for name in names}
        for name, value in change.columns.items():
            setattr(contact, name, value)
        _dates(contact, change.columns, options, today)
        added = _lines(session, contact, change)
        if waits := again.waits(contact, changed_names(before, change.columns) | added.keys()):
            contact.review_state = again.state(contact.id, contact.company_id) or contact.review_state
        contact.updated_at = utcnow()
        session.flush()
        session.expire(contact, ["phones", "emails", "addresses"])
        left = {name: value for name, value in before.items() if value != getattr(contact, name)}
        row.detail = {"before": plain(left), "added": added, "version": contact.version}
        if waits:
            row.detail["waits"] = True
        changed.append(contact)
    again.write()
    return changed


def _refer(session: Session, rows: Sequence[Row], options: Options) -> None:
    """Keep the ids in the source."""
    wanted = {row.values[REFERENCE]: row for row in rows if REFERENCE in row.values and row.record_id is not None}
    if not wanted:
        return
    known = {
        one.external_id: one
        for one in session.scalars(
            select(ExternalReference).where(
                ExternalReference.resource == RESOURCE,
                ExternalReference.source == options.source,
                ExternalReference.external_id.in_(wanted),
            )
        )
    }
    for external_id, row in wanted.items():
        if external_id in known:
            known[external_id].record_id = row.record_id or 0
        else:
            session.add(
                ExternalReference(
                    resource=RESOURCE, source=options.source, external_id=external_id, record_id=row.record_id
                )
            )
