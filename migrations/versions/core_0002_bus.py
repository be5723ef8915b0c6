"""Make the tables of events, deliveries and jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.columns import BigId, UTCDateTime

revision = "core_0002_bus"
down_revision = "core_0001_foundation"
branch_labels = None
depends_on = None


def leased() -> list[sa.Column[object]]:
    """Give the columns of work that one worker at a time does."""
    return [
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("fence", sa.Integer(), nullable=False),
        sa.Column("lease_until", UTCDateTime(), nullable=True),
        sa.Column("done_at", UTCDateTime(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
    ]


def upgrade() -> None:
    op.create_table(
        "core_event",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("happened_at", UTCDateTime(), nullable=False),
        sa.Column("user_id", BigId, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_event")),
    )
    op.create_index(op.f("ix_core_event_name"), "core_event", ["name"])
    op.create_index(op.f("ix_core_event_happened_at"), "core_event", ["happened_at"])
    op.create_table(
        "core_delivery",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("event_id", BigId, nullable=False),
        sa.Column("plugin", sa.String(length=40), nullable=False),
        sa.Column("subscriber", sa.String(length=160), nullable=False),
        *leased(),
        sa.ForeignKeyConstraint(
            ["event_id"], ["core_event.id"], name=op.f("fk_core_delivery_event_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_delivery")),
        sa.UniqueConstraint("event_id", "subscriber", name=op.f("uq_core_delivery_event_id_subscriber")),
    )
    op.create_index("ix_core_delivery_state_due_at", "core_delivery", ["state", "due_at"])
    op.create_table(
        "core_job_clock",
        sa.Column("job", sa.String(length=120), nullable=False),
        sa.Column("schedule", sa.String(length=60), nullable=False),
        sa.Column("seen_until", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("job", name=op.f("pk_core_job_clock")),
    )
    op.create_table(
        "core_job_run",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("job", sa.String(length=120), nullable=False),
        sa.Column("plugin", sa.String(length=40), nullable=False),
        sa.Column("tick", UTCDateTime(), nullable=False),
        sa.Column("ticks", sa.Integer(), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=True),
        sa.Column("result", sa.Text(), nullable=False),
        sa.Column("user_id", BigId, nullable=True),
        *leased(),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_job_run")),
        sa.UniqueConstraint("job", "tick", name=op.f("uq_core_job_run_job_tick")),
    )
    op.create_index("ix_core_job_run_state_due_at", "core_job_run", ["state", "due_at"])


def downgrade() -> None:
    op.drop_table("core_job_run")
    op.drop_table("core_job_clock")
    op.drop_table("core_delivery")
    op.drop_table("core_event")
