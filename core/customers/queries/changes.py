"""The change history of a company, from the audit trail, as one person may see it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth.access import Access
from core.auth.models import Audit, User
from core.auth.output import Visibility, may_see
from core.custom import fields_of, typed
from core.customers.models import Address, Company, Contact, Email, Phone
from core.customers.models.reach import PRIVATE_KINDS
from core.overlay import overlay
from core.plugin import Field, Resource

LISTED = ("core_company", "core_contact", "core_phone", "core_email", "core_address", "core_need", "core_company_alias",
          "core_company_brand", "core_company_industry", "core_company_category")  # fmt: skip
PARTS: Mapping[str, tuple[str, str]] = {
    "core_phone": ("phone", "number"),
    "core_email": ("email", "address"),
    "core_address": ("address", "text"),
    "core_need": ("needs", "kind"),
    "core_company_alias": ("short_name", "name"),
    "core_company_brand": ("brands", "name"),
    "core_company_industry": ("industries", "code"),
    "core_company_category": ("categories", "code"),
}
"""Rows of a company: the field that they stand for, and the column that names one."""
DERIVED = frozenset(
    {"name_key", "sort_key", "claimed_at", "deleted_by_id", "entered_by_id", "import_batch_id", "company_id", "code"}
)
RECORDS: Mapping[str, type[Any]] = {"user": User, "company": Company, "contact": Contact}
NUMBERS: Mapping[str, type[Phone] | type[Email] | type[Address]] = {
    "core_phone": Phone,
    "core_email": Email,
    "core_address": Address,
}
PRIVATE_ROWS = frozenset(NUMBERS)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field with its value before and after; None stands for nothing. `column` is the record's own, if it is one."""

    title: Any
    before: str | None
    after: str | None
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What one person changed at one moment."""

    id: int
    moment: dt.datetime
    user_id: int | None
    kind: str
    entity: str
    fields: Sequence[FieldChange]
    contact: str = ""
    entity_id: int | None = None
    note: str = ""


class Changes:
    """Reads the trail of one company for one person."""

    def __init__(self, session: Session, company: Any, access: Access, resources: Mapping[str, Resource]) -> None:
        self.session = session
        self.company = company
        self.access = access
        self.resources = resources
        self.classes = Visibility(access, resources["company"]).of_record(company)
        self._contacts: dict[int, tuple[str, frozenset[str]]] = {}

    def newest(self, limit: int, before: int | None = None) -> list[Change]:
        """List the newest changes that hold anything the person may see, older than the line `before`."""
        statement = (
            select(Audit)
            .where(
                Audit.company_id == self.company.id,
                Audit.entity.in_(LISTED),
                Audit.kind.in_(("create", "edit", "delete")),
            )
            .order_by(Audit.id.desc())
            .limit(limit * 3)
        )
        if before is not None:
            statement = statement.where(Audit.id < before)
        found = []
        for line in self.session.scalars(statement):
            change = self._change(line)
            if change is not None:
                found.append(change)
            if len(found) >= limit:
                break
        return found

    def _change(self, line: Audit) -> Change | None:
        contact, classes, resource = "", self.classes, self.resources["company"]
        if line.entity == "core_contact" and line.entity_id is not None:
            contact, classes = self._contact(line.entity_id)
            resource = self.resources["contact"]
        if line.entity in PARTS:
            fields = list(self._part(line, classes))
        else:
            fields = list(self._record(line, resource, classes))
        if not fields:
            return None
        shown = fields[:1] if line.kind == "create" and line.entity not in PARTS else fields
        return Change(
            line.id,
            line.happened_at,
            line.user_id,
            line.kind,
            line.entity,
            shown,
            contact,
            entity_id=line.entity_id,
            note=line.note,
        )

    def _contact(self, contact_id: int) -> tuple[str, frozenset[str]]:
        if contact_id not in self._contacts:
            row = self.session.get(Contact, contact_id)
            if row is None:
                self._contacts[contact_id] = ("", frozenset())
            else:
                seen = Visibility(self.access, self.resources["contact"]).of_record(row)
                self._contacts[contact_id] = (row.name, seen)
        return self._contacts[contact_id]

    def _contact_of(self, line: Audit) -> int | None:
        """Tell to which contact a number or address belongs: a line that changed one does not say so itself."""
        pair = line.changes.get("contact_id")
        if pair is not None:
            return next((number for number in reversed(pair) if number is not None), None)
        row: Any = self.session.get(NUMBERS[line.entity], line.entity_id) if line.entity_id is not None else None
        return None if row is None else row.contact_id

    def _record(self, line: Audit, resource: Resource, classes: frozenset[str]) -> Iterator[FieldChange]:
        by_column = {field.path or field.name: field for field in fields_of(resource)}
        for column, pair in line.changes.items():
            field = by_column.get(column)
            if field is None or column in DERIVED or not may_see(field, classes):
                continue
            yield FieldChange(field.title, self._words(field, pair[0]), self._words(field, pair[1]), column)

    def _part(self, line: Audit, classes: frozenset[str]) -> Iterator[FieldChange]:
        name, column = PARTS[line.entity]
        field = self.resources["company"].field(name)
        if line.entity in PRIVATE_ROWS:
            kinds = line.changes.get("kind", [None, None])
            known = [kind for kind in kinds if kind]
            if "private" not in classes and (not known or PRIVATE_KINDS.intersection(known)):
                return
            contact_id = self._contact_of(line)
            if contact_id is not None:
                classes = self._contact(contact_id)[1]
                mobile = line.entity == "core_phone" and (not known or "mobile" in known)
                if "inner" not in classes or (mobile and "private" not in classes):
                    return
        if may_see(field, classes) and column in line.changes:
            before, after = line.changes[column]
            yield FieldChange(field.title, self._words(field, before), self._words(field, after))

    def _words(self, field: Field, value: Any) -> str | None:
        """Write a stored value as people read it."""
        if value is None or value == "" or value == []:
            return None
        if field.custom:
            value = typed(field, value)
        if field.dictionary is not None:
            codes = value if isinstance(value, list) else [value]
            return "、".join(overlay().title(self.session, field.dictionary, str(code)) for code in codes)
        if field.choices is not None:
            titles = {str(code): str(title) for code, title in field.choices(self.session)}
            return titles.get(str(value), str(value))
        model = RECORDS.get(field.kind)
        if model is not None and isinstance(value, int):
            row = self.session.get(model, value)
            return row.name if row is not None else str(value)
        if isinstance(value, bool):
            return "✓" if value else "✗"
        return str(value)[:300]
