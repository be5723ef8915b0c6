"""Running an import: each chunk in one transaction with its position, so that it can be killed at any moment."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from core.auth.audit import record
from core.auth.models import Audit
from core.bulk import insert_rows, settle, take_stock, unmap
from core.columns import utcnow
from core.db import Database, current_work, transaction, work
from core.errors import Refused
from core.transfer.importer import (
    MADE,
    WAITS,
    WRITTEN,
    Decision,
    Found,
    Importer,
    Options,
    Reader,
    Row,
    Seen,
    importer_of,
)
from core.transfer.models import COUNTED, ImportBatch, ImportRow
from core.transfer.pipeline import read_chunks
from core.transfer.places import place_of
from core.transfer.services.undoing import undo_chunk
from core.transfer.tables import Layout
from core.transfer.unknown import add_words, new_words

log = structlog.get_logger(__name__)

CHECK_CHUNK = 2000
NOTED_VALUES = 20
MANY = 5000
"""After so many rows the database's own figures are out of date."""


class Runner(Protocol):
    """Opens units of work for a run: a command's, or a worker's that proves with each that the run is still its own."""

    def transaction(self) -> AbstractContextManager[Session]:
        """Write one chunk."""
        ...

    def reading(self) -> AbstractContextManager[Session]:
        """Read between chunks."""
        ...


class Direct:
    """Runs an import in this process."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Write one chunk as the program."""
        with work(self.database, reason="import"), transaction() as session:
            yield session

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Read as the program."""
        with work(self.database, reason="import") as unit:
            yield unit.session


class Superseded(Exception):
    """Another process runs this import, or somebody stopped it."""


@dataclass
class Run:
    """What one run of a batch knows from its beginning to its end."""

    batch_id: int
    state: str
    turn: int
    importer: Importer
    reader: Reader
    options: Options
    folder: Path
    layout: Layout
    mapping: list[str]
    position: int
    total: int
    done: int
    unmapped: bool = False
    """Whether SQLite reads without its map since the first chunk."""


def run_batch(database: Database, batch_id: int) -> None:
    """Run a batch to its end in this process; what the worker calls when it has no runner of its own."""
    run(Direct(database), batch_id)


def run(runner: Runner, batch_id: int) -> None:
    """Do what a batch's state asks for, from where it stands. A failure is written into the batch and raised."""
    with runner.reading() as session:
        batch = session.get(ImportBatch, batch_id)
        state = batch.state if batch is not None else ""
    try:
        if state == "undoing":
            _undo(runner, batch_id)
        elif state in ("checking", "importing"):
            _rows(runner, batch_id)
    except Superseded:
        log.info("import was stopped or taken over", batch=batch_id)
    except Exception as error:
        _failed(runner, batch_id, error)
        raise


def _failed(runner: Runner, batch_id: int, error: Exception) -> None:
    message = str(error) if isinstance(error, Refused) else "broken"
    try:
        with runner.transaction() as session:
            batch = session.get(ImportBatch, batch_id, with_for_update=True)
            if batch is not None and batch.is_running:
                batch.phase, batch.state, batch.message = batch.state, "failed", message
    except Exception:  # the batch stays as it was, and is taken up again from there
        log.warning("the failure of an import could not be noted", batch=batch_id, exc_info=True)


def _open(runner: Runner, batch_id: int) -> Run:
    with runner.reading() as session:
        batch = session.get(ImportBatch, batch_id)
        assert batch is not None
        place = place_of(session)
        importer = importer_of(place.resource(batch.resource))
        options = Options.of(
            batch.options,
            batch_id=batch.id,
            user_id=batch.user_id,
            started_at=batch.started_at or utcnow(),
            writing=batch.state == "importing",
            rows=batch.total,
            headings=tuple(batch.headings),
            decisions={int(number): Decision(*given) for number, given in batch.decisions.items()},
        )
        return Run(
            batch_id=batch.id,
            state=batch.state,
            turn=batch.turn,
            importer=importer,
            reader=importer.reader(session, batch.mapping, options),
            options=options,
            folder=place.stored(batch.folder).folder,
            layout=Layout(**batch.layout),
            mapping=list(batch.mapping),
            position=batch.position,
            total=batch.total,
            done=batch.done,
        )


def _rows(runner: Runner, batch_id: int) -> None:
    this = _open(runner, batch_id)
    seen = Seen()
    checks = Checks(this.mapping)
    size = this.importer.chunk if this.options.writing else CHECK_CHUNK
    if not this.options.writing:
        _restart_check(runner, this)
    elif this.options.unknown == "add" and this.position == 0:
        _add_words(runner, this)
    parts = read_chunks(
        this.folder, this.layout, this.reader, after=this.position, size=size, left=this.total - this.done
    )
    stock = 1
    for count, rows in enumerate(parts, 1):
        _chunk(runner, this, rows, seen)
        checks.take(rows)
        if this.options.writing and count == stock:
            stock *= 6
            with runner.transaction() as session:
                take_stock(session)
    _finish(runner, this, checks)
    with runner.reading():
        database = current_work().database
        if this.options.writing and this.total >= MANY:
            settle(database)
        if this.unmapped:
            database.engine.dispose()  # later connections have their map again


