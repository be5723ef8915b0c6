"""Keep the waiting list of PostgreSQL's search index short: every search reads all of it."""

from __future__ import annotations

from alembic import op

revision = "core_0018_short_pending_list"
down_revision = "core_0017_import_decisions"
branch_labels = None
depends_on = None

INDEX = "ix_core_search_doc_tokens"


def upgrade() -> None:
    """Set the limit, in kilobytes, and work off what waits."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER INDEX {INDEX} SET (gin_pending_list_limit = 256)")
        op.execute(f"SELECT gin_clean_pending_list('{INDEX}')")


def downgrade() -> None:
    """Take the server's limit again."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"ALTER INDEX {INDEX} RESET (gin_pending_list_limit)")
