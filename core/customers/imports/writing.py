"""Writes imported companies and what belongs to them, many rows in one statement a table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, delete
from sqlalchemy.orm import Session

from core.auth.audit import plain, record_many
from core.bulk import insert_rows, take_ids, update_rows
from core.clock import local_today
from core.columns import utcnow
from core.customers.imports.matching import RESOURCE
from core.customers.imports.reading import DOCUMENT
from core.customers.imports.tagging import FileTags, tag_key
from core.customers.imports.targets import CREDIT
from core.customers.models import (
    Address,
    Alias,
    Company,
    CompanyBrand,
    CompanyCategory,
    CompanyIndustry,
    Contact,
    CreditRating,
    Email,
    ExternalReference,
    Need,
    OwnerChange,
    Phone,
    SearchDoc,
    reserve_numbers,
)
from core.customers.models.search import company_code
from core.customers.services.index import REVIEWED
from core.customers.text import name_key
from core.db import among
from core.i18n import gettext
from core.tags.models import Tagging
from core.transfer.importer import Options, Row
from core.transfer.mapping import REFERENCE

DEFAULTS: Mapping[str, Any] = {
    "country": "CN",
    "source": "import",
    "standing": "prospect",
    "sales_channels": [],
    "target_regions": [],
    "roles": [],
    "custom": {},
}
COMPANY_COLUMNS = (
    "name", "name_key", "sort_key", "short_name", "uscc", "legal_representative", "website", "country", "division_code",
    "province", "city", "district", "address", "place_key", "postcode", "area_code", "ownership", "company_type",
    "scale",
    "sales_channels", "target_regions", "industry_position", "capital_band", "registered_capital", "headcount_band",
    "headcount", "founded_on", "assets", "debts", "introduction", "agencies", "projects", "results", "honours",
    "standing", "roles", "parent_id", "branch_kind", *CREDIT, "general_manager",
    "sales_head", "publicity_head", "collector", "source", "source_note",
    "remark", "custom",
)  # fmt: skip
CONTACT_COLUMNS = ("name", "name_key", "sort_key", "gender", "position", "position_title", "department", "salutation")
LINES: Mapping[Any, tuple[str, ...]] = {
    SearchDoc: ("record_id", *DOCUMENT),
    ExternalReference: ("resource", "source", "external_id", "record_id"),
}
"""Tables whose rows are given in this order of columns, as there are most of them."""
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
        self.changes: list[tuple[Any, Row, int, dict[str, Any], dict[str, Any]]] = []

    def add(self, model: Any, row: Row, values: Any) -> None:
        """Add a row to a table, by column name or in the order of `LINES`, as made for a row of the file."""
        self.rows.setdefault(model, []).append(values)
        self.of.setdefault(model, []).append(row)

    def marks(self) -> dict[str, Any]:
        """Give the times of a new row."""
        return {"created_at": self.now, "updated_at": self.now}

    def contact(
        self, row: Row, company_id: int, contact_id: int | None, found: Mapping[str, Any], line: Sequence[Any]
    ) -> None:
        """Add a contact of the row, with its line for the search."""
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
        self.add(SearchDoc, row, (contact_id, *line))

    def phone(
        self, row: Row, company_id: int, people: Mapping[str, int | None], phone: Mapping[str, Any], place: int
    ) -> None:
        """Add a telephone number; `people` are the row's contacts by the key of their name, its own by an empty one."""
        values = {name: value for name, value in phone.items() if name not in ("of_contact", "person")}
        holder = people.get(phone.get("person", "")) if phone["of_contact"] else None
        self.add(
            Phone, row, {**values, "company_id": company_id, "contact_id": holder, "position": place, **self.marks()}
        )

    def email(self, row: Row, company_id: int, contact_id: int | None, email: Mapping[str, Any], place: int) -> None:
        """Add an e-mail address."""
        values = {name: value for name, value in email.items() if name != "of_contact"}
        holder = contact_id if email["of_contact"] else None
        self.add(
            Email, row, {**values, "company_id": company_id, "contact_id": holder, "position": place, **self.marks()}
        )

    def address(self, row: Row, company_id: int, address: Mapping[str, Any]) -> None:
        """Add an address beside the company's own."""
        self.add(Address, row, {**address, "company_id": company_id, "contact_id": None, "position": 0, **self.marks()})

    def change(self, model: Any, row: Row, id_: int, new: dict[str, Any], before: dict[str, Any]) -> None:
        """Change columns of a row that is there."""
        self.changes.append((model, row, id_, new, before))

    def need(self, row: Row, company_id: int, need: Mapping[str, Any]) -> None:
        """Add a need, noted today where nothing else is said."""
        noted = need["noted_on"] or local_today()
        values = {**need, "noted_on": noted, "company_id": company_id, "entered_by_id": self.options.user_id}
        self.add(Need, row, {**values, **self.marks()})

    def rating(self, row: Row, company_id: int, credit: Mapping[str, Any]) -> None:
        """Keep a rating of the credit, by the columns of the company."""
        rating, limit, until = (credit.get(name) for name in CREDIT)
        values = {"company_id": company_id, "rating": rating, "limit": limit, "valid_until": until}
        values["reason"] = row.values.get("credit_reason") or gettext("Stated in an imported file")
        self.add(CreditRating, row, {**values, "rated_by_id": self.options.user_id, "rated_at": self.now})

    def owner(self, row: Row, company_id: int, before: int | None, after: int) -> None:
        """Keep that a company was given to somebody."""
        values = {"company_id": company_id, "before_id": before, "after_id": after, "reason": ""}
        self.add(OwnerChange, row, {**values, "changed_by_id": self.options.user_id, "changed_at": self.now})

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
        carried = {name_key(brand)[:100] for brand in row.values["agent_brands"]}
        for brand in (*row.values["brands"], *row.values["agent_brands"]):
            key = name_key(brand)[:100]
            if key not in had:
                had.add(key)
                one = {"company_id": company_id, "name": brand, "name_key": key, "agent": key in carried}
                self.add(CompanyBrand, row, one)
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
        given = [(model, row, row.record_id or 0, *rest) for model, row, *rest in self.changes]
        write_changes(self.session, given, self.options)

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


