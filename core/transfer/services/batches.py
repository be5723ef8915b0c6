"""Beginning an import: the kept file, the guessed mapping, what a person changes of it, the steps between."""

from __future__ import annotations

import hashlib
import itertools
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import Text, cast, delete, or_, select
from sqlalchemy.orm import Session

from core.auth.audit import record
from core.auth.models import User
from core.columns import utcnow
from core.custom import fields_of
from core.errors import Conflict, Refused
from core.i18n import _
from core.plugin import Resource
from core.transfer import unknown
from core.transfer.importer import importer_of
from core.transfer.mapping import REFERENCE, Target, Vocabulary, own_columns, reference_target, signature
from core.transfer.models import COUNTED, ImportBatch, ImportLayout, ImportRow
from core.transfer.places import place_of
from core.transfer.tables import DELIMITERS, ENCODINGS, Layout, Stored

OWN_UNIT = re.compile(r"[元圆]\s*[)）\]】]?$")
"""At the end of a heading: it says itself in what its amounts are."""
DUPLICATES = ("skip", "update", "create", "review")
LIKELY = (*DUPLICATES, "off")
MISSING = ("refuse", "create")
UNKNOWN = unknown.UNKNOWN
EXISTING = ("fill", "overwrite")
REVIEW_STATES = ("submitted", "reviewed")
CHOICES: Mapping[str, Sequence[str]] = {
    "duplicates": DUPLICATES,
    "likely": LIKELY,
    "missing": MISSING,
    "unknown": UNKNOWN,
    "existing": EXISTING,
    "review_state": REVIEW_STATES,
}
SAMPLE = 200
SHOWN_VALUES = 2
DAYS = 7
"""How long a file is kept, and an import can be taken back."""


def targets_of(session: Session, resource: Resource) -> list[Target]:
    """List everything that a column can be imported into."""
    importer = importer_of(resource)
    return [*importer.targets(session), reference_target(importer.reference_headings)]


def vocabulary_of(session: Session, resource: Resource) -> Vocabulary:
    """Give the headings that a file of a resource may have, with those of our own exports."""
    return Vocabulary(targets_of(session, resource), [field.title for field in fields_of(resource) if field.exportable])


def keep_file(session: Session, source: Path) -> tuple[str, Stored]:
    """Keep a file under a name of its own. Outside any transaction: it may take seconds. Raises Unreadable."""
    place = place_of(session)
    folder = secrets.token_hex(16)
    return folder, Stored.keep(source, place.stored(folder).folder)


def file_hash(path: Path) -> str:
    """Fingerprint a file, by which an interrupted import of it is found again."""
    with path.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def examine(session: Session, resource: Resource, stored: Stored, layout: Layout | None = None) -> dict[str, Any]:
    """Guess layout, headings, mapping and number of rows of a kept file; `layout` is a guess that a person changed."""
    vocabulary = vocabulary_of(session, resource)
    layout = layout or stored.guess(vocabulary.knows, vocabulary.meaning, vocabulary.chief)
    headings = stored.headings(layout)
    sample = [cells for _number, cells in itertools.islice(stored.records(layout), SAMPLE)]
    known = remembered(session, resource, headings)
    names = {target.name for target in vocabulary.targets}
    own = own_columns(headings)
    if known is not None and len(known.mapping) == len(own):
        mapping = [""] * len(headings)
        for column, name in zip(own, known.mapping, strict=True):
            mapping[column] = name if name in names else ""
    else:
        mapping = vocabulary.guess(headings, sample)
    if unit := stored.unit_above(layout):  # from here on the headings say it, those of the file with the wrong rows too
        amounts = {target.name for target in vocabulary.targets if target.kind == "money"}
        headings = [
            f"{heading}（{unit}元）" if name in amounts and not OWN_UNIT.search(heading) else heading
            for heading, name in zip(headings, mapping, strict=True)
        ]
    return {
        "layout": layout.as_json(),
        "headings": headings,
        "mapping": mapping,
        "total": sum(1 for _row in stored.records(layout)),
    }


def remembered(session: Session, resource: Resource, headings: Sequence[str]) -> ImportLayout | None:
    """Find how a file with these headings was mapped last."""
    return session.scalar(
        select(ImportLayout).where(ImportLayout.resource == resource.key, ImportLayout.signature == signature(headings))
    )


def remember(session: Session, batch: ImportBatch) -> None:
    """Keep the mapping of a batch for the next file with the same headings."""
    key = signature(batch.headings)
    row = session.scalar(
        select(ImportLayout).where(ImportLayout.resource == batch.resource, ImportLayout.signature == key)
    )
    if row is None:
        row = ImportLayout(resource=batch.resource, signature=key)
        session.add(row)
    row.mapping = [batch.mapping[column] for column in own_columns(batch.headings)]
    row.options = dict(batch.options)
    row.user_id = batch.user_id
    row.used_at = utcnow()
    session.flush()


