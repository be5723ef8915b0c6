"""Keep what a person decides about rows of an import before it runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0017_import_decisions"
down_revision = "core_0016_schedule"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("core_import_batch", sa.Column("decisions", sa.JSON(), nullable=False, server_default="{}"))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("core_import_batch", "decisions")
