"""Letters that go out, each with its state, and who hands them to the server at the moment."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from sqlalchemy import JSON, Boolean, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.auth.audit import silent
from core.columns import BigId, Keyed, RowScope, Scoped, UTCDateTime, key_text, utcnow
from core.customers.models import Company, Contact
from core.customers.models.policy import company_key, contact_key
from core.db import Base

STATES = ("waiting", "sending", "sent", "refused", "doubtful", "stopped", "left_out")
"""`sending` is written before a letter is handed over, so that a worker that dies leaves a trace. What is found
`sending` without a worker becomes `doubtful`: it may have arrived, and only a person decides whether it goes again.
`left_out` are those to whom a mailing does not go; `reason` says why."""


CHANNEL = "smtp"
"""The name of the way by which letters leave."""


@silent
class Letter(Scoped, Keyed, Base):
    """One e-mail to one address. The trail has a line for whoever had it sent, not for each step of its way.

    `key` is given once and makes its Message-ID: whatever is tried again is known by it as the same letter. `reason`
    says in a code why it was refused, `answer` what the server said. A letter of a mailing has no text of its own: it
    is written of the mailing's when it goes, with `values`. A `bulk` one bears the headers by which people say no.
    """

    __tablename__ = "core_letter"
    __scope__: ClassVar[RowScope] = RowScope(resource="letter", via="company_id", parent="Company", also=("sender_id",))
    __table_args__ = (
        Index("ix_core_letter_list", "created_at", "id"),
        Index("ix_core_letter_queue", "state", "mailing_id", "due_at", "id"),
        Index("ix_core_letter_mailing", "mailing_id", "state", "id"),
        Index("ix_core_letter_company", "company_id", "created_at", "id"),
        Index("ix_core_letter_address", "address_key", "id"),
        Index("ix_core_letter_claimed", "claimed_at"),
    )

    mailing_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_mailing.id"))
    bulk: Mapped[bool] = mapped_column(Boolean, default=False)
    company_id: Mapped[int | None] = company_key("move")
    contact_id: Mapped[int | None] = contact_key("move", index=True)
    sender_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))
    key: Mapped[str] = mapped_column(String(32), unique=True)
    address: Mapped[str] = mapped_column(String(200))
    address_key: Mapped[str] = mapped_column(key_text(200))
    name: Mapped[str] = mapped_column(String(100), default="")
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(Text, default="")
    values: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    reply_to: Mapped[str | None] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    reason: Mapped[str] = mapped_column(String(30), default="")
    answer: Mapped[str] = mapped_column(Text, default="")
    tries: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow)
    due_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow)
    claimed_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    sent_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    in_reply_to: Mapped[str | None] = mapped_column(String(250), info={"erase": "keep"})
    replied_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    bounced_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    unsubscribed_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    settled_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))
    """Who decided about it when it was doubtful."""

    @property
    def is_test(self) -> bool:
        """Tell whether the author of a mailing sent it to himself."""
        return self.bulk and self.mailing_id is None

    company: Mapped[Company | None] = relationship(foreign_keys="Letter.company_id")
    contact: Mapped[Contact | None] = relationship(foreign_keys="Letter.contact_id")


@silent
class MailChannel(Base):
    """Who hands letters to the server: one run at a time, so that at most one letter is in doubt when it dies."""

    __tablename__ = "core_mail_channel"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    holder: Mapped[str] = mapped_column(String(60), default="")
    held_until: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    worked_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    failed_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    error: Mapped[str] = mapped_column(Text, default="")
