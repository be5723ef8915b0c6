"""Let the private address of a schedule end with the password."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0035_feed_mark"
down_revision = "core_0034_mail_digest"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the mark of the password; addresses made before have none and stand."""
    op.add_column("core_calendar_feed", sa.Column("password_mark", sa.String(64)))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("core_calendar_feed", "password_mark")
