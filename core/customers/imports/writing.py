"""Writes imported companies and what belongs to them, many rows in one statement a table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, delete, select
from sqlalchemy.orm import Session

from core.auth.audit import plain, record_many
from core.bulk import insert_rows, take_ids, update_rows
from core.columns import utcnow
from core.customers.imports.matching import RESOURCE
from core.customers.imports.own import changed_names, laid
from core.customers.imports.reading import DOCUMENT
from core.customers.imports.reviewing import Again, Held
from core.customers.imports.tagging import FileTags, held_tags, tag_key
from core.customers.imports.targets import PLACE
from core.customers.models import (
    Alias,
    Company,
    CompanyBrand,
    CompanyCategory,
    CompanyIndustry,
    Contact,
    Email,
    ExternalReference,
    Phone,
    SearchDoc,
    reserve_numbers,
)
from core.customers.models.search import company_code
from core.customers.services.index import REVIEWED, Named, index_rows
from core.customers.text import name_key
from core.tags.models import Tagging
from core.transfer.importer import Options, Row
from core.transfer.mapping import REFERENCE
from core.transfer.values import same

DEFAULTS: Mapping[str, Any] = {
    "country": "CN",
    "source": "import",
    "standing": "prospect",
    "sales_channels": [],
    "target_regions": [],
    "roles": [],
    "custom": {},
}
CODES = frozenset({"sales_channels", "target_regions", "roles"})
COMPANY_COLUMNS = (
    "name", "name_key", "sort_key", "short_name", "uscc", "legal_representative", "website", "country", "division_code",
    "province", "city", "district", "address", "place_key", "postcode", "area_code", "ownership", "company_type",
    "scale",
    "sales_channels", "target_regions", "industry_position", "capital_band", "registered_capital", "headcount_band",
    "headcount", "founded_on", "assets", "debts", "introduction", "agencies", "projects", "results", "honours",
    "standing", "roles", "general_manager", "sales_head", "publicity_head", "collector", "source", "source_note",
    "remark", "custom",
)  # fmt: skip
CONTACT_COLUMNS = ("name", "name_key", "sort_key", "gender", "position", "position_title", "department", "salutation")
LINES: Mapping[Any, tuple[str, ...]] = {
    SearchDoc: ("record_id", *DOCUMENT),
    ExternalReference: ("resource", "source", "external_id", "record_id"),
}
"""Tables whose rows are given in this order of columns, as there are most of them."""
NAMES = frozenset({"name", "short_name", "province", "city", "district"})
LISTS: Sequence[tuple[str, Any]] = (("industries", CompanyIndustry), ("categories", CompanyCategory))


def table(model: Any) -> Table:
    """Give a model's table."""
    found: Table = model.__table__
    return found


