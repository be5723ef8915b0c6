"""The days on which the house works otherwise than the shipped calendar says."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Boolean, String
from sqlalchemy.orm import Mapped, mapped_column

from core.columns import Timestamped
from core.db import Base


class CalendarDay(Timestamped, Base):
    """One day that is a working day or a day off here, whatever weekday it is; it counts before what is shipped."""

    __tablename__ = "core_calendar_day"

    day: Mapped[dt.date] = mapped_column(primary_key=True)
    working: Mapped[bool] = mapped_column(Boolean)
    name: Mapped[str] = mapped_column(String(60), default="")
