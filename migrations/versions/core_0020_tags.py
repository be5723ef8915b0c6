"""Put tags on records; keep segments, their members and how they grow."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.columns import BigId, UTCDateTime, key_text

revision = "core_0020_tags"
down_revision = "core_0019_privacy"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "core_tag",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("name_key", key_text(40), nullable=False),
        sa.Column("owner_id", BigId),
        sa.Column("owner_key", BigId, nullable=False),
        sa.Column("tone", sa.String(4), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_tag"),
        sa.UniqueConstraint("name_key", "owner_key", name="uq_core_tag_name_key_owner_key"),
        sa.ForeignKeyConstraint(["owner_id"], ["core_user.id"], name="fk_core_tag_owner_id", ondelete="CASCADE"),
    )
    op.create_table(
        "core_tagging",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("tag_id", BigId, nullable=False),
        sa.Column("entity", sa.String(80), nullable=False),
        sa.Column("record_id", BigId, nullable=False),
        sa.Column("by_id", BigId),
        sa.Column("tagged_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_tagging"),
        sa.UniqueConstraint("tag_id", "entity", "record_id", name="uq_core_tagging_tag_id_entity_record_id"),
        sa.ForeignKeyConstraint(["tag_id"], ["core_tag.id"], name="fk_core_tagging_tag_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["by_id"], ["core_user.id"], name="fk_core_tagging_by_id"),
    )
    op.create_index("ix_core_tagging_record", "core_tagging", ["entity", "record_id"])
    op.create_table(
        "core_segment",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("resource", sa.String(80), nullable=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("owner_id", BigId),
        sa.Column("audience", sa.String(12), nullable=False),
        sa.Column("group_id", BigId),
        sa.Column("department_id", BigId),
        sa.Column("frozen", sa.Boolean(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("watched", sa.Boolean(), nullable=False),
        sa.Column("watched_since", UTCDateTime()),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_segment"),
        sa.ForeignKeyConstraint(["owner_id"], ["core_user.id"], name="fk_core_segment_owner_id", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["group_id"], ["core_group.id"], name="fk_core_segment_group_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["department_id"], ["core_department.id"], name="fk_core_segment_department_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_core_segment_resource", "core_segment", ["resource", "id"])
    op.create_table(
        "core_segment_member",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("segment_id", BigId, nullable=False),
        sa.Column("entity", sa.String(80), nullable=False),
        sa.Column("record_id", BigId, nullable=False),
        sa.Column("by_id", BigId),
        sa.Column("entered_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_segment_member"),
        sa.UniqueConstraint(
            "segment_id", "entity", "record_id", name="uq_core_segment_member_segment_id_entity_record_id"
        ),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["core_segment.id"], name="fk_core_segment_member_segment_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["by_id"], ["core_user.id"], name="fk_core_segment_member_by_id"),
    )
    op.create_index("ix_core_segment_member_record", "core_segment_member", ["entity", "record_id"])
    op.create_table(
        "core_segment_day",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("segment_id", BigId, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("members", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_segment_day"),
        sa.UniqueConstraint("segment_id", "day", name="uq_core_segment_day_segment_id_day"),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["core_segment.id"], name="fk_core_segment_day_segment_id", ondelete="CASCADE"
        ),
    )
    op.execute("INSERT INTO core_state_version (name, version) VALUES ('tags', 0)")


def downgrade() -> None:
    """Drop them."""
    op.execute("DELETE FROM core_state_version WHERE name = 'tags'")
    for name in ("core_segment_day", "core_segment_member", "core_segment", "core_tagging", "core_tag"):
        op.drop_table(name)
