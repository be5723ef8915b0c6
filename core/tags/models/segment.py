"""Segments, the members that were put in by hand or frozen, and how many there were day by day."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.auth.audit import silent
from core.columns import BigId, Keyed, Timestamped, UTCDateTime, Versioned, utcnow
from core.db import Base


class Segment(Keyed, Timestamped, Versioned, Base):
    """A named set of records of one resource (分群): those that meet the conditions of a list, or fixed members.

    `resource` is the resource's key, `query` the conditions as a list's address has them; a `frozen` one has its
    members in a table. `audience` says who may use it, as with saved views. `watched` ones publish who enters.
    """

    __tablename__ = "core_segment"
    __table_args__ = (Index("ix_core_segment_resource", "resource", "id"),)

    resource: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(60))
    description: Mapped[str] = mapped_column(Text, default="")
    owner_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id", ondelete="SET NULL"))
    audience: Mapped[str] = mapped_column(String(12), default="private")
    group_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_group.id", ondelete="CASCADE"))
    department_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_department.id", ondelete="CASCADE"))
    frozen: Mapped[bool] = mapped_column(Boolean, default=False)
    query: Mapped[str] = mapped_column(Text, default="")
    watched: Mapped[bool] = mapped_column(Boolean, default=False)
    watched_since: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)


@silent
class SegmentMember(Keyed, Base):
    """A member of a frozen segment; of a watched dynamic one, whoever was in it when it was last looked at."""

    __tablename__ = "core_segment_member"
    __table_args__ = (
        UniqueConstraint("segment_id", "entity", "record_id"),
        Index("ix_core_segment_member_record", "entity", "record_id"),
    )

    segment_id: Mapped[int] = mapped_column(BigId, ForeignKey("core_segment.id", ondelete="CASCADE"))
    entity: Mapped[str] = mapped_column(String(80))
    record_id: Mapped[int] = mapped_column(BigId, info={"resource": "entity", "merge": "combine"})
    by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))
    entered_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow)


@silent
class SegmentDay(Keyed, Base):
    """How many members a segment had on a day, as its owner may find them."""

    __tablename__ = "core_segment_day"
    __table_args__ = (UniqueConstraint("segment_id", "day"),)

    segment_id: Mapped[int] = mapped_column(BigId, ForeignKey("core_segment.id", ondelete="CASCADE"))
    day: Mapped[dt.date]
    members: Mapped[int] = mapped_column(Integer)
