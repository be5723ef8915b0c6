"""Finds, makes and updates contacts for an import, and takes them back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

from sqlalchemy import false, select
from sqlalchemy.orm import Session

from core.clock import to_local
from core.columns import token_text
from core.customers.duplicates.likeness import likeness
from core.customers.imports.contacts.held import read_held, take_change
from core.customers.imports.contacts.reading import ContactReader
from core.customers.imports.contacts.targets import DICTIONARIES, NUMBER_HEADINGS, contact_targets
from core.customers.imports.contacts.undoing import undo_contacts
from core.customers.imports.contacts.wishes import with_words_of_wishes
from core.customers.imports.contacts.writing import write_contacts
from core.customers.imports.erased import refuse_erased
from core.customers.imports.importer import plain
from core.customers.imports.matching import LIKE
from core.customers.imports.own import refuse_taken
from core.customers.imports.rights import importing, refuse_private
from core.customers.imports.words import words_of
from core.customers.imports.writing import table
from core.customers.models import Company, Contact, ExternalReference
from core.customers.models.contact import contact_number
from core.customers.permissions import Perm
from core.customers.services.index import REVIEWED
from core.db import among
from core.transfer.importer import Identity, Importer, Options, Row
from core.transfer.mapping import REFERENCE, Target
from core.transfer.unknown import unknown_of


class Numbered(NamedTuple):
    """The contact of a number, our own or of a source: the one that he was merged into, where he was."""

    id: int
    name_key: str
    company_id: int
    fault: dict[str, str] | None
    """Why nothing is entered of him."""

    def elsewhere(self, row: Row, company_id: int | None) -> bool:
        """Tell whether a row is about somebody of another name at another company: its number is not ours."""
        other = row.values.get("name_key", self.name_key) != self.name_key
        return other and bool(row.values["company"]) and company_id != self.company_id

    def alike(self, row: Row) -> bool:
        """Tell whether a row may be about him, though his name was corrected."""
        return likeness(row.values.get("name_key", self.name_key), self.name_key) >= LIKE


@dataclass(slots=True)
class Known:
    """What the database holds of the companies and contacts that some rows may be about."""

    references: dict[str, int] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    names: dict[str, list[tuple[int, str | None]]] = field(default_factory=dict)
    keys: dict[int, str] = field(default_factory=dict)
    """What the companies are called that numbers mean."""
    people: dict[str, Numbered] = field(default_factory=dict)
    numbered: dict[int, Numbered] = field(default_factory=dict)
    contacts: dict[tuple[int, str], int] = field(default_factory=dict)

    def by_number(self, code: str, key: str) -> int | None:
        """Give the company of a number, ours or of a source; where both are, the one of that name counts.

        A number that means a company of quite another name is of another register: then the name tells.
        """
        found = [one for one in (self.codes.get(code.upper()), self.references.get(code)) if one is not None]
        best = max(found, key=lambda one: likeness(key, self.keys.get(one, key)), default=None)
        named = self.names.get(key, [])
        if best is not None and key and len(named) == 1 and likeness(key, self.keys.get(best, key)) < LIKE:
            return named[0][0]
        return best


class ContactImporter(Importer):
    """Imports contacts, one person a row."""

    chunk: ClassVar[int] = 1000
    parent = True
    reference_headings = NUMBER_HEADINGS

    def targets(self, session: Session) -> list[Target]:
        """List what a column can go into."""
        return [*contact_targets(session, self.resource), *self.own_targets(), *self.kept_targets(session)]

    def reader(self, session: Session, mapping: Sequence[str], options: Options) -> ContactReader:
        """Give the reader, with the words of every dictionary that the mapping needs."""
        targets = {target.name: plain(target) for target in self.targets(session)}
        targets[REFERENCE] = Target(name=REFERENCE, title="", max_length=120)
        needed = {targets[name].dictionary for name in mapping if name in targets} - {None}
        words: Mapping[str, Mapping[str, str]] = {
            str(name): words_of(session, str(name)) for name in (*needed, *DICTIONARIES)
        }
        words = with_words_of_wishes(words)
        common = options.review_state in REVIEWED
        unknown = unknown_of(session, needed, options)
        making = options.missing == "create"
        written = token_text(session.get_bind().dialect.name)
        return ContactReader(list(mapping), targets, words, common, making, unknown, options.headings, written)

    def identity(self, row: Row) -> Identity:
        """Give the keys by which another row would be the same person, or be of the same new company."""
        reference = row.values.get(REFERENCE, "")
        company = row.values["company"]
        where = company.get("company_code") or company.get("company_reference") or row.values["company_key"]
        weak = f"person:{where}:{row.values['name_key']}" if where and "name_key" in row.values else ""
        return Identity((f"id:{reference}",) if reference else (), weak, (reference, company.get("company_city", "")))

    # --- planning

    def plan(self, session: Session, rows: list[Row], options: Options) -> None:
        """Decide each row's outcome: the company first, then the person there."""
        known = self._known(session, rows, options)
        for row in rows:
            self._decide(row, known, options)
        self._demand_rights(session, rows, options)
        refuse_taken(session, rows, self.resource.key, Contact, "contact", ("created", "updated"))
        refuse_erased(session, rows)

    def _known(self, session: Session, rows: Sequence[Row], options: Options) -> Known:
        given = [row.values["company"] for row in rows]
        connection = session.connection()
        known = Known()
        references = {one[name] for one in given for name in ("company_reference", "company_code") if name in one}
        known.references = _references(session, "company", references, None)
        company = Company.__table__.c
        alive = (company.deleted_at.is_(None), company.merged_into_id.is_(None))
        columns = (company.id, company.code, company.name_key, company.city)
        codes = {one["company_code"].upper() for one in given if "company_code" in one}
        keys = {row.values["company_key"] for row in rows} - {""}
        referred = set(known.references.values())
        for column, values in ((company.code, codes), (company.name_key, keys), (company.id, referred)):
            if not values:
                continue
            for id_, code, key, city in connection.execute(select(*columns).where(column.in_(values), *alive)):
                known.codes[code] = id_
                known.keys[id_] = key
                if column is company.name_key:
                    known.names.setdefault(key, []).append((id_, city))
        ids = {*known.references.values(), *known.codes.values()}
        known.people, known.numbered = self._people(session, rows, options)
        contact = Contact.__table__.c
        named = select(contact.company_id, contact.name_key, contact.id).where(
            contact.company_id.in_(ids), contact.deleted_at.is_(None), contact.merged_into_id.is_(None)
        )
        for company_id, key, id_ in connection.execute(named.order_by(contact.id)) if ids else ():
            known.contacts.setdefault((company_id, key), id_)
        return known

    @staticmethod
    def _people(
        session: Session, rows: Sequence[Row], options: Options
    ) -> tuple[dict[str, Numbered], dict[int, Numbered]]:
        """Give the contacts of the rows' numbers, by those of the source and by our own."""
        given = {row.values[REFERENCE] for row in rows if REFERENCE in row.values}
        if not given:
            return {}, {}
        own = {number for code in given if (number := contact_number(code)) is not None}
        referred = _references(session, "contact", given, options.source)
        found = _numbered(session, own | set(referred.values()))
        fresh = _made_by(session, options, own)  # their numbers are not those that the file means
        access = importing(session, options)
        if options.user_id is not None:  # why somebody is not there is told to who finds him
            faulty = sorted({one.id for one in found.values() if one.fault is not None})
            seen = access.condition(str(Perm.CONTACT_QUERY), Contact) if access is not None else false()
            told = set(session.scalars(select(Contact.id).where(among(session, Contact.id, faulty), seen)))
            hidden = {"code": "not_yours", "column": "name"}
            found = {
                number: one._replace(fault=hidden) if one.fault is not None and one.id not in told else one
                for number, one in found.items()
            }
        theirs = {code: found[id_] for code, id_ in referred.items() if id_ in found}
        return (
            # one in the bin is made anew, and the number of the source is his from then on
            {code: one for code, one in theirs.items() if one.fault is None or one.fault["code"] != "in_bin"},
            {number: found[number] for number in own - fresh if number in found},
        )

    def _decide(self, row: Row, known: Known, options: Options) -> None:
        theirs = known.people.get(row.values.get(REFERENCE, ""))
        company_id = self._company(row, known)
        own = known.numbered.get(contact_number(row.values.get(REFERENCE, "")) or 0)
        if own is not None and own.elsewhere(row, company_id):
            own = None
        better = own is not None and own.alike(row)
        if theirs is not None and better and (not theirs.alike(row) or theirs.elsewhere(row, company_id)):
            theirs = None  # a number of another register that one of ours has got by now
        if theirs is not None:
            if theirs.fault is not None:
                row.errors.append({"value": row.values[REFERENCE], **theirs.fault})
            row.match, row.why = theirs.id, "external_id"
        elif own is not None:
            self._by_number(row, own)
        elif company_id is not None and "name_key" in row.values:
            found = known.contacts.get((company_id, row.values["name_key"]))
            row.match, row.why = (found, "name_company") if found is not None else (None, "")
        if row.errors:
            row.outcome = "error"
            return
        row.values["company_id"] = company_id
        if row.match is not None:
            self._by_policy(row, options)
        elif "name" not in row.values["contact"]:
            self._refuse(row, "required", "name")
        elif company_id is None and not (options.missing == "create" and row.values["company_key"]):
            given = row.values["company"]
            text = given.get("company") or next(iter(given.values()), "")
            self._refuse(row, "no_company" if text else "required", "company", text)
        else:
            row.outcome = "created"

    @staticmethod
    def _refuse(row: Row, code: str, column: str, value: str = "") -> None:
        row.outcome = "error"
        row.errors.append({"code": code, "column": column, "value": value})

    @staticmethod
    def _company(row: Row, known: Known) -> int | None:
        """Find the company of a row; several of one name without a city that tells are an error."""
        given = row.values["company"]
        if (code := given.get("company_code")) is not None:
            return known.by_number(code, row.values["company_key"])
        if "company_reference" in given and (found := known.references.get(given["company_reference"])) is not None:
            return found
        named = known.names.get(row.values["company_key"], [])
        city = given.get("company_city", "")
        fitting = [id_ for id_, its in named if not (city and its) or its.startswith(city) or city.startswith(its)]
        if len(fitting) > 1:
            exact = [id_ for id_, its in named if city and its and (its.startswith(city) or city.startswith(its))]
            if len(exact) != 1:
                row.errors.append({"code": "several", "column": "company", "value": given["company"]})
            return exact[0] if len(exact) == 1 else None
        return fitting[0] if fitting else None

    @staticmethod
    def _by_number(row: Row, own: Numbered) -> None:
        """Take the contact of our own number, as an export brings it; quite another name is left to a person."""
        code = row.values.pop(REFERENCE)  # it is no id of another source
        if own.fault is not None:
            row.errors.append({"value": code, **own.fault})
            return
        row.match, row.why = own.id, "own_number" if own.alike(row) else "other_name"

    @staticmethod
    def _by_policy(row: Row, options: Options) -> None:
        decision = options.decisions.get(row.number)
        policy = "review" if row.why == "other_name" else options.duplicates
        if decision is not None:
            policy = {"updated": "update", "created": "create", "duplicate": "skip"}[decision.action]
        if policy == "create" and row.why == "name_company":
            row.outcome = "created"
            return
        row.record_id = row.match
        row.outcome = {"skip": "duplicate", "review": "review"}.get(policy, "updated")

    def _demand_rights(self, session: Session, rows: Sequence[Row], options: Options) -> None:
        """Refuse rows about contacts that the person who imports may not change, with customers where he enters nobody,
        and with private particulars that he does not see."""
        if options.user_id is None:
            return
        access = importing(session, options)
        updated = [row for row in rows if row.outcome == "updated"]
        placed = [row for row in rows if row.outcome == "created" and row.values["company_id"] is not None]
        people: set[int] = set()
        companies: set[int] = set()
        if access is not None:
            ids = [row.record_id for row in updated if row.record_id is not None]
            mine = access.condition(str(Perm.CONTACT_EDIT), Contact)
            people.update(session.scalars(select(Contact.id).where(among(session, Contact.id, ids), mine)))
            ids = [row.values["company_id"] for row in placed]
            seen = access.condition(str(Perm.COMPANY_QUERY), Company)
            his = access.scope_condition(access.scope(str(Perm.CONTACT_CREATE)), Company)
            companies.update(session.scalars(select(Company.id).where(among(session, Company.id, ids), seen, his)))
        refused = [row for row in updated if row.record_id not in people]
        if access is None or not access.may(Perm.COMPANY_CREATE):
            refused += [row for row in rows if row.outcome == "created" and row.values["company_id"] is None]
        for row in refused:
            row.outcome, row.record_id = "error", None
            row.errors.append({"code": "not_yours", "column": "name"})
        for row in placed:
            if row.values["company_id"] not in companies:
                row.outcome = "error"
                row.errors.append({"code": "not_there", "column": "company"})
        if access is not None:
            known = [row for row in updated if row.outcome == "updated"]
            refuse_private(session, known, self.resource, "contact", access)

    # --- writing

    def write(self, session: Session, rows: list[Row], options: Options) -> None:
        """Write the rows planned as made and updated."""
        write_contacts(session, rows, options)

    def compare(self, session: Session, rows: list[Row], options: Options) -> None:
        """Tell which rows would leave their contact unchanged."""
        found = read_held(session, sorted({row.record_id for row in rows if row.record_id is not None}))
        for row in rows:
            held = found[row.record_id or 0]
            change = take_change(held, row, options)
            held.columns |= change.columns
            if not change:
                row.outcome = "unchanged"

    def undo(self, session: Session, rows: Sequence[Any], options: Options) -> frozenset[int]:
        """Take back what the rows made and changed."""
        return undo_contacts(session, rows, options)


