"""Telephone calls at the desk (通话) and what came of them."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.columns import BigId, Keyed, RowScope, Scoped, UTCDateTime, utcnow
from core.customers.models.policy import company_key
from core.db import Base
from core.i18n import _


class Call(Scoped, Keyed, Base):
    """One call with a customer: its outcome, and when to call again."""

    __tablename__ = "journals_call"
    __scope__: ClassVar[RowScope] = RowScope(resource="call", via="company_id", parent="Company")
    __table_args__ = (Index("ix_journals_call_by_day", "called_by_id", "called_at"), {"info": {"title": _("Call")}})

    company_id: Mapped[int] = company_key("move", index=True)
    outcome: Mapped[str] = mapped_column(
        String(30), info={"title": _("Outcome of the call"), "field_class": "brief", "dictionary": "journals_outcome"}
    )
    note: Mapped[str | None] = mapped_column(Text)
    next_call_on: Mapped[dt.date | None] = mapped_column(
        index=True, info={"title": _("Next call"), "field_class": "brief"}
    )
    called_by_id: Mapped[int | None] = mapped_column(
        BigId, ForeignKey("core_user.id"), info={"title": _("Called by"), "field_class": "brief"}
    )
    called_at: Mapped[dt.datetime] = mapped_column(
        UTCDateTime, default=utcnow, info={"title": _("Called at"), "field_class": "brief"}
    )
