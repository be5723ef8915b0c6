"""Updates companies that an import is about: what they hold already, what a row changes, what waits for its review."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Table, select
from sqlalchemy.orm import Session

from core.auth.audit import plain, record_many
from core.bulk import take_ids, update_rows
from core.bus import publish
from core.clock import local_today
from core.customers.imports.kinds import DATED
from core.customers.imports.matching import RESOURCE
from core.customers.imports.own import changed_names, laid
from core.customers.imports.reviewing import Again, Held
from core.customers.imports.tagging import held_tags
from core.customers.imports.targets import CREDIT, PLACE
from core.customers.imports.writing import DEFAULTS, Parts, table
from core.customers.models import (
    Address,
    Alias,
    Company,
    CompanyBrand,
    CompanyCategory,
    CompanyIndustry,
    Contact,
    Email,
    ExternalReference,
    Need,
    Phone,
)
from core.customers.services.index import REVIEWED, Named, index_rows
from core.transfer.importer import Options, Row
from core.transfer.mapping import REFERENCE
from core.transfer.values import same

NAMES = frozenset({"name", "short_name", "province", "city", "district"})


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
        address = table(Address).c
        self.addresses: dict[int, dict[tuple[str, str], dict[str, Any]]] = {}
        named = select(address.company_id, address.id, *(address[name] for name in ("kind", "text", *DATED)))
        for one in connection.execute(
            named.where(address.company_id.in_(ids), address.contact_id.is_(None)).order_by(address.id)
        ).mappings():
            self.addresses.setdefault(one["company_id"], {}).setdefault((one["kind"], one["text"]), dict(one))
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
        need = table(Need).c
        self.needs: dict[int, list[dict[str, Any]]] = {}
        for one in connection.execute(select(table(Need)).where(need.company_id.in_(ids)).order_by(need.id)).mappings():
            self.needs.setdefault(one["company_id"], []).append(dict(one))
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
    people = sum(1 + len(row.values["others"]) for row in rows if "contact" in row.values)
    parts.contact_ids = take_ids(session, table(Contact), people) if options.writing else [-1] * people
    parts.companies = known.companies
    updates = []
    for row in rows:
        assert row.record_id is not None
        company = known.companies[row.record_id]
        changes = column_changes(company, row.values, options.existing)
        if "owner_id" in changes:
            parts.owner(row, row.record_id, company["owner_id"], changes["owner_id"])
            changes["claimed_at"] = parts.now
        if not changes.keys().isdisjoint(CREDIT):
            parts.rating(row, row.record_id, {**company, **changes})
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
    count = sum(len(rows) for rows in parts.rows.values()) + len(parts.changes)
    contact_id = None
    persons: dict[str, int | None] = {}
    if "contact" in row.values:
        mine = known.contacts.setdefault(company_id, {})
        key = row.values["contact"]["name_key"]
        contact_id = mine.get(key)
        if contact_id is None:
            contact_id = mine[key] = parts.contact_ids.pop(0)
            parts.contact(row, company_id, contact_id, row.values["contact"], row.values["contact_doc"])
        for one, line in zip(row.values["others"], row.values["other_docs"], strict=True):
            if one["name_key"] not in mine:
                mine[one["name_key"]] = parts.contact_ids.pop(0)
                parts.contact(row, company_id, mine[one["name_key"]], one, line)
            persons[one["name_key"]] = mine[one["name_key"]]
    persons[""] = contact_id
    for phone in row.values["phones"]:
        numbers = known.numbers.setdefault(company_id, set())
        line = f"{phone['digits']}-{phone['extension']}" if phone["extension"] else phone["digits"]
        area = row.values["company"].get("area_code")
        local = line.removeprefix(area) if area else line  # as it was entered, before the area code was known
        if line not in numbers and local not in numbers:  # another extension is another line
            parts.phone(row, company_id, persons, phone, len(numbers))
            numbers.update((phone["digits"], line))
    for email in row.values["emails"]:
        keys = known.emails.setdefault(company_id, set())
        if email["address_key"] not in keys:
            parts.email(row, company_id, contact_id, email, len(keys))
            keys.add(email["address_key"])
    for address in row.values["addresses"]:
        lines = known.addresses.setdefault(company_id, {})
        if (line := (address["kind"], address["text"])) not in lines:
            lines[line] = {**address, "id": None}
            parts.address(row, company_id, address)
        else:
            change_blanks(parts, Address, row, lines[line], address, DATED)
    for need in row.values["needs"]:
        _add_need(parts, row, known.needs.setdefault(company_id, []), need)
    parts.codes(row, company_id, known.lists[company_id])
    if REFERENCE in row.values:
        had = known.references.setdefault(company_id, set())
        reference = (parts.options.source, row.values[REFERENCE])
        if reference not in had:
            had.add(reference)
            parts.reference(row, company_id)
    return sum(len(rows) for rows in parts.rows.values()) + len(parts.changes) > count


def _add_need(parts: Parts, row: Row, held: list[dict[str, Any]], need: Mapping[str, Any]) -> None:
    """Add a need, or change the one of the same kind and day; a mere kind says nothing new of one that stands."""
    today = local_today()
    kind = [one for one in held if one["kind"] == need["kind"]]
    if need["noted_on"] is None:
        if any(one["noted_on"] <= today and (one["valid_until"] or today) >= today for one in kind):
            return
        alike = []
    else:
        alike = [one for one in kind if one["noted_on"] == need["noted_on"]]
        alike = [one for one in alike if same(one["text"] or "", need["text"] or "")] or alike
        alike = [one for one in alike if one["valid_until"] == need["valid_until"]] or alike
    if not alike:
        held.append({**need, "noted_on": need["noted_on"] or today, "id": None})
        parts.need(row, row.record_id or 0, need)
        return
    change_blanks(parts, Need, row, alike[0], need, ("text", "valid_until"))


def change_blanks(
    parts: Parts, model: Any, row: Row, held: dict[str, Any], given: Mapping[str, Any], names: Sequence[str]
) -> None:
    """Change what a row says otherwise of a part that is there: blank columns only with `fill`."""
    new = told_otherwise(held, given, names, parts.options)
    if new and held["id"] is not None:
        parts.change(model, row, held["id"], new, {name: held[name] for name in new})
        held |= new


def told_otherwise(
    held: Mapping[str, Any], given: Mapping[str, Any], names: Sequence[str], options: Options
) -> dict[str, Any]:
    """Give the columns of a part in which a row says something else: blank ones only with `fill`."""
    return {
        name: given[name]
        for name in names
        if given.get(name) not in (None, "")
        and not same(held[name], given[name])
        and not (held[name] and options.existing == "fill")
    }


def update_companies(session: Session, rows: Sequence[Row], options: Options) -> None:
    """Update the company of each row; what it held before stays in the row's detail and in the audit trail."""
    if not rows:
        return
    parts, updates = plan_updates(session, rows, options, lock=True)
    write_updates(session, parts, updates, options)


def write_updates(session: Session, parts: Parts, updates: Sequence[Any], options: Options) -> None:
    """Write what was planned: rows with the columns that they change and what these held."""
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
    for row, changes, before in updates:
        if "owner_id" in changes:
            owners = {"before_id": before["owner_id"], "after_id": changes["owner_id"]}
            publish(session, "core.company_owner_changed", {"company_id": row.record_id, **owners})


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
