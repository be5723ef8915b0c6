"""Tags and which records bear them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Boolean, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, validates

from core.auth.audit import silent
from core.columns import BigId, Keyed, Timestamped, UTCDateTime, Versioned, key_text, utcnow
from core.customers.text import name_key
from core.db import Base


class Tag(Keyed, Timestamped, Versioned, Base):
    """A free word on records (标签). With an owner it is his alone; `tone` is one of the colours of marks."""

    __tablename__ = "core_tag"
    __table_args__ = (UniqueConstraint("name_key", "owner_key"),)

    name: Mapped[str] = mapped_column(String(40))
    name_key: Mapped[str] = mapped_column(key_text(40))
    owner_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id", ondelete="CASCADE"))
    owner_key: Mapped[int] = mapped_column(BigId, default=0)
    """The owner, 0 for a shared tag: an empty value would let two of one name stand side by side."""
    tone: Mapped[str] = mapped_column(String(4), default="")
    retired: Mapped[bool] = mapped_column(Boolean, default=False)

    @validates("name")
    def _derive_key(self, key: str, value: str) -> str:
        self.name_key = name_key(value)[:40]
        return value


@silent
class Tagging(Keyed, Base):
    """A tag on a record of any resource, which `entity` names by its noun."""

    __tablename__ = "core_tagging"
    __table_args__ = (
        UniqueConstraint("tag_id", "entity", "record_id"),
        Index("ix_core_tagging_record", "entity", "record_id"),
    )

    tag_id: Mapped[int] = mapped_column(BigId, ForeignKey("core_tag.id", ondelete="CASCADE"))
    entity: Mapped[str] = mapped_column(String(80))
    record_id: Mapped[int] = mapped_column(BigId, info={"resource": "entity", "merge": "combine"})
    by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))
    tagged_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow)
