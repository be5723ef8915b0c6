"""Events and their deliveries, jobs and their runs: the tables are the truth, the queue only carries their ids."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.auth.audit import silent
from core.columns import BigId, Keyed, UTCDateTime, utcnow
from core.db import Base


class Leased:
    """Work that one worker at a time does: `fence` rises each time it is taken, and the effect's transaction checks it.

    `state` is waiting, done, gave_up, or missed (a job's tick that nobody was there to run).
    """

    state: Mapped[str] = mapped_column(String(16), default="waiting")
    due_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    fence: Mapped[int] = mapped_column(Integer, default=0)
    lease_until: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    done_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    error: Mapped[str] = mapped_column(Text, default="")


@silent
class StoredEvent(Keyed, Base):
    """A published fact (the outbox), kept for `core.bus_keep_days` after all have heard it."""

    __tablename__ = "core_event"

    name: Mapped[str] = mapped_column(String(120), index=True)
    payload: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    happened_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow, index=True)
    user_id: Mapped[int | None] = mapped_column(BigId)

    deliveries: Mapped[list[Delivery]] = relationship(
        back_populates="event", lazy="select", passive_deletes=True, order_by="Delivery.id"
    )


@silent
class Delivery(Leased, Keyed, Base):
    """One event for one subscriber (the inbox): its row is marked done in the transaction of the handler's effect."""

    __tablename__ = "core_delivery"
    __table_args__ = (
        UniqueConstraint("event_id", "subscriber"),
        Index("ix_core_delivery_state_due_at", "state", "due_at"),
    )

    event_id: Mapped[int] = mapped_column(BigId, ForeignKey("core_event.id", ondelete="CASCADE"))
    plugin: Mapped[str] = mapped_column(String(40))
    subscriber: Mapped[str] = mapped_column(String(160))

    event: Mapped[StoredEvent] = relationship(back_populates="deliveries", lazy="select", innerjoin=True)


@silent
class JobClock(Base):
    """How far the clock has written down the due times of a job."""

    __tablename__ = "core_job_clock"

    job: Mapped[str] = mapped_column(String(120), primary_key=True)
    schedule: Mapped[str] = mapped_column(String(60))
    seen_until: Mapped[dt.datetime] = mapped_column(UTCDateTime)


@silent
class JobRun(Leased, Keyed, Base):
    """One run of a job, for a due time or on demand. `(job, tick)` is unique, so that two clocks never double it.

    A missed row stands for `ticks` due times, the last of which is `tick`. `worker` names the process that has it.
    """

    __tablename__ = "core_job_run"
    __table_args__ = (
        UniqueConstraint("job", "tick"),
        Index("ix_core_job_run_state_due_at", "state", "due_at"),
    )

    job: Mapped[str] = mapped_column(String(120))
    plugin: Mapped[str] = mapped_column(String(40))
    tick: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow)
    ticks: Mapped[int] = mapped_column(Integer, default=1)
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    started_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)
    result: Mapped[str] = mapped_column(Text, default="")
    worker: Mapped[str] = mapped_column(String(60), default="", server_default="")
    user_id: Mapped[int | None] = mapped_column(BigId)
