"""`zhike import`."""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from sqlalchemy.orm import Session

from core.cli import say, the_app
from core.db import Database, transaction, work
from core.errors import Refused
from core.i18n import _
from core.plugin import Resource
from core.transfer.mapping import Vocabulary
from core.transfer.models import ImportBatch
from core.transfer.places import Place, place_of
from core.transfer.services import batches
from core.transfer.services.reporting import error_table, left_empty, write_report
from core.transfer.services.running import Direct, run

EVERY = 0.5


class Shown(Direct):
    """Runs in this process and shows on standard error how far it is."""

    def __init__(self, database: Database, batch_id: int) -> None:
        super().__init__(database)
        self.batch_id = batch_id
        self.shown = 0.0
        self.terminal = sys.stderr.isatty()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Write one chunk, then show the position."""
        with super().transaction() as session:
            yield session
            batch = session.get(ImportBatch, self.batch_id)
            done, total = (batch.done, batch.total) if batch is not None else (0, 0)
        if time.monotonic() - self.shown >= EVERY:
            self.shown = time.monotonic()
            click.echo(f"{done:,} / {total:,}", err=True, nl=not self.terminal)
            if self.terminal:
                click.echo("\r", err=True, nl=False)


def read_mapping(path: Path) -> dict[str, str]:
    """Read `{heading: field}` from JSON, or from CSV with a heading and a field in each line."""
    text = path.read_text(encoding="utf-8-sig")
    if text.lstrip().startswith("{"):
        try:
            given = json.loads(text)
        except json.JSONDecodeError as error:
            raise Refused(f"{path}: {error}") from error
        return {str(heading): str(field or "") for heading, field in given.items()}
    return {row[0]: row[1] for row in csv.reader(text.splitlines()) if len(row) >= 2}


@click.command("import")
@click.argument("resource")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--mapping", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="JSON {heading: field}.")
@click.option(
    "--duplicates",
    type=click.Choice(batches.DUPLICATES),
    help="What to do with a row whose record is there already, or probably is. [default: update what has the same id,"
    " credit code or name; review what is only alike]",
)
@click.option(
    "--likely",
    type=click.Choice(batches.LIKELY),
    help="The same for rows that are only alike: review makes them and leaves the pairs to a person, off compares"
    " nothing.",
)
@click.option(
    "--missing",
    type=click.Choice(batches.MISSING),
    default="refuse",
    show_default=True,
    help="What to do with a contact whose company is not there.",
)
@click.option(
    "--existing",
    type=click.Choice(batches.EXISTING),
    default="overwrite",
    show_default=True,
    help="Whether an update fills blank fields only.",
)
@click.option(
    "--unknown",
    type=click.Choice(batches.UNKNOWN),
    default="refuse",
    show_default=True,
    help="What to do with a word that a list does not know: refuse the row, leave the cell empty, or add the word to"
    " the list where it takes new ones.",
)
@click.option("--source", help="Name of the source whose ids the file holds.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; write nothing.")
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path), help="Write refused rows there (.csv, .xlsx)."
)
@click.option("--json", "as_json", is_flag=True)
def import_command(
    resource: str,
    file: Path,
    mapping: Path | None,
    duplicates: str | None,
    likely: str | None,
    missing: str,
    existing: str,
    unknown: str,
    source: str | None,
    dry_run: bool,
    report: Path | None,
    as_json: bool,
) -> None:
    """Import a table (CSV, TXT, XLSX, XLS, also .gz) into RESOURCE; an interrupted import of the same file goes on."""
    zhike = the_app().extensions["zhike"]
    options = {
        "duplicates": duplicates or "update",
        "likely": likely or duplicates or "review",
        "missing": missing,
        "unknown": unknown,
        "existing": existing,
        "source": source,
        "review_state": "reviewed",
    }
    started = time.monotonic()
    with work(zhike.database, reason="import") as unit:
        place = place_of(unit.session)
        try:
            target = place.resource(resource)
        except KeyError:
            names = ", ".join(sorted(r.key for r in place.registry.resources() if r.importer))
            raise click.BadParameter(f"use one of: {names}", param_hint="RESOURCE") from None
        batch_id, resumed = _prepare(unit.session, target, file, mapping, options, dry_run=dry_run)
    run(Shown(zhike.database, batch_id), batch_id)
    with work(zhike.database, reason="import") as unit:
        batch = unit.session.get(ImportBatch, batch_id)
        assert batch is not None
        if report is not None:
            write_report(error_table(unit.session, batch), report)
        answer = _answer(batch, time.monotonic() - started, resumed=resumed)
        answer["left_empty"] = left_empty(unit.session, batch)
        if dry_run:
            _forget(zhike.database, place, batch)
    say(answer, as_json=as_json)
    if batch.state not in ("done", "checked"):
        raise Refused(_("The import was stopped before its end; start the same command again."))


def _prepare(
    session: Session,
    resource: Resource,
    file: Path,
    mapping: Path | None,
    options: Mapping[str, Any],
    *,
    dry_run: bool,
) -> tuple[int, bool]:
    """Make the batch, or find the interrupted one; give its id and whether it was begun before."""
    place = place_of(session)
    folder, stored = batches.keep_file(session, file)
    try:
        found = batches.examine(session, resource, stored)
        if mapping is not None:
            found["mapping"] = _mapped(session, resource, read_mapping(mapping), found["headings"])
        if not dry_run and (batch := _interrupted(session, resource, stored.file, found["mapping"], options)):
            stored.drop()
            return batch, True
        session.commit()
        with transaction() as writing:
            batch_row = batches.begin(
                writing, resource, filename=file.name, folder=folder, found=found, options=options
            )
            batches.map_columns(writing, batch_row, found["mapping"], batch_row.options)
            batches.start(writing, batch_row, "checking" if dry_run else "importing")
    except BaseException:
        place.stored(folder).drop()
        raise
    return batch_row.id, False


def _interrupted(
    session: Session, resource: Resource, file: Path, mapping: Sequence[str], options: Mapping[str, Any]
) -> int | None:
    found = batches.find_interrupted(session, resource, batches.file_hash(file), mapping, options)
    if found is None:
        return None
    session.commit()
    if found.state == "failed":
        with transaction() as writing:
            batches.resume(writing, found)
    return found.id


def _mapped(session: Session, resource: Resource, given: Mapping[str, str], headings: Sequence[str]) -> list[str]:
    try:
        return Vocabulary(batches.targets_of(session, resource)).read(given, headings)
    except KeyError as unknown:
        raise Refused(
            _("The mapping names %(name)s, which the file or the resource does not have.", name=unknown.args[0])
        ) from None


def _answer(batch: ImportBatch, seconds: float, *, resumed: bool) -> dict[str, Any]:
    counts = batch.counts
    return {
        "batch": batch.id,
        "resource": batch.resource,
        "state": batch.state,
        "resumed": resumed,
        "rows": batch.done,
        "created": batch.made,
        "alike": counts.get("alike", 0),
        "updated": counts.get("updated", 0),
        "unchanged": counts.get("unchanged", 0),
        "duplicates": counts.get("duplicate", 0) + counts.get("review", 0),
        "skipped": counts.get("skipped", 0),
        "errors": counts.get("error", 0),
        "seconds": round(seconds, 2),
        "rows_per_second": round(batch.done / seconds) if seconds else 0,
        "mapping": {h: name for h, name in zip(batch.headings, batch.mapping, strict=False) if name},
    }


def _forget(database: Database, place: Place, batch: ImportBatch) -> None:
    """Drop what a dry run on the command line left."""
    with work(database, reason="import"), transaction() as session:
        row = session.get(ImportBatch, batch.id)
        if row is not None:
            batches.discard(session, row)
