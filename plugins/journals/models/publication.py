"""Publications (刊物) and their issues (期)."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.columns import BigId, Codes, Keyed, Money, Timestamped, Versioned
from core.db import Base
from core.i18n import _

FREQUENCIES = {"weekly": 52, "half_monthly": 24, "monthly": 12, "quarterly": 4, "half_yearly": 2, "yearly": 1}
"""Issues a year by frequency."""


class Publication(Keyed, Timestamped, Versioned, Base):
    """A publication: half-monthly, fair guide, industry information and others."""

    __tablename__ = "journals_publication"

    code: Mapped[str] = mapped_column(String(20), unique=True)
    title: Mapped[str] = mapped_column(String(100), unique=True)
    frequency: Mapped[str] = mapped_column(String(20))
    price: Mapped[Decimal] = mapped_column(Money)
    """Price of one copy of one issue."""
    closing_days: Mapped[int] = mapped_column(
        Integer, default=10, info={"title": _("Closes so many days before the cover date"), "field_class": "inner"}
    )
    dispatch_days: Mapped[int] = mapped_column(
        Integer, default=2, info={"title": _("Dispatched so many days before it"), "field_class": "inner"}
    )
    """How many days before the cover date an issue closes and is dispatched."""
    editions: Mapped[list[str]] = mapped_column(Codes(300), default=list)
    """The editions that it comes in, of the dictionary `journals_edition`; empty where it has only one."""
    active: Mapped[bool] = mapped_column(Boolean, default=True)

    issues: Mapped[list[Issue]] = relationship(back_populates="publication", order_by="Issue.number")


class Issue(Keyed, Timestamped, Versioned, Base):
    """One issue of a publication. `number` runs through all years and orders them; `label` is what readers see."""

    __tablename__ = "journals_issue"
    __table_args__ = (
        UniqueConstraint("publication_id", "number"),
        UniqueConstraint("publication_id", "cover_date"),
        Index("ix_journals_issue_cover", "cover_date", "id"),
    )

    publication_id: Mapped[int] = mapped_column(BigId, ForeignKey("journals_publication.id"))
    number: Mapped[int] = mapped_column(Integer)
    label: Mapped[str] = mapped_column(String(40))
    cover_date: Mapped[dt.date]
    closing_date: Mapped[dt.date]
    dispatch_date: Mapped[dt.date]
    theme: Mapped[str | None] = mapped_column(String(200))

    publication: Mapped[Publication] = relationship(back_populates="issues")
