"""Let a run tell which process works on it, so that one which died is known at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0036_run_worker"
down_revision = "core_0035_feed_mark"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the name of the process; runs taken before have none and wait for the end of their lease."""
    op.add_column("core_job_run", sa.Column("worker", sa.String(60), nullable=False, server_default=""))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("core_job_run", "worker")
