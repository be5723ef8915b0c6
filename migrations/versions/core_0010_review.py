"""Keep the steps of reviews; find the audit trail of one record."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.columns import BigId, UTCDateTime

revision = "core_0010_review"
down_revision = "core_0009_employers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the index."""
    op.create_table(
        "core_review_step",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("entity", sa.String(60), nullable=False),
        sa.Column("record_id", BigId, nullable=False),
        sa.Column("company_id", BigId),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("by_id", BigId),
        sa.Column("happened_at", UTCDateTime(), nullable=False),
        sa.Column("opinion", sa.Text(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("settled_at", UTCDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_core_review_step"),
        sa.ForeignKeyConstraint(["by_id"], ["core_user.id"], name="fk_core_review_step_by_id"),
    )
    op.create_index("ix_core_review_step_record", "core_review_step", ["entity", "record_id", "id"])
    op.create_index("ix_core_review_step_company", "core_review_step", ["company_id"])
    op.create_index("ix_core_audit_record", "core_audit", ["entity", "entity_id", "id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_core_audit_record", "core_audit")
    op.drop_table("core_review_step")
