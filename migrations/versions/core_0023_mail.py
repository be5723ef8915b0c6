"""Keep letters and who hands them to the server."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.columns import BigId, UTCDateTime, key_text

revision = "core_0023_mail"
down_revision = "core_0022_worklogs"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "core_letter",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("company_id", BigId),
        sa.Column("contact_id", BigId),
        sa.Column("sender_id", BigId),
        sa.Column("key", sa.String(32), nullable=False),
        sa.Column("address", sa.String(200), nullable=False),
        sa.Column("address_key", key_text(200), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("reply_to", sa.String(200)),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(30), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("claimed_at", UTCDateTime()),
        sa.Column("sent_at", UTCDateTime()),
        sa.Column("settled_by_id", BigId),
        sa.PrimaryKeyConstraint("id", name="pk_core_letter"),
        sa.UniqueConstraint("key", name="uq_core_letter_key"),
        sa.ForeignKeyConstraint(["company_id"], ["core_company.id"], name="fk_core_letter_company_id"),
        sa.ForeignKeyConstraint(["contact_id"], ["core_contact.id"], name="fk_core_letter_contact_id"),
        sa.ForeignKeyConstraint(["sender_id"], ["core_user.id"], name="fk_core_letter_sender_id"),
        sa.ForeignKeyConstraint(["settled_by_id"], ["core_user.id"], name="fk_core_letter_settled_by_id"),
    )
    op.create_index("ix_core_letter_list", "core_letter", ["created_at", "id"])
    op.create_index("ix_core_letter_queue", "core_letter", ["state", "due_at", "id"])
    op.create_index("ix_core_letter_company", "core_letter", ["company_id", "created_at", "id"])
    op.create_index("ix_core_letter_address", "core_letter", ["address_key", "id"])
    op.create_index("ix_core_letter_claimed", "core_letter", ["claimed_at"])
    op.create_index("ix_core_letter_contact_id", "core_letter", ["contact_id"])
    op.create_table(
        "core_mail_channel",
        sa.Column("name", sa.String(20), nullable=False),
        sa.Column("holder", sa.String(60), nullable=False),
        sa.Column("held_until", UTCDateTime()),
        sa.Column("worked_at", UTCDateTime()),
        sa.Column("failed_at", UTCDateTime()),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_core_mail_channel"),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("core_mail_channel", "core_letter"):
        op.drop_table(table)
