"""Takes out of other rows what they quote of a person: texts that name him, history, ledgers, events, imports."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote, quote_plus

from sqlalchemy import JSON, Column, Table, Text, and_, cast, false, or_, select
from sqlalchemy.orm import Session

from core.auth.models import Audit
from core.custom import PREFIX
from core.customers.models.policy import references_to
from core.privacy.queries.subject import Subject
from core.privacy.queries.tables import (
    CONTACT,
    CONTACT_KEPT,
    OURS,
    REACHES,
    TRAILS,
    company_columns,
    parts_of,
    rows_of,
    table_of,
    text_columns,
)
from core.privacy.services.ledger import Pen

LISTED = ("export", "print", "mail", "import")
"""Lines that tell by which query a list was made."""

GONE = "■"
"""Stands where a text named the person."""


class Quotes:
    """Finds and takes out quotations of one subject. `cells` are the rows that were blanked, with their columns."""

    def __init__(self, session: Session, subject: Subject, pen: Pen) -> None:
        self.session = session
        self.connection = session.connection()
        self.subject = subject
        self.pen = pen
        self.cells: dict[tuple[str, Any], set[str] | None] = {}
        self.said: dict[int, set[str]] = {}

    def blanked(self, table: str, row_id: Any, columns: Iterable[str] | None) -> None:
        """Note a row of which columns (all without) were blanked: its history must not tell them."""
        held = self.cells.get((table, row_id), set())
        self.cells[table, row_id] = None if columns is None or held is None else held | set(columns)

    def hear(self, table: Table, row: Mapping[str, Any]) -> None:
        """Note what a row says that is to be blanked: events that told of the row repeat it."""
        texts = {row[c.name] for c in text_columns(table) if isinstance(row[c.name], str) and row[c.name]}
        if texts:
            self.said.setdefault(row["id"], set()).update(texts)

    def take_out(self) -> None:
        """Take all of it out."""
        everything = (*self.subject.names, *self.subject.numbers)
        self._of_companies(everything)
        self._steps(everything)
        self._merges(everything)
        self._imports(everything)
        for name in ("core_merge", "core_event", "core_job_run", "core_delivery", "core_session",
                     "core_list_view", "core_print_run", "core_segment"):  # fmt: skip
            self._sweep(table_of(name), written(everything))
        self._stars(written(everything))
        self._events()
        letter = table_of("core_letter")  # a test of a mailing says what one of its recipients would read
        self._sweep(letter, written(everything), and_(letter.c.bulk, letter.c.company_id.is_(None)))
        skipped = {*TRAILS, *OURS, CONTACT, "core_company"}
        houses = self._houses()
        for table in table_of(CONTACT).metadata.sorted_tables:
            if table.name not in skipped and not table.name.startswith("core_user"):
                self._sweep(table, self.subject.numbers)
                self._sweep(table, self.subject.names, _says(table, houses))
        self._audit(written(everything))

    def _events(self) -> None:
        """Events of a row that was blanked bear its texts beside its id."""
        event = table_of("core_event")
        texts = sorted({text for one in self.said.values() for text in one})
        if not texts:
            return
        for row in rows_of(self.session, select(event).where(or_(*(_holds(event.c.payload, text) for text in texts)))):
            of = {one for key in row["payload"].values() if type(key) is int for one in self.said.get(key, ())}
            payload = {name: GONE if value in of else value for name, value in row["payload"].items()}
            self.pen.set(event, row, {"payload": payload})

    def _stars(self, values: Sequence[str]) -> None:
        """Shortcuts to a search for the person go whole: two that became the same could not stand beside each other."""
        star = table_of("core_star")
        named = or_(false(), *(_holds(column, value) for column in (star.c.path, star.c.title) for value in values))
        for row in rows_of(self.session, select(star).where(named)):
            self.pen.drop(star, row)
            self.blanked(star.name, row["id"], None)

    def _houses(self) -> list[str]:
        """Give the names of the person's companies: a text that says one beside his name means him."""
        company = table_of("core_company")
        rows = rows_of(self.session, select(company.c.name).where(company.c.id.in_(self.subject.companies)))
        return sorted({row["name"] for row in rows if row["name"]})

    # --- texts

    def _of_companies(self, values: Sequence[str]) -> None:
        """Rows of the person's own companies may name him by name alone."""
        homes = self.subject.companies
        for table in {column.table.name: column.table for column in company_columns()}.values():
            if table.name in TRAILS or table.name in OURS:
                continue
            mine = or_(*(column.in_(homes) for column in company_columns() if column.table is table))
            self._sweep(table, values, mine)
            for key in parts_of(table.name):
                self._sweep(key.table, values, key.in_(select(table.c.id).where(mine)))
        company = table_of("core_company")
        self._sweep(company, values, company.c.id.in_(homes))
        contact = table_of(CONTACT)
        others = and_(contact.c.company_id.in_(homes), contact.c.id.not_in(self.subject.contacts))
        self._sweep(contact, self.subject.numbers, others)

    def _sweep(self, table: Table, values: Sequence[str], condition: Any = None) -> None:
        columns = [c for c in (table.columns if table.name in TRAILS else text_columns(table)) if _can_quote(c)]
        if not columns or not values or len(table.primary_key.columns) != 1:
            return
        named = or_(false(), *(_holds(column, value) for column in columns for value in values))
        where = named if condition is None else and_(condition, named)
        for row in rows_of(self.session, select(table).where(where)):
            after = {c.name: _bared(c, row[c.name], values) for c in columns if row[c.name] is not None}
            self.pen.set(table, row, after)
            if "id" in table.c:
                self.blanked(table.name, row["id"], [n for n, v in after.items() if row[n] != v])

    # --- history

    def take_out_history(self) -> None:
        """Take out of the trail what the blanked rows said."""
        table: Any = Audit.__table__
        for (entity, row_id), columns in list(self.cells.items()):
            lines = select(table).where(table.c.entity == entity, table.c.entity_id == row_id)
            for line in rows_of(self.session, lines):
                changes = {k: v for k, v in line["changes"].items() if _tells_nothing(k, line["entity"], columns)}
                self.pen.set(table, line, {"changes": changes})

    def _audit(self, values: Sequence[str]) -> None:
        self.take_out_history()
        table: Any = Audit.__table__
        parts = select(table).where(table.c.company_id.in_(self.subject.companies), table.c.entity.in_(REACHES))
        for line in rows_of(self.session, parts):
            holder = line["changes"].get("contact_id") or ()
            if any(one in self.subject.contacts for one in holder):
                self.pen.set(table, line, {"changes": {}})
                self.blanked(line["entity"], line["entity_id"], None)
        held = (_holds(column, value) for column in (table.c.changes, table.c.note) for value in values)
        named = or_(false(), *held)
        for line in rows_of(self.session, select(table).where(named)) if values else ():
            near = line["company_id"] in self.subject.companies or line["kind"] in LISTED or line["entity"] in TRAILS
            texts = values if near else written(self.subject.numbers)
            changes = {k: v for k, v in line["changes"].items() if without(v, texts) == v}
            self.pen.set(table, line, {"changes": changes, "note": without(line["note"], texts)})

    def _steps(self, values: Sequence[str]) -> None:
        table = table_of("core_review_step")
        mine = or_(
            and_(table.c.entity == CONTACT, table.c.record_id.in_(self.subject.contacts)),
            table.c.company_id.in_(self.subject.companies),
        )
        for row in rows_of(self.session, select(table).where(mine)):
            if row["entity"] == CONTACT and row["record_id"] in self.subject.contacts:
                self.pen.set(table, row, {"opinion": "", "changes": {}})
                continue
            changes = {k: v for k, v in row["changes"].items() if without(v, values) == v}
            self.pen.set(table, row, {"opinion": without(row["opinion"], values), "changes": changes})

    def _imports(self, values: Sequence[str]) -> None:
        """Rows of imports keep what a record said before; taking the import back must not bring it back."""
        table = table_of("core_import_row")
        named = or_(false(), *(_holds(table.c.detail, value) for value in values))
        for row in rows_of(self.session, select(table).where(named)):
            detail = without(row["detail"], values)
            before = row["detail"].get("before")
            if isinstance(before, Mapping):
                detail["before"] = {k: v for k, v in before.items() if without(v, values) == v}
            self.pen.set(table, row, {"detail": detail})

    def _merges(self, values: Sequence[str]) -> None:
        """The ledger of a merge must not bring a value back when the merge is undone."""
        table = table_of("core_merge_entry")
        people = {(CONTACT, one) for one in self.subject.contacts}
        for row in rows_of(self.session, select(table)):
            target = table_of(row["table_name"]) if row["table_name"] in table.metadata.tables else None
            before, after = dict(row["before"]), dict(row["after"])
            keys = [] if target is None else [c.name for c in references_to(CONTACT) if c.table is target]
            his = any(before.get(name) in self.subject.contacts for name in keys)
            if row["action"] == "drop" and his and row["table_name"] in REACHES:
                self.pen.drop(table, row)
                continue
            if (row["table_name"], row["row_id"]) in people:
                kept = CONTACT_KEPT - {"deleted_at", "deleted_by_id"}
                before = {name: value for name, value in before.items() if name in kept}
                after = {name: value for name, value in after.items() if name in kept}
            elif row["action"] == "drop" and his and target is not None:
                texts = {column.name for column in text_columns(target)}
                before = {name: None if name in texts else value for name, value in before.items()}
            elif row["action"] == "drop":
                before = without(before, values)
            else:
                before = {name: value for name, value in before.items() if without(value, values) == value}
                after = {name: value for name, value in after.items() if name in before}
            self.pen.set(table, row, {"before": before, "after": after})