def _made_by(session: Session, options: Options, ids: Iterable[int]) -> set[int]:
    """Give those of the ids that contacts have whom the import itself made."""
    contact = table(Contact).c
    mine = select(contact.id).where(
        among(session, contact.id, sorted(ids)), contact.import_batch_id == (options.batch_id or None)
    )
    return set(session.connection().scalars(mine)) if options.batch_id else set()


def _numbered(session: Session, wanted: Iterable[int]) -> dict[int, Numbered]:
    """Give contacts by their ids, or those that they were merged into."""
    contact = table(Contact).c
    found: dict[int, Numbered] = {}
    asked = {number: number for number in wanted}  # a contact by the number that the file names
    while asked:
        statement = select(
            contact.id, contact.name_key, contact.deleted_at, contact.erased_at, contact.held_at,
            contact.merged_into_id, contact.company_id,
        )  # fmt: skip
        rows = session.connection().execute(statement.where(among(session, contact.id, list(asked)))).all()
        onward = {row.merged_into_id: asked[row.id] for row in rows if row.merged_into_id is not None}
        found |= {asked[row.id]: Numbered(row.id, row.name_key, row.company_id, _fault(row)) for row in rows}
        asked = onward
    return found


def _fault(contact: Any) -> dict[str, str] | None:
    """Say why nothing is entered of a contact that is in the bin, was erased or is held."""
    if contact.erased_at is not None:
        return {"code": "erased", "column": "contact", "value": to_local(contact.erased_at).date().isoformat()}
    if contact.held_at is not None:
        return {"code": "not_yours", "column": "name"}
    return {"code": "in_bin", "column": REFERENCE} if contact.deleted_at is not None else None


def _references(session: Session, resource: str, wanted: Iterable[str], source: str | None) -> dict[str, int]:
    """Give the records that bear these ids in a source, or in any where only one record does."""
    values = list(wanted)
    if not values:
        return {}
    c = ExternalReference.__table__.c
    statement = select(c.external_id, c.record_id).where(c.resource == resource, c.external_id.in_(values))
    if source is not None:
        statement = statement.where(c.source == source)
    found: dict[str, set[int]] = {}
    for external_id, record_id in session.connection().execute(statement):
        found.setdefault(external_id, set()).add(record_id)
    return {key: next(iter(ids)) for key, ids in found.items() if len(ids) == 1}
