"""The history of one record from the audit trail, as one person may see it; what a version of it said."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, inspect, select
from sqlalchemy.orm import Session

from core.auth.access import Access, current_access
from core.auth.models import Audit
from core.auth.output import Visibility, may_see
from core.auth.queries.names import names_of
from core.auth.words import ENTITIES
from core.i18n import _
from core.plugin import Field, Resource
from core.review.queries.wording import words_of
from core.review.rules import Part, Rule, rules

KINDS = ("create", "edit", "delete")
MERGE, UNMERGE = "merge", "unmerge"
DUPLICATE = "duplicate"
SHOWN = (*KINDS, MERGE, DUPLICATE)
"""Kinds of lines that tell something of a record; a merge is taken back as a whole, elsewhere."""
RESTORED = re.compile(r"restore (\d+)")
ONE_SAVE = dt.timedelta(seconds=2)
PRIVATE_KINDS = frozenset({"private", "home"})
PEOPLES = "contact_id"
"""The key by which a row of a company is a person's."""

Rows = dict[str, dict[int, dict[str, Any] | None]]
"""Rows of parts by table and id: the columns that one is to have again, or None for one that was not there."""


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
    """What one person, import or job changed at one moment. `note` says what the program was doing.

    Of a `part` the change is taken back as a whole, where it is `undoable`.
    """

    id: int
    moment: dt.datetime
    user_id: int | None
    kind: str
    note: str
    values: Sequence[Value]
    part: bool = False
    undoable: bool = False


