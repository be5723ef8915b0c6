"""Entries of the work log (事务日志), reports (日报、周报、月报) and the supervisors' remarks (批注)."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.columns import BigId, Keyed, RowScope, Scoped, Timestamped, UTCDateTime, Versioned, utcnow
from core.customers.models import Company, Contact
from core.customers.models.policy import company_key, contact_key
from core.db import Base

OUTWARD = ("call", "visit", "mail", "chat", "meeting")
"""Kinds that are a contact with the customer, in distinction to what was only noted or handled."""


class WorkLog(Scoped, Keyed, Timestamped, Versioned, Base):
    """One entry: who did what with whom, what came of it, and what comes next.

    It is its author's, and also of whoever has the customer. `origin` names what wrote it where that was no person
    (`journals.call:12`): the timeline leaves such entries to whoever wrote them.
    """

    __tablename__ = "core_worklog"
    __scope__: ClassVar[RowScope] = RowScope(
        resource="worklog", via="company_id", parent="Company", also=("author_id",)
    )
    __table_args__ = (
        Index("ix_core_worklog_list", "happened_at", "id"),
        Index("ix_core_worklog_author", "author_id", "happened_at", "id"),
        Index("ix_core_worklog_company", "company_id", "happened_at", "id"),
        Index("ix_core_worklog_next", "next_on", "id"),
    )

    kind: Mapped[str] = mapped_column(String(30))
    company_id: Mapped[int | None] = company_key("move")
    contact_id: Mapped[int | None] = contact_key("move", index=True)
    author_id: Mapped[int] = mapped_column(BigId, ForeignKey("core_user.id"))
    happened_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow)
    minutes: Mapped[int | None] = mapped_column(Integer)
    text: Mapped[str] = mapped_column(Text, default="")
    outcome: Mapped[str | None] = mapped_column(String(30))
    next_step: Mapped[str | None] = mapped_column(String(200))
    next_on: Mapped[dt.date | None]
    origin: Mapped[str | None] = mapped_column(String(80), unique=True)

    company: Mapped[Company | None] = relationship(foreign_keys="WorkLog.company_id")
    contact: Mapped[Contact | None] = relationship(foreign_keys="WorkLog.contact_id")
    remarks: Mapped[list[LogRemark]] = relationship(back_populates="log", order_by="LogRemark.id")


class LogRemark(Scoped, Keyed, Base):
    """What somebody else remarks on an entry (批注)."""

    __tablename__ = "core_worklog_remark"
    __scope__: ClassVar[RowScope] = RowScope(via="log_id", parent="WorkLog")

    log_id: Mapped[int] = mapped_column(BigId, ForeignKey("core_worklog.id", ondelete="CASCADE"), index=True)
    by_id: Mapped[int] = mapped_column(BigId, ForeignKey("core_user.id"))
    said_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow)
    text: Mapped[str] = mapped_column(Text)

    log: Mapped[WorkLog] = relationship(back_populates="remarks")


class WorkReport(Scoped, Keyed, Timestamped, Versioned, Base):
    """A report on a day, a week or a month. While `submitted_at` is empty it is its author's draft."""

    __tablename__ = "core_workreport"
    __scope__: ClassVar[RowScope] = RowScope(resource="workreport", owner="author_id", until="submitted_at")
    __table_args__ = (
        UniqueConstraint("author_id", "kind", "starts_on"),
        Index("ix_core_workreport_list", "starts_on", "id"),
    )

    author_id: Mapped[int] = mapped_column(BigId, ForeignKey("core_user.id"))
    kind: Mapped[str] = mapped_column(String(10))
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date]
    text: Mapped[str] = mapped_column(Text, info={"trail": "hidden"})
    plan: Mapped[str] = mapped_column(Text, default="", info={"trail": "hidden"})
    submitted_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    read_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    read_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))

    remarks: Mapped[list[ReportRemark]] = relationship(back_populates="report", order_by="ReportRemark.id")


class ReportRemark(Scoped, Keyed, Base):
    """What the supervisor remarks on a report (批注)."""

    __tablename__ = "core_workreport_remark"
    __scope__: ClassVar[RowScope] = RowScope(via="report_id", parent="WorkReport")

    report_id: Mapped[int] = mapped_column(BigId, ForeignKey("core_workreport.id", ondelete="CASCADE"), index=True)
    by_id: Mapped[int] = mapped_column(BigId, ForeignKey("core_user.id"))
    said_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow)
    text: Mapped[str] = mapped_column(Text)

    report: Mapped[WorkReport] = relationship(back_populates="remarks")
