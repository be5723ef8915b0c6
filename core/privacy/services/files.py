"""Removes files that were imported and hold an erased person; wipes what the database file still holds of old rows."""

from __future__ import annotations

from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.customers.models import Contact
from core.db import Database, on_commit
from core.privacy.queries.subject import Subject
from core.transfer.models import ImportBatch, ImportRow
from core.transfer.places import place_of

SMALL = 300_000_000
"""A database file of so many bytes is written anew at once; the nightly job does it for larger ones."""
WAIT = 200


def drop_imported_files(session: Session, subject: Subject) -> int:
    """Remove, after the commit, the files from which the person or his companies came; give how many.

    The imports can still be taken back: that needs the notes on the rows only.
    """
    rows = select(ImportRow.batch_id).where(ImportRow.record_id.in_(subject.companies))
    made = select(Contact.import_batch_id).where(Contact.id.in_(subject.contacts), Contact.import_batch_id.is_not(None))
    batches = session.scalars(
        select(ImportBatch).where(
            or_(ImportBatch.id.in_(rows), ImportBatch.id.in_(made)), ImportBatch.state.in_(("done", "undone"))
        )
    ).all()
    place = place_of(session)
    for batch in batches:
        on_commit(session, place.stored(batch.folder).drop)
    return len(batches)


def wipe(database: Database, *, largest: int = SMALL) -> bool:
    """Write a SQLite file anew, so that no page of it holds what was deleted; tell whether it was done.

    PostgreSQL gives the room of old rows to new ones by itself. Outside any transaction.
    """
    if not database.is_sqlite:
        return False
    with database.engine.connect() as connection:
        raw: Any = connection.connection.dbapi_connection
        if raw.in_transaction:
            raw.execute("COMMIT")
        pages, size = (raw.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
        if pages * size > largest:
            return False
        raw.execute(f"PRAGMA busy_timeout={WAIT}")
        try:
            raw.execute("VACUUM")
            raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        except database.engine.dialect.loaded_dbapi.Error:
            return False  # somebody writes; the nightly job comes back to it
        finally:
            raw.execute("PRAGMA busy_timeout=10000")
    return True
