"""The command that prints the description of the interface."""

from __future__ import annotations

import json

import click

from core.api.schema import document
from core.db import work
from core.listing.cli import everything


@click.command("openapi")
def openapi() -> None:
    """Print the description of /api/v1 (OpenAPI 3.1): all resources and fields but secret ones."""
    from core.cli import the_app

    zhike = the_app().extensions["zhike"]
    with work(zhike.database, reason="openapi") as unit:
        resources = zhike.registry.resources()
        codes = [
            one.code(action) for one in resources for action in ("query", "read", "private", "create", "edit", "delete")
        ]
        described = document(unit.session, resources, everything(zhike, resources[0], *codes))
    click.echo(json.dumps(described, ensure_ascii=False, indent=1))
