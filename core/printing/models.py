"""The log of what was printed."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.auth.audit import silent
from core.columns import BigId, Keyed, UTCDateTime, utcnow
from core.db import Base


@silent
class PrintRun(Keyed, Base):
    """One print: who, when, which rows, how many, and the file's hash. A trail itself; never changed."""

    __tablename__ = "core_print_run"
    __table_args__ = (Index("ix_core_print_run_by_day", "user_id", "quota", "printed_at"),)

    printed_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow)
    user_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))
    template: Mapped[str] = mapped_column(String(80))
    resource: Mapped[str] = mapped_column(String(80))
    quota: Mapped[str] = mapped_column(String(80))
    query: Mapped[str] = mapped_column(Text, default="")
    sheet: Mapped[str] = mapped_column(String(40), default="")
    row_count: Mapped[int] = mapped_column(Integer)
    page_count: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(String(64))
