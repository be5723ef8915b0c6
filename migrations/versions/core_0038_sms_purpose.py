"""Let a short message to many say what it is for, so that whoever takes his agreement back while it waits gets none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0038_sms_purpose"
down_revision = "core_0037_yearly_days"
branch_labels = None
depends_on = None

COLUMNS = (("kind", 12), ("purpose", 30), ("reason", 40))


def upgrade() -> None:
    """Add kind, purpose and the reason why it was not sent; what was written before has none."""
    for name, length in COLUMNS:
        op.add_column("core_sms", sa.Column(name, sa.String(length), nullable=False, server_default=""))


def downgrade() -> None:
    """Take them away."""
    for name, _length in COLUMNS:
        op.drop_column("core_sms", name)
