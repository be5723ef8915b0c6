"""Which entry of a dictionary stands for one that was merged."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0045_merged_entries"
down_revision = "core_0044_divisions"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("core_dictionary_entry", sa.Column("merged_into", sa.String(60)))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("core_dictionary_entry", "merged_into")
