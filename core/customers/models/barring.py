"""What people and houses asked for: not to be reached on a channel, and what they agreed to."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from sqlalchemy import Boolean, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.columns import BigId, Keyed, RowScope, Scoped, UTCDateTime, utcnow
from core.customers.models.policy import company_key, contact_key, where_set
from core.db import Base

CHANNELS = ("call", "sms", "mail", "post")
EVERY = "all"
"""The channel of a bar that holds for all of them."""


class Bar(Scoped, Keyed, Base):
    """That a person, or a whole company where `contact_id` is empty, must not be reached on a channel (R-14).

    It is lifted, never deleted. What one number or address is barred for stands with that row (`Reach.do_not_use`).
    """

    __tablename__ = "core_contact_bar"
    __scope__: ClassVar[RowScope] = RowScope(via="company_id", parent="Company")
    __table_args__ = (where_set("ix_core_contact_bar_contact_id", "contact_id"),)

    company_id: Mapped[int] = company_key("move", ondelete="CASCADE", index=True, follows="contact_id")
    contact_id: Mapped[int | None] = contact_key("move", ondelete="CASCADE")
    channel: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(200))
    set_on: Mapped[dt.date]
    set_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))
    lifted_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    lifted_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))
    lift_reason: Mapped[str | None] = mapped_column(String(200))


class Consent(Scoped, Keyed, Base):
    """One statement of a person about one channel and purpose: that he agrees, or no longer does.

    Rows are only added. What counts is the last one of a person, channel and purpose.
    """

    __tablename__ = "core_consent"
    __scope__: ClassVar[RowScope] = RowScope(via="company_id", parent="Company")
    __table_args__ = (Index("ix_core_consent_contact_id", "contact_id", "channel", "purpose", "id"),)

    company_id: Mapped[int] = company_key("move", ondelete="CASCADE", index=True, follows="contact_id")
    contact_id: Mapped[int] = contact_key("move", ondelete="CASCADE")
    channel: Mapped[str] = mapped_column(String(10))
    purpose: Mapped[str] = mapped_column(String(30))
    given: Mapped[bool] = mapped_column(Boolean)
    wording: Mapped[str] = mapped_column(Text, default="")
    """What the person was told and agreed to, word by word."""
    way: Mapped[str] = mapped_column(String(30), info={"dictionary": "consent_way"})
    stated_on: Mapped[dt.date]
    evidence: Mapped[str] = mapped_column(Text, default="")
    taken_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))
    entered_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow)
