"""Taking an import back: what it made goes, what it changed gets its old values, what people changed since stays."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.db import among
from core.transfer.importer import MADE, WRITTEN, Importer, Options
from core.transfer.models import ImportBatch, ImportRow

CHUNK = 1000


def undo_chunk(session: Session, batch: ImportBatch, importer: Importer, options: Options) -> bool:
    """Take back the last rows that still stand; False when none is left."""
    rows: list[ImportRow] = []
    for outcomes in (("updated",), MADE):  # what refers to a new record lets go of it before that is taken back
        if not rows:
            statement = select(ImportRow).where(ImportRow.batch_id == batch.id, ImportRow.outcome.in_(outcomes))
            rows = list(session.scalars(statement.order_by(ImportRow.number.desc()).limit(CHUNK)))
    if not rows:
        return False
    rows += _about_the_same(session, batch, rows)
    kept = importer.undo(session, rows, options)
    done = Counter("kept" if row.id in kept else "undone" for row in rows)
    for outcome, ids in (
        ("kept", [row.id for row in rows if row.id in kept]),
        ("undone", [row.id for row in rows if row.id not in kept]),
    ):
        if ids:
            session.execute(
                update(ImportRow).where(ImportRow.id.in_(ids)).values(outcome=outcome),
                execution_options={"synchronize_session": False},
            )
    counts = Counter(batch.counts)
    counts.update(done)
    batch.counts = dict(counts)
    return True


def _about_the_same(session: Session, batch: ImportBatch, rows: list[ImportRow]) -> list[ImportRow]:
    """Give the earlier rows about records that these rows changed: all of them are taken back in turn."""
    ids = sorted({row.record_id for row in rows if row.outcome == "updated" and row.record_id is not None})
    earlier = select(ImportRow).where(
        ImportRow.batch_id == batch.id,
        ImportRow.outcome.in_(WRITTEN),
        ImportRow.number < rows[-1].number,
        among(session, ImportRow.record_id, ids),
    )
    return list(session.scalars(earlier)) if ids else []
