"""Requests of people about their data, what was erased or held, and the keys by which it is known again."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.auth.audit import silent
from core.columns import BigId, Keyed, Timestamped, UTCDateTime, Versioned, utcnow
from core.customers.models.policy import company_key, contact_key
from core.db import Base


class PrivacyRequest(Keyed, Timestamped, Versioned, Base):
    """What somebody asked for about his data, until when it is to be answered, and what was answered."""

    __tablename__ = "core_privacy_request"
    __table_args__ = (
        Index("ix_core_privacy_request_list_due", "due_on", "id"),
        Index("ix_core_privacy_request_list_received", "received_on", "id"),
    )

    subject: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(20), default="open", index=True)
    company_id: Mapped[int | None] = company_key("move", follows="contact_id", index=True)
    contact_id: Mapped[int | None] = contact_key("move", index=True)
    asked_by: Mapped[str | None] = mapped_column(String(200))
    """How and from whom it came: letter, call, e-mail address."""

    text: Mapped[str | None] = mapped_column(Text)
    received_on: Mapped[dt.date]
    due_on: Mapped[dt.date]
    handled_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))
    answered_on: Mapped[dt.date | None]
    answer: Mapped[str | None] = mapped_column(Text)
    refusal: Mapped[str | None] = mapped_column(Text)
    """The reason why it was refused."""


@silent
class Erasure(Keyed, Base):
    """One erasing or holding of a person or of a company's people. It says how much was touched, never what it said.

    `kept` holds what a held person's rows said, for nobody but the release; it is empty after an erasure. The ids are
    plain: the line outlives the records.
    """

    __tablename__ = "core_privacy_erasure"
    __table_args__ = (Index("ix_core_privacy_erasure_record", "kind", "record_id"),)

    kind: Mapped[str] = mapped_column(String(10))
    record_id: Mapped[int] = mapped_column(BigId)
    state: Mapped[str] = mapped_column(String(10))
    contacts: Mapped[list[int]] = mapped_column(JSON, default=list)
    reason: Mapped[str] = mapped_column(Text, default="")
    counts: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    kept: Mapped[list[Any]] = mapped_column(JSON, default=list)
    by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))
    done_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow)
    ended_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)


@silent
class ErasedKey(Keyed, Base):
    """A mark by which an erased person is known again: digests with the deployment's key, no plain data."""

    __tablename__ = "core_privacy_erased_key"
    __table_args__ = (Index("ix_core_privacy_erased_key_digest", "digest"),)

    kind: Mapped[str] = mapped_column(String(10))
    record_id: Mapped[int] = mapped_column(BigId)
    digest: Mapped[str] = mapped_column(String(64))
    erased_on: Mapped[dt.date]
