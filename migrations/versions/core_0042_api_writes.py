"""Keep what a program may write with a token."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0042_api_writes"
down_revision = "core_0041_pending_list"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column: tokens that there are write nothing."""
    op.add_column("core_api_token", sa.Column("writes", sa.JSON(), nullable=False, server_default="[]"))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("core_api_token", "writes")
