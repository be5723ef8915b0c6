"""The length of the search index's waiting list on PostgreSQL is a matter of who writes, not of the index.

Connections ask for a short one (`core.engines`), for every search reads all of it; bulk writes for a longer one
(`core.bulk`), which takes half the time.
"""

from __future__ import annotations

from alembic import op

revision = "core_0041_pending_list"
down_revision = "core_0040_lunar_days"
branch_labels = None
depends_on = None

INDEX = "ix_core_search_doc_tokens"


def upgrade() -> None:
    """Let the index go by its connection's limit."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER INDEX {INDEX} RESET (gin_pending_list_limit)")


def downgrade() -> None:
    """Fix the limit, in kilobytes."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER INDEX {INDEX} SET (gin_pending_list_limit = 256)")
