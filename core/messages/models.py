"""A message, and the copy that its sender and each of its receivers holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any, ClassVar

from sqlalchemy import Boolean, ForeignKey, Index, Integer, String, Text, UniqueConstraint, column
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.auth.audit import silent
from core.columns import BigId, Keyed, RowScope, Scoped, Tokens, UTCDateTime, utcnow
from core.customers.models.policy import company_key, where_set
from core.db import Base

PRIORITIES = ("high", "normal", "low")
FOLDERS = ("inbox", "system", "sent", "filed")
"""`inbox` holds what people sent, `system` what the program reported, `filed` what its holder put away."""


@silent
class Message(Keyed, Scoped, Base):
    """What was sent, once for all who hold a copy; found through them (promises, Permissions). The trail is silent
    about it: an administrator sees that somebody wrote to so many, never what.

    `sender_id` is the person, `module` the area or plugin that reports. `key` is given once for ever, so that nothing
    is reported twice. A `sticky` one cannot be dismissed, only put off, until what it asks for is done. `company_id`
    tells whose data it may quote, for erasing them.
    """

    __tablename__ = "core_message"
    __scope__: ClassVar[RowScope] = RowScope(resource="message", through=("MessageCopy", "message_id"))
    __table_args__ = (
        Index("ix_core_message_thread", "thread_id", "id"),
        Index("ix_core_message_record", "record_kind", "record_id"),
        where_set("ix_core_message_company", "company_id"),
        where_set("ix_core_message_parent", "parent_id"),
    )

    sender_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))
    module: Mapped[str] = mapped_column(String(40), default="")
    kind: Mapped[str] = mapped_column(String(60), default="")
    key: Mapped[str | None] = mapped_column(String(200), unique=True)
    title: Mapped[str] = mapped_column(String(200))
    content: Mapped[str] = mapped_column(Text, default="")
    priority: Mapped[str] = mapped_column(String(8), default="normal")
    needs_receipt: Mapped[bool] = mapped_column(Boolean, default=False)
    sticky: Mapped[bool] = mapped_column(Boolean, default=False)
    record_kind: Mapped[str | None] = mapped_column(String(40))
    record_id: Mapped[int | None] = mapped_column(BigId, info={"resource": "record_kind"})
    company_id: Mapped[int | None] = company_key("move", follows="record_id")
    parent_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_message.id"))
    thread_id: Mapped[int | None] = mapped_column(BigId)
    audience: Mapped[str] = mapped_column(String(300), default="")
    receivers: Mapped[int] = mapped_column(Integer, default=0)
    sent_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow)


_UNREAD: Any = column("read_at").is_(None)
_DUE: Any = column("due_at").is_not(None)


@silent
class MessageCopy(Keyed, Scoped, Base):
    """One person's copy: where he keeps it, whether he read it, what he noted and answered.

    `side` is `in` for a receiver, `out` for the sender. What asks for something has a `due_at`, from which it stands
    among what is to be done, until it is done. `sent_at`, `sender_id` and `priority` repeat the message's, so that
    one index orders a folder.
    """

    __tablename__ = "core_message_copy"
    __scope__: ClassVar[RowScope] = RowScope(resource="message", owner="user_id")
    __table_args__ = (
        UniqueConstraint("message_id", "user_id", "side", name="uq_core_message_copy_message_id"),
        Index("ix_core_message_copy_folder", "user_id", "folder", "sent_at", "id"),
        Index("ix_core_message_copy_sent", "user_id", "sent_at", "id"),
        Index("ix_core_message_copy_unread", "user_id", "folder", sqlite_where=_UNREAD, postgresql_where=_UNREAD),
        Index("ix_core_message_copy_due", "user_id", "due_at", sqlite_where=_DUE, postgresql_where=_DUE),
        Index("ix_core_message_copy_held", "user_id", "message_id"),
    )

    message_id: Mapped[int] = mapped_column(BigId, ForeignKey("core_message.id", ondelete="CASCADE"))
    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("core_user.id"))
    side: Mapped[str] = mapped_column(String(3), default="in")
    folder: Mapped[str] = mapped_column(String(10), default="inbox")
    sender_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))
    priority: Mapped[str] = mapped_column(String(8), default="normal")
    sent_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow)
    read_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    receipt_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    due_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    done_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    note: Mapped[str] = mapped_column(Text, default="")
    feedback: Mapped[str] = mapped_column(Text, default="")
    feedback_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    filed_under: Mapped[str] = mapped_column(String(60), default="")

    message: Mapped[Message] = relationship(lazy="joined", innerjoin=True)

    @property
    def company_id(self) -> int | None:
        """The customer whose data the message may quote."""
        return self.message.company_id


@silent
class MessageWords(Base):
    """What the search knows of a message: its characters, pairs of them and its holders, as tokens.

    They are held by the FTS5 table `core_message_fts` on SQLite, by a GIN index on PostgreSQL.
    """

    __tablename__ = "core_message_words"
    __table_args__ = (Index("ix_core_message_words_tokens", "tokens", postgresql_using="gin", info={"derived": True}),)

    message_id: Mapped[int] = mapped_column(BigId, ForeignKey("core_message.id", ondelete="CASCADE"), primary_key=True)
    tokens: Mapped[Sequence[str]] = mapped_column(Tokens)
