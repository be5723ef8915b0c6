"""`zhike privacy …`: the list of erased keys, and erasing again after a restore."""

from __future__ import annotations

import json
from pathlib import Path

import click

from core.cli import say, the_app
from core.db import system_session, system_transaction
from core.privacy.services import erase_again
from core.privacy.services.erasing import keys_of
from core.privacy.services.files import wipe


@click.group("privacy")
def privacy_group() -> None:
    """Keep the list of erased people apart from the backups; erase them again after a restore."""


@privacy_group.command("keys")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def keys(file: Path) -> None:
    """Write the list of erased keys to a file. It holds no plain data."""
    zhike = the_app().extensions["zhike"]
    with system_session("privacy", database=zhike.database) as session:
        found = keys_of(session)
    file.write_text("".join(json.dumps(one) + "\n" for one in found), encoding="ascii")
    click.echo(f"{len(found)} keys")


@privacy_group.command("erase-again")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=False)
@click.option("--json", "as_json", is_flag=True)
def again(file: Path | None, *, as_json: bool) -> None:
    """Erase whom a restored backup brought back, by the keys of a file and of the database."""
    zhike = the_app().extensions["zhike"]
    lines = file.read_text(encoding="ascii").splitlines() if file is not None else []
    with system_transaction("privacy", database=zhike.database) as session:
        hooks = zhike.registry.takers("before_contact_erase", session)
        done = erase_again(session, [json.loads(line) for line in lines if line.strip()], contact_hooks=hooks)
    wipe(zhike.database, largest=10**13)
    say({"erased": done}, as_json=as_json)
