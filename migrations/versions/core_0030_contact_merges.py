"""Merge contacts alone: whose merge it is, pairs found, pairs that are two people."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from core.columns import BigId, UTCDateTime

revision = "core_0030_contact_merges"
down_revision = "core_0029_sms"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the column and the tables."""
    with op.batch_alter_table("core_merge") as table:
        table.add_column(sa.Column("contact_id", BigId))
        table.create_foreign_key("fk_core_merge_contact_id", "core_contact", ["contact_id"], ["id"], ondelete="CASCADE")
    op.create_index(
        "ix_core_merge_contact_id", "core_merge", ["contact_id"],
        sqlite_where=sa.text("contact_id IS NOT NULL"), postgresql_where=sa.text("contact_id IS NOT NULL"),
    )  # fmt: skip
    _pairs(
        "core_contact_pair",
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("found_at", UTCDateTime(), nullable=False),
    )
    op.create_index("ix_core_contact_pair_score", "core_contact_pair", ["score", "id"])
    _pairs(
        "core_contact_distinct",
        sa.Column("said_by_id", BigId),
        sa.Column("said_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["said_by_id"], ["core_user.id"], name="fk_core_contact_distinct_said_by_id"),
    )


def _pairs(name: str, *more: Any) -> None:
    keys = [
        sa.ForeignKeyConstraint([one], ["core_contact.id"], name=f"fk_{name}_{one}", ondelete="CASCADE")
        for one in ("contact_id", "other_id")
    ]
    op.create_table(
        name,
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("contact_id", BigId, nullable=False),
        sa.Column("other_id", BigId, nullable=False),
        *more,
        sa.PrimaryKeyConstraint("id", name=f"pk_{name}"),
        sa.UniqueConstraint("contact_id", "other_id", name=f"uq_{name}_contact_id_other_id"),
        *keys,
    )
    op.create_index(f"ix_{name}_other_id", name, ["other_id"])


def downgrade() -> None:
    """Take them away again; merges of contacts are forgotten."""
    op.drop_table("core_contact_distinct")
    op.drop_table("core_contact_pair")
    op.execute("DELETE FROM core_merge WHERE contact_id IS NOT NULL")
    op.drop_index("ix_core_merge_contact_id", "core_merge")
    with op.batch_alter_table("core_merge") as table:
        table.drop_constraint("fk_core_merge_contact_id", type_="foreignkey")
        table.drop_column("contact_id")
