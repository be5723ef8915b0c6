"""`zhike serve` and `zhike worker`."""

from __future__ import annotations

from pathlib import Path

import click

from core.cli import the_app


@click.command()
@click.option("--host", default="127.0.0.1", help="Address to listen on.")
@click.option("--port", default=8000, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option("--workers", default=2, type=click.IntRange(1, 64), help="Web processes.")
@click.option("--role", default="web,worker,live", help="Which of web, worker and live to run, separated by commas.")
@click.option("--pidfile", type=click.Path(dir_okay=False, path_type=Path), help="Where to write the process id.")
@click.option("--upgrade", is_flag=True, help="Bring the tables up to date first.")
def serve(host: str, port: int, workers: int, role: str, pidfile: Path | None, upgrade: bool) -> None:
    """Serve the pages and run the worker, until SIGTERM or Ctrl+C."""
    from core import server

    roles = frozenset(part.strip() for part in role.split(",") if part.strip())
    if not roles or roles - set(server.ROLES):
        raise click.BadParameter(f"use {', '.join(server.ROLES)}", param_hint="--role")
    app = the_app()
    if upgrade:
        server.upgrade_tables(app.extensions["zhike"])
    server.serve(app, server.Options(host=host, port=port, workers=workers, roles=roles, pidfile=pidfile))


@click.command()
def worker() -> None:
    """Run deliveries, jobs and their clock, until SIGTERM or Ctrl+C."""
    from core import server

    server.serve(the_app(), server.Options(roles=frozenset({"worker"})))
