"""Finds the parent companies and the owners that rows name, and lets what the register does not know be noted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import false, select
from sqlalchemy.orm import Session

from core.auth.access import Access
from core.auth.models import User
from core.customers.duplicates.likeness import likeness
from core.customers.imports.matching import LIKE, RESOURCE
from core.customers.imports.rights import importing
from core.customers.models import Alias, Company, ExternalReference
from core.customers.permissions import Perm
from core.customers.text import name_key
from core.db import among
from core.transfer.importer import MADE, WRITTEN, Options, Row
from core.transfer.mapping import REFERENCE
from core.transfer.values import folded

PARENT = frozenset({"parent_id", "parent_code"})
UNKNOWN = "no_parent"
"""The note on a row whose parent is not there; the file may bring it further down."""


class Parents:
    """Links the companies of one import to the parents that their rows name: by number, else by name."""

    def __init__(self) -> None:
        self.named: set[int] = set()
        self.linked: dict[int, int] = {}

    def find(self, session: Session, rows: Sequence[Row], options: Options) -> None:
        """Put the parent's id among the columns of each row that names one; a note says where there is none."""
        if not options.writing:
            self._remember(rows)
        wanted = [row for row in rows if PARENT & row.values.keys() and row.outcome in WRITTEN]
        if not wanted:
            return
        known = _Known(session, [_said(row) for row in wanted], options)
        ids = [row.record_id for row in wanted if row.record_id is not None]
        now = dict(_above(session, ids))
        chosen = [(row, known.candidates(*_said(row))) for row in wanted]
        above = self._chains(session, [one for _row, found in chosen for one in found])
        for row, found in chosen:
            self._link(row, found, now.get(row.record_id or 0), above)

    def _link(self, row: Row, found: Sequence[int], present: int | None, above: Mapping[int, int | None]) -> None:
        code, name = _said(row)
        if present in found:
            row.values["company"]["parent_id"] = present
        elif len(found) != 1:
            note = "parent_several" if found else UNKNOWN
            _note(row, {"code": note, "column": _column(row), "value": name or code, "number": code})
        elif self._would_loop(row.record_id, found[0], above):
            _note(row, {"code": "parent_loop", "column": _column(row), "value": name or code})
        else:
            row.values["company"]["parent_id"] = found[0]
            if row.record_id is not None:
                self.linked[row.record_id] = found[0]

    def settled(self) -> None:
        """Forget the links of before: they stand in the register, or were rolled back."""
        self.linked.clear()

    def comes(self, note: Mapping[str, Any]) -> bool:
        """Tell, after a dry run, whether the file itself brings the parent that a note misses."""
        return hash(name_key(note["value"])) in self.named or hash(note.get("number") or None) in self.named

    def _remember(self, rows: Sequence[Row]) -> None:
        for row in rows:
            keys = (row.values["company"].get("name_key"), row.values.get(REFERENCE))
            self.named.update(hash(key) for key in keys if key)

    def _chains(self, session: Session, ids: Iterable[int]) -> dict[int, int | None]:
        """Give the parent of each company and of all above it."""
        found: dict[int, int | None] = {}
        asked = set(ids)
        while asked:
            found |= dict.fromkeys(asked) | dict(_above(session, sorted(asked)))
            found |= {one: self.linked[one] for one in asked if one in self.linked}
            asked = {one for one in found.values() if one is not None} - found.keys()
        return found

    def _would_loop(self, company_id: int | None, parent: int, above: Mapping[int, int | None]) -> bool:
        seen: set[int] = set()
        one: int | None = parent
        while one is not None and one not in seen:
            if one == company_id:
                return True
            seen.add(one)
            one = self.linked.get(one, above.get(one))
        return False


def _said(row: Row) -> tuple[str, str]:
    """Give number and name of the parent as a row says them; a number may stand in the place of the name."""
    return row.values.get("parent_code", ""), row.values.get("parent_id", "")


def _note(row: Row, note: dict[str, Any]) -> None:
    """Note something once, as a row may be planned again."""
    if note not in row.notes:
        row.notes.append(note)


def _column(row: Row) -> str:
    return "parent_id" if "parent_id" in row.values else "parent_code"


def _above(session: Session, ids: Sequence[int]) -> list[tuple[int, int | None]]:
    company: Any = Company.__table__.c
    rows = select(company.id, company.parent_id).where(among(session, company.id, ids))
    return [(one[0], one[1]) for one in session.connection().execute(rows)] if ids else []


