"""Find companies by a further address too: its key of street and house, worked out for those that are there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.customers.duplicates.subjects import place_key

revision = "core_0033_address_keys"
down_revision = "core_0032_message_words"
branch_labels = None
depends_on = None

AT_ONCE = 5000


def upgrade() -> None:
    """Add the column, fill it some thousand rows at a time, then index it. Where people live is no business of it."""
    op.add_column("core_address", sa.Column("place_key", sa.BigInteger()))
    address = sa.table(
        "core_address", sa.column("id", sa.BigInteger), sa.column("contact_id"), sa.column("kind"), sa.column("text"),
        sa.column("place_key", sa.BigInteger),
    )  # fmt: skip
    connection, last = op.get_bind(), 0
    wanted = sa.select(address.c.id, address.c.text).where(address.c.contact_id.is_(None), address.c.kind != "home")
    write = sa.update(address).where(address.c.id == sa.bindparam("key")).values(place_key=sa.bindparam("place"))
    while rows := connection.execute(wanted.where(address.c.id > last).order_by(address.c.id).limit(AT_ONCE)).all():
        last = rows[-1].id
        found = [{"key": row.id, "place": place_key(row.text)} for row in rows]
        if some := [one for one in found if one["place"] is not None]:
            connection.execute(write, some)
    op.create_index(
        "ix_core_address_place_key", "core_address", ["place_key"],
        sqlite_where=sa.text("place_key IS NOT NULL"), postgresql_where=sa.text("place_key IS NOT NULL"),
    )  # fmt: skip


def downgrade() -> None:
    """Take the column away."""
    op.drop_index("ix_core_address_place_key", "core_address")
    op.drop_column("core_address", "place_key")
