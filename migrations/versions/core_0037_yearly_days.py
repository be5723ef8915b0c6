"""Find birthdays and anniversaries by month and day, without reading every contact and customer."""

from __future__ import annotations

from alembic import op

from core.columns import yearly_index

revision = "core_0037_yearly_days"
down_revision = "core_0036_run_worker"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index the month and day of birth of contacts and of the foundation of customers."""
    for name, table, key in INDEXES:
        index = yearly_index(name, key)
        op.create_index(
            name, table, list(index.expressions),
            sqlite_where=index.dialect_options["sqlite"]["where"],
            postgresql_where=index.dialect_options["postgresql"]["where"],
        )  # fmt: skip


INDEXES = (
    ("ix_core_contact_birthday", "core_contact", "birth_date"),
    ("ix_core_company_anniversary", "core_company", "founded_on"),
)


def downgrade() -> None:
    """Take them away."""
    for name, table, _key in INDEXES:
        op.drop_index(name, table)
