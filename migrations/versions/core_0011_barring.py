"""Keep who must not be reached on which channel, and what people agreed to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.columns import BigId, UTCDateTime

revision = "core_0011_barring"
down_revision = "core_0010_review"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables and the column."""
    op.create_table(
        "core_contact_bar",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("company_id", BigId, nullable=False),
        sa.Column("contact_id", BigId),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("set_on", sa.Date(), nullable=False),
        sa.Column("set_by_id", BigId),
        sa.Column("lifted_at", UTCDateTime()),
        sa.Column("lifted_by_id", BigId),
        sa.Column("lift_reason", sa.String(200)),
        sa.PrimaryKeyConstraint("id", name="pk_core_contact_bar"),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name="fk_core_contact_bar_company_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["core_contact.id"], name="fk_core_contact_bar_contact_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["set_by_id"], ["core_user.id"], name="fk_core_contact_bar_set_by_id"),
        sa.ForeignKeyConstraint(["lifted_by_id"], ["core_user.id"], name="fk_core_contact_bar_lifted_by_id"),
    )
    op.create_index("ix_core_contact_bar_company_id", "core_contact_bar", ["company_id"])
    rows = sa.column("contact_id").is_not(None)
    op.create_index(
        "ix_core_contact_bar_contact_id", "core_contact_bar", ["contact_id"], sqlite_where=rows, postgresql_where=rows
    )
    op.create_table(
        "core_consent",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("company_id", BigId, nullable=False),
        sa.Column("contact_id", BigId, nullable=False),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.Column("purpose", sa.String(30), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("way", sa.String(30), nullable=False),
        sa.Column("stated_on", sa.Date(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("taken_by_id", BigId),
        sa.Column("entered_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_consent"),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name="fk_core_consent_company_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["core_contact.id"], name="fk_core_consent_contact_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["taken_by_id"], ["core_user.id"], name="fk_core_consent_taken_by_id"),
    )
    op.create_index("ix_core_consent_company_id", "core_consent", ["company_id"])
    op.create_index("ix_core_consent_contact_id", "core_consent", ["contact_id", "channel", "purpose", "id"])
    op.add_column("core_phone", sa.Column("do_not_sms", sa.Boolean(), nullable=False, server_default=sa.false()))
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("core_phone", "do_not_sms", server_default=None)


def downgrade() -> None:
    """Drop them."""
    with op.batch_alter_table("core_phone") as table:
        table.drop_column("do_not_sms")
    op.drop_table("core_consent")
    op.drop_table("core_contact_bar")
