"""Subscriptions (征订) and where their copies go."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.auth.audit import silent
from core.columns import BigId, Extensible, Keyed, Money, Reviewed, RowScope, Scoped, Timestamped, Versioned
from core.customers.models import Company
from core.customers.models.policy import company_key, contact_key
from core.db import Base
from core.i18n import _
from plugins.journals.models.publication import Issue, Publication


@silent
class DayNumber(Base):
    """The last number of a day, so that subscriptions are counted by day."""

    __tablename__ = "journals_day_number"

    day: Mapped[dt.date] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(Integer)


class Subscription(Scoped, Keyed, Reviewed, Extensible, Timestamped, Versioned, Base):
    """Copies of one publication for one customer from one issue to another (发刊记录).

    The end is the last of `issue_count` issues counted from the first, never typed. `state` is active or cancelled;
    whether it is yet to come, running or expired follows from the issues.
    """

    __tablename__ = "journals_subscription"
    __scope__: ClassVar[RowScope] = RowScope(resource="subscription", via="company_id", parent="Company")
    __author__: ClassVar[str] = "taken_by_id"
    __table_args__ = (
        Index("ix_journals_subscription_ends", "ends_on", "id"),
        Index("ix_journals_subscription_updated", "updated_at", "id"),
    )

    code: Mapped[str] = mapped_column(String(20), unique=True)
    company_id: Mapped[int] = company_key("move", index=True)
    contact_id: Mapped[int | None] = contact_key("move")
    publication_id: Mapped[int] = mapped_column(BigId, ForeignKey("journals_publication.id"), index=True)
    edition: Mapped[str | None] = mapped_column(String(30))
    nature: Mapped[str] = mapped_column(String(30), default="paid")
    channel: Mapped[str] = mapped_column(String(30), default="phone")
    first_issue_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("journals_issue.id"), info={"title": _("First issue"), "field_class": "inner"}
    )
    last_issue_id: Mapped[int] = mapped_column(
        BigId, ForeignKey("journals_issue.id"), info={"title": _("Last issue"), "field_class": "inner"}
    )
    issue_count: Mapped[int] = mapped_column(Integer)
    starts_on: Mapped[dt.date]
    ends_on: Mapped[dt.date]
    copies: Mapped[int] = mapped_column(Integer)
    price: Mapped[Decimal] = mapped_column(Money)
    amount: Mapped[Decimal] = mapped_column(Money)
    payment: Mapped[str] = mapped_column(String(30), default="none")
    state: Mapped[str] = mapped_column(
        String(20), default="active", info={"title": _("State"), "field_class": "inner", "dictionary": "journals_phase"}
    )
    cancel_reason: Mapped[str | None] = mapped_column(String(30))
    cancelled_on: Mapped[dt.date | None] = mapped_column(info={"title": _("Cancelled on"), "field_class": "inner"})
    last_served_number: Mapped[int | None] = mapped_column(
        Integer, info={"title": _("Last issue to be sent"), "field_class": "inner"}
    )
    """After a cancellation: the number of the last issue that is still sent."""
    note: Mapped[str | None] = mapped_column(Text)
    taken_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))
    taken_on: Mapped[dt.date] = mapped_column(index=True)

    company: Mapped[Company] = relationship(foreign_keys=company_id)
    publication: Mapped[Publication] = relationship()
    first_issue: Mapped[Issue] = relationship(foreign_keys=first_issue_id)
    last_issue: Mapped[Issue] = relationship(foreign_keys=last_issue_id)
    deliveries: Mapped[list[DeliveryPoint]] = relationship(
        back_populates="subscription", order_by="DeliveryPoint.id", cascade="all, delete-orphan"
    )


class DeliveryPoint(Scoped, Keyed, Timestamped, Base):
    """Where some copies of a subscription go (集订分送): recipient, address, copies."""

    __tablename__ = "journals_delivery"
    __scope__: ClassVar[RowScope] = RowScope(via="subscription_id", parent="Subscription")

    subscription_id: Mapped[int] = mapped_column(
        BigId,
        ForeignKey("journals_subscription.id", ondelete="CASCADE"),
        index=True,
        info={"title": _("Subscription"), "field_class": "inner"},
    )
    contact_id: Mapped[int | None] = contact_key("move", ondelete="SET NULL")
    recipient: Mapped[str] = mapped_column(String(60))
    organisation: Mapped[str] = mapped_column(
        String(200), default="", info={"erase": "keep", "title": _("Company on the label")}
    )
    province: Mapped[str] = mapped_column(String(40), default="", info={"erase": "keep"})
    address: Mapped[str] = mapped_column(String(300))
    postcode: Mapped[str] = mapped_column(String(12), default="")
    phone: Mapped[str] = mapped_column(String(40), default="")
    copies: Mapped[int] = mapped_column(Integer, info={"title": _("Copies"), "field_class": "inner"})

    subscription: Mapped[Subscription] = relationship(back_populates="deliveries")
