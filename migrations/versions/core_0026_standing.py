"""Keep the rules of customer types, and which rule changed one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.columns import BigId, UTCDateTime

revision = "core_0026_standing"
down_revision = "core_0025_mailings"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the columns."""
    op.create_table(
        "core_standing_rule",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("before", sa.String(400), nullable=False),
        sa.Column("after", sa.String(30), nullable=False),
        sa.Column("conditions", sa.JSON(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_standing_rule"),
    )
    with op.batch_alter_table("core_standing_change") as table:
        table.add_column(sa.Column("rule_id", BigId))
        table.add_column(sa.Column("rule", sa.String(60), nullable=False, server_default=""))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("core_standing_change", "rule", server_default=None)
    op.create_index("ix_core_standing_change_company", "core_standing_change", ["company_id", "changed_at"])
    op.drop_index("ix_core_standing_change_company_id", "core_standing_change")


def downgrade() -> None:
    """Drop them."""
    op.create_index("ix_core_standing_change_company_id", "core_standing_change", ["company_id"])
    op.drop_index("ix_core_standing_change_company", "core_standing_change")
    with op.batch_alter_table("core_standing_change") as table:
        table.drop_column("rule")
        table.drop_column("rule_id")
    op.drop_table("core_standing_rule")
