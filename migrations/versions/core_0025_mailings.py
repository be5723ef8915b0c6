"""Keep mailings and templates of letters; letters may belong to a mailing."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.columns import BigId, UTCDateTime

revision = "core_0025_mailings"
down_revision = "core_0024_stars"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and the columns of letters."""
    op.create_table(
        "core_mail_template",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("entered_by_id", BigId),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_mail_template"),
        sa.ForeignKeyConstraint(["entered_by_id"], ["core_user.id"], name="fk_core_mail_template_entered_by_id"),
    )
    op.create_index("ix_core_mail_template_list", "core_mail_template", ["updated_at", "id"])
    op.create_table(
        "core_mailing",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("owner_id", BigId, nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(12), nullable=False),
        sa.Column("purpose", sa.String(30), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("resource", sa.String(80), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("chosen", sa.JSON(), nullable=False),
        sa.Column("quiet_days", sa.Integer(), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("gathered_at", UTCDateTime()),
        sa.Column("asked_at", UTCDateTime()),
        sa.Column("approved_by_id", BigId),
        sa.Column("approved_at", UTCDateTime()),
        sa.Column("started_at", UTCDateTime()),
        sa.Column("ended_at", UTCDateTime()),
        sa.Column("recipients", sa.Integer(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_mailing"),
        sa.ForeignKeyConstraint(["owner_id"], ["core_user.id"], name="fk_core_mailing_owner_id"),
        sa.ForeignKeyConstraint(["approved_by_id"], ["core_user.id"], name="fk_core_mailing_approved_by_id"),
    )
    op.create_index("ix_core_mailing_list", "core_mailing", ["created_at", "id"])
    op.create_index("ix_core_mailing_state", "core_mailing", ["state"])
    op.drop_index("ix_core_letter_queue", "core_letter")
    with op.batch_alter_table("core_letter") as table:
        table.add_column(sa.Column("mailing_id", BigId))
        table.add_column(sa.Column("bulk", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("values", sa.JSON(), nullable=False, server_default="{}"))
        table.add_column(sa.Column("unsubscribed_at", UTCDateTime()))
        table.create_foreign_key("fk_core_letter_mailing_id", "core_mailing", ["mailing_id"], ["id"])
    op.create_index("ix_core_letter_queue", "core_letter", ["state", "mailing_id", "due_at", "id"])
    op.create_index("ix_core_letter_mailing", "core_letter", ["mailing_id", "state", "id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("ix_core_letter_mailing", "core_letter")
    op.drop_index("ix_core_letter_queue", "core_letter")
    with op.batch_alter_table("core_letter") as table:
        table.drop_constraint("fk_core_letter_mailing_id", type_="foreignkey")
        for name in ("unsubscribed_at", "values", "bulk", "mailing_id"):
            table.drop_column(name)
    op.create_index("ix_core_letter_queue", "core_letter", ["state", "due_at", "id"])
    op.drop_table("core_mailing")
    op.drop_table("core_mail_template")
