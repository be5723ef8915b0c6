"""Keep the tokens with which programs read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.columns import BigId, UTCDateTime

revision = "core_0039_api_tokens"
down_revision = "core_0038_sms_purpose"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "core_api_token",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("title", sa.String(80), nullable=False),
        sa.Column("prefix", sa.String(16), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("nouns", sa.JSON(), nullable=False),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("expires_on", sa.Date(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime()),
        sa.Column("end_reason", sa.String(20)),
        sa.Column("last_used_at", UTCDateTime()),
        sa.Column("last_address", sa.String(64)),
        sa.Column("minute", sa.BigInteger(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date()),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_api_token"),
        sa.UniqueConstraint("token_hash", name="uq_core_api_token_token_hash"),
        sa.ForeignKeyConstraint(["user_id"], ["core_user.id"], name="fk_core_api_token_user_id", ondelete="CASCADE"),
    )
    op.create_index("ix_core_api_token_user_id", "core_api_token", ["user_id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("core_api_token")
