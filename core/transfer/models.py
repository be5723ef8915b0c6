"""Imports: what was given, how it is mapped, how far it is, and what became of each row."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.auth.audit import silent
from core.columns import BigId, Keyed, Timestamped, UTCDateTime, utcnow
from core.db import Base

STATES = ("mapping", "checking", "checked", "importing", "done", "undoing", "undone", "failed")
RUNNING = frozenset({"checking", "importing", "undoing"})
COUNTED = ("created", "alike", "updated", "unchanged", "duplicate", "review", "skipped", "error")


@silent
class ImportBatch(Keyed, Timestamped, Base):
    """One import of one file. `position` is the number of the last row done; it is saved with that row's effect.

    `state`: mapping, checking (dry run), checked, importing, done, undoing, undone, failed. `phase` is what a worker
    took up last, from where a failed one goes on; `turn` counts how often, so that a run of before notices. `counts`
    are by outcome, of the dry run until the import begins.
    """

    __tablename__ = "core_import_batch"
    __table_args__ = (
        Index("ix_core_import_batch_resource_id", "resource", "id"),
        Index("ix_core_import_batch_file_hash", "file_hash"),
    )

    resource: Mapped[str] = mapped_column(String(60))
    user_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"), index=True)
    state: Mapped[str] = mapped_column(String(16), default="mapping")
    phase: Mapped[str] = mapped_column(String(16), default="")
    filename: Mapped[str] = mapped_column(String(200))
    folder: Mapped[str] = mapped_column(String(64))
    file_hash: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    layout: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    headings: Mapped[list[str]] = mapped_column(JSON, default=list)
    mapping: Mapped[list[str]] = mapped_column(JSON, default=list)
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    checks: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    decisions: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    """What a person decided beforehand about rows, by number: action, record, reason."""
    total: Mapped[int] = mapped_column(Integer, default=0)
    turn: Mapped[int] = mapped_column(Integer, default=0)
    position: Mapped[int] = mapped_column(Integer, default=0)
    done: Mapped[int] = mapped_column(Integer, default=0)
    message: Mapped[str] = mapped_column(Text, default="")
    started_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    finished_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    cleaned_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)

    @property
    def is_running(self) -> bool:
        """Tell whether a worker has it in hand, or will have."""
        return self.state in RUNNING

    def count(self, outcome: str) -> int:
        """Give the number of rows with an outcome."""
        return int(self.counts.get(outcome, 0))

    @property
    def made(self) -> int:
        """The number of rows of which a record was made."""
        return self.count("created") + self.count("alike")


@silent
class ImportRow(Keyed, Base):
    """What became of one row of a file: its outcome, the record, and what is needed to explain it or to take it back.

    The dry run leaves no line for a row that would simply be made.
    """

    __tablename__ = "core_import_row"
    __table_args__ = (Index("ix_core_import_row_outcome", "batch_id", "outcome", "number"),)

    batch_id: Mapped[int] = mapped_column(BigId, ForeignKey("core_import_batch.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(Integer)
    outcome: Mapped[str] = mapped_column(String(12))
    record_id: Mapped[int | None] = mapped_column(BigId)
    detail: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


@silent
class ImportLayout(Keyed, Base):
    """How a layout was mapped last, found again by the fingerprint of its headings."""

    __tablename__ = "core_import_layout"
    __table_args__ = (UniqueConstraint("resource", "signature"),)

    resource: Mapped[str] = mapped_column(String(60))
    signature: Mapped[str] = mapped_column(String(64))
    mapping: Mapped[list[str]] = mapped_column(JSON, default=list)
    options: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    user_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))
    used_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow)
