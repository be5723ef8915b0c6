"""Keep who wants a daily e-mail of what waits for him."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.columns import BigId

revision = "core_0034_mail_digest"
down_revision = "core_0033_address_keys"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "core_mail_digest",
        sa.Column("user_id", BigId, autoincrement=False, nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("working_days", sa.Boolean(), nullable=False),
        sa.Column("sent_on", sa.Date()),
        sa.PrimaryKeyConstraint("user_id", name="pk_core_mail_digest"),
        sa.ForeignKeyConstraint(["user_id"], ["core_user.id"], name="fk_core_mail_digest_user_id", ondelete="CASCADE"),
    )
    op.create_index("ix_core_mail_digest_due", "core_mail_digest", ["hour", "sent_on"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("core_mail_digest")
