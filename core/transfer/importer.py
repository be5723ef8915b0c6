"""What a resource gives to be importable: its targets, how rows are read, planned, written and taken back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

from sqlalchemy.orm import Session

from core.custom import fields_of, own_fields
from core.i18n import _
from core.plugin import Resource
from core.transfer.mapping import Target
from core.transfer.places import place_of

Found = dict[str, Any]
"""What is wrong or noteworthy about a cell: `{"code", "column", "value"}`; `reasons.say()` puts it into words."""


MADE = ("created", "alike")
"""Outcomes of rows of which a record was made."""
WRITTEN = (*MADE, "updated")
WAITS = "waits"
"""The outcome of a row that is decided once another row of its chunk is written."""
ACTIONS = ("updated", "created", "duplicate")


@dataclass(frozen=True, slots=True)
class Decision:
    """What a person decided about one row: updated (`record_id`), created (for a `reason`), duplicate (leave it)."""

    action: str
    record_id: int | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class Options:
    """How an import treats its rows.

    `duplicates` says what to do with a row whose record is there: skip, update, create, review (leave to a person).
    `likely` says it of a row that is only alike: skip, update, create, review (make it, and leave the pair to a
    person), off (compare nothing). `decisions` are a person's own, by number of row. `existing` says how an update
    writes: `fill` blank fields only, or `overwrite`. `missing` says whether a record to which a row belongs is made
    (`create`) where there is none, or the row refused (`refuse`). `unknown` says what becomes of a word that a list
    does not know: the row is refused (`refuse`), the cell left empty (`empty`), the word added (`add`). Owner None is
    the public pool.
    """

    duplicates: str = "update"
    likely: str = "off"
    missing: str = "refuse"
    unknown: str = "refuse"
    existing: str = "overwrite"
    owner_id: int | None = None
    source: str = "import"
    review_state: str = "submitted"
    batch_id: int = 0
    user_id: int | None = None
    started_at: dt.datetime | None = None
    writing: bool = True
    rows: int = 0
    headings: tuple[str, ...] = ()
    """Those of the file, which may name units: 注册资金（万元）."""
    decisions: Mapping[int, Decision] = field(default_factory=dict)

    @classmethod
    def of(cls, given: Mapping[str, Any], **more: Any) -> Options:
        """Make them from what a batch stores."""
        names = ("duplicates", "likely", "missing", "unknown", "existing", "owner_id", "source", "review_state")
        return cls(**{name: given[name] for name in names if name in given}, **more)


@dataclass(slots=True)
class Row:
    """One row on its way: read, then planned, then written.

    `outcome` is created, alike (created, but probably there already), updated, unchanged, duplicate, review, skipped or
    error. `match` is the existing record, `why` what it was recognised by; `alike` says which record or earlier row it
    probably is: `{"id" or "row", "score", "reasons"}`. `detail` is stored with the row, and so is `kept`: what the row
    says that belongs to a plugin. `filled` has a bit for each column that is not blank.
    """

    number: int
    values: dict[str, Any]
    filled: int = 0
    errors: list[Found] = field(default_factory=list)
    notes: list[Found] = field(default_factory=list)
    outcome: str = ""
    record_id: int | None = None
    match: int | None = None
    why: str = ""
    alike: dict[str, Any] | None = None
    detail: dict[str, Any] | None = None
    kept: dict[str, Any] = field(default_factory=dict)


class Reader(Protocol):
    """Reads cells into values. It is sent to a second process, so it holds plain data only and opens no database."""

    def read(self, rows: Sequence[tuple[int, Sequence[str]]]) -> list[Row]:
        """Read rows; what is wrong with one stands in its `errors`."""
        ...


class Importer:
    """Brings rows of a file into one resource. Subclass it and name the class as the resource's `importer`."""

    chunk: ClassVar[int] = 1000
    parent: ClassVar[bool] = False
    """Whether each row belongs to a record of another resource, which may be missing."""
    compared: ClassVar[bool] = False
    """Whether rows are compared with what is there, beyond their keys."""

    reference_headings: ClassVar[Sequence[str]] = ()
    """Headings by which the id in the source is known beside the usual ones."""

    def __init__(self, resource: Resource) -> None:
        self.resource = resource

    def targets(self, session: Session) -> list[Target]:
        """List what columns can be imported into, without the reference to the source."""
        return [Target.of(one) for one in fields_of(self.resource) if one.importable]

    def own_targets(self) -> list[Target]:
        """List the fields that an administrator added, for an importer with targets of its own."""
        fields = (one.field for one in own_fields(self.resource.key))
        return [Target.of(one, group=_("Further particulars")) for one in fields if one.importable]

    def kept_targets(self, session: Session) -> list[Target]:
        """List the columns of plugins that files of this resource bring along."""
        declared = place_of(session).registry.declared("register_import_columns")
        return [
            Target(name=one.name, title=one.title, kind=one.kind, aliases=one.aliases, group=_("Of modules"), kept=True)
            for one in declared
            if one.resource == self.resource.key
        ]

    def reader(self, session: Session, mapping: Sequence[str], options: Options) -> Reader:
        """Give the reader for a file whose columns are mapped so."""
        raise NotImplementedError

    def identity(self, row: Row) -> Identity:
        """Give the keys by which another row would be the same record."""
        raise NotImplementedError

    def plan(self, session: Session, rows: list[Row], options: Options) -> None:
        """Decide each faultless row's outcome by what the database holds already. No two of the rows share a key.

        A row that `waits` is planned again when the others are written.
        """
        raise NotImplementedError

    def settled(self, *, kept: bool) -> None:
        """Learn that the rows written since the last time stand, or that they were rolled back."""

    def write(self, session: Session, rows: list[Row], options: Options) -> None:
        """Write the rows planned as made or updated; fill in `record_id`, and `detail` with what undoing needs."""
        raise NotImplementedError

    def compare(self, session: Session, rows: list[Row], options: Options) -> None:
        """In a dry run, tell which rows planned as updated would leave their record unchanged."""

    def finish(self, session: Session, batch: Any, options: Options) -> list[Found]:
        """Do what can only be done once all rows are written, or tried; give the notes on rows that are void by that.

        `batch` is the import (`ImportBatch`), whose lines and counts it may correct.
        """
        return []

    def words(self, reasons: Sequence[str]) -> list[str]:
        """Say why a row was found to be alike."""
        return []

    def undo(self, session: Session, rows: Sequence[Any], options: Options) -> frozenset[int]:
        """Take back created and updated rows (`ImportRow`); give the ids of those left, as somebody changed them."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Identity:
    """What a row is known by: its `strong` keys; the `weak` one unless both rows have a mark that differs."""

    strong: tuple[str, ...] = ()
    weak: str = ""
    marks: tuple[str, ...] = ()


class Seen:
    """Keys of rows earlier in the file, for the dry run, which writes nothing that could be found again."""

    def __init__(self) -> None:
        self.strong: set[int] = set()
        self.weak: dict[int, tuple[int, ...]] = {}

    def repeats(self, identity: Identity) -> bool:
        """Tell whether the same record came before; remember this one."""
        hashes = [hash(key) for key in identity.strong]
        before = any(one in self.strong for one in hashes)
        self.strong.update(hashes)
        if identity.weak:
            key, marks = hash(identity.weak), tuple(hash(mark) if mark else 0 for mark in identity.marks)
            known = self.weak.setdefault(key, marks)
            differ = any(a and b and a != b for a, b in zip(known, marks, strict=True))
            before = before or (known is not marks and not differ)
        return before


def importer_of(resource: Resource) -> Importer:
    """Make a resource's importer. Raises LookupError when it has none."""
    make: Callable[[Resource], Importer] | None = resource.importer
    if make is None:
        raise LookupError(resource.key)
    return make(resource)
