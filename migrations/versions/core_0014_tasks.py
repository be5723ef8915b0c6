"""Tasks with their steps, how far reminders have looked, the house's own days."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.columns import BigId, UTCDateTime

revision = "core_0014_tasks"
down_revision = "core_0013_attachments"
branch_labels = None
depends_on = None

OPEN = "open = (state IN ('new', 'accepted', 'working'))"


def _where_set(name: str, table: str, columns: list[str], key: str) -> None:
    rows = sa.text(f"{key} IS NOT NULL")
    op.create_index(name, table, columns, sqlite_where=rows, postgresql_where=rows)


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "core_calendar_day",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_core_calendar_day"),
    )
    op.create_table(
        "core_task",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("text", sa.Text()),
        sa.Column("assignee_id", BigId),
        sa.Column("giver_id", BigId),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("open", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.String(8), nullable=False),
        sa.Column("source", sa.String(12), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("timed", sa.Boolean(), nullable=False),
        sa.Column("company_id", BigId),
        sa.Column("contact_id", BigId),
        sa.Column("resource", sa.String(60)),
        sa.Column("record_id", BigId),
        sa.Column("result", sa.Text()),
        sa.Column("reminder", sa.String(60)),
        sa.Column("reminder_key", sa.String(160)),
        sa.Column("kept", sa.Boolean(), nullable=False),
        sa.Column("href", sa.String(300), nullable=False),
        sa.Column("bundle", BigId),
        sa.Column("series", BigId),
        sa.Column("repeat", sa.String(8), nullable=False),
        sa.Column("repeat_every", sa.Integer(), nullable=False),
        sa.Column("repeat_after", sa.String(8), nullable=False),
        sa.Column("repeat_anchor", sa.Date()),
        sa.Column("repeat_until", sa.Date()),
        sa.Column("followed_by", BigId),
        sa.Column("put_off", sa.Integer(), nullable=False),
        sa.Column("done_at", UTCDateTime()),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_task"),
        sa.UniqueConstraint("reminder_key", name="uq_core_task_reminder_key"),
        sa.CheckConstraint(OPEN, name=op.f("ck_core_task_open_as_state")),
        sa.ForeignKeyConstraint(["assignee_id"], ["core_user.id"], name="fk_core_task_assignee_id"),
        sa.ForeignKeyConstraint(["giver_id"], ["core_user.id"], name="fk_core_task_giver_id"),
        sa.ForeignKeyConstraint(["company_id"], ["core_company.id"], name="fk_core_task_company_id"),
        sa.ForeignKeyConstraint(["contact_id"], ["core_contact.id"], name="fk_core_task_contact_id"),
    )
    op.create_index("ix_core_task_due", "core_task", ["due_at", "id"])
    op.create_index("ix_core_task_assignee", "core_task", ["assignee_id", "open", "due_at", "id"])
    op.create_index("ix_core_task_giver", "core_task", ["giver_id", "state", "due_at", "id"])
    op.create_index("ix_core_task_company", "core_task", ["company_id", "open", "due_at", "id"])
    op.create_index("ix_core_task_open", "core_task", ["open", "due_at", "id"])
    op.create_index("ix_core_task_done", "core_task", ["assignee_id", "done_at"])
    _where_set("ix_core_task_contact", "core_task", ["contact_id"], "contact_id")
    _where_set("ix_core_task_bundle", "core_task", ["bundle"], "bundle")
    _where_set("ix_core_task_reminder", "core_task", ["reminder", "id"], "reminder")
    _where_set("ix_core_task_record", "core_task", ["resource", "record_id"], "record_id")
    op.create_table(
        "core_task_step",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("task_id", BigId, nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("by_id", BigId),
        sa.Column("happened_at", UTCDateTime(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_task_step"),
        sa.ForeignKeyConstraint(["task_id"], ["core_task.id"], name="fk_core_task_step_task_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["by_id"], ["core_user.id"], name="fk_core_task_step_by_id"),
    )
    op.create_index("ix_core_task_step_task_id", "core_task_step", ["task_id"])
    op.create_table(
        "core_reminder_run",
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("ran_at", UTCDateTime(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_core_reminder_run"),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("core_reminder_run")
    op.drop_table("core_task_step")
    op.drop_table("core_task")
    op.drop_table("core_calendar_day")
