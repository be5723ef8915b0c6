"""Tables of visits."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.columns import Keyed, Money, RowScope, Scoped, Timestamped, Versioned
from core.customers.models import Company
from core.customers.models.policy import company_key
from core.db import Base


class Visit(Keyed, Timestamped, Versioned, Scoped, Base):
    """A visit to a customer."""

    __tablename__ = "demo_visit"
    __scope__: ClassVar[RowScope] = RowScope(resource="visit", via="company_id", parent="Company")

    company_id: Mapped[int] = company_key("move", index=True)
    topic: Mapped[str] = mapped_column(String(100))
    visited_on: Mapped[dt.date]
    outcome: Mapped[str | None] = mapped_column(String(30))
    cost: Mapped[Decimal | None] = mapped_column(Money)
    report: Mapped[str | None] = mapped_column(Text)

    company: Mapped[Company] = relationship()