class History:
    """Reads the trail of one record for one person."""

    def __init__(self, session: Session, rule: Rule, record: Any, access: Access) -> None:
        self.session = session
        self.rule = rule
        self.record = record
        self.classes = Visibility(access, rule.resource).of_record(record)
        self._rows: dict[str, dict[int, Any]] = {}
        self._gone: dict[str, dict[int, Audit]] = {}

    # --- reading

    def newest(self, limit: int, before: int | None = None) -> list[Entry]:
        """List the newest changes that hold anything the person may see, older than the line `before`."""
        found: list[Entry] = []
        while True:
            lines = self._lines(limit + 1, before)
            found += [entry for line in lines if (entry := self.entry(line)) is not None]
            if len(found) >= limit or len(lines) <= limit:
                return found[:limit]
            before = lines[-1].id

    def last(self) -> Audit | None:
        """Give the newest line, whether the person sees what it changed or not."""
        return next(iter(self._lines(1, None)), None)

    def since(self, moment: dt.datetime) -> list[Value]:
        """Add up what changed of what is reviewed after a moment: first and last value of each field and row."""
        own: dict[str, list[Any]] = {}
        lines = self._lines(None, None, Audit.happened_at > moment)[::-1]
        parts = [one for one in lines if one.entity != self.rule.entity and self.rule.parts[one.entity].checked]
        rows = [value for line in added_up(parts) for value in self._part_values(line, checked=True)]
        for line in lines:
            if line.entity != self.rule.entity:
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
        """Give what the record's columns held right after the save of a line, where that is known to differ."""
        values: dict[str, Any] = {}
        newer = select(Audit).where(*self._own(), Audit.id > line.id, Audit.kind == "edit").order_by(Audit.id.desc())
        for one in self.session.scalars(newer):
            if not self._one_save(line, one):
                values.update({name: pair[0] for name, pair in one.changes.items()})
        return {name: value for name, value in values.items() if self._seen(name)}

    def before(self, line: Audit, column: str) -> dict[str, Any]:
        """Give what one column held before a line of the trail; nothing where the line did not change it."""
        pair = line.changes.get(column) if line.entity == self.rule.entity else None
        return {column: pair[0]} if pair is not None and self._seen(column) else {}

    def parts_as_of(self, line: Audit) -> Rows:
        """Give the rows of the record's parts as they were right after the save of a line, those that differ."""
        newer = (one for one in self._lines(None, None, Audit.id > line.id) if one.entity != self.rule.entity)
        return self._back([one for one in newer if not self._one_save(line, one)])

    def parts_before(self, line: Audit) -> Rows:
        """Give the row that a line of the trail changed as it was before."""
        if line.entity == self.rule.entity:
            return {}
        found = self._back([line])
        number = line.entity_id or 0
        if number in self.rows(line.entity, self.rule.parts[line.entity]) and self._row(line) is None:
            rows = found.get(line.entity, {})
            said = rows.pop(number, None)
            if said is not None and line.kind == "delete":
                rows[-number] = said
        return found

    def _back(self, lines: Sequence[Audit]) -> Rows:
        """Take lines back, the newest first; rows of which the person does not see a change are left as they are."""
        found: Rows = {}
        unseen: set[tuple[str, int]] = set()
        for line in lines:
            part, number = self.rule.parts[line.entity], line.entity_id or 0
            if not self.rule.part_restorable(part) or not self._part_seen(line, part):
                unseen.add((line.entity, number))
                continue
            rows = found.setdefault(line.entity, {})
            said = {column: pair[0] for column, pair in line.changes.items()}
            if line.kind == "create":
                rows[number] = None
            elif line.kind == "delete":
                rows[number] = said
            else:
                rows[number] = {**(rows.get(number) or {}), **said}
        for entity, number in unseen:
            found.get(entity, {}).pop(number, None)
        return found

    def _row(self, line: Audit) -> Any:
        """Give the row that a line is about, if it is there; SQLite gives the number of a removed one to another."""
        gone = self.gone(line.entity).get(line.entity_id or 0)
        if gone is not None and gone.id >= line.id:
            return None
        return self.rows(line.entity, self.rule.parts[line.entity]).get(line.entity_id or 0)

    def _one_save(self, line: Audit, other: Audit) -> bool:
        """Tell whether two lines were written by one save: of one request, or the record of a file with its rows."""
        if line.request_id or other.request_id:
            return line.request_id == other.request_id
        entered = line.entity == self.rule.entity and line.kind == other.kind == "create"
        same = (line.user_id, line.note) == (other.user_id, other.note)
        return entered and same and abs(other.happened_at - line.happened_at) < ONE_SAVE

    def line(self, line_id: int) -> Audit | None:
        """Find a line of the trail of this record or of one of its parts."""
        if not 0 < line_id < 2**53:
            return None
        found = self.session.get(Audit, line_id)
        if found is None or found.kind not in KINDS:
            return None
        if found.entity == self.rule.entity:
            return found if found.entity_id == self.record.id and found.kind != "delete" else None
        return found if found.entity in self.rule.parts and self._belongs(found) else None

    def _own(self) -> tuple[ColumnElement[bool], ...]:
        return (Audit.entity == self.rule.entity, Audit.entity_id == self.record.id)

    def _lines(self, limit: int | None, before: int | None, *conditions: ColumnElement[bool]) -> list[Audit]:
        """Read the lines of the record and of its parts, the newest first."""
        older = () if before is None else (Audit.id < before,)
        found: list[Audit] = []
        for one in (and_(*self._own()), *self._part_conditions()):
            statement = select(Audit).where(one, Audit.kind.in_(SHOWN), *older, *conditions)
            found += self.session.scalars(statement.order_by(Audit.id.desc()).limit(limit))
        return sorted(found, key=lambda line: line.id, reverse=True)[:limit]

    def _part_conditions(self) -> Iterator[ColumnElement[bool]]:
        for entity, part in self.rule.parts.items():
            yield and_(Audit.entity == entity, Audit.entity_id.in_([*self.rows(entity, part), *self.gone(entity)]))

    def rows(self, entity: str, part: Part) -> dict[int, Any]:
        """Give the rows of a part that the record has now, by id."""
        if entity not in self._rows:
            found = self.session.scalars(select(part.model).where(getattr(part.model, part.key) == self.record.id))
            others = [name for name in (PEOPLES,) if hasattr(part.model, name) and part.key != name]
            self._rows[entity] = {
                row.id: row for row in found if part.optional or all(getattr(row, name) is None for name in others)
            }
        return self._rows[entity]

    def gone(self, entity: str) -> dict[int, Audit]:
        """Give the rows of a part that the record had and that were removed: by id, the line that says so."""
        if not self._gone:
            customer = self.rule.resource.customer
            company_id = getattr(self.record, customer) if customer else None
            removed: Sequence[Audit] = ()
            if company_id is not None and self.rule.parts:
                wanted = (Audit.company_id == company_id, Audit.kind == "delete", Audit.entity.in_(self.rule.parts))
                removed = self.session.scalars(select(Audit).where(*wanted)).all()
            self._gone = {name: {} for name in self.rule.parts}
            for line in removed:
                if line.entity_id is not None and self._tells_of_record(line):
                    self._gone[line.entity][line.entity_id] = line
        return self._gone.get(entity, {})

    def know(self, entity: str, rows: dict[int, Any], gone: dict[int, Audit]) -> None:
        """Take rows that somebody else has read already, for the shaping of lines alone."""
        self._rows.setdefault(entity, {}).update(rows)
        self._gone.setdefault(entity, {}).update(gone)

    def _belongs(self, line: Audit) -> bool:
        part = self.rule.parts[line.entity]
        return line.entity_id in self.rows(line.entity, part) or line.entity_id in self.gone(line.entity)

    def _tells_of_record(self, line: Audit) -> bool:
        """Tell whether a line that names all columns of a row names this record as the one that has it."""
        part = self.rule.parts[line.entity]
        pair = line.changes.get(part.key)
        other = line.changes.get(PEOPLES) if part.key != PEOPLES else None
        return pair is not None and self.record.id in pair and not other

    # --- shaping

    def entry(self, line: Audit) -> Entry | None:
        """Shape a line of the record or one of its parts; nothing where the person sees nothing of it."""
        own = line.entity == self.rule.entity
        if line.kind in (MERGE, DUPLICATE):
            shape = self._merge if line.kind == MERGE else self._duplicate
            return shape(line) if own and "inner" in self.classes else None
        values = self._values(line.changes, restorable=line.kind == "edit") if own else self._part_values(line)
        if own and line.kind == "create":
            values = values[:1]
        if not values:
            return None
        undoable = not own and self.rule.part_restorable(self.rule.parts[line.entity])
        return Entry(line.id, line.happened_at, line.user_id, line.kind, line.note, values, not own, undoable)

    def _merge(self, line: Audit) -> Entry:
        """Shape a merge into the record, or that it was taken back."""
        before, after = line.changes.get("merged", (None, None))
        names = Value("merged", _("Merged records"), None, after or before)
        kind = MERGE if after else UNMERGE
        return Entry(line.id, line.happened_at, line.user_id, kind, "", [names])

    def _duplicate(self, line: Audit) -> Entry | None:
        """Shape that the record was saved beside others that seemed to be the same, and why."""
        beside = [one for one in line.changes.get("duplicate", (None, ()))[1] or () if isinstance(one, str)]
        told = (("duplicate", _("Already there"), "、".join(beside)), ("reason", _("Reason"), line.note))
        values = [Value(name, title, None, words) for name, title, words in told if words]
        return Entry(line.id, line.happened_at, line.user_id, DUPLICATE, "", values) if values else None

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

    def _part_values(self, line: Audit, *, checked: bool = False) -> list[Value]:
        """Give what a line says of a row of a part; only what is reviewed of it where that is asked."""
        part = self.rule.parts[line.entity]
        if not self._part_seen(line, part):
            return []
        field = self._field_of(part)
        title = self.part_title(part)
        pair = line.changes.get(part.column)
        if not part.fields:
            if pair is None:
                return []
            before, after = (words_of(self.session, field, one) if field else one for one in pair)
            return [Value(part.field, title, before, after)]
        if line.kind != "edit":
            side = 1 if line.kind == "create" else 0
            words = self.row_words(part, {column: both[side] for column, both in line.changes.items()})
            return [Value(part.field, title, *((None, words) if side else (words, None)))] if words else []
        found = []
        for column, one in part.fields.items():
            both = line.changes.get(column)
            if both is not None and not (checked and column in self.rule.resource.unchecked):
                before, after = (words_of(self.session, one, value) for value in both)
                named = title if column == part.column else f"{title} {self._chief(line, part)} · {one.title}"
                found.append(Value(part.field, named, before, after))
        return found

    def row_words(self, part: Part, columns: Mapping[str, Any]) -> str:
        """Write a row as people read it: the words of its columns, what is false or empty left out."""
        words = (
            words_of(self.session, one, columns[name]) if one.kind != "bool" else str(one.title)
            for name, one in part.fields.items()
            if columns.get(name) not in (None, "", False)
        )
        return " · ".join(word for word in words if word)

    def part_title(self, part: Part) -> Any:
        """Name the rows of a part."""
        field, name = self._field_of(part), part.model.__tablename__
        if field is None or (part.fields and name in ENTITIES):  # its kind is among its words
            return ENTITIES.get(name, part.name)
        return field.title

    def _field_of(self, part: Part) -> Field | None:
        return next((one for one in self.rule.resource.fields if one.name == part.field), None)

    def _chief(self, line: Audit, part: Part) -> str:
        """Say which row a line is about: as it is now, or was when it went."""
        row, gone = self._row(line), self.gone(line.entity).get(line.entity_id or 0)
        value = getattr(row, part.column) if row is not None else gone.changes.get(part.column, [""])[0] if gone else ""
        shown = part.fields.get(part.column)
        return (words_of(self.session, shown, value) if shown is not None else str(value)) or ""

    def _part_seen(self, line: Audit, part: Part) -> bool:
        field = self._field_of(part)
        seen = may_see(field, self.classes) if field is not None else "inner" in self.classes
        return seen and ("private" in self.classes or not self._masked(line, part))

    def _masked(self, line: Audit, part: Part) -> bool:
        """Tell whether a row is whole only for those who see what is private, now or when the line was written."""
        row = self._row(line)
        if "kind" not in {one.key for one in inspect(part.model).column_attrs} or not hasattr(part.model, "is_masked"):
            return row is None and not part.fields
        kinds = {kind for kind in line.changes.get("kind", ()) if kind}
        if row is None:
            gone = self.gone(line.entity).get(line.entity_id or 0)
            kinds |= {gone.changes["kind"][0]} if gone is not None and "kind" in gone.changes else set()
        hidden = PRIVATE_KINDS | ({"mobile"} if part.key == PEOPLES else set())
        return bool(kinds & hidden) or (row.is_masked if row is not None else not kinds)

    def _seen(self, column: str) -> bool:
        field = self.rule.fields.get(column)
        return field is not None and may_see(field, self.classes)


