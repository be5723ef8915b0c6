"""Schema histories: one per owner, core first, then plugins in `requires` order."""

from __future__ import annotations

import contextlib
import re
import warnings
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, inspect, text

from core.db import Base, make_engine
from core.errors import Refused
from core.i18n import _
from core.registry import Registry, find_plugins

if TYPE_CHECKING:
    from alembic.config import Config as AlembicConfig

VERSION_TABLE = "_alembic_version"
LOCK = 7_214_508_331  # any number of ours: PostgreSQL's advisory lock around migrations


def core_folder() -> Path:
    """Give the folder of core's history: `migrations/` in a checkout, `core.migrations` in an installation."""
    beside = Path(__file__).parent.parent / "migrations"
    return beside if (beside / "env.py").exists() else Path(__file__).parent / "migrations"


@contextlib.contextmanager
def indexes_of_expressions_left_out() -> Iterator[None]:
    """Say nothing about indexes that SQLite cannot tell of: they are ours, and nobody could do anything about it."""
    with warnings.catch_warnings():
        for message in ("Skipped unsupported reflection of", "autogenerate skipping metadata-specified"):
            warnings.filterwarnings("ignore", message)
        yield


class Migrations:
    """The histories of core and of every installed plugin, over one database."""

    def __init__(self, url: str, registry: Registry) -> None:
        self.url = url
        self.registry = registry

    @property
    def owners(self) -> list[str]:
        """`core`, then the plugins that keep tables, in `requires` order."""
        return ["core", *(n for n in self.registry.installed if (self.registry.folder(n) / "migrations").is_dir())]

    def folder(self, owner: str) -> Path:
        """Give the folder with an owner's revisions."""
        return core_folder() / "versions" if owner == "core" else self.registry.folder(owner) / "migrations"

    def config(self, owner: str, connection: Connection | None = None) -> AlembicConfig:
        """Make the Alembic configuration of one owner."""
        from alembic.config import Config as AlembicConfig

        config = AlembicConfig(cmd_opts=Namespace(quiet=True))
        config.set_main_option("script_location", str(core_folder()))
        config.set_main_option("path_separator", "newline")
        config.set_main_option("version_locations", str(self.folder(owner)))
        config.set_main_option("file_template", "%%(rev)s")
        config.attributes.update(owner=owner, connection=connection)
        return config

    @contextlib.contextmanager
    def connection(self) -> Iterator[Connection]:
        """Give a connection fit for schema changes: no foreign keys on SQLite, one migrator at a time on PostgreSQL."""
        engine: Engine = make_engine(self.url, foreign_keys=False)
        try:
            with indexes_of_expressions_left_out(), engine.connect() as connection:
                if engine.dialect.name == "postgresql":
                    connection.execute(text("SELECT pg_advisory_lock(:n)"), {"n": LOCK})
                    connection.commit()
                yield connection.execution_options(zhike_write=True)
        finally:
            engine.dispose()

    def upgrade(self, owner: str | None = None) -> list[tuple[str, str, str]]:
        """Bring one owner or all to head, each revision whole or not at all; return `(owner, before, after)`."""
        from alembic import command

        done = []
        with self.connection() as connection:
            for name in [owner] if owner else self.owners:
                before = self.current(connection, name)
                connection.rollback()
                command.upgrade(self.config(name, connection), "head")
                if connection.dialect.name == "sqlite":
                    orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
                    connection.rollback()
                    if orphans:
                        raise Refused(_("After the migration of %(owner)s rows point to nothing.", owner=name))
                done.append((name, before, self.current(connection, name)))
                connection.rollback()
        return done

    def downgrade_to_base(self, owner: str) -> None:
        """Take back one plugin's whole history. Core's is refused while a plugin's tables stand."""
        from alembic import command

        with self.connection() as connection:
            if owner == "core" and any(self.current(connection, n) for n in self.owners if n != "core"):
                raise Refused(_("Plugins still have tables; take them back first."))
            connection.rollback()
            command.downgrade(self.config(owner, connection), "base")
            connection.exec_driver_sql(f"DROP TABLE IF EXISTS {version_table(owner)}")
            connection.commit()

    def current(self, connection: Connection, owner: str) -> str:
        """Give the revision at which an owner's tables are, empty before the first."""
        from alembic.migration import MigrationContext

        context = MigrationContext.configure(connection, opts={"version_table": version_table(owner)})
        return context.get_current_revision() or ""

    def head(self, owner: str) -> str:
        """Give the newest revision of an owner. Raises when there are two heads."""
        from alembic.script import ScriptDirectory

        return ScriptDirectory.from_config(self.config(owner)).get_current_head() or ""

    def pending(self) -> dict[str, tuple[str, str]]:
        """List the owners whose tables are not at head, with where they are and where they should be."""
        engine = make_engine(self.url)
        try:
            with engine.connect() as connection:
                states = {n: (self.current(connection, n), self.head(n)) for n in self.owners}
        finally:
            engine.dispose()
        return {n: pair for n, pair in states.items() if pair[0] != pair[1]}

    def behind(self, connection: Connection | None = None) -> dict[str, tuple[str, str]]:
        """Answer as `pending` does, in milliseconds: revisions are numbered, so the last file is the head."""
        if connection is None:
            engine = make_engine(self.url)
            try:
                with engine.connect() as opened:
                    return self.behind(opened)
            finally:
                engine.dispose()
        there = set(inspect(connection).get_table_names())
        found = {}
        for owner in self.owners:
            head = max((file.stem for file in self.folder(owner).glob(f"{owner}_[0-9]*.py")), default="")
            table = version_table(owner)
            at = connection.exec_driver_sql(f"SELECT version_num FROM {table}").scalar() if table in there else ""  # noqa: S608
            if (at or "") != head:
                found[owner] = (at or "", head)
        return found

    def left_behind(self) -> list[str]:
        """List the plugins whose tables are in the database though nothing of them is installed."""
        engine = make_engine(self.url)
        try:
            tables = inspect(engine).get_table_names()
        finally:
            engine.dispose()
        known = {"core", *(name for name, _module in find_plugins()), *self.registry.installed}
        owners = {name.removesuffix(VERSION_TABLE) for name in tables if name.endswith(VERSION_TABLE)}
        return sorted(owners - known)

    def drift(self, owner: str) -> list[Any]:
        """List the differences between an owner's models and its tables."""
        from alembic.autogenerate import compare_metadata
        from alembic.migration import MigrationContext

        engine = make_engine(self.url)
        try:
            with indexes_of_expressions_left_out(), engine.connect() as connection:
                options = {
                    "version_table": version_table(owner),
                    "include_name": include_name(owner),
                    "include_object": include_object(owner),
                    "compare_type": True,
                }
                return list(compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata))
        finally:
            engine.dispose()

    def new_revision(self, owner: str, what: str) -> Path:
        """Write the next revision of an owner from the difference of its models to its tables.

        Raises Refused for a name that cannot stand, while the tables are not up to date, and where nothing differs.
        """
        from alembic import command

        if owner not in self.owners:
            raise Refused(_("There is no module %(name)s that keeps tables.", name=owner))
        if not re.fullmatch(r"[a-z0-9_]{1,40}", what):
            raise Refused(_("A name is lower-case letters and digits, starting with a letter: %(name)s", name=what))
        if self.pending().get(owner):
            raise Refused(_("The tables of %(name)s are not up to date: run `zhike db upgrade` first.", name=owner))
        if not self.drift(owner):
            raise Refused(_("The models of %(name)s say what its tables are; there is nothing to write.", name=owner))
        folder = self.folder(owner)
        number = len(list(folder.glob(f"{owner}_[0-9]*.py"))) + 1
        revision = f"{owner}_{number:04d}_{what}"
        with self.connection() as connection:
            command.revision(self.config(owner, connection), message=what, rev_id=revision, autogenerate=True)
        return folder / f"{revision}.py"

    def tables(self, owner: str) -> list[str]:
        """List an owner's tables, children first."""
        return [t.name for t in reversed(Base.metadata.sorted_tables) if belongs(t.name, owner)]

    def row_counts(self, owner: str) -> dict[str, int]:
        """Count the rows of each table of an owner."""
        engine = make_engine(self.url)
        try:
            with engine.connect() as connection:
                there = set(inspect(connection).get_table_names())
                return {
                    name: connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one()  # noqa: S608
                    for name in self.tables(owner)
                    if name in there
                }
        finally:
            engine.dispose()


def version_table(owner: str) -> str:
    """Name the table with an owner's revision."""
    return f"{owner}{VERSION_TABLE}"


def belongs(table: str, owner: str) -> bool:
    """Tell whether a table is an owner's, by its prefix; names of plugins hold no underscore."""
    return table.split("_", 1)[0] == owner


DERIVED = ("core_search_fts", "core_message_fts")
"""Prefixes of tables that a revision makes and no model maps (the full-text indexes of SQLite)."""


def include_name(owner: str) -> Any:
    """Make the filter that keeps a comparison to one owner's tables."""

    def include(name: str | None, kind: str, parents: Any) -> bool:
        if kind != "table" or name is None:
            return True
        return belongs(name, owner) and name != version_table(owner) and not name.startswith(DERIVED)

    return include


def include_object(owner: str) -> Any:
    """Make the same filter for the models' side."""

    def include(item: Any, name: str | None, kind: str, reflected: bool, other: Any) -> bool:
        if kind == "table" and name is not None:
            return belongs(name, owner)
        return not (kind == "index" and item.info.get("derived"))

    return include
