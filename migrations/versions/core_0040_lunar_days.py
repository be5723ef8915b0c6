"""Keep dates of birth as text, so that every day of the lunar calendar can be one: 1990-02-30."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from core.columns import CalendarDay, yearly_index

revision = "core_0040_lunar_days"
down_revision = "core_0039_api_tokens"
branch_labels = None
depends_on = None

TABLE, COLUMN, INDEX = "core_contact", "birth_date", "ix_core_contact_birthday"


def upgrade() -> None:
    """Write the dates as text, as SQLite keeps them already."""
    _become(sa.String(10), "to_char(birth_date, 'YYYY-MM-DD')", CalendarDay(10))


def downgrade() -> None:
    """Make dates of them again; a day that the solar calendar has not in every year becomes the 28th of February."""
    op.execute(
        "UPDATE core_contact SET birth_date = substr(birth_date, 1, 8) || '28'"
        " WHERE substr(birth_date, 6) IN ('02-29', '02-30')"
    )
    _become(sa.Date(), "birth_date::date", sa.Date())


def _become(kind: Any, using: str, read_as: Any) -> None:
    op.drop_index(INDEX, TABLE)
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column(TABLE, COLUMN, type_=kind, postgresql_using=using)
    else:
        op.add_column(TABLE, sa.Column("born", kind))
        op.execute("UPDATE core_contact SET born = birth_date")
        op.drop_column(TABLE, COLUMN)
        op.alter_column(TABLE, "born", new_column_name=COLUMN)
    index = yearly_index(INDEX, COLUMN, read_as)
    op.create_index(
        INDEX, TABLE, list(index.expressions),
        sqlite_where=index.dialect_options["sqlite"]["where"],
        postgresql_where=index.dialect_options["postgresql"]["where"],
    )  # fmt: skip