def _add_words(runner: Runner, this: Run) -> None:
    """Add the words that lists do not know, before the rows are read that bring them."""
    trial = replace(this.options, writing=False, likely="off")
    with runner.reading() as session:
        reader = this.importer.reader(session, this.mapping, trial)
    words: dict[str, dict[str, str]] = {}
    for rows in read_chunks(this.folder, this.layout, reader, after=0, size=CHECK_CHUNK, left=this.total):
        new_words((row for row in rows if row.outcome != "skipped"), words)
    if words:
        with runner.transaction() as session:
            add_words(session, words)
        with runner.reading() as session:
            this.reader = this.importer.reader(session, this.mapping, this.options)


def _restart_check(runner: Runner, this: Run) -> None:
    """A dry run knows what stood earlier in the file only from its own memory, so it always begins at the top."""
    if this.position == 0:
        return
    from core.transfer.services.batches import start

    with runner.transaction() as session:
        batch = _hold(session, this)
        batch.state = "mapping"
        start(session, batch, "checking")
        this.turn = batch.turn
    this.position = this.done = 0


def _hold(session: Session, this: Run) -> ImportBatch:
    """Lock the batch and see that it is where this run left it. Raises Superseded."""
    batch = session.get(ImportBatch, this.batch_id, with_for_update=True, populate_existing=True)
    if batch is None or (batch.state, batch.turn, batch.position) != (this.state, this.turn, this.position):
        raise Superseded
    return batch


def _chunk(runner: Runner, this: Run, rows: list[Row], seen: Seen) -> None:
    """Do a chunk in one transaction; where the database refuses it, its halves, so that only the bad row is left."""
    try:
        with runner.transaction() as session:
            batch = _hold(session, this)
            this.unmapped |= bool(unmap(session.connection()))  # for the commit too, which reads what it writes back
            _decide_and_write(session, this, rows, seen)
            counts = Counter({name: batch.count(name) for name in COUNTED})
            counts.update(row.outcome for row in rows)
            batch.counts = dict(counts)
            batch.position = position = rows[-1].number
            batch.done = done = batch.done + len(rows)
    except (IntegrityError, DataError) as error:
        this.importer.settled(kept=False)
        for row in rows:
            if row.outcome != "skipped":
                row.outcome, row.record_id, row.match, row.why, row.detail = "", None, None, "", None
                row.alike = None
        if len(rows) > 1:
            middle = len(rows) // 2
            _chunk(runner, this, rows[:middle], seen)
            _chunk(runner, this, rows[middle:], seen)
            return
        if any(one["code"] == "refused" for one in rows[0].errors):
            raise
        log.warning("a row was refused by the database", batch=this.batch_id, row=rows[0].number, error=str(error.orig))
        rows[0].errors.append({"code": "refused"})
        _chunk(runner, this, rows, seen)
        return
    this.importer.settled(kept=True)
    this.position, this.done = position, done


def _decide_and_write(session: Session, this: Run, rows: list[Row], seen: Seen) -> None:
    good = []
    for row in rows:
        if row.errors:
            row.outcome = "error"
        elif row.outcome != "skipped":
            good.append(row)
    while good:
        good, later = _apart(this.importer, good) if this.options.writing else (good, [])
        this.importer.plan(session, good, this.options)
        if this.options.writing:
            this.importer.write(session, [row for row in good if row.outcome in WRITTEN], this.options)
        else:
            there = [row for row in good if row.outcome == "updated" and row.record_id is not None]
            this.importer.compare(session, there, this.options)
            _foresee(this, good, seen)
        good = sorted([*later, *(row for row in good if row.outcome == WAITS)], key=lambda row: row.number)
    keep_created = this.options.writing
    insert_rows(
        session,
        ImportRow.__table__,  # type: ignore[arg-type]
        [_line(this.batch_id, row) for row in rows if keep_created or row.outcome != "created" or row.notes],
        ("batch_id", "number", "outcome", "record_id", "detail"),
    )


def _apart(importer: Importer, rows: list[Row]) -> tuple[list[Row], list[Row]]:
    """Put rows that may be the same record as an earlier one of the chunk off until that one is written."""
    now: list[Row] = []
    later: list[Row] = []
    taken: set[str] = set()
    for row in rows:
        identity = importer.identity(row)
        keys = {*identity.strong, identity.weak} - {""}
        (later if keys & taken else now).append(row)
        taken |= keys
    return now, later


def _foresee(this: Run, rows: list[Row], seen: Seen) -> None:
    """In a dry run, tell what will become of rows whose record an earlier row of the file will have made."""
    outcome = {"skip": "duplicate", "review": "review", "update": "updated", "create": "created"}[
        this.options.duplicates
    ]
    decided = this.options.decisions
    for row in rows:
        if seen.repeats(this.importer.identity(row)) and row.outcome in MADE and row.number not in decided:
            row.outcome, row.why = outcome, "in_file"