def begin(
    session: Session,
    resource: Resource,
    *,
    filename: str,
    folder: str,
    found: Mapping[str, Any],
    options: Mapping[str, Any],
    user_id: int | None = None,
) -> ImportBatch:
    """Make the batch of an examined file."""
    stored = place_of(session).stored(folder)
    batch = ImportBatch(
        resource=resource.key,
        user_id=user_id,
        filename=filename[:200] or "?",
        folder=folder,
        file_hash=file_hash(stored.file),
        size=stored.file.stat().st_size,
        layout=dict(found["layout"]),
        headings=list(found["headings"]),
        mapping=list(found["mapping"]),
        total=found["total"],
        options=checked_options(options) | {"source": source_name(options, found["headings"])},
    )
    session.add(batch)
    session.flush()
    return batch


def source_name(options: Mapping[str, Any], headings: Sequence[str]) -> str:
    """Name the source of the ids: as given, else by the layout, so that the next file from there updates."""
    given = str(options.get("source") or "").strip()[:60]
    return given or f"file:{signature(headings)[:12]}"


def checked_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Give the options with every choice one of its list. Raises Refused."""
    found = {
        "duplicates": options.get("duplicates") or "update",
        "likely": options.get("likely") or "review",
        "missing": options.get("missing") or "refuse",
        "unknown": options.get("unknown") or "refuse",
        "existing": options.get("existing") or "fill",
        "review_state": options.get("review_state") or "submitted",
        "owner_id": options.get("owner_id") or None,
    }
    for name, choices in CHOICES.items():
        if found[name] not in choices:
            raise Refused(_("Choose one of the list"), fields={name: _("Choose one of the list")})
    return found


def relayout(session: Session, batch: ImportBatch, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Examine a batch's file anew with another encoding, separator, sheet or heading row. Raises Refused."""
    place = place_of(session)
    resource = place.resource(batch.resource)
    stored = place.stored(batch.folder)
    before = Layout(**batch.layout)
    layout = replace(before, **{name: changes[name] for name in ("encoding", "delimiter", "sheet") if name in changes})
    if layout.encoding not in ENCODINGS or layout.delimiter not in DELIMITERS:
        raise Refused(_("Choose one of the list"))
    if layout != before:
        layout = stored.with_header(layout, vocabulary_of(session, resource).knows)
    elif "header" in changes:
        header = max(0, min(int(changes["header"]), 100))
        layout = replace(layout, header=header)
        if header and layout.labels:  # it is a table after all
            layout = replace(layout, labels=[], more=[])
        if header != before.header:
            layout = replace(layout, blocks=[])
    return examine(session, resource, stored, layout)


def apply(batch: ImportBatch, found: Mapping[str, Any]) -> None:
    """Put what was examined into a batch that nothing was written from yet."""
    must_be(batch, "mapping", "checking", "checked", "failed")
    if batch.state == "failed" and batch.phase != "checking":
        raise Conflict(_("This import has begun; its columns cannot be changed any more."))
    batch.layout, batch.headings = dict(found["layout"]), list(found["headings"])
    batch.mapping, batch.total = list(found["mapping"]), found["total"]
    batch.state, batch.counts, batch.checks, batch.message = "mapping", {}, {}, ""
    batch.decisions = {}


def map_columns(session: Session, batch: ImportBatch, mapping: Sequence[str], options: Mapping[str, Any]) -> None:
    """Take the columns and options that a person chose. Raises Refused where they cannot stand."""
    if batch.state == "failed" and batch.phase == "checking":
        batch.state = "mapping"
    must_be(batch, "mapping", "checking", "checked")
    resource = place_of(session).resource(batch.resource)
    targets = {target.name: target for target in targets_of(session, resource)}
    if len(mapping) != len(batch.headings) or any(name and name not in targets for name in mapping):
        raise Refused(_("Choose one of the list"))
    once = {name for name, target in targets.items() if not (target.many or target.again)}
    twice = [name for name in set(mapping) if name in once and mapping.count(name) > 1]
    if twice:
        raise Refused(_("Two columns go into %(field)s: choose one.", field=targets[twice[0]].title))
    missing = [target for target in targets.values() if target.required and target.name not in mapping]
    if missing and REFERENCE not in mapping:
        raise Refused(_("No column goes into %(field)s, which every record needs.", field=missing[0].title))
    owner_id = options.get("owner_id")
    if owner_id and session.get(User, owner_id) is None:
        raise Refused(_("There is no such user."))
    batch.mapping = list(mapping)
    batch.options = checked_options(options) | {"source": source_name(options, batch.headings)}
    batch.state = "mapping"
    session.flush()


