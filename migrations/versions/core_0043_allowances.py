"""Requests for more rows than the limit of a day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.columns import BigId, UTCDateTime

revision = "core_0043_allowances"
down_revision = "core_0042_api_writes"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "core_allowance",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("owner_id", BigId, nullable=False),
        sa.Column("quota", sa.String(80), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        sa.Column("day", sa.Date()),
        sa.Column("decided_by_id", BigId),
        sa.Column("decided_at", UTCDateTime()),
        sa.Column("remark", sa.Text(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_allowance"),
        sa.ForeignKeyConstraint(["owner_id"], ["core_user.id"], name="fk_core_allowance_owner_id"),
        sa.ForeignKeyConstraint(["decided_by_id"], ["core_user.id"], name="fk_core_allowance_decided_by_id"),
    )
    op.create_index("ix_core_allowance_list", "core_allowance", ["created_at", "id"])
    op.create_index("ix_core_allowance_day", "core_allowance", ["owner_id", "quota", "day"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("core_allowance")
