"""Links companies, once a whole file is imported, to parents that it brought further down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from core.auth.audit import plain
from core.bulk import update_rows
from core.customers.imports.belonging import UNKNOWN, Parents
from core.customers.imports.updating import write_updates
from core.customers.imports.writing import Parts, table
from core.customers.models import Company
from core.transfer.importer import WRITTEN, Found, Options, Row
from core.transfer.models import ImportRow

AT_ONCE = 1000
OUTCOMES = (*WRITTEN, "unchanged")


def link_late(session: Session, batch: Any, parents: Parents, options: Options) -> list[Found]:
    """Look once more for parents that were not there; give the notes that are void now."""
    void: list[Found] = []
    for lines in _waiting(session, batch):
        if options.writing:
            void += _link(session, batch, lines, parents, options)
        else:
            for line in lines:
                void += _strike(line, [one for one in _notes(line) if parents.comes(one)])
        session.flush()
    return void


def _waiting(session: Session, batch: Any) -> Iterator[Sequence[ImportRow]]:
    after = 0
    while True:
        lines = session.scalars(
            select(ImportRow)
            .where(
                ImportRow.batch_id == batch.id,
                ImportRow.number > after,
                ImportRow.outcome.in_(OUTCOMES),
                cast(ImportRow.detail, Text).contains(f'"{UNKNOWN}"'),
            )
            .order_by(ImportRow.number)
            .limit(AT_ONCE)
        ).all()
        if not lines:
            return
        yield lines
        after = lines[-1].number


def _notes(line: ImportRow) -> list[Found]:
    return [one for one in (line.detail or {}).get("notes", ()) if one.get("code") == UNKNOWN]


def _strike(line: ImportRow, void: Sequence[Found]) -> list[Found]:
    """Take notes off a row."""
    detail = dict(line.detail or {})
    left = [one for one in detail.pop("notes", ()) if one not in void]
    line.detail = (detail | ({"notes": left} if left else {})) or None
    return list(void)


def _link(session: Session, batch: Any, lines: Sequence[ImportRow], parents: Parents, options: Options) -> list[Found]:
    rows = [_row(line) for line in lines if line.record_id is not None]
    parents.find(session, rows, options)
    found = {row.number: row.values["company"]["parent_id"] for row in rows if "parent_id" in row.values["company"]}
    company = table(Company)
    ids = sorted({row.record_id for row in rows if row.record_id is not None and row.number in found})
    there = select(company).where(company.c.id.in_(ids)).with_for_update()
    held = {one["id"]: dict(one) for one in session.connection().execute(there).mappings()}
    parts = Parts(session, options)
    parts.companies = held
    void: list[Found] = []
    fresh: list[tuple[int, dict[str, Any]]] = []
    updates = []
    for line in lines:
        if line.number not in found or line.record_id not in held:
            continue
        its, parent = held[line.record_id], found[line.number]
        made_here = its["import_batch_id"] == batch.id
        last = line if made_here else _last(session, batch, line)
        if not made_here and (last.detail or {}).get("version", its["version"]) != its["version"]:
            continue  # somebody changed the company since
        void += _strike(line, _notes(line))
        if its["parent_id"] == parent or (its["parent_id"] is not None and options.existing == "fill"):
            continue
        before = {"parent_id": its["parent_id"]}
        its["parent_id"] = parent
        if made_here:  # as if it had been made so
            fresh.append((its["id"], {"parent_id": parent}))
            continue
        its["version"] += 1
        if last.outcome == "unchanged":
            _count_as_updated(batch, last)
        detail = dict(last.detail or {})
        detail |= {"before": {**plain(before), **detail.get("before", {})}, "version": its["version"]}
        row = Row(line.number, {}, outcome="updated", record_id=line.record_id, detail=detail)
        updates.append((row, {"parent_id": parent}, before, last))
        last.detail = detail
    update_rows(session, company, fresh)
    write_updates(session, parts, [one[:3] for one in updates], options)
    for row, _changes, _before, last in updates:
        last.detail = dict(row.detail or {})
    return void


def _row(line: ImportRow) -> Row:
    note = _notes(line)[0]
    said = {"parent_code": note.get("number") or "", note["column"]: note["value"]}
    return Row(line.number, {"company": {}, **said}, outcome="updated", record_id=line.record_id)


def _last(session: Session, batch: Any, line: ImportRow) -> ImportRow:
    """Give the last row of the file that wrote into a row's record: by it the record is taken back first."""
    wrote = select(ImportRow).where(
        ImportRow.batch_id == batch.id, ImportRow.record_id == line.record_id, ImportRow.outcome == "updated"
    )
    return session.scalars(wrote.order_by(ImportRow.number.desc()).limit(1)).first() or line


def _count_as_updated(batch: Any, line: ImportRow) -> None:
    line.outcome = "updated"
    counts = {"updated": batch.count("updated") + 1, "unchanged": batch.count("unchanged") - 1}
    batch.counts = {**batch.counts, **counts}
