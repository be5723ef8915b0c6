"""Finds the company that a row is about: by its id in the source, by credit code, by name and city."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.customers.duplicates.likeness import likeness
from core.customers.models import Company, ExternalReference
from core.db import among
from core.transfer.importer import WAITS, Options, Row
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
    code: str = ""
    batch: int | None = None


class Matcher:
    """Finds by keys the companies that rows are about."""

    def find(self, session: Session, rows: Sequence[Row], options: Options) -> None:
        """Fill in each row's match and what it was recognised by; a key that is taken makes the row an error."""
        references = self._references(session, rows, options.source)
        company = Company.__table__.c
        found = self._companies(session, company.id, references.values())
        by_id = {known.id: known for known in found}
        numbers = {row.values[REFERENCE].upper() for row in rows if is_number(row.values.get(REFERENCE, ""))}
        by_number = {
            known.code: known
            for known in self._companies(session, company.code, numbers)
            if known.batch is None
            or known.batch != options.batch_id  # a number of another register that is ours by now
        }
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
            numbered = by_number.get(row.values.get(REFERENCE, "").upper())
            if numbered is not None and row.values[REFERENCE] not in references:
                other = self._by_name(row.values["company"], None, by_name, {})
                self._by_number(row, numbered, by_uscc, named=other is not None and other.id != numbered.id)
            else:
                self._match(row, references, by_id, by_uscc, by_name, others)

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
                    reference.resource == RESOURCE,
                    reference.source == source,
                    among(session, reference.external_id, wanted),
                )
            )
            .all()
        )

    @staticmethod
    def _own_references(session: Session, ids: Sequence[int], source: str) -> dict[int, set[str]]:
        found: dict[int, set[str]] = {}
        if ids:
            reference = ExternalReference.__table__.c
            for record_id, external_id in session.connection().execute(
                select(reference.record_id, reference.external_id).where(
                    reference.resource == RESOURCE,
                    reference.source == source,
                    among(session, reference.record_id, ids),
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
            select(
                c.id, c.uscc, c.name_key, c.city, c.deleted_at, c.merged_into_id, c.code, c.import_batch_id
            ).where(among(session, column, wanted))
        )  # fmt: skip
        return [Known(r[0], r[1], r[2], r[3], r[4] is None and r[5] is None, r[5], r[6], r[7]) for r in rows]

    def _match(
        self,
        row: Row,
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

    @staticmethod
    def _by_number(row: Row, known: Known, by_uscc: dict[str | None, Known], *, named: bool) -> None:
        """Take the company of our own number, as an export brings it; quite another name is left to a person.

        So is the name of another company (`named`): the number may be of another register.
        """
        company = row.values["company"]
        del row.values[REFERENCE]  # it is no id of another source
        holder = by_uscc.get(company["uscc"]) if company.get("uscc") else None
        if not known.alive and known.merged_into is None:
            row.errors.append({"code": "in_bin", "column": REFERENCE, "value": known.code})
        elif holder is not None and holder.id != known.id:
            row.errors.append({"code": "taken", "column": "uscc", "value": company["uscc"]})
        if row.errors:
            row.outcome = "error"
            return
        row.match, row.why = known.merged_into or known.id, "own_number"
        key = company.get("name_key", known.name_key)
        codes, cities = ({company.get(name), getattr(known, name)} - {None, ""} for name in ("uscc", "city"))
        apart = len(codes) > 1 or ((named or len(cities) > 1) and key != known.name_key)
        if known.merged_into is None and (apart or likeness(key, known.name_key) < LIKE):
            row.why = "other_name"

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


LIKE = 40.0
"""How alike, of 100, two names must be for one number to mean one company: what was corrected, not another house's."""
NUMBER = re.compile(r"KH-\d{6,}", re.IGNORECASE)


def is_number(text: str) -> bool:
    """Tell one of our own customer numbers."""
    return NUMBER.fullmatch(text) is not None


CERTAIN = 0.9
"""How alike a row must be to a company to be written into it, or left out, without a person looking."""


def decide(row: Row, options: Options) -> None:
    """Decide what becomes of a row by what it was matched with, what somebody decided of it, and the policy."""
    decision = options.decisions.get(row.number)
    action = decision.action if decision is not None else ""
    if row.match is None and "name" not in row.values["company"]:
        row.outcome = "error"
        row.errors.append({"code": "required", "column": "name"})
    elif action == "duplicate":
        row.outcome, row.record_id = "duplicate", row.match
    elif row.match is not None:
        _by_key(row, options, action)
    elif row.alike is not None:
        _by_likeness(row, options, action)
    else:
        row.outcome = "created"


def _by_key(row: Row, options: Options, action: str) -> None:
    policy = {"updated": "update", "created": "create"}.get(action) or options.duplicates
    if row.why == "other_name" and not action:
        policy = "review"
    if policy == "create" and row.why == "name_city":
        row.outcome = "created"
    else:
        row.record_id = row.match
        row.outcome = {"skip": "duplicate", "review": "review"}.get(policy, "updated")


def _by_likeness(row: Row, options: Options, action: str) -> None:
    assert row.alike is not None
    policy = options.likely if row.alike["score"] >= CERTAIN else "review"
    policy = {"updated": "update", "created": "create"}.get(action) or (
        "create" if options.likely == "create" else policy
    )
    if policy in ("create", "review"):
        row.outcome = "created" if policy == "create" else "alike"
        return
    row.record_id = row.alike.get("id")
    if policy == "skip":
        row.outcome = "duplicate"
    else:
        row.outcome = "updated" if row.record_id is not None or not options.writing else WAITS
        remember_name(row)


def remember_name(row: Row) -> None:
    """Let a company that is only alike keep its name; the row's becomes a further one, by which it is found too."""
    company = row.values["company"]
    row.values["derived"] = (*row.values["derived"], "name")
    known = {alias["name_key"] for alias in row.values["aliases"]}
    if company["name_key"] not in known:
        row.values["aliases"].append({"kind": "alias", "name": company["name"], "name_key": company["name_key"]})
