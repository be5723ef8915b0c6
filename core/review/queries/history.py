"""The history of one record from the audit trail, as one person may see it; what a version of it said."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from core.auth.access import Access, current_access
from core.auth.models import Audit
from core.auth.output import Visibility, may_see
from core.auth.queries.names import names_of
from core.auth.words import ENTITIES
from core.plugin import Resource
from core.review.queries.wording import words_of
from core.review.rules import Part, Rule, rules

KINDS = ("create", "edit", "delete")
RESTORED = re.compile(r"restore (\d+)")


@dataclass(frozen=True, slots=True)
class Value:
    """A field with its value before and after, in words; `column` where the old one can be brought back."""

    name: str
    title: Any
    before: str | None
    after: str | None
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What one person, import or job changed at one moment. `note` says what the program was doing."""

    id: int
    moment: dt.datetime
    user_id: int | None
    kind: str
    note: str
    values: Sequence[Value]
    part: bool = False


class History:
    """Reads the trail of one record for one person."""

    def __init__(self, session: Session, rule: Rule, record: Any, access: Access) -> None:
        self.session = session
        self.rule = rule
        self.record = record
        self.classes = Visibility(access, rule.resource).of_record(record)
        self._rows: dict[str, dict[int, Any]] = {}

    # --- reading

    def newest(self, limit: int, before: int | None = None) -> list[Entry]:
        """List the newest changes that hold anything the person may see, older than the line `before`."""
        found: list[Entry] = []
        while True:
            lines = self._lines(limit + 1, before)
            found += [entry for line in lines if (entry := self._entry(line)) is not None]
            if len(found) >= limit or len(lines) <= limit:
                return found[:limit]
            before = lines[-1].id

    def last(self) -> Audit | None:
        """Give the newest line, whether the person sees what it changed or not."""
        return next(iter(self._lines(1, None)), None)

    def since(self, moment: dt.datetime) -> list[Value]:
        """Add up what changed after a moment of what is reviewed: for each field the first value and the last."""
        own: dict[str, list[Any]] = {}
        rows: list[Value] = []
        for line in reversed(self._lines(None, None, Audit.happened_at > moment)):
            if line.entity != self.rule.entity:
                rows += self._part_values(line) if self.rule.parts[line.entity].checked else []
                continue
            for column, pair in line.changes.items() if line.kind == "edit" else ():
                own.setdefault(column, [pair[0], None])[1] = pair[1]
        return [
            *self._values(
                {name: pair for name, pair in own.items() if pair[0] != pair[1] and name in self.rule.columns}
            ),
            *rows,
        ]

    def as_of(self, line: Audit) -> dict[str, Any]:
        """Give what the record's columns held right after a line of its trail, where that is known to differ."""
        values: dict[str, Any] = {}
        newer = select(Audit).where(*self._own(), Audit.id > line.id, Audit.kind == "edit").order_by(Audit.id.desc())
        for one in self.session.scalars(newer):
            values.update({name: pair[0] for name, pair in one.changes.items()})
        return {name: value for name, value in values.items() if self._seen(name)}

    def before(self, line: Audit, column: str) -> dict[str, Any]:
        """Give what one column held before a line of the trail; nothing where the line did not change it."""
        pair = line.changes.get(column)
        return {column: pair[0]} if pair is not None and self._seen(column) else {}

    def line(self, line_id: int) -> Audit | None:
        """Find a line of this record's own trail."""
        found = self.session.scalar(select(Audit).where(Audit.id == line_id, *self._own())) if line_id < 2**53 else None
        return found if found is not None and found.kind in ("create", "edit") else None

    def _own(self) -> tuple[ColumnElement[bool], ...]:
        return (Audit.entity == self.rule.entity, Audit.entity_id == self.record.id)

    def _lines(self, limit: int | None, before: int | None, *conditions: ColumnElement[bool]) -> list[Audit]:
        """Read the lines of the record and of its parts, the newest first."""
        older = () if before is None else (Audit.id < before,)
        found: list[Audit] = []
        for one in (and_(*self._own()), *self._part_conditions()):
            statement = select(Audit).where(one, Audit.kind.in_(KINDS), *older, *conditions)
            found += self.session.scalars(statement.order_by(Audit.id.desc()).limit(limit))
        mine = [line for line in found if line.entity == self.rule.entity or self._belongs(line)]
        return sorted(mine, key=lambda line: line.id, reverse=True)[:limit]

    def _part_conditions(self) -> Iterator[ColumnElement[bool]]:
        customer = self.rule.resource.customer
        company_id = getattr(self.record, customer) if customer else None
        for entity, part in self.rule.parts.items():
            rows = list(self.rows(entity, part))
            gone = and_(Audit.company_id == company_id, Audit.kind == "delete") if company_id is not None else None
            mine = Audit.entity_id.in_(rows)
            yield and_(Audit.entity == entity, mine if gone is None else or_(mine, gone))

    def rows(self, entity: str, part: Part) -> dict[int, Any]:
        """Give the rows of a part that the record has now, by id."""
        if entity not in self._rows:
            found = self.session.scalars(select(part.model).where(getattr(part.model, part.key) == self.record.id))
            others = [name for name in ("contact_id",) if hasattr(part.model, name) and part.key != name]
            self._rows[entity] = {
                row.id: row for row in found if part.optional or all(getattr(row, name) is None for name in others)
            }
        return self._rows[entity]

    def _belongs(self, line: Audit) -> bool:
        part = self.rule.parts[line.entity]
        if line.entity_id in self.rows(line.entity, part):
            return True
        pair = line.changes.get(part.key)
        other = line.changes.get("contact_id") if part.key != "contact_id" else None
        return pair is not None and self.record.id in pair and not other

    # --- shaping

    def _entry(self, line: Audit) -> Entry | None:
        own = line.entity == self.rule.entity
        values = self._values(line.changes, restorable=line.kind == "edit") if own else self._part_values(line)
        if own and line.kind == "create":
            values = values[:1]
        if not values:
            return None
        return Entry(line.id, line.happened_at, line.user_id, line.kind, line.note, values, part=not own)

    def _values(self, changes: dict[str, Any], *, restorable: bool = False) -> list[Value]:
        found = []
        for column, field in self.rule.fields.items():
            pair = changes.get(column)
            if pair is None or not may_see(field, self.classes):
                continue
            before, after = (words_of(self.session, field, one) for one in pair)
            back = column if restorable and self.rule.restorable(column) else None
            found.append(Value(field.name, field.title, before, after, back))
        return found

    def _part_values(self, line: Audit) -> list[Value]:
        part = self.rule.parts[line.entity]
        row = self.rows(line.entity, part).get(line.entity_id or 0)
        masked = row is None or getattr(row, "is_masked", False)
        pair = line.changes.get(part.column)
        field = next((one for one in self.rule.resource.fields if one.name == part.field), None)
        seen = may_see(field, self.classes) if field is not None else "inner" in self.classes
        if pair is None or not seen or (masked and "private" not in self.classes):
            return []
        title = field.title if field is not None else ENTITIES.get(line.entity, line.entity)
        before, after = (words_of(self.session, field, one) if field else one for one in pair)
        return [Value(part.field, title, before, after)]

    def _seen(self, column: str) -> bool:
        field = self.rule.fields.get(column)
        return field is not None and may_see(field, self.classes)


def restored_from(session: Session, note: str) -> dt.datetime | None:
    """Tell from which moment a restored value came, by the note of its line; None for any other change."""
    found = RESTORED.fullmatch(note)
    line = session.get(Audit, int(found[1])) if found else None
    return line.happened_at if line is not None else None


def last_change(session: Session, resource: Resource, record: Any) -> tuple[str, dt.datetime] | None:
    """Tell who changed a record or a part of it last, and when; None where that is not on record."""
    found = History(session, rules(session).rule(resource.key), record, current_access()).last()
    return (names_of(session, [found.user_id]).get(found.user_id or 0, ""), found.happened_at) if found else None
