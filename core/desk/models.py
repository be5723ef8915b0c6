"""What somebody keeps at hand: records, lists and pages under a star, and what he typed and did not save yet."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import JSON, ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.auth.audit import silent
from core.columns import BigId, Keyed, UTCDateTime, utcnow
from core.db import Base


@silent
class Star(Keyed, Base):
    """One person's shortcut. `path` is an address of ours, beginning with a slash, without the place of deployment.

    A record is kept as its resource and id, without its name: that is read anew, for whoever may still see it.
    """

    __tablename__ = "core_star"
    __table_args__ = (UniqueConstraint("user_id", "path", name="uq_core_star_user_path"),)

    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("core_user.id", ondelete="CASCADE"))
    path: Mapped[str] = mapped_column(String(500))
    title: Mapped[str] = mapped_column(String(120), default="")
    resource: Mapped[str | None] = mapped_column(String(60))
    record_id: Mapped[int | None] = mapped_column(BigId)
    position: Mapped[int] = mapped_column(Integer, default=0)


@silent
class Draft(Keyed, Base):
    """What one person typed into the form at `address` and did not save. Nobody else ever sees it.

    `address` is a path of ours with what identifies the form, `content` the pairs of name and value as a browser sends
    them, without tokens, passwords and files.
    """

    __tablename__ = "core_draft"
    __table_args__ = (UniqueConstraint("user_id", "address", name="uq_core_draft_user_address"),)

    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("core_user.id", ondelete="CASCADE"))
    address: Mapped[str] = mapped_column(String(300))
    content: Mapped[list[list[str]]] = mapped_column(JSON)
    kept_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)
