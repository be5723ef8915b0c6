"""Keep what people put under a star."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.columns import BigId

revision = "core_0024_stars"
down_revision = "core_0023_mail"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "core_star",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("path", sa.String(500), nullable=False),
        sa.Column("title", sa.String(120), nullable=False),
        sa.Column("resource", sa.String(60)),
        sa.Column("record_id", BigId),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_star"),
        sa.ForeignKeyConstraint(["user_id"], ["core_user.id"], name="fk_core_star_user_id", ondelete="CASCADE"),
        sa.UniqueConstraint("user_id", "path", name="uq_core_star_user_path"),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("core_star")
