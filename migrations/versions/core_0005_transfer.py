"""Make the tables of transfer."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.columns import BigId, UTCDateTime

revision = "core_0005_transfer"
down_revision = "core_0004_listing"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "core_import_batch",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("resource", sa.String(length=60), nullable=False),
        sa.Column("user_id", BigId, nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("phase", sa.String(length=16), nullable=False),
        sa.Column("filename", sa.String(length=200), nullable=False),
        sa.Column("folder", sa.String(length=64), nullable=False),
        sa.Column("file_hash", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("layout", sa.JSON(), nullable=False),
        sa.Column("headings", sa.JSON(), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("checks", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("started_at", UTCDateTime(), nullable=True),
        sa.Column("finished_at", UTCDateTime(), nullable=True),
        sa.Column("cleaned_at", UTCDateTime(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["core_user.id"], name=op.f("fk_core_import_batch_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_import_batch")),
    )
    with op.batch_alter_table("core_import_batch", schema=None) as batch_op:
        batch_op.create_index("ix_core_import_batch_file_hash", ["file_hash"], unique=False)
        batch_op.create_index("ix_core_import_batch_resource_id", ["resource", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_core_import_batch_user_id"), ["user_id"], unique=False)

    op.create_table(
        "core_import_row",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("batch_id", BigId, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("outcome", sa.String(length=12), nullable=False),
        sa.Column("record_id", BigId, nullable=True),
        sa.Column("detail", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["core_import_batch.id"], name=op.f("fk_core_import_row_batch_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_import_row")),
    )
    with op.batch_alter_table("core_import_row", schema=None) as batch_op:
        batch_op.create_index("ix_core_import_row_outcome", ["batch_id", "outcome", "number"], unique=False)

    op.create_table(
        "core_import_layout",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("resource", sa.String(length=60), nullable=False),
        sa.Column("signature", sa.String(length=64), nullable=False),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("user_id", BigId, nullable=True),
        sa.Column("used_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["core_user.id"], name=op.f("fk_core_import_layout_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_import_layout")),
        sa.UniqueConstraint("resource", "signature", name=op.f("uq_core_import_layout_resource_signature")),
    )


def downgrade() -> None:
    op.drop_table("core_import_layout")
    op.drop_table("core_import_row")
    op.drop_table("core_import_batch")
