"""Make the table of attachments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.columns import BigId, UTCDateTime

revision = "core_0013_attachments"
down_revision = "core_0012_fields"
branch_labels = None
depends_on = None

TABLE = "core_attachment"
INDEXES = {
    "record": ["resource", "record_id", "id"],
    "company": ["company_id", "id"],
    "list": ["created_at", "id"],
    "quota": ["uploaded_by_id", "size"],
    "bin": ["deleted_at"],
    "sha256": ["sha256"],
}


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("resource", sa.String(length=60), nullable=False),
        sa.Column("record_id", BigId, nullable=False),
        sa.Column("company_id", BigId, nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=100), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("private", sa.Boolean(), nullable=False),
        sa.Column("uploaded_by_id", BigId, nullable=True),
        sa.Column("deleted_at", UTCDateTime(), nullable=True),
        sa.Column("deleted_by_id", BigId, nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name="fk_core_attachment_company_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["uploaded_by_id"], ["core_user.id"], name="fk_core_attachment_uploaded_by_id"),
        sa.ForeignKeyConstraint(["deleted_by_id"], ["core_user.id"], name="fk_core_attachment_deleted_by_id"),
        sa.PrimaryKeyConstraint("id", name="pk_core_attachment"),
    )
    for name, columns in INDEXES.items():
        op.create_index(f"ix_{TABLE}_{name}", TABLE, columns)


def downgrade() -> None:
    op.drop_table(TABLE)
