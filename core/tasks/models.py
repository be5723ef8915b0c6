"""Tasks, what happened with them, and how far each reminder has looked."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from sqlalchemy import JSON, Boolean, CheckConstraint, ForeignKey, Index, Integer, String, Text, column, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from core.auth.audit import silent
from core.clock import to_local
from core.columns import BigId, Keyed, RowScope, Scoped, Timestamped, UTCDateTime, Versioned, utcnow
from core.customers.models import Company
from core.customers.models.policy import company_key, contact_key, where_set
from core.db import Base

OPEN = ("new", "accepted", "working")
STATES = (*OPEN, "done", "closed", "declined")
OPEN_SQL = "state IN ('new', 'accepted', 'working')"


@silent
class Task(Scoped, Keyed, Timestamped, Versioned, Base):
    """Something that one person is to do until a day (任务), given by himself, by another person or by the program.

    `open` says the same as `state`, so that an index serves. A task of a whole day is due at its last second, so that
    what is due earlier that day stands before it. `kept` ones of a reminder stay until what they ask for is recorded.
    `resource` and `record_id` name the record of any resource that it is about, by the word of `core.auth.hosts`.
    Those given to several at once share a `bundle`; of a repeated one the first task is the `series`.
    """

    __tablename__ = "core_task"
    __scope__: ClassVar[RowScope] = RowScope(resource="task", owner="assignee_id", also=("giver_id",))
    __table_args__ = (
        CheckConstraint(f"open = ({OPEN_SQL})", name="open_as_state"),
        Index("ix_core_task_due", "due_at", "id"),
        Index("ix_core_task_assignee", "assignee_id", "open", "due_at", "id"),
        Index("ix_core_task_giver", "giver_id", "state", "due_at", "id"),
        Index("ix_core_task_company", "company_id", "open", "due_at", "id"),
        Index("ix_core_task_open", "open", "due_at", "id"),
        Index("ix_core_task_done", "assignee_id", "done_at"),
        Index("ix_core_task_load", "assignee_id", "due_at", "state", sqlite_where=text("open = 1"),
              postgresql_where=text("open")),
        where_set("ix_core_task_contact", "contact_id"),
        where_set("ix_core_task_bundle", "bundle"),
        Index("ix_core_task_reminder", "reminder", "id", sqlite_where=column("reminder").is_not(None),
              postgresql_where=column("reminder").is_not(None)),
        Index("ix_core_task_record", "resource", "record_id", sqlite_where=column("record_id").is_not(None),
              postgresql_where=column("record_id").is_not(None)),
    )  # fmt: skip

    title: Mapped[str] = mapped_column(String(200))
    text: Mapped[str | None] = mapped_column(Text)
    assignee_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"), active_history=True)
    giver_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"), active_history=True)
    state: Mapped[str] = mapped_column(String(12), default="new")
    open: Mapped[bool] = mapped_column(Boolean, default=True)
    priority: Mapped[str] = mapped_column(String(8), default="normal")
    source: Mapped[str] = mapped_column(String(12), default="hand")
    due_at: Mapped[dt.datetime] = mapped_column(UTCDateTime)
    timed: Mapped[bool] = mapped_column(Boolean, default=False)
    company_id: Mapped[int | None] = company_key("move")
    contact_id: Mapped[int | None] = contact_key("move")
    resource: Mapped[str | None] = mapped_column(String(60))
    record_id: Mapped[int | None] = mapped_column(BigId, info={"resource": "resource"})
    result: Mapped[str | None] = mapped_column(Text)
    reminder: Mapped[str | None] = mapped_column(String(60), info={"erase": "keep"})
    reminder_key: Mapped[str | None] = mapped_column(String(160), unique=True, info={"erase": "keep"})
    kept: Mapped[bool] = mapped_column(Boolean, default=False)
    href: Mapped[str] = mapped_column(String(300), default="", info={"erase": "keep"})
    bundle: Mapped[int | None] = mapped_column(BigId)
    series: Mapped[int | None] = mapped_column(BigId)
    repeat: Mapped[str] = mapped_column(String(8), default="")
    repeat_every: Mapped[int] = mapped_column(Integer, default=1)
    repeat_after: Mapped[str] = mapped_column(String(8), default="done")
    repeat_anchor: Mapped[dt.date | None]
    repeat_until: Mapped[dt.date | None]
    followed_by: Mapped[int | None] = mapped_column(BigId)
    put_off: Mapped[int] = mapped_column(Integer, default=0)
    done_at: Mapped[dt.datetime | None] = mapped_column(UTCDateTime)

    company: Mapped[Company | None] = relationship(foreign_keys=company_id)
    steps: Mapped[list[TaskStep]] = relationship(
        back_populates="task", order_by="TaskStep.id", cascade="all, delete-orphan"
    )

    @property
    def due_on(self) -> dt.date:
        """The business date on which it is due."""
        return to_local(self.due_at).date()

    @property
    def is_own(self) -> bool:
        """Tell whether nobody else waits for it: given by oneself, or by the program."""
        return self.giver_id is None or self.giver_id == self.assignee_id

    def set_state(self, state: str) -> None:
        """Set the state, with what follows from it."""
        self.state, self.open = state, state in OPEN


@silent
class TaskStep(Scoped, Keyed, Base):
    """One step of a task.

    Kinds are created, accepted, started, done, reopened, closed, declined, put_off, handed, changed, noted. `changes`
    holds what the step changed, `{name: [before, after]}`.
    """

    __tablename__ = "core_task_step"
    __scope__: ClassVar[RowScope] = RowScope(via="task_id", parent="Task")

    task_id: Mapped[int] = mapped_column(BigId, ForeignKey("core_task.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    by_id: Mapped[int | None] = mapped_column(BigId, ForeignKey("core_user.id"))
    happened_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow)
    note: Mapped[str] = mapped_column(Text, default="")
    changes: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

    task: Mapped[Task] = relationship(back_populates="steps")


@silent
class ReminderRun(Base):
    """Up to which day a reminder has looked for what falls due; the next look begins there."""

    __tablename__ = "core_reminder_run"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    until: Mapped[dt.date]
    ran_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow)
    found: Mapped[int] = mapped_column(Integer, default=0)


@silent
class CalendarFeed(Base):
    """The private address under which other programs read a person's tasks; only its hash is kept."""

    __tablename__ = "core_calendar_feed"

    user_id: Mapped[int] = mapped_column(BigId, ForeignKey("core_user.id", ondelete="CASCADE"), primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    password_mark: Mapped[str | None] = mapped_column(String(64), info={"erase": "keep"})
    """The mark of the password of that day: with another one the address ends. None for those made before."""

    made_at: Mapped[dt.datetime] = mapped_column(UTCDateTime, default=utcnow, onupdate=utcnow)
