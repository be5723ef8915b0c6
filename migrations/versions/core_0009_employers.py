"""Let a contact tell at which customer he was before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.columns import BigId

revision = "core_0009_employers"
down_revision = "core_0008_merging"
branch_labels = None
depends_on = None

KEY = "fk_core_contact_former_id"


def upgrade() -> None:
    """Add the key; SQLite takes it with the column only."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"ALTER TABLE core_contact ADD COLUMN former_id INTEGER CONSTRAINT {KEY} REFERENCES core_contact (id)"
        )
    else:
        op.add_column("core_contact", sa.Column("former_id", BigId, nullable=True))
        op.create_foreign_key(KEY, "core_contact", "core_contact", ["former_id"], ["id"])
    rows = sa.column("former_id").is_not(None)
    op.create_index("ix_core_contact_former", "core_contact", ["former_id"], sqlite_where=rows, postgresql_where=rows)


def downgrade() -> None:
    """Take the key away."""
    op.drop_index("ix_core_contact_former", table_name="core_contact")
    with op.batch_alter_table("core_contact") as table:
        table.drop_constraint(KEY, type_="foreignkey")
        table.drop_column("former_id")
