"""The `zhike` command."""

from __future__ import annotations

import gc
import importlib.util
import json
import os
import sys
from pathlib import Path
from typing import Any

import click
from flask import Flask

from core.errors import Misdeclared, Refused


class Commands(click.Group):
    """Core's commands, and those of areas and plugins, found when one is asked for."""

    def list_commands(self, context: click.Context) -> list[str]:
        return sorted({*super().list_commands(context), *self.contributed(context)})

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        return super().get_command(context, name) or self.contributed(context).get(name)

    def contributed(self, context: click.Context) -> dict[str, click.Command]:
        """Collect what areas contribute at the top and plugins under their own name."""
        registry = the_app(context).extensions["zhike"].registry
        found: dict[str, click.Command] = {}
        for name in registry.plugins:
            commands = registry.declared_by(name, "register_commands")
            if name.startswith("core."):
                found.update({c.name: c for c in commands})
            elif commands:
                found[name] = click.Group(name, commands=list(commands), help=str(registry.plugins[name].summary))
        return found


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.pass_context
def cli(context: click.Context) -> None:
    """Zhike: one register of customers, and the business lines around it."""
    context.ensure_object(dict)


def the_app(context: click.Context | None = None) -> Flask:
    """Give the application of this run, made when first needed."""
    root = (context or click.get_current_context()).find_root()
    kept: dict[str, Flask] = root.ensure_object(dict)
    if "app" not in kept:
        gc.disable()  # nothing that a start makes is garbage: a tenth of its time
        from core.app import create_app

        kept["app"] = create_app()
        gc.freeze()
        gc.set_threshold(
            100_000, 20, 100
        )  # rows by the thousand are not cycles: looking for them took a quarter of an export
        gc.enable()
        root.with_resource(kept["app"].app_context())
    return kept["app"]


def say(value: Any, *, as_json: bool) -> None:
    """Print an answer: JSON for machines, lines for people."""
    if as_json:
        click.echo(json.dumps(value, ensure_ascii=False, default=str))
    elif isinstance(value, (list, tuple)):
        for line in value:
            click.echo(
                line
                if isinstance(line, str)
                else "  ".join(str(v) for v in (line.values() if isinstance(line, dict) else line))
            )
    elif isinstance(value, dict):
        for key, item in value.items():
            click.echo(f"{key}: {item}")
    else:
        click.echo(value)


@cli.group()
def db() -> None:
    """Bring the tables up to date, or look at them."""


def _migrations() -> Any:
    from core.migrate import Migrations

    zhike = the_app().extensions["zhike"]
    return Migrations(zhike.config.database_url, zhike.registry)


@db.command()
@click.option("--plugin", help="Only this plugin's tables.")
def upgrade(plugin: str | None) -> None:
    """Bring the tables of core and all installed plugins to the newest revision."""
    from core.server import upgrade_tables

    for owner, before, after in upgrade_tables(the_app().extensions["zhike"], plugin):
        click.echo(f"{owner}: {after}" if before == after else f"{owner}: {before or 'nothing'} -> {after}")


@db.command()
def check() -> None:
    """Compare tables with what the code expects; exit 1 when they differ."""
    migrations = _migrations()
    problems = [f"{owner}: at {at or 'nothing'}, not at {head}" for owner, (at, head) in migrations.pending().items()]
    if not problems:
        problems = [f"{owner}: {change}" for owner in migrations.owners for change in migrations.drift(owner)]
    for line in problems:
        click.echo(line, err=True)
    sys.exit(1 if problems else 0)


@db.command()
@click.argument("plugin")
@click.argument("what")
def revision(plugin: str, what: str) -> None:
    """Write PLUGIN's next revision, WHAT it does in its name, from the difference of its models and tables."""
    click.echo(_migrations().new_revision(plugin, what))


@db.command()
def current() -> None:
    """Show each owner's revision."""
    migrations = _migrations()
    with migrations.connection() as connection:
        for owner in migrations.owners:
            click.echo(f"{owner}: {migrations.current(connection, owner) or 'nothing'}")


@cli.command()
@click.option("--json", "as_json", is_flag=True)
def routes(as_json: bool) -> None:
    """List every address with its methods, endpoint, plugin and right."""
    from core.auth.guard import guard_of

    app = the_app()
    found = []
    for rule in sorted(app.url_map.iter_rules(), key=lambda r: r.rule):
        guard = guard_of(app.view_functions[rule.endpoint])
        asks = "public" if guard is None or guard.kind == "public" else " | ".join(guard.codes) or guard.kind
        methods = sorted((rule.methods or set()) - {"OPTIONS", "HEAD"})
        plugin = rule.endpoint.split(".", 1)[0]
        found.append(
            {"rule": rule.rule, "methods": methods, "endpoint": rule.endpoint, "plugin": plugin, "permission": asks}
        )
    say(found, as_json=as_json)


def go_on_lean() -> None:
    """Start a serving process anew without docstrings (`python -OO`): 8 MB less, where that is compiled already.

    `run.py` compiles it. Elsewhere each start would have to, which takes seconds.
    """
    compiled = importlib.util.cache_from_source(__file__, optimization=2)
    if sys.flags.optimize < 2 and sys.platform != "win32" and Path(compiled).exists():
        os.execv(sys.executable, [sys.executable, "-OO", *sys.orig_argv[1:]])  # noqa: S606


def main() -> None:
    """Run the command; a refusal is told on standard error with exit code 1."""
    if sys.argv[1:2] in (["serve"], ["worker"]) and not {"-h", "--help"}.intersection(sys.argv):
        go_on_lean()  # what help says are docstrings
    try:
        cli(obj={}, standalone_mode=False)
    except click.exceptions.Exit as leave:
        sys.exit(leave.exit_code)
    except click.ClickException as wrong:
        wrong.show()
        sys.exit(2 if isinstance(wrong, click.UsageError) else 1)
    except click.Abort:
        sys.exit(130)
    except (Refused, Misdeclared) as refused:
        click.echo(str(refused), err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
