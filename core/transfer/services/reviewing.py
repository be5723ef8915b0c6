"""What persons decide about rows, before an import or after it: update what is there, make a new record, leave it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth.audit import record
from core.columns import utcnow
from core.db import system_transaction
from core.errors import Refused
from core.i18n import _
from core.transfer.importer import WRITTEN, Options, Row, importer_of
from core.transfer.models import ImportBatch, ImportRow
from core.transfer.places import place_of
from core.transfer.services.batches import must_be
from core.transfer.services.reporting import cells_of

MOST = 200
BEFOREHAND = 2000
OPEN = ("alike", "updated", "unchanged", "duplicate", "review")
"""Outcomes of a dry run that a person may overrule."""


def decide_beforehand(session: Session, batch: ImportBatch, decisions: Mapping[int, tuple[str, str]]) -> int:
    """Keep what is to become of rows that the dry run found to be there: action and reason by number; "" as the rule.

    Raises Refused where a record is to be made beside one that is there, and nobody says why.
    """
    must_be(batch, "checked")
    lines = {
        line.number: line
        for line in session.scalars(
            select(ImportRow).where(
                ImportRow.batch_id == batch.id, ImportRow.outcome.in_(OPEN), ImportRow.number.in_(list(decisions))
            )
        )
    }
    held = dict(batch.decisions)
    for number, (action, reason) in decisions.items():
        line = lines.get(number)
        if line is None or not action:
            held.pop(str(number), None)
            continue
        if action == "created" and not reason.strip():
            raise Refused(_("Row %(n)s: say why it is entered once more.", n=number))
        there = line.record_id or ((line.detail or {}).get("alike") or {}).get("id")
        held[str(number)] = [action, there if action == "updated" else None, reason.strip()[:200]]
    if len(held) > BEFOREHAND:
        raise Refused(_("At most %(n)s rows are decided by hand.", n=BEFOREHAND))
    batch.decisions = held
    session.flush()
    return len(held)


def settle(session: Session, batch: ImportBatch, decisions: Mapping[int, str]) -> int:
    """Do what was decided for rows by number: updated, created or duplicate (leave it). Give how many rows it was.

    Outside any transaction: rows are written by the program, as all of an import is.
    """
    if batch.state != "done":
        raise Refused(_("This import is at another step by now. Reload the page."))
    chosen = dict(list(decisions.items())[:MOST])
    if not chosen:
        return 0
    place = place_of(session)
    importer = importer_of(place.resource(batch.resource))
    options = Options.of(
        batch.options,
        batch_id=batch.id,
        user_id=batch.user_id,
        started_at=utcnow(),
        headings=tuple(batch.headings),
    )
    reader = importer.reader(session, batch.mapping, replace(options, likely="off"))
    cells = cells_of(session, batch, list(chosen))
    read = {row.number: row for row in reader.read(sorted(cells.items()))}
    session.commit()
    with system_transaction("import") as writing:
        waiting = {
            line.number: line
            for line in writing.scalars(
                select(ImportRow).where(
                    ImportRow.batch_id == batch.id, ImportRow.outcome == "review", ImportRow.number.in_(list(chosen))
                )
            )
        }
        rows: list[Row] = []
        for number, line in waiting.items():
            row = read.get(number)
            if row is None:
                continue
            row.outcome, row.record_id = chosen[number], line.record_id
            rows.append(row)
        policy = {"created": "create", "updated": "update"}
        for outcome, duplicates in policy.items():
            part = [row for row in rows if row.outcome == outcome]
            if part:
                own = replace(options, duplicates=duplicates, likely="off")
                importer.plan(writing, part, own)
                importer.write(writing, [row for row in part if row.outcome in WRITTEN], own)
        counts = Counter(batch.counts)
        for row in rows:
            line = waiting[row.number]
            line.outcome, line.record_id = row.outcome, row.record_id
            line.detail = {**(row.detail or {}), **({"errors": row.errors} if row.errors else {})} or None
            counts["review"] -= 1
            counts[row.outcome] += 1
        held = writing.get(ImportBatch, batch.id, with_for_update=True)
        if held is not None:
            held.counts = dict(counts)
        changes = {str(row.number): [row.outcome, row.record_id] for row in rows}
        record(writing, "import_settled", entity="core_import_batch", entity_id=batch.id, changes=changes)
    return len(rows)
