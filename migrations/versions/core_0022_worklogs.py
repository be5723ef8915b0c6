"""Keep the work log, work reports and the remarks on both."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.columns import BigId, UTCDateTime

revision = "core_0022_worklogs"
down_revision = "core_0021_messages"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "core_worklog",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(30), nullable=False),
        sa.Column("company_id", BigId),
        sa.Column("contact_id", BigId),
        sa.Column("author_id", BigId, nullable=False),
        sa.Column("happened_at", UTCDateTime(), nullable=False),
        sa.Column("minutes", sa.Integer()),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(30)),
        sa.Column("next_step", sa.String(200)),
        sa.Column("next_on", sa.Date()),
        sa.Column("origin", sa.String(80)),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_worklog"),
        sa.UniqueConstraint("origin", name="uq_core_worklog_origin"),
        sa.ForeignKeyConstraint(["company_id"], ["core_company.id"], name="fk_core_worklog_company_id"),
        sa.ForeignKeyConstraint(["contact_id"], ["core_contact.id"], name="fk_core_worklog_contact_id"),
        sa.ForeignKeyConstraint(["author_id"], ["core_user.id"], name="fk_core_worklog_author_id"),
    )
    op.create_index("ix_core_worklog_list", "core_worklog", ["happened_at", "id"])
    op.create_index("ix_core_worklog_author", "core_worklog", ["author_id", "happened_at", "id"])
    op.create_index("ix_core_worklog_company", "core_worklog", ["company_id", "happened_at", "id"])
    op.create_index("ix_core_worklog_next", "core_worklog", ["next_on", "id"])
    op.create_index("ix_core_worklog_contact_id", "core_worklog", ["contact_id"])
    op.create_table(
        "core_worklog_remark",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("log_id", BigId, nullable=False),
        sa.Column("by_id", BigId, nullable=False),
        sa.Column("said_at", UTCDateTime(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_worklog_remark"),
        sa.ForeignKeyConstraint(
            ["log_id"], ["core_worklog.id"], name="fk_core_worklog_remark_log_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["by_id"], ["core_user.id"], name="fk_core_worklog_remark_by_id"),
    )
    op.create_index("ix_core_worklog_remark_log_id", "core_worklog_remark", ["log_id"])
    op.create_table(
        "core_workreport",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("author_id", BigId, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("submitted_at", UTCDateTime()),
        sa.Column("read_at", UTCDateTime()),
        sa.Column("read_by_id", BigId),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_workreport"),
        sa.UniqueConstraint("author_id", "kind", "starts_on", name="uq_core_workreport_author_id_kind_starts_on"),
        sa.ForeignKeyConstraint(["author_id"], ["core_user.id"], name="fk_core_workreport_author_id"),
        sa.ForeignKeyConstraint(["read_by_id"], ["core_user.id"], name="fk_core_workreport_read_by_id"),
    )
    op.create_index("ix_core_workreport_list", "core_workreport", ["starts_on", "id"])
    op.create_table(
        "core_workreport_remark",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("report_id", BigId, nullable=False),
        sa.Column("by_id", BigId, nullable=False),
        sa.Column("said_at", UTCDateTime(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_workreport_remark"),
        sa.ForeignKeyConstraint(
            ["report_id"], ["core_workreport.id"], name="fk_core_workreport_remark_report_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["by_id"], ["core_user.id"], name="fk_core_workreport_remark_by_id"),
    )
    op.create_index("ix_core_workreport_remark_report_id", "core_workreport_remark", ["report_id"])


def downgrade() -> None:
    """Drop them."""
    for table in ("core_workreport_remark", "core_workreport", "core_worklog_remark", "core_worklog"):
        op.drop_table(table)