class Parts:
    """Rows of the tables that hang on companies, collected and written together."""

    def __init__(self, session: Session, options: Options) -> None:
        self.session = session
        self.options = options
        self.now = utcnow()
        self.rows: dict[Any, list[Any]] = {}
        self.of: dict[Any, list[Row]] = {}
        self.contact_ids: list[int] = []
        self.companies: dict[int, dict[str, Any]] = {}
        self.tags = FileTags(session, RESOURCE, options)

    def add(self, model: Any, row: Row, values: Any) -> None:
        """Add a row to a table, by column name or in the order of `LINES`, as made for a row of the file."""
        self.rows.setdefault(model, []).append(values)
        self.of.setdefault(model, []).append(row)

    def marks(self) -> dict[str, Any]:
        """Give the times of a new row."""
        return {"created_at": self.now, "updated_at": self.now}

    def contact(self, row: Row, company_id: int, contact_id: int | None) -> None:
        """Add the row's contact."""
        found = row.values["contact"]
        values = {name: found.get(name) for name in CONTACT_COLUMNS}
        values |= {
            "id": contact_id,
            "company_id": company_id,
            "entered_by_id": self.options.user_id,
            "import_batch_id": self.options.batch_id,
            **review_marks(self.options, self.now),
            **self.marks(),
        }
        self.add(Contact, row, values)
        self.add(SearchDoc, row, (contact_id, *row.values["contact_doc"]))

    def phone(self, row: Row, company_id: int, contact_id: int | None, phone: Mapping[str, Any], place: int) -> None:
        """Add a telephone number."""
        values = {name: value for name, value in phone.items() if name != "of_contact"}
        holder = contact_id if phone["of_contact"] else None
        self.add(
            Phone, row, {**values, "company_id": company_id, "contact_id": holder, "position": place, **self.marks()}
        )

    def email(self, row: Row, company_id: int, contact_id: int | None, email: Mapping[str, Any], place: int) -> None:
        """Add an e-mail address."""
        values = {"address": email["address"], "address_key": email["address_key"], "kind": "office"}
        holder = contact_id if email["of_contact"] else None
        self.add(
            Email, row, {**values, "company_id": company_id, "contact_id": holder, "position": place, **self.marks()}
        )

    def codes(self, row: Row, company_id: int, known: Mapping[str, set[str]] | None = None) -> None:
        """Add aliases, industries, products and brands that the company does not have yet."""
        known = known or {}
        for alias in row.values["aliases"]:
            if f"{alias['kind']}:{alias['name_key']}" not in known.get("aliases", ()):
                self.add(Alias, row, {**alias, "company_id": company_id})
        for name, model in LISTS:
            for code in row.values[name]:
                if code not in known.get(name, ()):
                    self.add(model, row, {"company_id": company_id, "code": code})
        had = set(known.get("brands", ()))
        for brand in row.values["brands"]:
            key = name_key(brand)[:100]
            if key not in had:
                had.add(key)
                self.add(CompanyBrand, row, {"company_id": company_id, "name": brand, "name_key": key})
        had = set(known.get("tags", ()))
        for name in row.values["tags"]:
            if (key := tag_key(name)) not in had:
                had.add(key)
                self.add(Tagging, row, self.tags.row(name, company_id, self.now))

    def reference(self, row: Row, company_id: int) -> None:
        """Add the id in the source."""
        self.add(ExternalReference, row, (RESOURCE, self.options.source, row.values[REFERENCE], company_id))

    def write(self, *, remember: bool = False) -> None:
        """Write everything; with `remember` each row's detail lists the ids that were added for it."""
        for model, made in self.rows.items():
            columns, rows = LINES.get(model, ()), made
            if remember and model is not SearchDoc:
                ids = take_ids(self.session, table(model), 0 if model is Contact else len(rows))
                if columns:
                    rows = [(new_id, *values) for new_id, values in zip(ids, made, strict=True)]
                    columns = ("id", *columns)
                elif model is not Contact:
                    rows = [{"id": new_id, **values} for new_id, values in zip(ids, made, strict=True)]
                self._put_on_record(model, columns, rows)
                for row, values in zip(self.of[model], rows, strict=True):
                    added = (row.detail or {}).setdefault("added", {})
                    added.setdefault(model.__tablename__, []).append(values[0] if columns else values["id"])
            insert_rows(self.session, table(model), rows, columns)

    def _put_on_record(self, model: Any, columns: Sequence[str], rows: Sequence[Any]) -> None:
        """Let the history of the companies tell of the rows that came to them."""
        if model is ExternalReference:
            return
        if model is Tagging:
            self.tags.note(rows, Company.__tablename__, lambda company_id: company_id)
            return
        given = [dict(zip(columns, values, strict=True)) if columns else values for values in rows]
        lines = [
            {
                "entity": model.__tablename__,
                "entity_id": values["id"],
                "company_id": values["company_id"],
                "changes": {
                    name: [None, plain(value)]
                    for name, value in values.items()
                    if name not in ("id", "created_at", "updated_at") and value not in (None, "", [])
                },
                "note": f"import {self.options.batch_id}",
                "user_id": self.options.user_id,
            }
            for values in given
        ]
        record_many(self.session, "create", lines)


def review_marks(options: Options, now: dt.datetime) -> dict[str, Any]:
    """Give the review marks of new records."""
    reviewed = options.review_state in REVIEWED
    return {
        "review_state": options.review_state,
        "reviewed_at": now if reviewed else None,
        "reviewed_by_id": options.user_id if reviewed else None,
    }


