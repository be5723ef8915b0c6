"""Merging: what was merged with the ledger of every row that it touched, pairs found, pairs that are none."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from sqlalchemy import JSON, Float, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.auth.audit import silent
from core.columns import BigId, Keyed, RowScope, Scoped, UTCDateTime, utcnow
from core.customers.models.policy import company_key
from core.db import Base


class Merge(Scoped, Keyed, Base):
    """One merge of companies into `company_id`. `sources` holds their ids, `counts` what moved, by table."""

    __tablename__ = "core_merge"
    __scope__: ClassVar[RowScope] = RowScope(via="company_id", parent="Company")

    company_id: Mapped[int] = company_key("keep", ondelete="CASCADE", index=True)
    sources: Mapped[list[int]] = mapped_column(JSON)
    names: Mapped[list[str]] = mapped_column(JSON)
    """The names of the sources, as they were."""
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    note: Mapped[str] = mapped_column(String(200), default="")
    merged_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))
    merged_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)
    undone_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))
    undone_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    forgotten: Mapped[bool] = mapped_column(default=False)
    """Tells that the ledger was thrown away, after the time in which a merge can be undone."""

    entries: Mapped[list[MergeEntry]] = relationship(
        order_by="MergeEntry.id", cascade="all, delete-orphan", passive_deletes=True
    )


@silent
class MergeEntry(Keyed, Base):
    """One row that a merge touched: `set` columns of a record, `move` a reference, `drop` or `add` a row.

    `before` and `after` hold columns by name as JSON can; of a dropped row all of them.
    """

    __tablename__ = "core_merge_entry"

    merge_id: Mapped[int] = mapped_column(BigId, ForeignKey("core_merge.id", ondelete="CASCADE"), index=True)
    action: Mapped[str] = mapped_column(String(4))
    table_name: Mapped[str] = mapped_column(String(63))
    row_id: Mapped[int] = mapped_column(BigId)
    before: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class DuplicatePair(Scoped, Keyed, Base):
    """Two companies that are probably one, as the last search for duplicates found them. The smaller id comes first."""

    __tablename__ = "core_duplicate_pair"
    __scope__: ClassVar[RowScope] = RowScope(via="company_id", parent="Company")
    __table_args__ = (
        UniqueConstraint("company_id", "other_id"),
        Index("ix_core_duplicate_pair_score", "score", "id"),
    )

    company_id: Mapped[int] = company_key("combine", ondelete="CASCADE")
    other_id: Mapped[int] = company_key("combine", ondelete="CASCADE", index=True)
    score: Mapped[float] = mapped_column(Float)
    reasons: Mapped[list[str]] = mapped_column(JSON)
    found_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow)


class Distinct(Scoped, Keyed, Base):
    """Two companies of which somebody said that they are not one (R-10); never suggested again."""

    __tablename__ = "core_distinct"
    __scope__: ClassVar[RowScope] = RowScope(via="company_id", parent="Company")
    __table_args__ = (UniqueConstraint("company_id", "other_id"),)

    company_id: Mapped[int] = company_key("combine", ondelete="CASCADE")
    other_id: Mapped[int] = company_key("combine", ondelete="CASCADE", index=True)
    reason: Mapped[str] = mapped_column(String(200), default="")
    said_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))
    said_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow)
