"""Keep until when a rating of credit holds, and that somebody was born in a leap month."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0027_validity"
down_revision = "core_0026_standing"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns."""
    op.add_column("core_credit_rating", sa.Column("valid_until", sa.Date()))
    op.add_column("core_company", sa.Column("credit_valid_until", sa.Date()))
    op.add_column("core_contact", sa.Column("birth_leap", sa.Boolean(), nullable=False, server_default=sa.false()))
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("core_contact", "birth_leap", server_default=None)


def downgrade() -> None:
    """Drop them."""
    for table, column in (
        ("core_contact", "birth_leap"), ("core_company", "credit_valid_until"), ("core_credit_rating", "valid_until"),
    ):  # fmt: skip
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column)
