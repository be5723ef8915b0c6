"""Keep messages and the copies that their senders and receivers hold."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.columns import BigId, UTCDateTime

revision = "core_0021_messages"
down_revision = "core_0020_tags"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "core_message",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("sender_id", BigId),
        sa.Column("module", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("key", sa.String(200)),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("priority", sa.String(8), nullable=False),
        sa.Column("needs_receipt", sa.Boolean(), nullable=False),
        sa.Column("sticky", sa.Boolean(), nullable=False),
        sa.Column("record_kind", sa.String(40)),
        sa.Column("record_id", BigId),
        sa.Column("company_id", BigId),
        sa.Column("parent_id", BigId),
        sa.Column("thread_id", BigId),
        sa.Column("audience", sa.String(300), nullable=False),
        sa.Column("receivers", sa.Integer(), nullable=False),
        sa.Column("sent_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_message"),
        sa.UniqueConstraint("key", name="uq_core_message_key"),
        sa.ForeignKeyConstraint(["sender_id"], ["core_user.id"], name="fk_core_message_sender_id"),
        sa.ForeignKeyConstraint(["company_id"], ["core_company.id"], name="fk_core_message_company_id"),
        sa.ForeignKeyConstraint(["parent_id"], ["core_message.id"], name="fk_core_message_parent_id"),
    )
    op.create_index("ix_core_message_thread", "core_message", ["thread_id", "id"])
    op.create_index("ix_core_message_record", "core_message", ["record_kind", "record_id"])
    quoted = sa.text("company_id IS NOT NULL")
    op.create_index(
        "ix_core_message_company", "core_message", ["company_id"], sqlite_where=quoted, postgresql_where=quoted
    )
    op.create_table(
        "core_message_copy",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("message_id", BigId, nullable=False),
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("side", sa.String(3), nullable=False),
        sa.Column("folder", sa.String(10), nullable=False),
        sa.Column("sender_id", BigId),
        sa.Column("priority", sa.String(8), nullable=False),
        sa.Column("sent_at", UTCDateTime(), nullable=False),
        sa.Column("read_at", UTCDateTime()),
        sa.Column("receipt_at", UTCDateTime()),
        sa.Column("due_at", UTCDateTime()),
        sa.Column("done_at", UTCDateTime()),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("feedback", sa.Text(), nullable=False),
        sa.Column("feedback_at", UTCDateTime()),
        sa.Column("filed_under", sa.String(60), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_message_copy"),
        sa.UniqueConstraint("message_id", "user_id", "side", name="uq_core_message_copy_message_id"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["core_message.id"], name="fk_core_message_copy_message_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["core_user.id"], name="fk_core_message_copy_user_id"),
        sa.ForeignKeyConstraint(["sender_id"], ["core_user.id"], name="fk_core_message_copy_sender_id"),
    )
    copies = "core_message_copy"
    op.create_index("ix_core_message_copy_folder", copies, ["user_id", "folder", "sent_at", "id"])
    op.create_index("ix_core_message_copy_sent", copies, ["user_id", "sent_at", "id"])
    op.create_index("ix_core_message_copy_held", copies, ["user_id", "message_id"])
    unread, due = sa.text("read_at IS NULL"), sa.text("due_at IS NOT NULL")
    op.create_index(
        "ix_core_message_copy_unread", copies, ["user_id", "folder"], sqlite_where=unread, postgresql_where=unread
    )
    op.create_index("ix_core_message_copy_due", copies, ["user_id", "due_at"], sqlite_where=due, postgresql_where=due)


def downgrade() -> None:
    """Drop them."""
    op.drop_table("core_message_copy")
    op.drop_table("core_message")
