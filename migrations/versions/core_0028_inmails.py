"""Keep e-mails that came in; letters know whether they were answered or came back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.columns import BigId, UTCDateTime, key_text

revision = "core_0028_inmails"
down_revision = "core_0027_validity"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and the columns of letters."""
    op.create_table(
        "core_inmail",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("mark", sa.String(64), nullable=False),
        sa.Column("message_id", sa.String(250), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("from_name", sa.String(100), nullable=False),
        sa.Column("from_address", sa.String(200), nullable=False),
        sa.Column("from_key", key_text(200), nullable=False),
        sa.Column("to_text", sa.Text(), nullable=False),
        sa.Column("subject", sa.String(300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("company_id", BigId),
        sa.Column("contact_id", BigId),
        sa.Column("letter_id", BigId),
        sa.Column("owner_id", BigId),
        sa.Column("filed_by_id", BigId),
        sa.Column("sent_at", UTCDateTime()),
        sa.Column("received_at", UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_inmail"),
        sa.UniqueConstraint("mark", name="uq_core_inmail_mark"),
        sa.ForeignKeyConstraint(["company_id"], ["core_company.id"], name="fk_core_inmail_company_id"),
        sa.ForeignKeyConstraint(["contact_id"], ["core_contact.id"], name="fk_core_inmail_contact_id"),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["core_letter.id"], name="fk_core_inmail_letter_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["core_user.id"], name="fk_core_inmail_owner_id"),
        sa.ForeignKeyConstraint(["filed_by_id"], ["core_user.id"], name="fk_core_inmail_filed_by_id"),
    )
    op.create_index("ix_core_inmail_list", "core_inmail", ["received_at", "id"])
    op.create_index("ix_core_inmail_company", "core_inmail", ["company_id", "received_at", "id"])
    op.create_index("ix_core_inmail_state", "core_inmail", ["state", "received_at"])
    op.create_index("ix_core_inmail_from", "core_inmail", ["from_key", "received_at"])
    for name in ("message_id", "contact_id", "letter_id"):
        op.create_index(f"ix_core_inmail_{name}", "core_inmail", [name])
    op.add_column("core_letter", sa.Column("in_reply_to", sa.String(250)))
    op.add_column("core_letter", sa.Column("replied_at", UTCDateTime()))
    op.add_column("core_letter", sa.Column("bounced_at", UTCDateTime()))


def downgrade() -> None:
    """Drop them."""
    with op.batch_alter_table("core_letter") as table:
        for name in ("bounced_at", "replied_at", "in_reply_to"):
            table.drop_column(name)
    op.drop_table("core_inmail")