def must_be(batch: ImportBatch, *states: str) -> None:
    """Raise Conflict where a batch is in another state than an action needs."""
    if batch.state not in states:
        raise Conflict(_("This import is at another step by now. Reload the page."))


def start(session: Session, batch: ImportBatch, what: str) -> None:
    """Put a batch into `checking`, `importing` or `undoing`; the caller then has it run. Raises Conflict, Refused."""
    if what == "checking":
        must_be(batch, "mapping", "checking", "checked")
    elif what == "importing":
        must_be(batch, "mapping", "checked")
        remember(session, batch)
    elif what == "undoing":
        must_be(batch, "done", "failed")
        if batch.state == "failed" and batch.phase not in ("importing", "undoing"):
            raise Conflict(_("Nothing was written yet."))
        if batch.cleaned_at is not None:
            raise Refused(_("An import can be taken back for %(n)s days.", n=DAYS))
        record(session, "import_undo", entity="core_import_batch", entity_id=batch.id, changes={"file": batch.filename})
    if what != "undoing":
        session.execute(delete(ImportRow).where(ImportRow.batch_id == batch.id))
        batch.counts = dict.fromkeys(COUNTED, 0)
        batch.position = batch.done = 0
        batch.started_at = utcnow()
        batch.finished_at = None
    batch.state = batch.phase = what
    batch.turn += 1
    batch.message = ""
    session.flush()


def resume(session: Session, batch: ImportBatch) -> None:
    """Take up an import that failed or was stopped, where it ended."""
    must_be(batch, "failed")
    batch.state, batch.message = batch.phase, ""
    session.flush()


def stop(session: Session, batch: ImportBatch) -> None:
    """Stop a running batch after its present chunk; it can be taken up again, or taken back."""
    if not batch.is_running:
        return
    batch.phase, batch.state = batch.state, "failed"
    batch.message = "stopped"
    session.flush()


def discard(session: Session, batch: ImportBatch) -> None:
    """Drop a batch that nothing was written from, with its file."""
    must_be(batch, "mapping", "checked", "checking", "failed")
    if batch.phase in ("importing", "undoing"):
        raise Conflict(_("This import has begun; take it back instead."))
    folder = place_of(session).stored(batch.folder)
    session.delete(batch)
    session.flush()
    folder.drop()


def find_interrupted(
    session: Session, resource: Resource, digest: str, mapping: Sequence[str], options: Mapping[str, Any]
) -> ImportBatch | None:
    """Find an import of the same file, mapped and treated alike, that a command began and did not end."""
    found = session.scalars(
        select(ImportBatch)
        .where(
            ImportBatch.resource == resource.key,
            ImportBatch.file_hash == digest,
            ImportBatch.user_id.is_(None),
            ImportBatch.phase == "importing",
            ImportBatch.state.in_(("importing", "failed")),
        )
        .order_by(ImportBatch.id.desc())
    )
    wanted = checked_options(options)
    for batch in found:
        same = all(batch.options.get(name) == value for name, value in wanted.items())
        if same and list(batch.mapping) == list(mapping) and place_of(session).stored(batch.folder).file.exists():
            return batch
    return None


def clean(session: Session, folder_root: Path) -> int:
    """Drop files, notes on rows and unused batches older than `DAYS`; an import cannot be taken back afterwards."""
    import datetime as dt

    limit = utcnow() - dt.timedelta(days=DAYS)
    old = list(
        session.scalars(
            select(ImportBatch).where(
                ImportBatch.cleaned_at.is_(None),
                ImportBatch.updated_at < limit,
                ImportBatch.state.not_in(("importing", "undoing")),
            )
        )
    )
    for batch in old:
        _drop_notes(session, batch.id)
        if batch.state in ("done", "undone") or batch.phase in ("importing", "undoing"):
            batch.cleaned_at = utcnow()
        else:
            session.delete(batch)
        Stored(folder_root / "imports" / batch.folder).drop()
    session.flush()
    return len(old)


def _drop_notes(session: Session, batch_id: int) -> None:
    """Drop the notes on a batch's rows. What is kept for a plugin stays: no other place has it."""
    keeping = cast(ImportRow.detail, Text).like('%"kept"%')
    mine = ImportRow.batch_id == batch_id
    session.execute(delete(ImportRow).where(mine, or_(ImportRow.detail.is_(None), ~keeping)))
    for row in session.scalars(select(ImportRow).where(mine).execution_options(yield_per=1000)):
        row.detail = {"kept": (row.detail or {}).get("kept", {})}
