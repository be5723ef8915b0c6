"""Make the tables of saved views, list preferences and export counts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.columns import BigId, UTCDateTime

revision = "core_0004_listing"
down_revision = "core_0003_customers"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "core_list_view",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("resource", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("owner_id", BigId, nullable=False),
        sa.Column("audience", sa.String(length=12), nullable=False),
        sa.Column("group_id", BigId, nullable=True),
        sa.Column("department_id", BigId, nullable=True),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=True),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["core_user.id"], name=op.f("fk_core_list_view_owner_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["group_id"], ["core_group.id"], name=op.f("fk_core_list_view_group_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["core_department.id"],
            name=op.f("fk_core_list_view_department_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_core_list_view")),
    )
    with op.batch_alter_table("core_list_view", schema=None) as batch_op:
        batch_op.create_index("ix_core_list_view_resource", ["resource", "owner_id"], unique=False)

    op.create_table(
        "core_list_preference",
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("resource", sa.String(length=60), nullable=False),
        sa.Column("values", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["core_user.id"], name=op.f("fk_core_list_preference_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "resource", name=op.f("pk_core_list_preference")),
    )
    op.create_table(
        "core_export_day",
        sa.Column("user_id", BigId, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["core_user.id"], name=op.f("fk_core_export_day_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("user_id", "day", name=op.f("pk_core_export_day")),
    )
    op.execute("INSERT INTO core_state_version (name, version) VALUES ('lists', 0)")


def downgrade() -> None:
    op.execute("DELETE FROM core_state_version WHERE name = 'lists'")
    op.drop_table("core_export_day")
    op.drop_table("core_list_preference")
    with op.batch_alter_table("core_list_view", schema=None) as batch_op:
        batch_op.drop_index("ix_core_list_view_resource")
    op.drop_table("core_list_view")
