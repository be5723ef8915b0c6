"""Finds, makes and updates companies for an import, many rows at a time, and takes them back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth.access import access_of
from core.custom import own_fields, taken, typed
from core.customers.imports.matching import Matcher
from core.customers.imports.reading import CompanyReader
from core.customers.imports.targets import BANDS, company_targets
from core.customers.imports.undoing import undo_companies
from core.customers.imports.words import words_of
from core.customers.imports.writing import create_companies, plan_updates, update_companies
from core.customers.models import Company
from core.customers.permissions import Perm
from core.customers.services.index import REVIEWED
from core.db import among
from core.plugin import Field, Resource
from core.transfer.importer import Identity, Importer, Options, Row
from core.transfer.mapping import REFERENCE, Target
from core.transfer.places import place_of


class CompanyImporter(Importer):
    """Imports customers, each row with at most one contact."""

    chunk: ClassVar[int] = 2000

    def __init__(self, resource: Resource) -> None:
        super().__init__(resource)
        self.matcher = Matcher()

    def targets(self, session: Session) -> list[Target]:
        """List what a column can go into."""
        return [*company_targets(self.resource), *self.own_targets(), *self.kept_targets(session)]

    def reader(self, session: Session, mapping: Sequence[str], options: Options) -> CompanyReader:
        """Give the reader, with the words of every dictionary that the mapping needs."""
        targets = {target.name: plain(target) for target in self.targets(session)}
        targets[REFERENCE] = Target(name=REFERENCE, title="", max_length=120)
        needed = {targets[name].dictionary for name in mapping if name in targets} - {None}
        needed |= {targets[band].dictionary for name, band in BANDS.items() if name in mapping and band in targets}
        words = {str(name): words_of(session, str(name)) for name in needed}
        common = options.review_state in REVIEWED
        return CompanyReader(list(mapping), targets, words, common)

    def identity(self, row: Row) -> Identity:
        """Give the keys by which another row would be the same company."""
        company = row.values["company"]
        reference, uscc = row.values.get(REFERENCE, ""), company.get("uscc", "")
        strong = tuple(key for key in (f"id:{reference}" if reference else "", f"uscc:{uscc}" if uscc else "") if key)
        weak = f"name:{company['name_key']}" if "name_key" in company else ""
        return Identity(strong, weak, (uscc, reference, company.get("city", "")))

    def plan(self, session: Session, rows: list[Row], options: Options) -> None:
        """Decide each row's outcome."""
        self.matcher.plan(session, rows, options)
        self._demand_rights(session, [row for row in rows if row.outcome == "updated"], options)
        for one in own_fields(self.resource.key):
            if one.only_once:
                self._only_once(session, rows, one.field)

    @staticmethod
    def _only_once(session: Session, rows: Sequence[Row], field: Field) -> None:
        """Refuse rows whose value of an added field another customer has, or a row above them."""
        given = [row for row in rows if field.name in row.values.get("company", {}).get("custom", {})]
        values = {row.number: row.values["company"]["custom"][field.name] for row in given}
        there: dict[Any, int | None] = dict(taken(session, Company, field, set(values.values())))
        for row in given:
            value = values[row.number]
            if row.outcome in ("created", "updated"):
                if value in there and (there[value] is None or there[value] != row.record_id):
                    row.outcome, row.record_id = "error", None
                    row.errors.append({"code": "taken", "column": field.name, "value": str(typed(field, value))})
                else:
                    there[value] = row.record_id

    @staticmethod
    def _demand_rights(session: Session, rows: Sequence[Row], options: Options) -> None:
        """Refuse rows whose company the person who imports may not change; a command imports as the program."""
        ids = [row.record_id for row in rows if row.record_id is not None]
        if options.user_id is None or not ids:
            return
        registry = place_of(session).registry
        access = access_of(session, options.user_id, registry.permissions, registry.enabled(session))
        allowed: set[int] = set()
        if access is not None:
            mine = access.condition(str(Perm.COMPANY_EDIT), Company)
            allowed.update(session.scalars(select(Company.id).where(among(session, Company.id, ids), mine)))
        for row in rows:
            if row.record_id not in allowed:
                row.outcome, row.record_id = "error", None
                row.errors.append({"code": "not_yours", "column": "name"})

    def write(self, session: Session, rows: list[Row], options: Options) -> None:
        """Write the rows planned as created and updated."""
        create_companies(session, [row for row in rows if row.outcome == "created"], options)
        update_companies(session, [row for row in rows if row.outcome == "updated"], options)

    def compare(self, session: Session, rows: list[Row], options: Options) -> None:
        """Tell which rows would leave their company unchanged."""
        if rows:
            plan_updates(session, rows, options, lock=False)

    def undo(self, session: Session, rows: Sequence[Any], options: Options) -> frozenset[int]:
        """Take back what the rows made and changed."""
        return undo_companies(session, rows, options)


def plain(target: Target) -> Target:
    """Give a target without its texts, fit to be sent to another process."""
    return Target(
        name=target.name,
        title="",
        kind=target.kind,
        dictionary=target.dictionary,
        many=target.many,
        max_length=target.max_length,
        kept=target.kept,
    )
