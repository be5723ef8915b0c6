"""Templates of letters, and mailings: one text to many."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.columns import BigId, Keyed, RowScope, Scoped, Timestamped, UTCDateTime, Versioned
from core.db import Base

MAILING_STATES = ("draft", "ready", "asked", "approved", "running", "stopped", "done")
OPEN_STATES = ("draft", "ready", "asked", "approved")
"""States in which the text and the recipients can still change."""


class MailTemplate(Keyed, Timestamped, Versioned, Base):
    """A text to begin a letter or a mailing with. It belongs to the house."""

    __tablename__ = "core_mail_template"
    __table_args__ = (Index("ix_core_mail_template_list", "updated_at", "id"),)

    name: Mapped[str] = mapped_column(String(60), info={"erase": "keep"})
    kind: Mapped[str] = mapped_column(String(12), default="information")
    subject: Mapped[str] = mapped_column(String(200), info={"erase": "keep"})
    body: Mapped[str] = mapped_column(Text, info={"erase": "keep"})
    entered_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))


class Mailing(Scoped, Keyed, Timestamped, Versioned, Base):
    """One text to many (群发). Its recipients are letters.

    `resource` and `query` say who is meant, as the address of a list says it; `chosen` the ids where rows were chosen.
    `kind` is `advertising` or `information`; advertising goes to nobody who did not agree to `purpose` before.
    """

    __tablename__ = "core_mailing"
    __scope__: ClassVar[RowScope] = RowScope(resource="mailing", owner="owner_id")
    __table_args__ = (Index("ix_core_mailing_list", "created_at", "id"), Index("ix_core_mailing_state", "state"))

    owner_id: Mapped[int] = mapped_column(BigId, ForeignKey("core_user.id"))
    name: Mapped[str] = mapped_column(String(100), info={"erase": "keep"})
    kind: Mapped[str] = mapped_column(String(12))
    purpose: Mapped[str] = mapped_column(String(30))
    subject: Mapped[str] = mapped_column(String(200), info={"erase": "keep"})
    body: Mapped[str] = mapped_column(Text, info={"erase": "keep"})
    resource: Mapped[str] = mapped_column(String(80), info={"erase": "keep"})
    query: Mapped[str] = mapped_column(Text, default="")
    chosen: Mapped[list[Any]] = mapped_column(JSON, default=list, info={"erase": "keep"})
    quiet_days: Mapped[int] = mapped_column(Integer, default=0)
    per_minute: Mapped[int] = mapped_column(Integer, default=0)
    state: Mapped[str] = mapped_column(String(10), default="draft")
    reason: Mapped[str] = mapped_column(Text, default="")
    """Why so many are written to, where more than the limit of a day are."""

    gathered_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    asked_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    approved_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))
    approved_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    started_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    ended_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    recipients: Mapped[int] = mapped_column(Integer, default=0)
    """How many were to be written to when it was started: what counts against the limits."""
