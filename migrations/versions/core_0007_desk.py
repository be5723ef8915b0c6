"""Make the tables of desk."""

from __future__ import annotations

revision = "core_0007_desk"
down_revision = "core_0006_printing"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing yet."""


def downgrade() -> None:
    """Nothing yet."""
