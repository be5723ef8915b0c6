"""Puts a PostgreSQL database back as it was: the rows in place, which takes a tenth of making the database anew."""

from __future__ import annotations

from dataclasses import dataclass, field

import psycopg
from psycopg.sql import SQL, Identifier, Literal

# what tells a changed table from the one that was: columns, indexes, constraints, and whether somebody analysed it
_SHAPE = """
SELECT md5(concat(
  (SELECT string_agg(concat(c.relname, c.relkind, attname, atttypid, attnotnull), ',' ORDER BY c.relname, attnum)
     FROM pg_class c JOIN pg_attribute ON attrelid = c.oid
    WHERE c.relnamespace = 'public'::regnamespace AND attnum > 0),
  (SELECT string_agg(conname, ',' ORDER BY conname) FROM pg_constraint WHERE connamespace = 'public'::regnamespace),
  (SELECT string_agg(tgname, ',' ORDER BY tgname) FROM pg_trigger WHERE NOT tgisinternal),
  (SELECT count(*) FROM pg_stats WHERE schemaname = 'public')))
"""
_TABLES = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY relname"
_SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"
_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


@dataclass
class Rewinder:
    """Knows a database as it was when this was made."""

    address: str
    shape: str = ""
    rows: dict[str, bytes] = field(default_factory=dict)
    empty: list[str] = field(default_factory=list)
    sequences: dict[str, int | None] = field(default_factory=dict)

    @classmethod
    def of(cls, address: str) -> Rewinder:
        """Look at a database and remember it."""
        made = cls(address)
        with psycopg.connect(address) as connection:
            made.shape = _one(connection, _SHAPE)
            for (table,) in connection.execute(_TABLES):
                rows = _copied(connection, table)
                if rows:
                    made.rows[table] = rows
                else:
                    made.empty.append(table)
            made.sequences = dict(connection.execute(_SEQUENCES).fetchall())
        return made

    def rewind(self) -> bool:
        """Put all rows and numbers back. False where tables were changed, or the server does not allow it."""
        try:
            with psycopg.connect(self.address) as connection:
                connection.execute(_OTHERS)
                if _one(connection, _SHAPE) != self.shape:
                    return False
                connection.execute("SET LOCAL session_replication_role = replica")  # no triggers, no foreign keys
                for table in self._filled(connection):
                    connection.execute(SQL("DELETE FROM {}").format(Identifier(table)))
                for table, rows in self.rows.items():
                    self._put_back(connection, table, rows)
                self._count_anew(connection)
        except psycopg.errors.InsufficientPrivilege:
            return False
        return True

    def _filled(self, connection: psycopg.Connection) -> list[str]:
        each = (
            SQL("SELECT {} WHERE EXISTS (SELECT FROM {})").format(Literal(table), Identifier(table))
            for table in self.empty
        )
        return [table for (table,) in connection.execute(SQL(" UNION ALL ").join(each))]

    def _put_back(self, connection: psycopg.Connection, table: str, rows: bytes) -> None:
        if _copied(connection, table) == rows:
            return
        connection.execute(SQL("DELETE FROM {}").format(Identifier(table)))
        with connection.cursor().copy(SQL("COPY {} FROM STDIN").format(Identifier(table))) as copy:
            copy.write(rows)

    def _count_anew(self, connection: psycopg.Connection) -> None:
        for name, last in connection.execute(_SEQUENCES).fetchall():
            was = self.sequences[name]
            if last != was:
                connection.execute(
                    "SELECT setval(%s::regclass, %s, %s)",
                    (f'public."{name}"', 1 if was is None else was, was is not None),
                )


def _one(connection: psycopg.Connection, statement: str) -> str:
    row = connection.execute(SQL(statement)).fetchone()
    assert row is not None
    return str(row[0])


def _copied(connection: psycopg.Connection, table: str) -> bytes:
    with connection.cursor().copy(SQL("COPY {} TO STDOUT").format(Identifier(table))) as copy:
        return b"".join(bytes(piece) for piece in copy)
