"""Attachments: what hangs on which record, and which file holds it."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from sqlalchemy import BigInteger, Boolean, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.columns import BigId, Keyed, RowScope, Scoped, Timestamped, UTCDateTime, Versioned
from core.customers.models.policy import company_key
from core.db import Base


class Attachment(Scoped, Keyed, Timestamped, Versioned, Base):
    """A file on a record of any Resource. Its content is found by `sha256`; several attachments may share one file.

    `resource` and `record_id` name the record (`core.auth.hosts.noun_of`), `company_id` whose data it is, if anybody's.
    Only who sees what is private about the record finds a `private` one.
    """

    __tablename__ = "core_attachment"
    __scope__: ClassVar[RowScope] = RowScope(resource="attachment", hung_on=("resource", "record_id"), hidden="private")
    __table_args__ = (
        Index("ix_core_attachment_record", "resource", "record_id", "id"),
        Index("ix_core_attachment_company", "company_id", "id"),
        Index("ix_core_attachment_list", "created_at", "id"),
        Index("ix_core_attachment_quota", "uploaded_by_id", "size"),
        Index("ix_core_attachment_bin", "deleted_at"),
    )

    resource: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[int] = mapped_column(BigId, info={"resource": "resource"})
    company_id: Mapped[int | None] = company_key("move", ondelete="CASCADE", follows="record_id")
    name: Mapped[str] = mapped_column(String(200))
    title: Mapped[str | None] = mapped_column(String(100))
    note: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(String(16))
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64), index=True, info={"erase": "keep"})
    width: Mapped[int | None] = mapped_column(Integer)
    height: Mapped[int | None] = mapped_column(Integer)
    private: Mapped[bool] = mapped_column(Boolean, default=False)
    uploaded_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))
    deleted_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    deleted_by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))

    @property
    def is_picture(self) -> bool:
        """Tell whether it has a preview."""
        return self.width is not None

    @property
    def shown_name(self) -> str:
        """What people call it: its title, else the name of the file."""
        return self.title or self.name
