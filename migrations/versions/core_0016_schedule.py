"""Private addresses of schedules; count what is open by person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.columns import BigId, UTCDateTime

revision = "core_0016_schedule"
down_revision = "core_0015_care"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the index."""
    op.create_table(
        "core_calendar_feed",
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_core_calendar_feed"),
        sa.UniqueConstraint("token_hash", name="uq_core_calendar_feed_token_hash"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["core_user.id"], name="fk_core_calendar_feed_user_id", ondelete="CASCADE"
        ),
    )
    op.create_index(
        "ix_core_task_load", "core_task", ["assignee_id", "due_at", "state"],
        sqlite_where=sa.text("open = 1"), postgresql_where=sa.text("open"),
    )  # fmt: skip


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_core_task_load", "core_task")
    op.drop_table("core_calendar_feed")
