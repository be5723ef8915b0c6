"""Saved views, each person's columns, and what he has exported today."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.auth.audit import silent
from core.columns import BigId, Keyed, Timestamped, Versioned
from core.db import Base


class ListView(Keyed, Timestamped, Versioned, Base):
    """A saved view (视图) of a resource's list: conditions, sort and columns under a name.

    `audience` is private, group, department or everybody; the group or the department is named besides.
    """

    __tablename__ = "core_list_view"
    __table_args__ = (Index("ix_core_list_view_resource", "resource", "owner_id"),)

    resource: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(60))
    owner_id: Mapped[int] = mapped_column(BigId, ForeignKey("core_user.id", ondelete="CASCADE"))
    audience: Mapped[str] = mapped_column(String(12), default="private")
    group_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_group.id", ondelete="CASCADE"))
    department_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_department.id", ondelete="CASCADE"))
    query: Mapped[str] = mapped_column(Text, default="")
    columns: Mapped[list[str] | None] = mapped_column(JSON)


@silent
class ListPreference(Base):
    """What one person set for one list: columns in order, rows a page, whether the full form stands open."""

    __tablename__ = "core_list_preference"

    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("core_user.id", ondelete="CASCADE"), primary_key=True)
    resource: Mapped[str] = mapped_column(String(60), primary_key=True)
    values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


@silent
class ExportDay(Base):
    """How many rows a person exported on a day, so that the limit stops at its number (promise S8)."""

    __tablename__ = "core_export_day"

    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("core_user.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[dt.date] = mapped_column(primary_key=True)
    rows: Mapped[int] = mapped_column(Integer, default=0)
