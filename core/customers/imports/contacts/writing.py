"""Writes imported contacts with their numbers and addresses, and the companies that they lack, many rows at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from core.auth.audit import plain, record_many
from core.bulk import insert_rows, take_ids, update_rows
from core.clock import local_today
from core.columns import utcnow
from core.customers.imports.contacts.held import Change, Held, read_held, take_change
from core.customers.imports.contacts.wishes import WishChange, Wishes, take_wishes, write_wishes
from core.customers.imports.own import changed_names
from core.customers.imports.reading import DOCUMENT
from core.customers.imports.reviewing import Again
from core.customers.imports.tagging import FileTags, tag_key
from core.customers.imports.writing import DEFAULTS, review_marks, table, write_changes
from core.customers.models import (
    Address,
    Company,
    Contact,
    Email,
    ExternalReference,
    Phone,
    SearchDoc,
    reserve_numbers,
)
from core.customers.models.search import company_code
from core.customers.services.index import REVIEWED, Named, index_rows
from core.db import among
from core.tags.models import Tagging
from core.transfer.importer import Options, Row
from core.transfer.mapping import REFERENCE

RESOURCE = "contact"
REFERRED = ("resource", "source", "external_id", "record_id")
EMPTY: Mapping[str, Any] = {
    "qualities": {}, "custom": {}, "invalid": False, "do_not_contact": False, "birth_lunar": False, "birth_leap": False,
}  # fmt: skip
"""What a new contact holds where his row says nothing."""
_FLAGS: Mapping[str, Any] = {
    "do_not_use": False, "do_not_use_reason": None, "do_not_use_on": None, "do_not_use_by_id": None
}  # fmt: skip
UNBARRED: Mapping[Any, Mapping[str, Any]] = {Phone: {**_FLAGS, "do_not_sms": False}, Email: _FLAGS, Address: _FLAGS}
"""What a new number or address holds where no row says what it must not be used for."""
NOTED = ("change_noted_on", "change_noted_by_id", "invalid_on", "age_noted_on")


class Lines:
    """Numbers, mail addresses, addresses and tags of contacts, collected and written together."""

    def __init__(self, session: Session, options: Options) -> None:
        self.session = session
        self.options = options
        self.now = utcnow()
        self.tags = FileTags(session, RESOURCE, options)
        self.rows: dict[Any, list[dict[str, Any]]] = {Phone: [], Email: [], Address: [], Tagging: []}
        self.of: dict[Any, list[Row]] = {Phone: [], Email: [], Address: [], Tagging: []}
        self.homes: dict[int, int] = {}
        self.wishes: list[tuple[Row, int, int, WishChange]] = []
        self.dated: list[tuple[Row, int, int, dict[str, Any], dict[str, Any]]] = []

    def add(self, row: Row, contact_id: int, company_id: int, change: Change, held: Held | None = None) -> None:
        """Collect what a row adds to a contact, behind what he has."""
        whose = {"contact_id": contact_id, "company_id": company_id, "created_at": self.now, "updated_at": self.now}
        had: dict[Any, int] = {Phone: len(held.phones), Email: len(held.emails)} if held else {}
        parts: list[tuple[Any, Any]] = [(Phone, change.phones), (Email, change.emails), (Address, change.addresses)]
        for model, given in parts:
            behind = max(0, had.get(model, 0) - len(given))  # what is held counts the new ones by now
            for place, one in enumerate(given, behind):
                self.rows[model].append(
                    {**UNBARRED[model], **one, **whose, "position": 0 if model is Address else place}
                )
                self.of[model].append(row)
        self.homes[contact_id] = company_id
        self.dated += [(row, company_id, *one) for one in change.dated]
        if change.wishes:
            self.wishes.append((row, contact_id, company_id, change.wishes))
        for name in change.tags:
            self.rows[Tagging].append(self.tags.row(name, contact_id, self.now))
            self.of[Tagging].append(row)

    def write(self) -> None:
        """Write all, let the histories tell of them, and the details of the rows that update which lines are theirs."""
        for model, rows in self.rows.items():
            ids = take_ids(self.session, table(model), len(rows))
            insert_rows(self.session, table(model), [{"id": id_, **one} for id_, one in zip(ids, rows, strict=True)])
            for id_, row in zip(ids, self.of[model], strict=True):
                if row.outcome == "updated" and row.detail is not None:
                    row.detail.setdefault("added", {}).setdefault(model.__tablename__, []).append(id_)
            if model is Tagging:
                fresh = [one for one, row in zip(rows, self.of[model], strict=True) if row.outcome == "updated"]
                self.tags.note(fresh, Contact.__tablename__, self.homes.__getitem__)
            else:
                note_made(self.session, table(model).name, ids, rows, self.options)
        write_changes(self.session, [(Address, *one) for one in self.dated], self.options)
        write_wishes(self.session, self.wishes, self.options)


def note_made(
    session: Session, entity: str, ids: Sequence[int], rows: Sequence[Mapping[str, Any]], options: Options
) -> None:
    """Let the history tell of new rows."""
    lines = [
        {
            "entity": entity,
            "entity_id": id_,
            "company_id": one.get("company_id", id_),
            "changes": {
                name: [None, value]
                for name, value in one.items()
                if name not in ("id", "created_at", "updated_at") and value not in (None, "", [], {}, False)
            },
            "note": f"import {options.batch_id}",
            "user_id": options.user_id,
        }
        for id_, one in zip(ids, rows, strict=True)
    ]
    record_many(session, "create", lines)


def write_contacts(session: Session, rows: Sequence[Row], options: Options) -> None:
    """Make and update the contacts of rows; what each held before stays in the row's detail."""
    created = [row for row in rows if row.outcome == "created"]
    updated = [row for row in rows if row.outcome == "updated"]
    lines = Lines(session, options)
    _make_companies(session, created, options)
    _make(session, created, options, lines)
    _update(session, updated, options, lines)
    lines.write()
    _refer(session, [*created, *updated], options)


