"""The history of a customer with its people, from the audit trail: each line is shaped by the history of its record."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, bindparam, inspect, literal, select
from sqlalchemy.orm import Session

from core.auth.access import Access
from core.auth.models import Audit
from core.db import prepared
from core.review.queries.history import SHOWN, Entry, History
from core.review.rules import Rule, rules


@dataclass(frozen=True, slots=True)
class Line:
    """A change with the record that it is about."""

    entry: Entry
    rule: Rule
    record: Any

    @property
    def private(self) -> frozenset[str]:
        """Name the private fields of which the change tells."""
        return private_fields(self.rule, self.entry)


def private_fields(rule: Rule, entry: Entry) -> frozenset[str]:
    """Name the private fields of a record of which a change tells: who reads it has seen them."""
    private = {one.name for one in rule.fields.values() if one.field_class == "private"}
    return frozenset(private.intersection(one.name for one in entry.values))


@functools.lru_cache(maxsize=50)
def _newest_lines(entities: tuple[str, ...]) -> Any:
    """Make the statement that reads the newest lines of a customer about some tables."""
    wanted = [
        Audit.company_id == bindparam("company"),
        Audit.entity.in_([literal(name) for name in entities]),
        Audit.kind.in_([literal(kind) for kind in SHOWN]),
        Audit.id < bindparam("before", type_=BigInteger),
    ]
    return prepared(select(Audit).where(*wanted).order_by(Audit.id.desc()).limit(bindparam("limit")))


class Trail:
    """Reads the trail of one customer for one person, of the records of some resources that belong to it."""

    def __init__(self, session: Session, company_id: int, resources: Sequence[str], access: Access) -> None:
        self.session = session
        self.company_id = company_id
        self.access = access
        known = rules(session)
        self.rules = {rule.entity: rule for rule in (known.rule(key) for key in resources)}
        self.owners = {
            entity: [pair for pair in known.owners_of_part(part.model) if pair[1].entity in self.rules]
            for rule in self.rules.values()
            for entity, part in rule.parts.items()
        }
        self._histories: dict[tuple[str, int], History | None] = {}

    def newest(self, limit: int, before: int | None = None) -> list[Line]:
        """List the newest changes that hold anything the person may see, older than the line `before`."""
        found: list[Line] = []
        while True:
            lines = self._lines(2 * limit, before)
            found += self._shaped(lines)
            if len(found) >= limit or len(lines) < 2 * limit:
                return found[:limit]
            before = lines[-1].id

    def _lines(self, limit: int, before: int | None) -> Sequence[Audit]:
        values = {"company": self.company_id, "before": before or 2**62, "limit": limit}
        return self.session.scalars(_newest_lines((*self.rules, *self.owners)), values).all()

    def _shaped(self, lines: Sequence[Audit]) -> list[Line]:
        holders = self._holders(lines)
        records = {(line.entity, line.entity_id or 0) for line in lines if line.entity in self.rules}
        self._find(records | set(holders.values()))
        found = []
        for line in lines:
            key = (line.entity, line.entity_id or 0)
            history = self._histories.get(key if line.entity in self.rules else holders.get(key, ("", 0)))
            entry = history.entry(line) if history is not None else None
            if history is not None and entry is not None:
                found.append(Line(entry, history.rule, history.record))
        return found

    def _holders(self, lines: Sequence[Audit]) -> dict[tuple[str, int], tuple[str, int]]:
        """Tell whose the rows are that lines are about; what the histories need to know of them is read at once."""
        found: dict[tuple[str, int], tuple[str, int]] = {}
        told: dict[tuple[str, int], tuple[dict[int, Any], dict[int, Audit]]] = {}
        for entity in {line.entity for line in lines} & set(self.owners):
            model = self.owners[entity][0][0].model
            ids = {line.entity_id for line in lines if line.entity == entity and line.entity_id is not None}
            rows = self._read(model, ids)
            gone = self._gone(entity, ids - set(rows))
            for number in ids:
                for part, rule in self.owners[entity]:
                    key = self._key(part.key, rows.get(number), gone.get(number))
                    if key is not None:
                        found[entity, number] = (rule.entity, key)
                        mine, removed = told.setdefault((rule.entity, key), ({}, {}))
                        mine |= {number: rows[number]} if number in rows else {}
                        removed |= {number: gone[number]} if number in gone else {}
                        break
        self._find(set(told))
        for holder, (mine, removed) in told.items():
            history = self._histories.get(holder)
            if history is not None:
                for entity in history.rule.parts:
                    history.know(
                        entity,
                        {n: row for n, row in mine.items() if row.__tablename__ == entity},
                        {n: line for n, line in removed.items() if line.entity == entity},
                    )
        return found

    def _read(self, model: Any, ids: Iterable[int]) -> dict[int, Any]:
        """Read rows by their ids; those that the session holds are not asked for."""
        found: dict[int, Any] = {}
        for number in ids:
            known = self.session.identity_map.get(inspect(model).identity_key_from_primary_key((number,)))
            if known is not None:
                found[number] = known
        lacking = set(ids) - set(found)
        if lacking:
            found |= {row.id: row for row in self.session.scalars(select(model).where(model.id.in_(lacking)))}
        return found

    def _gone(self, entity: str, ids: set[int]) -> dict[int, Audit]:
        if not ids:
            return {}
        wanted = (Audit.entity == entity, Audit.entity_id.in_(ids), Audit.kind == "delete")
        return {line.entity_id or 0: line for line in self.session.scalars(select(Audit).where(*wanted))}

    def _key(self, column: str, row: Any, gone: Audit | None) -> int | None:
        if row is not None:
            return getattr(row, column)  # type: ignore[no-any-return]
        return (
            next((one for one in gone.changes.get(column, ()) if one is not None), None) if gone is not None else None
        )

    def _find(self, wanted: set[tuple[str, int]]) -> None:
        """Find the histories of records, those not known yet at once."""
        for entity, rule in self.rules.items():
            ids = [number for name, number in wanted if name == entity and (name, number) not in self._histories]
            if not ids:
                continue
            model = rule.resource.model
            rows = self._read(model, ids)
            for number in ids:
                row = rows.get(number)
                self._histories[entity, number] = (
                    History(self.session, rule, row, self.access) if row is not None else None
                )
