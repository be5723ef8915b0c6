"""Keep the fields that administrators add."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.columns import BigId, UTCDateTime

revision = "core_0012_fields"
down_revision = "core_0011_barring"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "core_custom_field",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("resource", sa.String(80), nullable=False),
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("title", sa.String(60), nullable=False),
        sa.Column("title_en", sa.String(60)),
        sa.Column("hint", sa.String(200)),
        sa.Column("hint_en", sa.String(200)),
        sa.Column("section", sa.String(60)),
        sa.Column("section_en", sa.String(60)),
        sa.Column("field_class", sa.String(10), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        *(
            sa.Column(name, sa.Boolean(), nullable=False)
            for name in ("required", "default_column", "only_once", "checked", "sortable", "indexed", "retired")
        ),
        sa.Column("deleted_at", UTCDateTime()),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_custom_field"),
        sa.UniqueConstraint("resource", "name", name="uq_core_custom_field_resource_name"),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_table("core_custom_field")
