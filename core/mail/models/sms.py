"""Short messages that go out through a gateway."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.auth.audit import silent
from core.columns import BigId, Keyed, RowScope, Scoped, UTCDateTime, key_text, utcnow
from core.customers.models import Company, Contact
from core.customers.models.policy import company_key, contact_key
from core.db import Base

SMS_STATES = ("waiting", "sending", "sent", "refused", "doubtful")


@silent
class TextMessage(Scoped, Keyed, Base):
    """One short message to one number; its states are those of letters. The trail has a line for who had it sent."""

    __tablename__ = "core_sms"
    __scope__: ClassVar[RowScope] = RowScope(resource="sms", via="company_id", parent="Company", also=("sender_id",))
    __table_args__ = (
        Index("ix_core_sms_list", "created_at", "id"),
        Index("ix_core_sms_queue", "state", "id"),
        Index("ix_core_sms_company", "company_id", "created_at", "id"),
    )

    company_id: Mapped[int | None] = company_key("move")
    contact_id: Mapped[int | None] = contact_key("move", index=True)
    sender_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))
    number: Mapped[str] = mapped_column(String(40))
    digits: Mapped[str] = mapped_column(key_text(20))
    name: Mapped[str] = mapped_column(String(100), default="")
    text: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(12), default="")
    purpose: Mapped[str] = mapped_column(String(30), default="")
    """Of one to many: what it is for, as a mailing says it; empty for one that was written to somebody alone."""
    gateway: Mapped[str] = mapped_column(String(30), default="")
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    reason: Mapped[str] = mapped_column(String(40), default="")
    """Why the house itself did not send it, by the codes of letters."""
    answer: Mapped[str] = mapped_column(Text, default="")
    created_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow)
    claimed_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    sent_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)

    company: Mapped[Company | None] = relationship(foreign_keys="TextMessage.company_id")
    contact: Mapped[Contact | None] = relationship(foreign_keys="TextMessage.contact_id")
