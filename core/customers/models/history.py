"""What is kept of a company over time: needs, credit, standing, owners."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.columns import BigId, Keyed, Money, RowScope, Scoped, Timestamped, UTCDateTime, utcnow
from core.customers.models.policy import company_key
from core.db import Base

if TYPE_CHECKING:
    from core.customers.models.company import Company

PART = RowScope(via="company_id", parent="Company")


class Need(Scoped, Keyed, Timestamped, Base):
    """A need of a company (信息发布、媒体广告、糖酒交易会、半月刊): a flag while it is valid, history afterwards."""

    __tablename__ = "core_need"
    __scope__: ClassVar[RowScope] = PART
    __table_args__ = (Index("ix_core_need_valid", "kind", "valid_until"),)

    company_id: Mapped[int] = company_key("move", ondelete="CASCADE", index=True)
    kind: Mapped[str] = mapped_column(String(30))
    text: Mapped[str | None] = mapped_column(Text)
    noted_on: Mapped[dt.date]
    valid_until: Mapped[dt.date | None]
    entered_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))

    company: Mapped[Company] = relationship(back_populates="needs")

    def valid_on(self, day: dt.date) -> bool:
        """Tell whether the need stands on a day."""
        return self.noted_on <= day and (self.valid_until is None or day <= self.valid_until)


class CreditRating(Scoped, Keyed, Base):
    """One rating of a company's credit (企业资信): who rated, when, why, and until when it holds."""

    __tablename__ = "core_credit_rating"
    __scope__: ClassVar[RowScope] = PART

    company_id: Mapped[int] = company_key("move", ondelete="CASCADE", index=True)
    rating: Mapped[str | None] = mapped_column(String(30), info={"dictionary": "credit_rating"})
    limit: Mapped[Decimal | None] = mapped_column(Money)
    valid_until: Mapped[dt.date | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    rated_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))
    rated_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow)


class StandingChange(Scoped, Keyed, Base):
    """One change of a company's standing (客户类型转换): by hand, or by a rule, whose id and name are kept then."""

    __tablename__ = "core_standing_change"
    __scope__: ClassVar[RowScope] = PART
    __table_args__ = (Index("ix_core_standing_change_company", "company_id", "changed_at"),)

    company_id: Mapped[int] = company_key("move", ondelete="CASCADE")
    before: Mapped[str | None] = mapped_column(String(30), info={"dictionary": "standing"})
    after: Mapped[str] = mapped_column(String(30), info={"dictionary": "standing"})
    reason: Mapped[str] = mapped_column(Text, default="")
    rule_id: Mapped[int | None] = mapped_column(BigId)
    rule: Mapped[str] = mapped_column(String(60), default="", info={"erase": "keep"})
    changed_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))
    changed_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow)


class OwnerChange(Scoped, Keyed, Base):
    """One change of a company's owner (挂牌): claimed, released, assigned, handed over."""

    __tablename__ = "core_owner_change"
    __scope__: ClassVar[RowScope] = PART

    company_id: Mapped[int] = company_key("move", ondelete="CASCADE", index=True)
    before_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))
    after_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))
    reason: Mapped[str] = mapped_column(Text, default="")
    changed_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))
    changed_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow)
