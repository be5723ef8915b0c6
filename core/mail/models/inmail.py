"""E-mails that came in, filed to the customer where he is known."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.columns import BigId, Keyed, RowScope, Scoped, UTCDateTime, Versioned, key_text, utcnow
from core.customers.models import Company, Contact
from core.customers.models.policy import company_key, contact_key
from core.db import Base

INMAIL_KINDS = ("mail", "reply", "auto", "bounce")


class InMail(Scoped, Keyed, Versioned, Base):
    """One e-mail that came in (来信). `mark` is the digest of its bytes: fetched again, it is known.

    `state` is `filed`, `unfiled` or `dismissed`. `owner_id` is whose letter it answers: he finds it whoever has the
    customer.
    """

    __tablename__ = "core_inmail"
    __scope__: ClassVar[RowScope] = RowScope(resource="inmail", via="company_id", parent="Company", also=("owner_id",))
    __table_args__ = (
        Index("ix_core_inmail_list", "received_at", "id"),
        Index("ix_core_inmail_company", "company_id", "received_at", "id"),
        Index("ix_core_inmail_state", "state", "received_at"),
        Index("ix_core_inmail_from", "from_key", "received_at"),
    )

    mark: Mapped[str] = mapped_column(String(64), unique=True, info={"erase": "keep"})
    message_id: Mapped[str] = mapped_column(String(250), default="", index=True)
    kind: Mapped[str] = mapped_column(String(10), default="mail")
    state: Mapped[str] = mapped_column(String(10), default="unfiled")
    from_name: Mapped[str] = mapped_column(String(100), default="")
    from_address: Mapped[str] = mapped_column(String(200), default="")
    from_key: Mapped[str] = mapped_column(key_text(200), default="")
    to_text: Mapped[str] = mapped_column(Text, default="")
    subject: Mapped[str] = mapped_column(String(300), default="")
    text: Mapped[str] = mapped_column(Text, default="")
    note: Mapped[str] = mapped_column(Text, default="")
    """Files that could not be kept, and the like."""

    company_id: Mapped[int | None] = company_key("move")
    contact_id: Mapped[int | None] = contact_key("move", index=True)
    letter_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_letter.id", ondelete="SET NULL"), index=True)
    owner_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))
    filed_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))
    sent_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    received_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow)

    company: Mapped[Company | None] = relationship(foreign_keys="InMail.company_id")
    contact: Mapped[Contact | None] = relationship(foreign_keys="InMail.contact_id")
