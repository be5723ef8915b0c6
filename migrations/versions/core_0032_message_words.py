"""Index what messages say, and which message another one answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.columns import BigId, Tokens
from core.messages.finding import tokens_of

revision = "core_0032_message_words"
down_revision = "core_0031_place_keys"
branch_labels = None
depends_on = None

AT_ONCE = 5000
FULL_TEXT = (
    """
    CREATE VIRTUAL TABLE core_message_fts USING fts5(
        tokens, content='core_message_words', content_rowid='message_id', detail=none, columnsize=0,
        tokenize="ascii tokenchars '@'"
    )
    """,
    "INSERT INTO core_message_fts(core_message_fts, rank) VALUES ('secure-delete', 1)",
    """
    CREATE TRIGGER core_message_words_added AFTER INSERT ON core_message_words BEGIN
        INSERT INTO core_message_fts(rowid, tokens) VALUES (new.message_id, new.tokens);
    END
    """,
    """
    CREATE TRIGGER core_message_words_removed AFTER DELETE ON core_message_words BEGIN
        INSERT INTO core_message_fts(core_message_fts, rowid, tokens) VALUES ('delete', old.message_id, old.tokens);
    END
    """,
    """
    CREATE TRIGGER core_message_words_changed AFTER UPDATE OF tokens ON core_message_words
    WHEN old.tokens <> new.tokens BEGIN
        INSERT INTO core_message_fts(core_message_fts, rowid, tokens) VALUES ('delete', old.message_id, old.tokens);
        INSERT INTO core_message_fts(rowid, tokens) VALUES (new.message_id, new.tokens);
    END
    """,
)


def upgrade() -> None:
    """Make the table, fill it some thousand messages at a time, then index it."""
    connection = op.get_bind()
    parents = sa.text("parent_id IS NOT NULL")
    op.create_index(
        "ix_core_message_parent", "core_message", ["parent_id"], sqlite_where=parents, postgresql_where=parents
    )
    words = op.create_table(
        "core_message_words",
        sa.Column("message_id", BigId, nullable=False, autoincrement=False),
        sa.Column("tokens", Tokens(), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name="pk_core_message_words"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["core_message.id"], name="fk_core_message_words_message_id", ondelete="CASCADE"
        ),
    )
    if connection.dialect.name == "sqlite":
        for statement in FULL_TEXT:
            op.execute(statement)
    message = sa.table("core_message", sa.column("id", sa.BigInteger), sa.column("title"), sa.column("content"))
    copy = sa.table("core_message_copy", sa.column("message_id", sa.BigInteger), sa.column("user_id", sa.BigInteger))
    last = 0
    wanted = sa.select(message).order_by(message.c.id).limit(AT_ONCE)
    while rows := connection.execute(wanted.where(message.c.id > last)).all():
        first, last = rows[0].id, rows[-1].id
        held: dict[int, set[int]] = {}
        for message_id, user_id in connection.execute(sa.select(copy).where(copy.c.message_id.between(first, last))):
            held.setdefault(message_id, set()).add(user_id)
        filled = [
            {"message_id": row.id, "tokens": tokens_of(row.title, row.content, held.get(row.id, ()))} for row in rows
        ]
        connection.execute(words.insert(), filled)
    if connection.dialect.name == "postgresql":
        op.create_index("ix_core_message_words_tokens", "core_message_words", ["tokens"], postgresql_using="gin")


def downgrade() -> None:
    """Take it away."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE core_message_fts")
    op.drop_table("core_message_words")
    op.drop_index("ix_core_message_parent", "core_message")