def added_up(lines: Sequence[Audit]) -> list[Audit]:
    """Add up the lines of each row, the oldest first, to one that says what became of it; none where all was undone."""
    found: list[Audit] = []
    present: dict[tuple[str, int | None], Audit] = {}
    for line in lines:
        key = (line.entity, line.entity_id)
        sum_of = present.get(key)
        if sum_of is None or line.kind == "create":  # SQLite gives the number of a removed row to another
            sum_of = present[key] = Audit(
                id=line.id, entity=line.entity, entity_id=line.entity_id, kind=line.kind, changes=dict(line.changes)
            )
            found.append(sum_of)
            continue
        before = {column: pair[0] for column, pair in sum_of.changes.items()}
        changes = {column: [before.get(column, pair[0]), pair[1]] for column, pair in line.changes.items()}
        sum_of.id, sum_of.changes = line.id, sum_of.changes | changes
        if line.kind == "delete":
            sum_of.kind = "delete" if sum_of.kind == "edit" else "none"
            del present[key]
        if sum_of.kind == "edit":
            sum_of.changes = {column: pair for column, pair in sum_of.changes.items() if pair[0] != pair[1]}
    return [one for one in found if one.kind != "none" and one.changes]


def restored_from(session: Session, note: str) -> dt.datetime | None:
    """Tell from which moment a restored value came, by the note of its line; None for any other change."""
    found = RESTORED.fullmatch(note)
    line = session.get(Audit, int(found[1])) if found else None
    return line.happened_at if line is not None else None


def last_change(session: Session, resource: Resource, record: Any) -> tuple[str, dt.datetime] | None:
    """Tell who changed a record or a part of it last, and when; None where that is not on record."""
    found = History(session, rules(session).rule(resource.key), record, current_access()).last()
    return (names_of(session, [found.user_id]).get(found.user_id or 0, ""), found.happened_at) if found else None
