"""Make the tables of printing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.columns import BigId, UTCDateTime

revision = "core_0006_printing"
down_revision = "core_0005_transfer"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "core_print_run",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("printed_at", UTCDateTime(), nullable=False),
        sa.Column("user_id", BigId),
        sa.Column("template", sa.String(80), nullable=False),
        sa.Column("resource", sa.String(80), nullable=False),
        sa.Column("quota", sa.String(80), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("sheet", sa.String(40), nullable=False),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column("page_count", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["core_user.id"], name="fk_core_print_run_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_core_print_run"),
    )
    op.create_index("ix_core_print_run_by_day", "core_print_run", ["user_id", "quota", "printed_at"])


def downgrade() -> None:
    op.drop_table("core_print_run")
