"""What happened in the review of a record, step by step."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from core.auth.audit import silent
from core.columns import BigId, Keyed, UTCDateTime, utcnow
from core.db import Base

OPEN_KINDS = ("submitted", "changed")
"""Steps that wait for a decision. `changed`: the record stays reviewed though what it says was changed."""


@silent
class ReviewStep(Keyed, Base):
    """One step: submitted, changed, reviewed, confirmed, returned, proposed, taken, declined.

    `entity` is the record's table. `changes` holds what a reviewer proposes, `{column: [present, proposed]}`. A step is
    settled by the decision that answers it. `company_id` tells whose data it may quote, for erasing them.
    """

    __tablename__ = "core_review_step"
    __table_args__ = (
        Index("ix_core_review_step_record", "entity", "record_id", "id"),
        Index("ix_core_review_step_company", "company_id"),
    )

    entity: Mapped[str] = mapped_column(String(60))
    record_id: Mapped[int] = mapped_column(BigId)
    company_id: Mapped[int | None] = mapped_column(BigId)
    kind: Mapped[str] = mapped_column(String(16))
    by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))
    happened_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow)
    opinion: Mapped[str] = mapped_column(Text, default="")
    changes: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    settled_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
