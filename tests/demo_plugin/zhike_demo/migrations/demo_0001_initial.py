"""Make the table of visits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.columns import BigId, Money, UTCDateTime

revision = "demo_0001_initial"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "demo_visit",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("company_id", BigId, nullable=False),
        sa.Column("topic", sa.String(100), nullable=False),
        sa.Column("visited_on", sa.Date(), nullable=False),
        sa.Column("outcome", sa.String(30)),
        sa.Column("cost", Money()),
        sa.Column("report", sa.Text()),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["company_id"], ["core_company.id"], name="fk_demo_visit_company_id"),
        sa.PrimaryKeyConstraint("id", name="pk_demo_visit"),
    )
    op.create_index("ix_demo_visit_company_id", "demo_visit", ["company_id"])


def downgrade() -> None:
    op.drop_table("demo_visit")