def create_companies(session: Session, rows: Sequence[Row], options: Options) -> None:
    """Make a company of each row."""
    if not rows:
        return
    parts = Parts(session, options)
    now = parts.now
    ids = take_ids(session, table(Company), len(rows))
    numbers = reserve_numbers(session.connection(), len(rows))
    people = [row for row in rows if "contact" in row.values]
    contact_ids = dict(zip([row.number for row in people], take_ids(session, table(Contact), len(people)), strict=True))
    drop_stale_references(session, rows, options)
    fixed = {
        "owner_id": options.owner_id,
        "claimed_at": now if options.owner_id else None,
        "entered_by_id": options.user_id,
        "import_batch_id": options.batch_id or None,
        **review_marks(options, now),
        **parts.marks(),
    }
    filled = {*DEFAULTS, "name", "name_key", "sort_key"}.union(*(row.values["company"] for row in rows))
    columns = [name for name in COMPANY_COLUMNS if name in filled]
    usual = [DEFAULTS.get(name) for name in columns]
    same = tuple(fixed.values())
    companies = []
    for row, company_id, number in zip(rows, ids, numbers, strict=True):
        get = row.values["company"].get
        companies.append((company_id, company_code(number), *map(get, columns, usual), *same))
        row.record_id = company_id
        contact_id = contact_ids.get(row.number)
        parts.add(SearchDoc, row, (company_id, *row.values["doc"]))
        if contact_id is not None:
            parts.contact(row, company_id, contact_id)
        for place, phone in enumerate(row.values["phones"]):
            parts.phone(row, company_id, contact_id, phone, place)
        for place, email in enumerate(row.values["emails"]):
            parts.email(row, company_id, contact_id, email, place)
        parts.codes(row, company_id)
        if REFERENCE in row.values:
            parts.reference(row, company_id)
    insert_rows(session, table(Company), companies, ("id", "code", *columns, *fixed))
    parts.write()
    main = [(row.record_id, {"primary_contact_id": contact_ids[row.number]}) for row in people if row.record_id]
    update_rows(session, table(Company), main)


def drop_stale_references(session: Session, rows: Sequence[Row], options: Options) -> None:
    """Free the ids of the source that point to companies in the bin, for the ones made now."""
    wanted = [row.values[REFERENCE] for row in rows if REFERENCE in row.values]
    if wanted:
        reference = table(ExternalReference)
        session.connection().execute(
            delete(reference).where(
                reference.c.resource == RESOURCE,
                reference.c.source == options.source,
                reference.c.external_id.in_(wanted),
            )
        )


class Existing:
    """What the companies of a chunk hold already, read in one query a table."""

    def __init__(self, session: Session, ids: Sequence[int], *, lock: bool) -> None:
        connection = session.connection()
        company = table(Company)
        statement = select(company).where(company.c.id.in_(ids))
        if lock:
            statement = statement.with_for_update()
        self.companies = {row["id"]: dict(row) for row in connection.execute(statement).mappings()}
        self.contacts: dict[int, dict[str, int]] = {}
        contact = table(Contact).c
        for company_id, key, contact_id in connection.execute(
            select(contact.company_id, contact.name_key, contact.id).where(
                contact.company_id.in_(ids), contact.deleted_at.is_(None), contact.merged_into_id.is_(None)
            )
        ):
            self.contacts.setdefault(company_id, {})[key] = contact_id
        self.numbers: dict[int, set[str]] = {}
        phone = table(Phone).c
        for company_id, digits, extension in connection.execute(
            select(phone.company_id, phone.digits, phone.extension).where(phone.company_id.in_(ids))
        ):
            self.numbers.setdefault(company_id, set()).update((digits, f"{digits}-{extension or ''}"))
        self.emails = self._pairs(connection, table(Email), "address_key", ids)
        self.lists: dict[int, dict[str, set[str]]] = {company_id: {} for company_id in ids}
        for name, model, column in (
            ("industries", CompanyIndustry, "code"),
            ("categories", CompanyCategory, "code"),
            ("brands", CompanyBrand, "name_key"),
        ):
            for company_id, values in self._pairs(connection, table(model), column, ids).items():
                self.lists[company_id][name] = values
        alias = table(Alias).c
        for company_id, kind, key in connection.execute(
            select(alias.company_id, alias.kind, alias.name_key).where(alias.company_id.in_(ids))
        ):
            self.lists[company_id].setdefault("aliases", set()).add(f"{kind}:{key}")
        for company_id, keys in held_tags(session, RESOURCE, ids).items():
            self.lists[company_id]["tags"] = keys
        reference = table(ExternalReference).c
        self.references: dict[int, set[tuple[str, str]]] = {}
        for record_id, source, external_id in connection.execute(
            select(reference.record_id, reference.source, reference.external_id).where(
                reference.resource == RESOURCE, reference.record_id.in_(ids)
            )
        ):
            self.references.setdefault(record_id, set()).add((source, external_id))

    @staticmethod
    def _pairs(connection: Any, part: Table, column: str, ids: Sequence[int]) -> dict[int, set[str]]:
        found: dict[int, set[str]] = {}
        for company_id, value in connection.execute(
            select(part.c.company_id, part.c[column]).where(part.c.company_id.in_(ids))
        ):
            found.setdefault(company_id, set()).add(value)
        return found


