"""Holds an import to what the person who imports may see and do; a command imports as the program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth.access import Access, access_of
from core.auth.output import Visibility
from core.custom import fields_of
from core.customers.imports.targets import CREDIT
from core.customers.models.reach import PRIVATE_KINDS
from core.db import among
from core.plugin import Resource
from core.transfer.importer import Options, Row
from core.transfer.places import place_of

LINES = {"phones": "private_phone", "emails": "private_email", "addresses": "home_address"}
"""How a person is reached, each with the column whose cells are private."""


def importing(session: Session, options: Options) -> Access | None:
    """Give the rights of the person who imports; None where his account is closed by now."""
    if options.user_id is None:
        return None
    registry = place_of(session).registry
    return access_of(session, options.user_id, registry.permissions, registry.enabled(session))


def refuse_private(session: Session, rows: Sequence[Row], resource: Resource, part: str, access: Access) -> None:
    """Refuse rows that bring what is private of a record of which the person does not see that, as his form would.

    He must neither write over it nor learn from "unchanged" what it says. `part` names where in a row's values the
    record stands.
    """
    hidden = {one.name for one in fields_of(resource) if one.field_class == "private"}
    brought = {row.number: name for row in rows if (name := _private_in(row.values, part, hidden)) is not None}
    if not brought:
        return
    model = resource.model
    ids = sorted({row.record_id for row in rows if row.number in brought and row.record_id is not None})
    seen = Visibility(access, resource).condition("private")
    open_to_him = set(session.scalars(select(model.id).where(among(session, model.id, ids), seen)))
    for row in rows:
        if row.number in brought and row.record_id not in open_to_him:
            row.outcome, row.record_id = "error", None
            row.errors.append({"code": "private", "column": brought[row.number]})


def refuse_credit(rows: Sequence[Row], resource: Resource, access: Access, options: Options) -> None:
    """Refuse new records whose credit a row tells, where the person who imports would not see it of them."""
    visible = Visibility(access, resource)
    for row in rows:
        company = row.values["company"]
        told = next((name for name in CREDIT if name in company), None)
        whose = {options.user_id, company.get("owner_id", options.owner_id)} - {None}
        if told is not None and "private" not in visible.of_row(frozenset(one for one in whose if one), False):
            row.outcome, row.record_id = "error", None
            row.errors.append({"code": "private", "column": told})


def _private_in(values: Mapping[str, Any], part: str, hidden: set[str]) -> str | None:
    """Name the first private thing that a row brings."""
    record: Mapping[str, Any] = values.get(part, {})
    named = [*record, *record.get("custom", {})]
    private = [name for name in named if name in hidden]
    for name, column in LINES.items():
        private += [column for one in values.get(name, ()) if one.get("kind") in PRIVATE_KINDS]
    return private[0] if private else None
