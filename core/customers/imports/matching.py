"""Finds the company that a row is about: by its id in the source, by credit code, by name and city."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.customers.models import Company, ExternalReference
from core.transfer.importer import Options, Row
from core.transfer.mapping import REFERENCE

RESOURCE = "company"


@dataclass(slots=True)
class Known:
    """What the matching knows of a company."""

    id: int
    uscc: str | None
    name_key: str
    city: str | None
    alive: bool
    merged_into: int | None


class Matcher:
    """Decides the outcome of rows."""

    def plan(self, session: Session, rows: Sequence[Row], options: Options) -> None:
        """Decide each row's outcome by what the database holds."""
        references = self._references(session, rows, options.source)
        company = Company.__table__.c
        found = self._companies(session, company.id, references.values())
        by_id = {known.id: known for known in found}
        codes = {row.values["company"].get("uscc") for row in rows} - {None}
        by_uscc = {known.uscc: known for known in self._companies(session, company.uscc, codes)}
        keys = {row.values["company"].get("name_key") for row in rows} - {None}
        by_name: dict[str, list[Known]] = {}
        for known in self._companies(session, company.name_key, keys):
            if known.alive:
                by_name.setdefault(known.name_key, []).append(known)
        others = self._own_references(
            session, [known.id for group in by_name.values() for known in group], options.source
        )
        for row in rows:
            self._decide(row, options, references, by_id, by_uscc, by_name, others)

    @staticmethod
    def _references(session: Session, rows: Sequence[Row], source: str) -> dict[str, int]:
        wanted = [row.values[REFERENCE] for row in rows if REFERENCE in row.values]
        if not wanted:
            return {}
        reference = ExternalReference.__table__.c
        return dict(
            session.connection()
            .execute(
                select(reference.external_id, reference.record_id).where(
                    reference.resource == RESOURCE, reference.source == source, reference.external_id.in_(wanted)
                )
            )
            .tuples()
            .all()
        )

    @staticmethod
    def _own_references(session: Session, ids: Sequence[int], source: str) -> dict[int, set[str]]:
        found: dict[int, set[str]] = {}
        if ids:
            reference = ExternalReference.__table__.c
            for record_id, external_id in session.connection().execute(
                select(reference.record_id, reference.external_id).where(
                    reference.resource == RESOURCE, reference.source == source, reference.record_id.in_(ids)
                )
            ):
                found.setdefault(record_id, set()).add(external_id)
        return found

    @staticmethod
    def _companies(session: Session, column: Any, values: Iterable[Any]) -> list[Known]:
        wanted = list(values)
        if not wanted:
            return []
        c = Company.__table__.c
        rows = session.connection().execute(
            select(c.id, c.uscc, c.name_key, c.city, c.deleted_at, c.merged_into_id).where(column.in_(wanted))
        )
        return [Known(r[0], r[1], r[2], r[3], r[4] is None and r[5] is None, r[5]) for r in rows]

    def _decide(
        self,
        row: Row,
        options: Options,
        references: dict[str, int],
        by_id: dict[int, Known],
        by_uscc: dict[str | None, Known],
        by_name: dict[str, list[Known]],
        others: dict[int, set[str]],
    ) -> None:
        company, reference = row.values["company"], row.values.get(REFERENCE)
        uscc = company.get("uscc")
        known = by_id.get(references.get(reference or "", 0))
        holder = by_uscc.get(uscc) if uscc else None
        if known is not None and known.merged_into is not None:
            row.match = known.merged_into
            row.why = "external_id"
        elif known is not None and known.alive:
            if holder is not None and holder.id != known.id:
                row.errors.append({"code": "taken", "column": "uscc", "value": uscc})
                row.outcome = "error"
                return
            row.match, row.why = known.id, "external_id"
        elif holder is not None:
            if not holder.alive and holder.merged_into is None:
                row.errors.append({"code": "in_bin", "column": "uscc", "value": uscc})
                row.outcome = "error"
                return
            row.match, row.why = holder.merged_into or holder.id, "uscc_match"
        elif match := self._by_name(company, reference, by_name, others):
            row.match, row.why = match.id, "name_city"
        self._by_policy(row, options)

    @staticmethod
    def _by_name(
        company: dict[str, Any], reference: str | None, by_name: dict[str, list[Known]], others: dict[int, set[str]]
    ) -> Known | None:
        """Find a company of the same name in the same city that nothing else sets apart."""
        for known in by_name.get(company.get("name_key", ""), ()):
            if company.get("uscc") and known.uscc and company["uscc"] != known.uscc:
                continue
            if company.get("city") and known.city and company["city"] != known.city:
                continue
            ids = others.get(known.id)
            if reference and ids and reference not in ids:
                continue
            return known
        return None

    @staticmethod
    def _by_policy(row: Row, options: Options) -> None:
        if row.match is None:
            if "name" in row.values["company"]:
                row.outcome = "created"
            else:
                row.outcome = "error"
                row.errors.append({"code": "required", "column": "name"})
        elif options.duplicates == "skip":
            row.outcome, row.record_id = "duplicate", row.match
        elif options.duplicates == "review":
            row.outcome, row.record_id = "review", row.match
        elif options.duplicates == "create" and row.why == "name_city":
            row.outcome = "created"
        else:
            row.outcome, row.record_id = "updated", row.match
