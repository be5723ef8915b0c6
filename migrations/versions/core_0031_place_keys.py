"""Find companies by their address alone: a key of street and house, worked out for those that are there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.customers.duplicates.subjects import place_key

revision = "core_0031_place_keys"
down_revision = "core_0030_contact_merges"
branch_labels = None
depends_on = None

AT_ONCE = 5000


def upgrade() -> None:
    """Add the column, fill it some thousand rows at a time, then index it."""
    op.add_column("core_company", sa.Column("place_key", sa.BigInteger()))
    company = sa.table(
        "core_company", sa.column("id", sa.BigInteger), sa.column("address"), sa.column("place_key", sa.BigInteger)
    )
    connection, last = op.get_bind(), 0
    wanted = sa.select(company.c.id, company.c.address).where(company.c.address.is_not(None))
    write = sa.update(company).where(company.c.id == sa.bindparam("key")).values(place_key=sa.bindparam("place"))
    while rows := connection.execute(wanted.where(company.c.id > last).order_by(company.c.id).limit(AT_ONCE)).all():
        last = rows[-1].id
        found = [{"key": row.id, "place": place_key(row.address)} for row in rows]
        if some := [one for one in found if one["place"] is not None]:
            connection.execute(write, some)
    op.create_index(
        "ix_core_company_place_key", "core_company", ["place_key"],
        sqlite_where=sa.text("place_key IS NOT NULL"), postgresql_where=sa.text("place_key IS NOT NULL"),
    )  # fmt: skip


def downgrade() -> None:
    """Take the column away."""
    op.drop_index("ix_core_company_place_key", "core_company")
    op.drop_column("core_company", "place_key")
