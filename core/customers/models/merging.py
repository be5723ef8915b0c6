"""Merging: what was merged with the ledger of every row that it touched, pairs found, pairs that are none."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from sqlalchemy import JSON, Float, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.auth.audit import silent
from core.columns import BigId, Keyed, RowScope, Scoped, UTCDateTime, utcnow
from core.customers.models.policy import company_key, contact_key, where_set
from core.db import Base


class Merge(Scoped, Keyed, Base):
    """One merge of companies into `company_id`, or of contacts into `contact_id`, who is of that company.

    `sources` holds the ids of the others, `counts` what moved, by table.
    """

    __tablename__ = "core_merge"
    __scope__: ClassVar[RowScope] = RowScope(via="company_id", parent="Company")
    __table_args__ = (where_set("ix_core_merge_contact_id", "contact_id"),)

    company_id: Mapped[int] = company_key("keep", ondelete="CASCADE", index=True)
    contact_id: Mapped[int | None] = contact_key("keep", ondelete="CASCADE")
    sources: Mapped[list[int]] = mapped_column(JSON, info={"erase": "keep"})
    names: Mapped[list[str]] = mapped_column(JSON, default=list)
    """The names of the sources, as they were."""
    counts: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict, info={"erase": "keep"})
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


class ContactPair(Keyed, Base):
    """Two contacts that are probably one person, as the last search found them. The smaller id comes first.

    It has no scope of its own: it is read with both contacts, whose scopes count.
    """

    __tablename__ = "core_contact_pair"
    __table_args__ = (
        UniqueConstraint("contact_id", "other_id"),
        Index("ix_core_contact_pair_score", "score", "id"),
    )

    contact_id: Mapped[int] = contact_key("combine", ondelete="CASCADE")
    other_id: Mapped[int] = contact_key("combine", ondelete="CASCADE", index=True)
    score: Mapped[float] = mapped_column(Float)
    reasons: Mapped[list[str]] = mapped_column(JSON, info={"erase": "keep"})
    found_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow)


class ContactDistinct(Keyed, Base):
    """Two contacts of whom somebody said that they are two people; never suggested again."""

    __tablename__ = "core_contact_distinct"
    __table_args__ = (UniqueConstraint("contact_id", "other_id"),)

    contact_id: Mapped[int] = contact_key("combine", ondelete="CASCADE")
    other_id: Mapped[int] = contact_key("combine", ondelete="CASCADE", index=True)
    said_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))
    said_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow)