class _Known:
    """The companies that some numbers and names may mean, of those that the person who imports may find."""

    def __init__(self, session: Session, said: Sequence[tuple[str, str]], options: Options) -> None:
        texts = {text for pair in said for text in pair if text}
        keys = {name_key(text) for text in texts} - {""}
        mine: Any = Company.alive() & Company.merged_into_id.is_(None)
        if options.user_id is not None:
            access = importing(session, options)
            mine &= access.condition(str(Perm.COMPANY_QUERY), Company) if access is not None else false()
        columns: Any = select(Company.id, Company.code, Company.name_key, Company.import_batch_id).where(mine)
        self.keys: dict[int, str] = {}
        self.by_code: dict[str, int] = {}
        self.by_name: dict[str, list[int]] = {}
        self.by_alias: dict[str, list[int]] = {}
        self.by_reference: dict[str, int] = {}
        for column, given in ((Company.code, {text.upper() for text in texts}), (Company.name_key, keys)):
            for id_, code, key, batch in session.execute(columns.where(column.in_(given)).order_by(Company.id)):
                self.keys[id_] = key
                if column is Company.code:
                    if batch is None or batch != options.batch_id:  # else its number is not the one that the file means
                        self.by_code[code] = id_
                else:
                    self.by_name.setdefault(key, []).append(id_)
        aliases = select(Alias.name_key, Company.id, Company.name_key).join(Company, Company.id == Alias.company_id)
        for alias, id_, key in session.execute(aliases.where(Alias.name_key.in_(keys), mine).order_by(Company.id)):
            self.keys[id_] = key
            if id_ not in (held := self.by_alias.setdefault(alias, [])):
                held.append(id_)
        reference = select(ExternalReference.external_id, Company.id, Company.name_key).join(
            Company, Company.id == ExternalReference.record_id
        )
        mine &= (ExternalReference.resource == RESOURCE) & (ExternalReference.source == options.source)
        for text, id_, key in session.execute(reference.where(ExternalReference.external_id.in_(texts), mine)):
            self.keys[id_] = key
            self.by_reference[text] = id_

    def candidates(self, code: str, name: str) -> list[int]:
        """Give the companies that are meant; a number under quite another name is one of another register."""
        for text in (code, name):
            for id_ in (self.by_reference.get(text), self.by_code.get(text.upper())):
                if id_ is not None and (text == name or not name or self._alike(id_, name)):
                    return [id_]
        key = name_key(name or code)
        return self.by_name.get(key) or self.by_alias.get(key) or []

    def _alike(self, id_: int, name: str) -> bool:
        key = name_key(name)
        return likeness(key, self.keys[id_]) >= LIKE or id_ in self.by_alias.get(key, ())


# --- owners


def find_owners(session: Session, rows: Sequence[Row], options: Options) -> None:
    """Put the owner's id among the columns of each row that names one, by user name or full name.

    A name that no active colleague bears is noted. A row that gives a customer to somebody is refused where the person
    who imports has no right to: he may only take a new one himself.
    """
    wanted = [row for row in rows if "owner_id" in row.values and row.outcome in WRITTEN]
    if not wanted:
        return
    users = session.execute(select(User.id, User.username, User.name, User.active).order_by(User.id)).all()
    ids = [row.record_id for row in wanted if row.record_id is not None]
    held = select(Company.id, Company.owner_id).where(among(session, Company.id, ids))
    present: dict[int, int | None] = {one[0]: one[1] for one in session.execute(held)} if ids else {}
    access = importing(session, options)
    allowed = _assignable(session, ids, options, access)
    for row in wanted:
        said = row.values["owner_id"]
        key = folded(said).lower()
        found = [one for one in users if one.username.lower() == key] or [one for one in users if one.name == said]
        owner = present.get(row.record_id or 0)
        if owner is not None and (owner in {one.id for one in found} or options.existing == "fill"):
            continue
        found = [one for one in found if one.active]
        if len(found) != 1:
            code = "user_several" if found else "no_user"
            _note(row, {"code": code, "column": "owner_id", "value": said})
        elif row.record_id in allowed or (row.outcome in MADE and _may_give(access, found[0].id, options)):
            row.values["company"]["owner_id"] = found[0].id
        else:
            row.outcome, row.record_id = "error", None
            row.errors.append({"code": "no_assign", "column": "owner_id", "value": said})


def _assignable(session: Session, ids: Sequence[int], options: Options, access: Access | None) -> set[int | None]:
    if options.user_id is None or not ids:
        return set(ids)
    mine = access.condition(str(Perm.COMPANY_ASSIGN), Company) if access is not None else false()
    return set(session.scalars(select(Company.id).where(among(session, Company.id, ids), mine)))


def _may_give(access: Access | None, owner_id: int, options: Options) -> bool:
    if options.user_id is None or owner_id == options.user_id:
        return True
    return access is not None and access.may(str(Perm.COMPANY_ASSIGN))