def write_changes(session: Session, given: Sequence[Any], options: Options) -> None:
    """Change parts that are there: model, row of the file, company, id, columns, what they held before.

    The details of the rows of the file tell what was there.
    """
    lines = []
    now = utcnow()
    by_model: dict[Any, list[tuple[int, dict[str, Any]]]] = {}
    for model, row, company_id, id_, new, before in given:
        by_model.setdefault(model, []).append((id_, {**new, "updated_at": now}))
        row.detail = row.detail or {}
        row.detail.setdefault("changed", []).append([model.__tablename__, id_, plain(before)])
        lines.append(
            {
                "entity": model.__tablename__,
                "entity_id": id_,
                "company_id": company_id,
                "changes": {name: [plain(before[name]), plain(value)] for name, value in new.items()},
                "note": f"import {options.batch_id}",
                "user_id": options.user_id,
            }
        )
    for model, rows in by_model.items():
        update_rows(session, table(model), rows)
    record_many(session, "edit", lines)


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
    taken_ids = take_ids(session, table(Contact), len(people) + sum(len(row.values["others"]) for row in people))
    contact_ids = dict(zip([row.number for row in people], taken_ids, strict=False))
    other_ids = taken_ids[len(people) :]
    drop_stale_references(session, rows, options)
    fixed = {
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
        owner_id = get("owner_id", options.owner_id)
        owned = (owner_id, now if owner_id else None)
        companies.append((company_id, company_code(number), *map(get, columns, usual), *owned, *same))
        row.record_id = company_id
        contact_id = contact_ids.get(row.number)
        parts.add(SearchDoc, row, (company_id, *row.values["doc"]))
        persons: dict[str, int | None] = {"": contact_id}
        if contact_id is not None:
            parts.contact(row, company_id, contact_id, row.values["contact"], row.values["contact_doc"])
            for one, line in zip(row.values["others"], row.values["other_docs"], strict=True):
                persons[one["name_key"]] = other_ids.pop(0)
                parts.contact(row, company_id, persons[one["name_key"]], one, line)
        for place, phone in enumerate(row.values["phones"]):
            parts.phone(row, company_id, persons, phone, place)
        for place, email in enumerate(row.values["emails"]):
            parts.email(row, company_id, contact_id, email, place)
        for address in row.values["addresses"]:
            parts.address(row, company_id, address)
        for need in row.values["needs"]:
            parts.need(row, company_id, need)
        if not row.values["company"].keys().isdisjoint(CREDIT):
            parts.rating(row, company_id, row.values["company"])
        if get("owner_id"):
            parts.owner(row, company_id, None, owner_id)
        parts.codes(row, company_id)
        if REFERENCE in row.values:
            parts.reference(row, company_id)
    insert_rows(session, table(Company), companies, ("id", "code", *columns, "owner_id", "claimed_at", *fixed))
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
                among(session, reference.c.external_id, wanted),
            )
        )