def column_changes(company: Mapping[str, Any], values: Mapping[str, Any], existing: str) -> dict[str, Any]:
    """Tell which columns an update changes: blank ones only with `fill`, all that differ with `overwrite`."""
    changes = {}
    given, derived = values["company"], values["derived"]
    moved = any(name in given and name not in derived and not same(company[name], given[name]) for name in PLACE)
    for name, said in given.items():
        value = said
        if name in ("name_key", "sort_key", "place_key") or value in (None, "", []):
            continue
        before = company[name]
        if name == "custom":
            value = laid(before, value, existing)
        if name == "name" and given["name_key"] == company["name_key"]:
            continue  # the same name with other blanks or marks
        if name in derived and name in PLACE and not moved:
            continue  # what would be worked out anew of a place that is as it was
        held = name != "custom" and before and before != DEFAULTS.get(name)
        if not same(before, value) and not (held and (existing == "fill" or name in derived)):
            changes[name] = value
    if "name" in changes:
        changes |= {"name_key": given["name_key"], "sort_key": given["sort_key"]}
    if "address" in changes:
        changes["place_key"] = given.get("place_key")
    return changes


def plan_updates(session: Session, rows: Sequence[Row], options: Options, *, lock: bool) -> tuple[Parts, list[Any]]:
    """Work out what each row changes; a row that changes nothing becomes `unchanged`. Writes nothing."""
    parts = Parts(session, options)
    ids = sorted({row.record_id for row in rows if row.record_id is not None})
    known = Existing(session, ids, lock=lock)
    people = sum("contact" in row.values for row in rows)
    parts.contact_ids = take_ids(session, table(Contact), people) if options.writing else [-1] * people
    parts.companies = known.companies
    updates = []
    for row in rows:
        assert row.record_id is not None
        company = known.companies[row.record_id]
        changes = column_changes(company, row.values, options.existing)
        before = {name: company[name] for name in changes}
        made = _add_parts(parts, row, known)
        person = row.values.get("contact", {}).get("name_key")
        met = {"contact": known.contacts[row.record_id][person]} if person else {}
        if not changes and not made:
            row.outcome, row.detail = "unchanged", met or None
            continue
        row.detail = {"before": plain(before), "version": company["version"] + 1, **met}
        company |= changes  # a later row about the same company sees it
        company["version"] += 1
        updates.append((row, changes, before))
    return parts, updates


