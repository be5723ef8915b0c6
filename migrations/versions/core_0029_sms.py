"""Keep short messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.columns import BigId, UTCDateTime, key_text

revision = "core_0029_sms"
down_revision = "core_0028_inmails"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "core_sms",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("company_id", BigId),
        sa.Column("contact_id", BigId),
        sa.Column("sender_id", BigId),
        sa.Column("number", sa.String(40), nullable=False),
        sa.Column("digits", key_text(20), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("gateway", sa.String(30), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("claimed_at", UTCDateTime()),
        sa.Column("sent_at", UTCDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_core_sms"),
        sa.ForeignKeyConstraint(["company_id"], ["core_company.id"], name="fk_core_sms_company_id"),
        sa.ForeignKeyConstraint(["contact_id"], ["core_contact.id"], name="fk_core_sms_contact_id"),
        sa.ForeignKeyConstraint(["sender_id"], ["core_user.id"], name="fk_core_sms_sender_id"),
    )
    op.create_index("ix_core_sms_list", "core_sms", ["created_at", "id"])
    op.create_index("ix_core_sms_queue", "core_sms", ["state", "id"])
    op.create_index("ix_core_sms_company", "core_sms", ["company_id", "created_at", "id"])
    op.create_index("ix_core_sms_contact_id", "core_sms", ["contact_id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("core_sms")
