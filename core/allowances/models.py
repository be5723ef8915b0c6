"""What somebody asked for beyond the limit of a day."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.columns import BigId, Keyed, RowScope, Scoped, Timestamped, UTCDateTime, Versioned
from core.db import Base


class Allowance(Scoped, Keyed, Timestamped, Versioned, Base):
    """Rows that one person may take out beyond the limit of a day (加额), once another has agreed (promise S8).

    `quota` is the key of the setting that limits; `state` is `asked`, `agreed`, `refused` or `withdrawn`. It counts on
    `day`, which is the day of the agreement.
    """

    __tablename__ = "core_allowance"
    __scope__: ClassVar[RowScope] = RowScope(resource="allowance", owner="owner_id")
    __table_args__ = (
        Index("ix_core_allowance_list", "created_at", "id"),
        Index("ix_core_allowance_day", "owner_id", "quota", "day"),
    )

    owner_id: Mapped[int] = mapped_column(BigId, ForeignKey("core_user.id"))
    quota: Mapped[str] = mapped_column(String(80), info={"erase": "keep"})
    rows: Mapped[int] = mapped_column(Integer)
    what: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(12), default="asked")
    day: Mapped[dt.date | None]
    decided_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))
    decided_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    remark: Mapped[str] = mapped_column(Text, default="")
