"""`zhike plugins …` and `zhike doctor`."""

from __future__ import annotations

import importlib.metadata
import sys
from pathlib import Path
from typing import Any

import click

from core.admin import plugins as switches
from core.admin.scaffold import write_plugin
from core.cli import say, the_app
from core.config import redacted
from core.db import system_session, system_transaction
from core.engines import sqlite_module
from core.errors import Refused
from core.i18n import _
from core.migrate import Migrations


def _parts() -> Any:
    zhike = the_app().extensions["zhike"]
    return zhike, Migrations(zhike.config.database_url, zhike.registry)


@click.group("plugins")
def plugins_group() -> None:
    """Look at plugins, switch them on and off, purge their data, start a new one."""


@plugins_group.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_plugins(as_json: bool) -> None:
    """List the installed plugins with their state."""
    zhike, _migrations = _parts()
    with system_session("plugins", database=zhike.database) as session:
        states = switches.plugin_states(session, zhike.registry)
    say(
        [
            {"name": s.name, "state": s.state, "title": str(s.title), "version": s.version, "reason": s.reason}
            for s in states
        ],
        as_json=as_json,
    )


def _switch(name: str, *, on: bool) -> None:
    zhike, migrations = _parts()
    with system_transaction(f"plugins {'enable' if on else 'disable'}", database=zhike.database) as session:
        switches.switch_plugin(session, zhike.registry, migrations, name, on=on)
    click.echo(f"{name}: {'enabled' if on else 'disabled'}")


@plugins_group.command()
@click.argument("name")
def enable(name: str) -> None:
    """Enable a plugin; running servers follow at their next request."""
    _switch(name, on=True)


@plugins_group.command()
@click.argument("name")
def disable(name: str) -> None:
    """Disable a plugin: everything of it is hidden, its data stays."""
    zhike, _migrations = _parts()
    for hook, number in switches.hidden_by(zhike.registry, name).items():
        click.echo(f"hides {number} {hook}", err=True)
    _switch(name, on=False)


@plugins_group.command()
@click.argument("name")
def check(name: str) -> None:
    """Tell what is wrong with a plugin; exit 1 when something is."""
    zhike, migrations = _parts()
    problems = []
    if name in zhike.registry.broken:
        problems.append(zhike.registry.broken[name])
    elif name not in zhike.registry.plugins:
        problems.append("not installed")
    elif name in migrations.owners:
        pending = migrations.pending().get(name)
        if pending:
            problems.append(f"tables at {pending[0] or 'nothing'}, not at {pending[1]}")
        else:
            problems.extend(f"drift: {change}" for change in migrations.drift(name))
    for problem in problems:
        click.echo(f"{name}: {problem}", err=True)
    if not problems:
        click.echo(f"{name}: ok")
    sys.exit(1 if problems else 0)


@plugins_group.command()
@click.argument("name")
@click.option("--export", "export", type=click.Path(dir_okay=False, path_type=Path), help="Where the rows are kept.")
@click.option("--yes", "typed", help="The plugin's name, typed in full, to answer the question beforehand.")
def purge(name: str, export: Path | None, typed: str | None) -> None:
    """Drop a disabled plugin's tables, after writing their rows to a file."""
    zhike, migrations = _parts()
    for table, rows in migrations.row_counts(name).items():
        click.echo(f"{table}: {rows} rows", err=True)
    typed = typed or click.prompt(f"Type {name} to drop these tables", err=True)
    if typed != name:
        raise Refused(_("The name does not match; nothing was dropped."))
    export = export or zhike.config.home / f"{name}-purged.zip"
    with system_session("plugins purge", database=zhike.database) as session:
        counts = switches.purge_plugin(zhike.registry, migrations, session, name, export)
    click.echo(f"{name}: {len(counts)} tables dropped, {sum(counts.values())} rows kept in {export}")


@plugins_group.command()
@click.argument("name")
@click.option("--noun", default="item", help="What its first record is called.")
@click.option(
    "--path", "path", type=click.Path(file_okay=False, path_type=Path), help="Make it a distribution of its own, here."
)
def new(name: str, noun: str, path: Path | None) -> None:
    """Write the skeleton of a new plugin."""
    for file in write_plugin(name, noun, path):
        click.echo(str(file))


@click.command()
@click.option("--json", "as_json", is_flag=True)
def doctor(as_json: bool) -> None:
    """Check this deployment; exit 1 when something needs a person."""
    zhike, migrations = _parts()
    facts: dict[str, Any] = {
        "database": redacted(zhike.config.database_url),
        "queue": redacted(zhike.config.queue_url),
        "sqlite": sqlite_module().sqlite_version,
    }
    problems = [f"plugin {name}: {reason}" for name, reason in zhike.registry.broken.items()]
    problems += [
        f"{owner}: tables at {at or 'nothing'}, not at {head}" for owner, (at, head) in migrations.pending().items()
    ]
    problems += [
        f"plugin {name}: its tables are here, but it is not installed: merging and erasing pass them by; "
        "install it again, and purge it before you take it away"
        for name in migrations.left_behind()
    ]
    core_of = importlib.metadata.packages_distributions().get("core", [])
    if core_of and set(core_of) != {"zhike"}:
        problems.append(f"the package `core` also comes from {', '.join(sorted(set(core_of) - {'zhike'}))}")
    if zhike.database.is_sqlite and tuple(map(int, facts["sqlite"].split("."))) < (3, 51, 3):
        problems.append("this SQLite can damage a database written by several processes: install pysqlite3")
    facts["problems"] = problems
    say(facts, as_json=as_json)
    sys.exit(1 if problems else 0)
