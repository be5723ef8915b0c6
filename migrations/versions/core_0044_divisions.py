"""What an administrator changes of provinces, cities and districts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.columns import BigId

revision = "core_0044_divisions"
down_revision = "core_0043_allowances"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and the counter by which processes learn of changes in it."""
    op.create_table(
        "core_division",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("code", sa.String(6), nullable=False),
        sa.Column("parent_code", sa.String(6)),
        sa.Column("name", sa.String(40)),
        sa.Column("short_name", sa.String(40)),
        sa.Column("postcode", sa.String(6)),
        sa.Column("area_code", sa.String(8)),
        sa.Column("position", sa.Integer()),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("merged_into", sa.String(6)),
        sa.Column("former", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_division"),
        sa.UniqueConstraint("code", name="uq_core_division_code"),
    )
    op.execute("INSERT INTO core_state_version (name, version) VALUES ('divisions', 0)")


def downgrade() -> None:
    """Drop both."""
    op.execute("DELETE FROM core_state_version WHERE name = 'divisions'")
    op.drop_table("core_division")
