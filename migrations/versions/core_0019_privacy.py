"""Keep requests about personal data, what was erased or held, and the keys of the erased."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.columns import BigId, UTCDateTime

revision = "core_0019_privacy"
down_revision = "core_0018_short_pending_list"
branch_labels = None
depends_on = None

TIMES = ("erased_at", "held_at")


def upgrade() -> None:
    """Make the tables and the columns; let the full text index of SQLite forget what is taken out of it."""
    for name in TIMES:
        op.add_column("core_contact", sa.Column(name, UTCDateTime(), nullable=True))
    op.create_table(
        "core_privacy_request",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("subject", sa.String(100), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("company_id", BigId),
        sa.Column("contact_id", BigId),
        sa.Column("asked_by", sa.String(200)),
        sa.Column("text", sa.Text()),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("handled_by_id", BigId),
        sa.Column("answered_on", sa.Date()),
        sa.Column("answer", sa.Text()),
        sa.Column("refusal", sa.Text()),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_privacy_request"),
        sa.ForeignKeyConstraint(["company_id"], ["core_company.id"], name="fk_core_privacy_request_company_id"),
        sa.ForeignKeyConstraint(["contact_id"], ["core_contact.id"], name="fk_core_privacy_request_contact_id"),
        sa.ForeignKeyConstraint(["handled_by_id"], ["core_user.id"], name="fk_core_privacy_request_handled_by_id"),
    )
    for name in ("state", "company_id", "contact_id"):
        op.create_index(f"ix_core_privacy_request_{name}", "core_privacy_request", [name])
    op.create_index("ix_core_privacy_request_list_due", "core_privacy_request", ["due_on", "id"])
    op.create_index("ix_core_privacy_request_list_received", "core_privacy_request", ["received_on", "id"])
    op.create_table(
        "core_privacy_erasure",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("record_id", BigId, nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("contacts", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("kept", sa.JSON(), nullable=False),
        sa.Column("by_id", BigId),
        sa.Column("done_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime()),
        sa.PrimaryKeyConstraint("id", name="pk_core_privacy_erasure"),
        sa.ForeignKeyConstraint(["by_id"], ["core_user.id"], name="fk_core_privacy_erasure_by_id"),
    )
    op.create_index("ix_core_privacy_erasure_record", "core_privacy_erasure", ["kind", "record_id"])
    op.create_table(
        "core_privacy_erased_key",
        sa.Column("id", BigId, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("record_id", BigId, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("erased_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_core_privacy_erased_key"),
    )
    op.create_index("ix_core_privacy_erased_key_digest", "core_privacy_erased_key", ["digest"])
    if op.get_bind().dialect.name == "sqlite":
        op.execute("INSERT INTO core_search_fts(core_search_fts, rank) VALUES ('secure-delete', 1)")


def downgrade() -> None:
    """Drop them."""
    for name in ("core_privacy_erased_key", "core_privacy_erasure", "core_privacy_request"):
        op.drop_table(name)
    with op.batch_alter_table("core_contact") as table:
        for name in TIMES:
            table.drop_column(name)
