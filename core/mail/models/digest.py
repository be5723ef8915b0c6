"""Who wants a daily e-mail of what waits for him, and when he got the last one."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Boolean, ForeignKey, Index, Integer
from sqlalchemy.orm import Mapped, mapped_column

from core.auth.audit import silent
from core.columns import BigId
from core.db import Base

DIGEST = "digest"
"""The value by which a letter is known as the daily e-mail of its sender: it has no text until it leaves."""


@silent
class MailDigest(Base):
    """A person's wish for the daily e-mail (每日摘要): from which hour on, which days, and the day of the last one."""

    __tablename__ = "core_mail_digest"
    __table_args__ = (Index("ix_core_mail_digest_due", "hour", "sent_on"),)

    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("core_user.id", ondelete="CASCADE"), primary_key=True)
    hour: Mapped[int] = mapped_column(Integer)
    working_days: Mapped[bool] = mapped_column(Boolean, default=True)
    sent_on: Mapped[dt.date | None]