def _line(batch_id: int, row: Row) -> tuple[Any, ...]:
    detail = row.detail
    if row.errors or row.notes or row.why or row.kept or row.alike:
        detail = dict(detail or {})
        if row.alike:
            detail["alike"] = row.alike
        if row.kept:
            detail["kept"] = row.kept
        if row.errors:
            detail["errors"] = row.errors
        if row.notes:
            detail["notes"] = row.notes
        if row.why:
            detail |= {"match": row.match, "why": row.why}
    return (batch_id, row.number, row.outcome, row.record_id, detail)


class Checks:
    """What the dry run found out about each column: blank cells, refused ones, values that are noteworthy."""

    def __init__(self, mapping: Sequence[str]) -> None:
        self.filled = [0] * len(mapping)
        self.mapping = list(mapping)
        self.bad: Counter[str] = Counter()
        self.noted: Counter[str] = Counter()
        self.values: dict[str, Counter[str]] = {}
        self.rows = self.skipped = 0

    def take(self, rows: Sequence[Row]) -> None:
        """Count a chunk."""
        self.rows += len(rows)
        self.skipped += sum(row.outcome == "skipped" for row in rows)
        for place in range(len(self.mapping)):
            bit = 1 << place
            self.filled[place] += sum(1 for row in rows if row.filled & bit and row.outcome != "skipped")
        for row in rows:
            for one in row.errors:
                self.bad[one.get("column", "")] += 1
            for one in row.notes:
                column = one.get("column", "")
                self.noted[column] += 1
                values = self.values.setdefault(column, Counter())
                if len(values) < 1000 or one.get("value") in values:
                    values[str(one.get("value", ""))[:60]] += 1

    def forget(self, notes: Sequence[Found]) -> None:
        """Leave out notes that turned out void at the end of the file."""
        for one in notes:
            column, value = one.get("column", ""), str(one.get("value", ""))[:60]
            self.noted[column] -= 1
            values = self.values.get(column, Counter())
            values[value] -= 1
            if values[value] <= 0:
                del values[value]

    def result(self) -> dict[str, Any]:
        """Give the figures: blank cells by column, the rest by target."""
        rows = self.rows - self.skipped
        noted = {
            name: {
                "bad": self.bad[name],
                "noted": self.noted[name],
                "kinds": len(self.values.get(name, ())),
                "values": [value for value, _count in self.values.get(name, Counter()).most_common(NOTED_VALUES)],
            }
            for name in {*self.bad, *+self.noted}
        }
        return {"rows": rows, "blank": [rows - filled for filled in self.filled], "targets": noted}


def _finish(runner: Runner, this: Run, checks: Checks) -> None:
    with runner.transaction() as session:
        batch = _hold(session, this)
        checks.forget(this.importer.finish(session, batch, this.options))
        batch.finished_at = utcnow()
        batch.total = batch.done
        if not this.options.writing:
            batch.state = batch.phase = "checked"
            batch.checks = checks.result()
            return
        batch.state = batch.phase = "done"
        changes = {name: count for name, count in batch.counts.items() if count}
        record(
            session,
            "import",
            entity="core_import_batch",
            entity_id=batch.id,
            changes={"resource": batch.resource, "file": batch.filename, "sha256": batch.file_hash, **changes},
            note=json.dumps(batch.options, ensure_ascii=False, sort_keys=True),
            user_id=batch.user_id,
        )
        tell(session, batch)


def tell(session: Session, batch: ImportBatch) -> None:
    """Publish that an import has ended: one event for all its rows."""
    from core.bus.services import publish

    publish(
        session,
        "core.import_finished",
        {
            "batch_id": batch.id,
            "resource": batch.resource,
            "user_id": batch.user_id,
            "created": batch.made,
            "updated": batch.count("updated"),
            "errors": batch.count("error"),
        },
    )


def _undo(runner: Runner, batch_id: int) -> None:
    with runner.reading() as session:
        batch = session.get(ImportBatch, batch_id)
        assert batch is not None
        resource = place_of(session).resource(batch.resource)
        options = Options.of(
            batch.options, batch_id=batch.id, user_id=batch.user_id, started_at=batch.finished_at or batch.updated_at
        )
        asked = select(Audit.user_id).where(Audit.kind == "import_undo", Audit.entity_id == batch_id)
        by = session.scalar(asked.order_by(Audit.id.desc()).limit(1))
    importer = importer_of(resource)
    while True:
        with runner.transaction() as session:
            current_work().info["by"] = by  # the history names who took it back
            batch = session.get(ImportBatch, batch_id, with_for_update=True)
            if batch is None or batch.state != "undoing":
                raise Superseded
            if undo_chunk(session, batch, importer, options):
                continue
            batch.state = batch.phase = "undone"
            changes = {name: batch.count(name) for name in ("undone", "kept")}
            record(session, "import_undone", entity="core_import_batch", entity_id=batch.id, changes=changes)
            return
