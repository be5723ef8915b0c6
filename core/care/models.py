"""Festivals on which customers are greeted, and the words for it."""

from __future__ import annotations

from sqlalchemy import Boolean, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.columns import Keyed, Timestamped, Versioned
from core.db import Base

OCCASIONS = ("birthday", "festival", "anniversary", "care")


class Festival(Keyed, Timestamped, Versioned, Base):
    """A day of every year, of the solar or the lunar calendar, on which customers are greeted."""

    __tablename__ = "core_festival"

    name: Mapped[str] = mapped_column(String(40), unique=True)
    lunar: Mapped[bool] = mapped_column(Boolean, default=False)
    month: Mapped[int] = mapped_column(Integer)
    day: Mapped[int] = mapped_column(Integer)
    active: Mapped[bool] = mapped_column(Boolean, default=True)


class Greeting(Keyed, Timestamped, Versioned, Base):
    """The words for an occasion, with fixed placeholders."""

    __tablename__ = "core_greeting"

    occasion: Mapped[str] = mapped_column(String(12), unique=True)
    text: Mapped[str] = mapped_column(Text)
