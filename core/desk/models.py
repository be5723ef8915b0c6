"""What somebody keeps at hand: records, lists and pages under a star."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Integer, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.auth.audit import silent
from core.columns import BigId, Keyed
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
