"""Make the tables of merges, of pairs that are probably one company, and of those that are not."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.columns import BigId, UTCDateTime

revision = "core_0008_merging"
down_revision = "core_0007_desk"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "core_distinct",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("company_id", BigId, nullable=False),
        sa.Column("other_id", BigId, nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("said_by_id", BigId, nullable=True),
        sa.Column("said_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_distinct_company_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["core_company.id"], name=op.f("fk_core_distinct_other_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["said_by_id"], ["core_user.id"], name=op.f("fk_core_distinct_said_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_distinct")),
        sa.UniqueConstraint("company_id", "other_id", name=op.f("uq_core_distinct_company_id_other_id")),
    )
    with op.batch_alter_table("core_distinct", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_distinct_other_id"), ["other_id"], unique=False)

    op.create_table(
        "core_duplicate_pair",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("company_id", BigId, nullable=False),
        sa.Column("other_id", BigId, nullable=False),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("found_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_duplicate_pair_company_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["core_company.id"], name=op.f("fk_core_duplicate_pair_other_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_duplicate_pair")),
        sa.UniqueConstraint("company_id", "other_id", name=op.f("uq_core_duplicate_pair_company_id_other_id")),
    )
    with op.batch_alter_table("core_duplicate_pair", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_duplicate_pair_other_id"), ["other_id"], unique=False)
        batch_op.create_index("ix_core_duplicate_pair_score", ["score", "id"], unique=False)

    op.create_table(
        "core_merge",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("company_id", BigId, nullable=False),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("names", sa.JSON(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("merged_by_id", BigId, nullable=True),
        sa.Column("merged_at", UTCDateTime(), nullable=False),
        sa.Column("undone_by_id", BigId, nullable=True),
        sa.Column("undone_at", UTCDateTime(), nullable=True),
        sa.Column("forgotten", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["core_company.id"], name=op.f("fk_core_merge_company_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["merged_by_id"], ["core_user.id"], name=op.f("fk_core_merge_merged_by_id")),
        sa.ForeignKeyConstraint(["undone_by_id"], ["core_user.id"], name=op.f("fk_core_merge_undone_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_merge")),
    )
    with op.batch_alter_table("core_merge", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_merge_company_id"), ["company_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_core_merge_merged_at"), ["merged_at"], unique=False)

    op.create_table(
        "core_merge_entry",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("merge_id", BigId, nullable=False),
        sa.Column("action", sa.String(length=4), nullable=False),
        sa.Column("table_name", sa.String(length=63), nullable=False),
        sa.Column("row_id", BigId, nullable=False),
        sa.Column("before", sa.JSON(), nullable=False),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["merge_id"], ["core_merge.id"], name=op.f("fk_core_merge_entry_merge_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_merge_entry")),
    )
    with op.batch_alter_table("core_merge_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_core_merge_entry_merge_id"), ["merge_id"], unique=False)


def downgrade() -> None:
    for name in ("core_merge_entry", "core_merge", "core_duplicate_pair", "core_distinct"):
        op.drop_table(name)
