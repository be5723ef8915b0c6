"""`zhike demo load`."""

from __future__ import annotations

import json

import click

from core.cli import the_app
from core.db import work
from core.i18n import speaking


@click.group("demo")
def demo_group() -> None:
    """Invented companies, contacts and accounts to try things with."""


@demo_group.command("load")
@click.option("--companies", type=click.IntRange(1, 5_000_000), help="How many; overrides --scale.")
@click.option("--seed", type=int, default=20260318, show_default=True)
@click.option("--scale", type=click.Choice(["small", "medium", "large"]), default="small", show_default=True)
@click.option("--json", "as_json", is_flag=True)
def load(companies: int | None, seed: int, scale: str, as_json: bool) -> None:
    """Fill an empty deployment; tells the accounts with their passwords this once."""
    from core.bulk import settle
    from core.bus.delivery import sweep
    from core.bus.jobs import sweep_runs
    from core.demo.load import SCALES, load_demo
    from core.server import check_tables

    zhike = the_app().extensions["zhike"]
    check_tables(zhike)
    count = companies or SCALES[scale]

    def progress(done: int) -> None:
        click.echo(f"{done} / {count}", err=True)

    with work(zhike.database, reason="demo load"), speaking("zh_CN"):
        answer = load_demo(zhike.registry, count, seed, progress)
        sweep(zhike.bus)  # what it brings about is done here, not within the first minute of the server
    sweep_runs(zhike.bus)
    settle(zhike.database, everything=True)
    if as_json:
        click.echo(json.dumps(answer, ensure_ascii=False))
        return
    click.echo(f"{answer['companies']} companies, {answer['contacts']} contacts")
    for account in answer["accounts"]:
        click.echo(f"{account['name']:<10} {account['password']}  {', '.join(account['groups'])}  {account['person']}")
