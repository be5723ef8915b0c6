"""Keep what people typed into a form and did not save yet."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.columns import BigId, UTCDateTime

revision = "core_0046_drafts"
down_revision = "core_0045_merged_entries"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "core_draft",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("address", sa.String(300), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("kept_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_draft"),
        sa.ForeignKeyConstraint(["user_id"], ["core_user.id"], name="fk_core_draft_user_id", ondelete="CASCADE"),
        sa.UniqueConstraint("user_id", "address", name="uq_core_draft_user_address"),
    )
    op.create_index("ix_core_draft_kept_at", "core_draft", ["kept_at"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("core_draft")
