"""Finds, makes and updates companies for an import, many rows at a time, and takes them back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth.audit import record_many
from core.columns import token_text
from core.customers.duplicates.reasons import in_words
from core.customers.imports.alike import Alike
from core.customers.imports.belonging import PARENT, Parents, find_owners
from core.customers.imports.erased import refuse_erased
from core.customers.imports.linking import link_late
from core.customers.imports.matching import Matcher, decide, remember_name
from core.customers.imports.own import refuse_taken
from core.customers.imports.reading import CompanyReader
from core.customers.imports.rights import importing, refuse_credit, refuse_private
from core.customers.imports.targets import BANDS, CREDIT, company_targets
from core.customers.imports.undoing import undo_companies
from core.customers.imports.updating import plan_updates, update_companies
from core.customers.imports.words import words_of
from core.customers.imports.writing import create_companies
from core.customers.models import Company
from core.customers.permissions import Perm
from core.customers.services.index import REVIEWED
from core.customers.services.pairs import add_pairs
from core.db import among
from core.plugin import Resource
from core.transfer.importer import MADE, WRITTEN, Found, Identity, Importer, Options, Row
from core.transfer.mapping import REFERENCE, Target
from core.transfer.unknown import unknown_of


class CompanyImporter(Importer):
    """Imports customers, each row with at most one contact."""

    chunk: ClassVar[int] = 1000
    compared = True

    def __init__(self, resource: Resource) -> None:
        super().__init__(resource)
        self.matcher = Matcher()
        self.alike = Alike()
        self.parents = Parents()
        self.linking = False

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
        self.linking = not PARENT.isdisjoint(mapping)
        unknown = unknown_of(session, needed, options)
        compared = options.likely != "off"
        written = token_text(session.get_bind().dialect.name)
        return CompanyReader(list(mapping), targets, words, common, compared, options.headings, unknown, written)

    def identity(self, row: Row) -> Identity:
        """Give the keys by which another row would be the same company."""
        company = row.values["company"]
        reference, uscc = row.values.get(REFERENCE, ""), company.get("uscc", "")
        strong = tuple(key for key in (f"id:{reference}" if reference else "", f"uscc:{uscc}" if uscc else "") if key)
        weak = f"name:{company['name_key']}" if "name_key" in company else ""
        return Identity(strong, weak, (uscc, reference, company.get("city", "")))

    def plan(self, session: Session, rows: list[Row], options: Options) -> None:
        """Decide each row's outcome: by its keys, else by comparing it with the register and earlier rows."""
        self.matcher.find(session, rows, options)
        decided = self._decided(session, rows, options)
        for row in rows:
            if row.errors:
                continue
            if row.number in decided:
                row.match, row.why = decided[row.number], "decided"
                if "name_key" in row.values["company"]:
                    remember_name(row)
            compared = row.match is None and "subject" in row.values
            if compared and (found := self.alike.find(session, row, options)) is not None:
                id_, likeness = found
                which = {"id": id_} if id_ > 0 else {"row": -id_}
                row.alike = {**which, "score": round(likeness.score, 4), "reasons": list(likeness.reasons)}
            decide(row, options)
            if row.outcome in MADE and "subject" in row.values:
                self.alike.open(session, options)
                self.alike.expect(row)
        self._demand_rights(session, [row for row in rows if row.outcome == "updated"], options)
        refuse_taken(session, rows, self.resource.key, Company, "company", WRITTEN)
        refuse_erased(session, rows)
        find_owners(session, rows, options)
        self._guard_credit(session, rows, options)
        if self.linking:
            self.parents.find(session, rows, options)
        self.alike.forget([row for row in rows if row.outcome not in MADE])

    def _guard_credit(self, session: Session, rows: Sequence[Row], options: Options) -> None:
        rated = [row for row in rows if row.outcome in MADE and not row.values["company"].keys().isdisjoint(CREDIT)]
        access = importing(session, options) if rated else None
        if access is not None:
            refuse_credit(rated, self.resource, access, options)

    @staticmethod
    def _decided(session: Session, rows: Sequence[Row], options: Options) -> dict[int, int]:
        """Give, for rows that somebody wants written into another company than the keys say, that company."""
        if not options.decisions:
            return {}
        wanted = {
            row.number: decision.record_id
            for row in rows
            if row.match is None
            and (decision := options.decisions.get(row.number)) is not None
            and decision.action == "updated"
            and decision.record_id is not None
        }
        alive = set(session.scalars(select(Company.id).where(Company.id.in_(wanted.values()), Company.alive())))
        return {number: record_id for number, record_id in wanted.items() if record_id in alive}

    def _demand_rights(self, session: Session, rows: Sequence[Row], options: Options) -> None:
        """Refuse rows whose company the person who imports may not change; a command imports as the program.

        A row that is only alike is then made, and the pair left to a person who may.
        """
        ids = [row.record_id for row in rows if row.record_id is not None]
        if options.user_id is None or not ids:
            return
        access = importing(session, options)
        allowed: set[int] = set()
        if access is not None:
            mine = access.condition(str(Perm.COMPANY_EDIT), Company)
            allowed.update(session.scalars(select(Company.id).where(among(session, Company.id, ids), mine)))
        for row in rows:
            if row.record_id is None or row.record_id in allowed:
                continue
            row.record_id = None
            if row.alike is not None:
                row.outcome = "alike"
                self.alike.expect(row)
            else:
                row.outcome = "error"
                row.errors.append({"code": "not_yours", "column": "name"})
        if access is not None:
            known = [row for row in rows if row.outcome == "updated"]
            refuse_private(session, known, self.resource, "company", access)

    def write(self, session: Session, rows: list[Row], options: Options) -> None:
        """Write the rows planned as made and updated."""
        made = [row for row in rows if row.outcome in MADE]
        create_companies(session, made, options)
        for row in made:
            self.alike.written(row)
        updated = [row for row in rows if row.outcome == "updated"]
        update_companies(session, updated, options)
        self.alike.changed(session, [row.record_id for row in updated if row.record_id is not None])
        self._keep_pairs(session, made)
        self._keep_reasons(session, made, options)

    @staticmethod
    def _keep_reasons(session: Session, made: Sequence[Row], options: Options) -> None:
        """Put on record why a company was made beside one that it is like."""
        decided = [(row, options.decisions[row.number]) for row in made if row.number in options.decisions]
        lines = [
            {
                "entity": "core_company",
                "entity_id": row.record_id,
                "company_id": row.record_id,
                "changes": {"duplicate": [None, [row.match or (row.alike or {}).get("id")]]},
                "note": decision.reason,
                "user_id": options.user_id,
            }
            for row, decision in decided
            if decision.reason
        ]
        if lines:
            record_many(session, "duplicate", lines)

    @staticmethod
    def _keep_pairs(session: Session, made: Sequence[Row]) -> None:
        """Put the rows that were made though they are alike before the people who join duplicates."""
        ids = {row.number: row.record_id for row in made}
        pairs = []
        for row in made:
            if row.outcome == "alike" and row.alike is not None and row.record_id is not None:
                other = row.alike.get("id") or ids.get(row.alike["row"])
                if other is not None:
                    row.alike["id"] = other
                    pairs.append((other, row.record_id, row.alike["score"], row.alike["reasons"]))
        add_pairs(session, pairs)

    def settled(self, *, kept: bool) -> None:
        """Learn that what was written stands, or was rolled back."""
        self.alike.settled(kept=kept)
        self.parents.settled()

    def finish(self, session: Session, batch: Any, options: Options) -> list[Found]:
        """Link companies to parents that the file brought further down; give the notes that are void by that."""
        return link_late(session, batch, self.parents, options) if self.linking else []

    def compare(self, session: Session, rows: list[Row], options: Options) -> None:
        """Tell which rows would leave their company unchanged."""
        if rows:
            plan_updates(session, rows, options, lock=False)

    def words(self, reasons: Sequence[str]) -> list[str]:
        """Say why a row was found to be alike."""
        return in_words(reasons)

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
