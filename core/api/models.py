"""The tokens with which programs read and write for a person."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import JSON, BigInteger, Boolean, ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from core.columns import BigId, Keyed, UTCDateTime, utcnow
from core.db import Base

COUNTED = {"derived": True}
"""What a program's requests count up is no change of the token: the trail leaves it out."""


class ApiToken(Keyed, Base):
    """A token of a person's own. The program sends it with every request; here lies only its hash.

    `prefix` is its beginning, by which people tell their tokens apart. `nouns` are the resources that it may read,
    `writes` those that it may change, as rights name them (`core:company`). `expires_on` is the last day on which it
    works. A token that has ended stays, so that the trail can be read; `end_reason` is `revoked`, `password` or
    `closed`.
    """

    __tablename__ = "core_api_token"

    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("core_user.id", ondelete="CASCADE"), index=True)
    title: Mapped[str] = mapped_column(String(80))
    prefix: Mapped[str] = mapped_column(String(16))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    nouns: Mapped[list[str]] = mapped_column(JSON, default=list)
    writes: Mapped[list[str]] = mapped_column(JSON, default=list)
    private: Mapped[bool] = mapped_column(Boolean, default=False)
    expires_on: Mapped[dt.date]
    created_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow)
    ended_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    end_reason: Mapped[str | None] = mapped_column(String(20))
    last_used_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    last_address: Mapped[str | None] = mapped_column(String(64))
    minute: Mapped[int] = mapped_column(BigInteger, default=0, info=COUNTED)
    calls: Mapped[int] = mapped_column(Integer, default=0, info=COUNTED)
    """Requests within the minute `minute`, counted since 1970."""

    day: Mapped[dt.date | None]
    rows: Mapped[int] = mapped_column(Integer, default=0, info=COUNTED)
    """Records given out on the day `day`."""