# --- new ones


def _make_companies(session: Session, rows: Sequence[Row], options: Options) -> None:
    """Make the companies that rows name and nobody has, each once."""
    first: dict[tuple[str, str], Row] = {}
    lacking = [row for row in rows if row.values["company_id"] is None]
    for row in lacking:
        first.setdefault(_named(row), row)
    if not first:
        return
    now = utcnow()
    ids = take_ids(session, table(Company), len(first))
    fixed = {
        "owner_id": options.owner_id,
        "claimed_at": now if options.owner_id else None,
        "entered_by_id": options.user_id,
        "import_batch_id": options.batch_id,
        "source": "import",
        **review_marks(options, now),
        "created_at": now,
        "updated_at": now,
    }
    numbers = reserve_numbers(session.connection(), len(first))
    made, documents = [], []
    for row, id_, number in zip(first.values(), ids, numbers, strict=True):
        made.append({**DEFAULTS, **row.values["new_company"], "id": id_, "code": company_code(number), **fixed})
        documents.append((id_, *row.values["new_company_doc"]))
        row.detail = {"added": {"core_company": [id_]}}
    insert_rows(session, table(Company), made)
    insert_rows(session, table(SearchDoc), documents, ("record_id", *DOCUMENT))
    note_made(session, "core_company", ids, made, options)
    made_as = dict(zip(first, ids, strict=True))
    for row in lacking:
        row.values["company_id"] = made_as[_named(row)]


def _named(row: Row) -> tuple[str, str]:
    return row.values["company_key"], row.values["company"].get("company_city", "")


def _make(session: Session, rows: Sequence[Row], options: Options, lines: Lines) -> None:
    if not rows:
        return
    now, today = utcnow(), local_today()
    ids = take_ids(session, table(Contact), len(rows))
    fixed = {
        "entered_by_id": options.user_id,
        "import_batch_id": options.batch_id,
        **review_marks(options, now),
        "created_at": now,
        "updated_at": now,
    }
    made: list[dict[str, Any]] = []
    for row, id_ in zip(rows, ids, strict=True):
        values, company_id = row.values, row.values["company_id"]
        dates = _dates(values["contact"], options, today)
        keys = {"name_key": values["name_key"], "sort_key": values["sort_key"]}
        made.append({"company_id": company_id, **values["contact"], **keys, **dates, **fixed})
        row.record_id = id_
        lines.add(row, id_, company_id, _all_of(values))
    filled = {name: None for one in made for name in one}
    usual = {name: EMPTY.get(name) for name in (*filled, *EMPTY)}
    insert_rows(session, table(Contact), [{**usual, **one, "id": id_} for id_, one in zip(ids, made, strict=True)])
    documents = [(id_, *row.values["doc"]) for row, id_ in zip(rows, ids, strict=True)]
    insert_rows(session, table(SearchDoc), documents, ("record_id", *DOCUMENT))
    note_made(session, "core_contact", ids, made, options)
    _make_primary(session, made, ids, options)


def _all_of(values: Mapping[str, Any]) -> Change:
    """Give all that a row says of a new contact beside his columns."""
    tags = {tag_key(name): name for name in values["tags"]}
    change = Change({}, values["phones"], values["emails"], values["addresses"], list(tags.values()))
    change.wishes = take_wishes(Wishes(), values, change.fresh())
    return change


