"""What the database holds of contacts that an import is about, read in one query a table, and what a row changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import local_today
from core.customers.births import age_of
from core.customers.imports.contacts.wishes import WishChange, Wishes, read_wishes_held, take_wishes
from core.customers.imports.kinds import DATED
from core.customers.imports.own import laid
from core.customers.imports.tagging import held_tags, tag_key
from core.customers.imports.updating import told_otherwise
from core.customers.imports.writing import table
from core.customers.models import Address, Contact, Email, Phone
from core.db import among
from core.transfer.importer import Options, Row
from core.transfer.values import same

NONE: tuple[Any, ...] = (None, "", {})


@dataclass(slots=True)
class Held:
    """A contact's columns, and what tells his numbers, mail addresses and addresses from others."""

    columns: dict[str, Any]
    phones: set[tuple[str, str | None]] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)
    addresses: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    tags: set[str] = field(default_factory=set)
    wishes: Wishes = field(default_factory=Wishes)


@dataclass(slots=True)
class Change:
    """What a row changes of a contact: columns, and lines that he does not have."""

    columns: dict[str, Any] = field(default_factory=dict)
    phones: list[Mapping[str, Any]] = field(default_factory=list)
    emails: list[Mapping[str, Any]] = field(default_factory=list)
    addresses: list[Mapping[str, Any]] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    wishes: WishChange = field(default_factory=WishChange)
    dated: list[tuple[int, dict[str, Any], dict[str, Any]]] = field(default_factory=list)
    """Addresses that are there: id, columns, what they held before."""

    def __bool__(self) -> bool:
        lines = self.phones or self.emails or self.addresses or self.dated
        return bool(self.columns or lines or self.tags or self.wishes)

    def fresh(self) -> list[dict[str, Any]]:
        """Give the new numbers and addresses, each with its table."""
        lines = {"core_phone": self.phones, "core_email": self.emails, "core_address": self.addresses}
        return [{"table": name, "row": row} for name, rows in lines.items() for row in rows]


def read_held(session: Session, ids: Sequence[int], *, lock: bool = False) -> dict[int, Held]:
    """Read contacts, by id; `lock` keeps others from changing them meanwhile."""
    if not ids:
        return {}
    connection = session.connection()
    contact, phone, mail, address = (table(model).c for model in (Contact, Phone, Email, Address))
    statement = select(table(Contact)).where(among(session, contact.id, ids)).order_by(contact.id)
    rows = connection.execute(statement.with_for_update() if lock else statement).mappings()
    found = {row["id"]: Held(dict(row)) for row in rows}
    lines = select(phone.contact_id, phone.digits, phone.extension)
    for id_, digits, extension in connection.execute(lines.where(among(session, phone.contact_id, ids))):
        found[id_].phones.add((digits, extension))
    mails: Any = select(mail.contact_id, mail.address_key)
    for id_, key in connection.execute(mails.where(among(session, mail.contact_id, ids))):
        found[id_].emails.add(key)
    lines = select(address.contact_id, address.id, *(address[name] for name in ("kind", "text", *DATED)))
    for one in connection.execute(lines.where(among(session, address.contact_id, ids)).order_by(address.id)).mappings():
        found[one["contact_id"]].addresses.setdefault((one["kind"], one["text"]), dict(one))
    for id_, keys in held_tags(session, "contact", ids).items():
        found[id_].tags = keys
    for id_, wishes in read_wishes_held(session, ids).items():
        found[id_].wishes = wishes
    return found


def take_change(held: Held, row: Row, options: Options) -> Change:
    """Work out what a row changes of a contact, and hold it as changed so, for a later row about the same person."""
    change = Change(_columns(held.columns, row, options))
    values = row.values
    change.phones = [one for one in values["phones"] if (one["digits"], one["extension"]) not in held.phones]
    change.emails = [one for one in values["emails"] if one["address_key"] not in held.emails]
    change.addresses = [one for one in values["addresses"] if (one["kind"], one["text"]) not in held.addresses]
    for one in values["addresses"]:
        its = held.addresses.get((one["kind"], one["text"]))
        if its is not None and its["id"] is not None and (new := told_otherwise(its, one, DATED, options)):
            change.dated.append((its["id"], new, {name: its[name] for name in new}))
            its |= new
    for name in values["tags"]:
        if tag_key(name) not in held.tags:
            held.tags.add(tag_key(name))
            change.tags.append(name)
    change.wishes = take_wishes(held.wishes, values, change.fresh())
    held.phones.update((one["digits"], one["extension"]) for one in change.phones)
    held.emails.update(one["address_key"] for one in change.emails)
    held.addresses.update({(one["kind"], one["text"]): {**one, "id": None} for one in change.addresses})
    return change


def _columns(before: dict[str, Any], row: Row, options: Options) -> dict[str, Any]:
    """Give the columns that a row changes: blank ones only with `fill`, all that differ with `overwrite`."""
    fill = options.existing == "fill"
    today = local_today()
    changes: dict[str, Any] = {}
    for name, given in row.values["contact"].items():
        had, value = before[name], given
        if name == "name" and row.values["name_key"] == before["name_key"]:
            continue
        if name == "qualities":
            value = {**given, **(had or {})} if fill else {**(had or {}), **given}
        elif name == "custom":
            value = laid(had, given, options.existing)
        if value in NONE or same(had, value):
            continue
        if name == "age" and value == age_of(SimpleNamespace(**before), today):  # as an export tells it
            continue
        if fill and name not in ("qualities", "custom") and had not in (None, "", False):
            continue
        if name in ("birth_lunar", "birth_leap") and fill and before["birth_date"] is not None:
            continue
        changes[name] = value
    if "name" in changes:
        changes |= {"name_key": row.values["name_key"], "sort_key": row.values["sort_key"]}
    return changes