def _tells_nothing(name: str, entity: str, columns: set[str] | None) -> bool:
    """Tell whether a field of a blanked row may stay in its history; an administrator's own are told one by one."""
    if columns is None:
        return entity == CONTACT and name in CONTACT_KEPT
    return name not in columns and not ("custom" in columns and name.rsplit(".", maxsplit=1)[-1].startswith(PREFIX))


def written(texts: Sequence[str]) -> tuple[str, ...]:
    """Give texts as they stand in words and as they stand in an address, as of a query that somebody kept."""
    return tuple(dict.fromkeys(way for text in texts for way in (text, quote_plus(text), quote(text))))


def _says(table: Table, texts: Sequence[str]) -> Any:
    return or_(false(), *(column.contains(text, autoescape=True) for column in _plain(table) for text in texts))


def _plain(table: Table) -> list[Column[Any]]:
    return [column for column in text_columns(table) if not isinstance(column.type, JSON)]


def _can_quote(column: Column[Any]) -> bool:
    return isinstance(column.type, JSON) or getattr(column.type, "python_type", None) is str


def _bared(column: Column[Any], value: Any, values: Sequence[str]) -> Any:
    """Give what a column says without the person; nothing where it said nothing else."""
    bare = without(value, values)
    return None if column.nullable and isinstance(bare, str) and not bare.strip(f" {GONE}") else bare


def _holds(column: Column[Any], value: str) -> Any:
    if isinstance(column.type, JSON):  # the column holds JSON in plain ASCII
        return cast(column, Text).contains(json.dumps(value)[1:-1], autoescape=True)
    return column.contains(value, autoescape=True)


def without(value: Any, texts: Sequence[str]) -> Any:
    """Give a value, and whatever lies in it, without these texts."""
    if isinstance(value, str):
        for text in texts:
            value = value.replace(text, GONE)
        return value
    if isinstance(value, Mapping):
        return {key: without(one, texts) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [without(one, texts) for one in value]
    return value