def _add_parts(parts: Parts, row: Row, known: Existing) -> bool:
    """Add the row's contact, numbers and the like that the company does not have; tell whether there were any."""
    company_id = row.record_id
    assert company_id is not None
    count = sum(len(rows) for rows in parts.rows.values())
    contact_id = None
    if "contact" in row.values:
        mine = known.contacts.setdefault(company_id, {})
        key = row.values["contact"]["name_key"]
        contact_id = mine.get(key)
        if contact_id is None:
            contact_id = mine[key] = parts.contact_ids.pop(0)
            parts.contact(row, company_id, contact_id)
    for phone in row.values["phones"]:
        numbers = known.numbers.setdefault(company_id, set())
        line = f"{phone['digits']}-{phone['extension']}" if phone["extension"] else phone["digits"]
        area = row.values["company"].get("area_code")
        local = line.removeprefix(area) if area else line  # as it was entered, before the area code was known
        if line not in numbers and local not in numbers:  # another extension is another line
            parts.phone(row, company_id, contact_id, phone, len(numbers))
            numbers.update((phone["digits"], line))
    for email in row.values["emails"]:
        keys = known.emails.setdefault(company_id, set())
        if email["address_key"] not in keys:
            parts.email(row, company_id, contact_id, email, len(keys))
            keys.add(email["address_key"])
    parts.codes(row, company_id, known.lists[company_id])
    if REFERENCE in row.values:
        had = known.references.setdefault(company_id, set())
        reference = (parts.options.source, row.values[REFERENCE])
        if reference not in had:
            had.add(reference)
            parts.reference(row, company_id)
    return sum(len(rows) for rows in parts.rows.values()) > count


def update_companies(session: Session, rows: Sequence[Row], options: Options) -> None:
    """Update the company of each row; what it held before stays in the row's detail and in the audit trail."""
    if not rows:
        return
    parts, updates = plan_updates(session, rows, options, lock=True)
    if not updates:
        return
    now = parts.now
    submitted = send_back(session, parts, updates, options)
    update_rows(
        session,
        table(Company),
        [
            (row.record_id, {**changes, "version": row.detail["version"], "updated_at": now})
            for row, changes, _b in updates
        ],
    )
    parts.write(remember=True)
    record_many(
        session,
        "edit",
        [
            {
                "entity": "core_company",
                "entity_id": row.record_id,
                "company_id": row.record_id,
                "changes": {name: [value, changes[name]] for name, value in before.items()},
                "note": f"import {options.batch_id}",
                "user_id": options.user_id,
            }
            for row, changes, before in updates
            if before
        ],
    )
    renamed = {row.record_id for row, changes, _before in updates if NAMES & changes.keys()} | submitted
    renamed |= {row.record_id for model in (Alias, CompanyBrand) for row in parts.of.get(model, ())}
    reindex(session, sorted(one for one in renamed if one is not None))


def send_back(session: Session, parts: Parts, updates: Sequence[Any], options: Options) -> set[int | None]:
    """Let reviewed companies wait for their review again whose change needs one; give their ids."""
    again = Again(session, "companies", options)
    added: dict[int, set[str]] = {}
    for model, rows in parts.of.items():
        for row in rows:
            added.setdefault(row.number, set()).add(model.__tablename__)
    waiting: set[int | None] = set()
    for row, changes, before in updates:
        held = parts.companies[row.record_id]
        record = Held({**held, **before})
        if row.record_id in waiting or not again.waits(
            record, changed_names(before, changes) | added.get(row.number, set())
        ):
            continue
        waiting.add(row.record_id)
        state = again.state(row.record_id, row.record_id)
        row.detail["waits"] = True
        if state is not None:
            row.detail["before"]["review_state"] = before["review_state"] = held["review_state"]
            changes["review_state"] = held["review_state"] = state
    again.write()
    return waiting


def reindex(session: Session, ids: Sequence[int]) -> None:
    """Bring the search index in step with companies whose names changed."""
    if not ids:
        return
    connection = session.connection()
    company, alias, brand = table(Company), table(Alias), table(CompanyBrand)
    names: dict[int, list[str]] = {}
    common: dict[int, bool] = {}
    places: dict[int, tuple[str | None, ...]] = {}
    columns = ("id", "name", "short_name", "review_state", "province", "city", "district")
    for row in connection.execute(select(*(company.c[name] for name in columns)).where(company.c.id.in_(ids))):
        places[row.id] = (row.province, row.city, row.district)
        names[row.id] = [row.name, *filter(None, [row.short_name])]
        common[row.id] = row.review_state in REVIEWED
    for part in (alias, brand):
        for company_id, name in connection.execute(
            select(part.c.company_id, part.c.name).where(part.c.company_id.in_(ids)).order_by(part.c.id)
        ):
            names[company_id].append(name)
    index_rows(session, [Named(one, names[one], common[one], places=places[one]) for one in names])
