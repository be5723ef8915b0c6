"""`zhike print`: rows of a resource onto labels, envelopes or a list, as a PDF."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import urlencode

import click

from core.auth.access import current_access
from core.db import current_work, session, system_transaction, transaction
from core.listing.cli import acting, everything, read_pairs
from core.plugin import PrintTemplate
from core.printing.gather import ORDERS, gather, made_pdf, right_of
from core.printing.services import check_quota, record_print
from core.printing.sheets import sheet_of, sheets_for


@click.command("print")
@click.argument("resource")
@click.option("--template", "name", required=True, help="Name of the template: journals.labels.")
@click.option("--query", help='Conditions as in the list\'s address, as JSON: {"run_id": 7}.')
@click.option("--out", type=click.Path(dir_okay=False, writable=True, path_type=Path), required=True)
@click.option("--sheet", "sheet_name", help="Label sheet or envelope; the template's first when left out.")
@click.option("--start", type=int, default=1, help="Place of the first label on the first sheet.")
@click.option("--order", type=click.Choice(ORDERS), default="postcode")
@click.option("--as", "username", help="Only what this user may print, within his limit. Without it: everything.")
@click.option("--json", "as_json", is_flag=True)
def print_command(
    resource: str,
    name: str,
    query: str | None,
    out: Path,
    sheet_name: str | None,
    start: int,
    order: str,
    username: str | None,
    as_json: bool,
) -> None:
    """Print rows of RESOURCE (journals/dispatches) into a PDF; it is put on record."""
    from core.cli import say, the_app

    zhike = the_app().extensions["zhike"]
    text = urlencode(read_pairs(query))
    with acting(zhike, username):
        try:
            found = zhike.registry.resource(resource)
        except KeyError:
            raise click.UsageError(f"there is no resource {resource}") from None
        templates: list[PrintTemplate] = zhike.registry.declared("register_prints")
        template = next((t for t in templates if t.name == name and t.resource == found.key), None)
        if template is None:
            raise click.UsageError(f"{resource} has no print template {name}")
        code = right_of(template, found)
        access = current_access() if username else everything(zhike, found, code)
        access.demand(code)
        sheets = sheets_for(template.kind)
        sheet = sheet_of(template.kind, sheet_name or next(iter(sheets))) if sheets else None
        batch = gather(session(), access, template, found, text, order=order)
        check_quota(session(), access.user_id, template.quota, len(batch.rows))
        with made_pdf(template, batch, sheet, start=start, note=username or "") as (path, pages):
            database = current_work().database
            with transaction() if username else system_transaction("print", database=database) as writing:
                record_print(
                    writing,
                    user_id=access.user_id,
                    template=template.name,
                    resource=found.key,
                    quota=template.quota,
                    query=text,
                    sheet=sheet.name if sheet else "",
                    rows=len(batch.rows),
                    pages=pages,
                    file=path,
                )
            shutil.copyfile(path, out)
    for row in batch.left_out:
        click.echo(f"left out {row.get('name', row['id'])}: {row['problem']}", err=True)
    for row in batch.rows:
        if row.get("note"):
            click.echo(f"{row.get('name', row['id'])}: {row['note']}", err=True)
    say({"labels": len(batch.rows), "pages": pages, "left_out": len(batch.left_out), "file": str(out)}, as_json=as_json)