def _make_primary(session: Session, made: Sequence[Mapping[str, Any]], ids: Sequence[int], options: Options) -> None:
    """Make the first new contact of a company that has no primary one its primary contact."""
    first: dict[int, int] = {}
    for one, id_ in zip(made, ids, strict=True):
        first.setdefault(one["company_id"], id_)
    company = table(Company).c
    bare = select(company.id, company.version).where(
        among(session, company.id, sorted(first)), company.primary_contact_id.is_(None)
    )
    found = session.connection().execute(bare.order_by(company.id).with_for_update()).all()
    update_rows(
        session,
        table(Company),
        [
            (id_, {"primary_contact_id": first[id_], "version": version + 1, "updated_at": utcnow()})
            for id_, version in found
        ],
    )
    lines = [
        {
            "entity": "core_company",
            "entity_id": id_,
            "company_id": id_,
            "changes": {"primary_contact_id": [None, first[id_]]},
            "note": f"import {options.batch_id}",
            "user_id": options.user_id,
        }
        for id_, _version in found
    ]
    record_many(session, "edit", lines)


def _dates(values: Mapping[str, Any], options: Options, today: dt.date) -> dict[str, Any]:
    """Note when something was learned that grows old."""
    noted: dict[str, Any] = {}
    if "change_note" in values:
        noted |= {"change_noted_on": today, "change_noted_by_id": options.user_id}
    if "invalid" in values:
        noted["invalid_on"] = today
    if "age" in values:
        noted["age_noted_on"] = today
    return noted


# --- known ones


def _update(session: Session, rows: Sequence[Row], options: Options, lines: Lines) -> None:
    ids = sorted({row.record_id for row in rows if row.record_id is not None})
    if not ids:
        return
    found = read_held(session, ids, lock=True)
    now, today = utcnow(), local_today()
    again = Again(session, "contacts", options)
    judged: dict[int, Contact] = {}
    if options.user_id is not None:  # rights are judged by the record itself and its customer
        whole = select(Contact).where(among(session, Contact.id, ids)).options(joinedload(Contact.company))
        judged = {one.id: one for one in session.scalars(whole)}
    written: dict[int, dict[str, Any]] = {}
    audit: list[dict[str, Any]] = []
    for row in rows:
        held = found[row.record_id or 0]
        change = take_change(held, row, options)
        if not change:
            row.outcome = "unchanged"
            continue
        new = change.columns | _dates(change.columns, options, today)
        before = {name: held.columns[name] for name in new}
        added = {
            name
            for name, given in (
                ("core_phone", change.phones), ("core_email", change.emails),
                ("core_address", change.addresses or change.dated),
            )
            if given
        }  # fmt: skip
        id_, company_id = held.columns["id"], held.columns["company_id"]
        if waits := bool(judged) and again.waits(judged[id_], changed_names(before, change.columns) | added):
            state = again.state(id_, company_id)
            if state is not None and id_ not in {one for one in written if "review_state" in written[one]}:
                before["review_state"], new["review_state"] = held.columns["review_state"], state
        held.columns |= new
        held.columns["version"] += 1
        row.detail = {"before": plain(before), "version": held.columns["version"]}
        if waits:
            row.detail["waits"] = True
        written.setdefault(id_, {}).update(new)
        written[id_] |= {"version": held.columns["version"], "updated_at": now}
        lines.add(row, id_, company_id, change, held)
        if before:
            audit.append(
                {
                    "entity": "core_contact",
                    "entity_id": id_,
                    "company_id": company_id,
                    "changes": {name: [value, new[name]] for name, value in before.items() if value != new[name]},
                    "note": f"import {options.batch_id}",
                    "user_id": options.user_id,
                }
            )
    again.write()
    update_rows(session, table(Contact), written.items())
    record_many(session, "edit", audit)
    named = [found[id_].columns for id_, new in written.items() if {"name", "review_state"} & new.keys()]
    index_rows(session, [Named(c["id"], [c["name"]], c["review_state"] in REVIEWED, RESOURCE) for c in named])


def _refer(session: Session, rows: Sequence[Row], options: Options) -> None:
    """Keep the ids in the source."""
    wanted = {row.values[REFERENCE]: row for row in rows if REFERENCE in row.values and row.record_id is not None}
    if not wanted:
        return
    reference = table(ExternalReference)
    known = {
        external_id: (id_, record_id)
        for id_, external_id, record_id in session.connection().execute(
            select(reference.c.id, reference.c.external_id, reference.c.record_id).where(
                reference.c.resource == RESOURCE,
                reference.c.source == options.source,
                reference.c.external_id.in_(wanted),
            )
        )
    }
    moved = [
        (known[key][0], {"record_id": row.record_id})
        for key, row in wanted.items()
        if key in known and known[key][1] != row.record_id
    ]
    update_rows(session, reference, moved)
    fresh = [(RESOURCE, options.source, key, row.record_id) for key, row in wanted.items() if key not in known]
    insert_rows(session, reference, fresh, REFERRED)
