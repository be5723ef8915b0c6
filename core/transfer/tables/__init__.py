"""Files with tables: what they are, how they are read, and their rows one by one."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from core.transfer.tables.cards import extract_cards, is_cards
from core.transfer.tables.header import blocks_in, column_names, find_header, folded_heading
from core.transfer.tables.keyed import are_cards, labels_in, records_of
from core.transfer.tables.limits import MAX_BYTES, MAX_COLUMNS, Unreadable, not_a_table, too_large
from core.transfer.tables.plain import (
    DELIMITERS,
    ENCODINGS,
    GZIP,
    detect_delimiter,
    detect_encoding,
    open_bytes,
    read_plain,
)
from core.transfer.tables.sheets import extract_sheets, is_book

SAMPLE_ROWS = 60
ALIKE = 2
"""So many headings of a further sheet mean what those of the first do, and half of those that are known."""
UNIT_LINE = re.compile(r"单位\s*:?\s*(?:人民币|rmb|¥)?\s*([百千万亿]+)\s*元", re.IGNORECASE)


@dataclass(frozen=True)
class Layout:
    """How a file is read. It is guessed, and every part of the guess can be changed.

    `header` is the number of the row with the headings, counted from 1; 0 where there is none. `more` are further
    sheets of the same kind, each with the number of its own row of headings: their rows follow, numbered on. Where its
    headings are others that mean the same, the columns follow in the order of the first sheet; `extra` are headings
    that only further sheets have.
    `labels` are there where each record is a card of labels with their values: they are the headings then. `blocks`
    are the columns in which the same headings begin once more: what stands below them follows, numbered on.
    """

    kind: str = "text"
    encoding: str = "utf-8-sig"
    delimiter: str = ","
    sheet: int = 0
    header: int = 1
    sheets: list[str] = field(default_factory=list)
    more: list[list[int]] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    blocks: list[int] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Give it as what JSON can hold."""
        return asdict(self)


class Stored:
    """A file kept for an import: `file` as it came, and the sheets taken out of a workbook beside it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "file"

    @classmethod
    def keep(cls, source: Path, folder: Path) -> Stored:
        """Copy a file into a folder of its own and take a workbook apart. Raises Unreadable, leaving nothing behind."""
        if source.stat().st_size > MAX_BYTES:
            raise too_large()
        folder.mkdir(parents=True, exist_ok=True)
        kept = cls(folder)
        try:
            if source != kept.file:
                shutil.copyfile(source, kept.file)
            if kept.is_cards():
                extract_cards(kept.file, folder)
            elif kept.is_book():
                extract_sheets(kept.file, folder)
        except BaseException:
            kept.drop()
            raise
        return kept

    def drop(self) -> None:
        """Remove the file and its sheets."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def is_cards(self) -> bool:
        """Tell a file of address cards from a table."""
        with self.file.open("rb") as source:
            return is_cards(source.read(512))

    def is_book(self) -> bool:
        """Tell what has sheets, a workbook or address cards, from plain text."""
        with self.file.open("rb") as source:
            start = source.read(512)
        if is_cards(start):
            return True
        if not start.strip(b" \t\r\n\x00"):
            raise not_a_table()
        if start.startswith(GZIP):
            with open_bytes(self.file) as unpacked:
                start = unpacked.read(512)
            if is_book(start):
                raise not_a_table()
        return is_book(start)

    def sheets(self) -> list[dict[str, Any]]:
        """List the sheets of a workbook with their rows."""
        listed: list[dict[str, Any]] = json.loads((self.folder / "sheets.json").read_text(encoding="utf-8"))
        return listed

    def guess(
        self, known: Callable[[str], bool], meaning: Callable[[str], str] = folded_heading, chief: str = ""
    ) -> Layout:
        """Guess how the file is read. Raises Unreadable.

        `known` tells a heading of the resource, `meaning` what it says; `chief` is what every record says.
        """
        if not self.is_book():
            encoding = detect_encoding(self.file)
            layout = Layout(encoding=encoding, delimiter=detect_delimiter(self.file, encoding))
            return self.with_header(layout, known)
        sheets = self.sheets()
        layout = Layout(kind="book", sheets=[sheet["name"] for sheet in sheets])
        best, most = layout, -1.0
        for place, sheet in enumerate(sheets):
            if not sheet["rows"]:
                continue
            tried = self.with_header(replace(layout, sheet=place), known)
            found = sum(known(name) for name in self.headings(tried))
            score = found * 1000 + min(sheet["rows"], 999)
            if score > most:
                best, most = tried, score
        if best.labels:
            return self._with_cards(best, known)
        return self._with_alike(best, known, meaning, chief) if best.header and not best.blocks else best

    def _with_cards(self, layout: Layout, known: Callable[[str], bool]) -> Layout:
        """Take all sheets that hold cards, in their order, with the labels that any of them has."""
        places = []
        own: dict[str, str] = {}
        for place, sheet in enumerate(self.sheets()):
            other = self.with_header(replace(layout, sheet=place), known) if sheet["rows"] else None
            if other is not None and other.labels:
                places.append(place)
                for label in other.labels:
                    own.setdefault(folded_heading(label), label)
        return replace(layout, sheet=places[0], more=[[one, 0] for one in places[1:]], labels=list(own.values()))

    def _with_alike(
        self, layout: Layout, known: Callable[[str], bool], meaning: Callable[[str], str], chief: str
    ) -> Layout:
        """Take the other sheets that have the headings of this one in any order, or the most in other words."""
        own = self.headings(layout)
        wanted = sorted(map(folded_heading, own))
        places = {meaning(name): place for place, name in reversed([*enumerate(own)]) if known(name)}
        found: list[list[int]] = []
        extra: list[str] = []
        for place, sheet in enumerate(self.sheets()):
            if place == layout.sheet or not sheet["rows"]:
                continue
            other = self.with_header(replace(layout, sheet=place), known)
            if not other.header or other.blocks:
                continue
            names = self.headings(other)
            if sorted(map(folded_heading, names)) == wanted:
                found.append([place, other.header])
                continue
            told = {meaning(name): at for at, name in reversed([*enumerate(names)]) if known(name)}
            shared = told.keys() & places.keys()
            if chief not in shared or len(shared) < ALIKE or 2 * len(shared) < len(told):
                continue
            order = [-1] * (len(own) + len(extra))
            for one in shared:
                order[places[one]] = told[one]
            for at, name in enumerate(names):
                if at not in order:
                    extra.append(name)
                    order.append(at)
            found.append([place, other.header, *order])
        return replace(layout, more=found, extra=extra)

    def with_header(self, layout: Layout, known: Callable[[str], bool]) -> Layout:
        """Find the row with the headings anew, after the encoding, separator or sheet was changed."""
        layout = replace(layout, more=[], labels=[], blocks=[], extra=[])
        rows = [row for _number, row in itertools.islice(self.rows(layout), SAMPLE_ROWS)]
        if not any(any(cell.strip() for cell in row) for row in rows):
            raise not_a_table()
        if are_cards(rows, known):
            return replace(layout, header=0, labels=labels_in(lambda: (row for _n, row in self.rows(layout)), known))
        header = find_header(rows, known)
        return replace(layout, header=header, blocks=blocks_in(rows[header - 1], known) if header else [])

    def unit_above(self, layout: Layout) -> str:
        """Give the size that a line above the headings names for all amounts: 万 of 单位：万元."""
        above = itertools.islice(self.rows(replace(layout, more=[])), max(layout.header - 1, 0))
        found = (UNIT_LINE.search(unicodedata.normalize("NFKC", " ".join(row))) for _number, row in above)
        return next((one[1] for one in found if one), "")

    def rows(self, layout: Layout) -> Iterator[tuple[int, list[str]]]:
        """Read all rows with their numbers, headings included."""
        if layout.kind == "book":
            sheets = self.sheets()
            if not 0 <= layout.sheet < len(sheets):
                raise not_a_table()
            found = self._sheet(sheets, layout.sheet)
            if layout.labels:
                found = itertools.chain(found, *(self._sheet(sheets, one) for one, _header in layout.more))
            elif layout.more:
                names = self.headings(replace(layout, more=[]))
                found = itertools.chain(
                    found, *(self._following(sheets, one, header, names, order) for one, header, *order in layout.more)
                )
        else:
            found = read_plain(self.file, layout.encoding, layout.delimiter)
        if layout.blocks and layout.header:
            found = itertools.chain(*(self._block(layout, at) for at in range(len(layout.blocks))))
        return enumerate(records_of(found, layout.labels) if layout.labels else found, start=1)

    def _block(self, layout: Layout, number: int) -> Iterator[list[str]]:
        """Read the columns of one of the tables that stand side by side; what stands above the others is left blank."""
        start, end = [*layout.blocks, None][number : number + 2]
        for line, row in self.rows(replace(layout, more=[], blocks=[])):
            yield row[start:end] if line > layout.header or number == 0 else []

    def _sheet(self, sheets: list[dict[str, Any]], place: int) -> Iterator[list[str]]:
        return read_plain(self.folder / sheets[place]["file"], "utf-8-sig", ",")

    def _following(
        self, sheets: list[dict[str, Any]], place: int, header: int, names: list[str], order: list[int]
    ) -> Iterator[list[str]]:
        """Read a further sheet with its columns in the order of the first; what stands above its rows is left blank."""
        start = list(itertools.islice(self._sheet(sheets, place), max(header, SAMPLE_ROWS)))
        own = [folded_heading(name) for name in column_names(start, header)]
        order = order or [own.index(folded_heading(name)) if folded_heading(name) in own else -1 for name in names]
        for number, row in enumerate(self._sheet(sheets, place), start=1):
            yield [row[at] if 0 <= at < len(row) else "" for at in order] if number > header else []

    def headings(self, layout: Layout) -> list[str]:
        """Give the names of the columns; a column without one is called by its number."""
        if layout.labels:
            return list(layout.labels)
        rows = [row for _number, row in itertools.islice(self.rows(layout), max(layout.header, SAMPLE_ROWS))]
        return [*column_names(rows, layout.header), *layout.extra]

    def records(self, layout: Layout, after: int = 0) -> Iterator[tuple[int, list[str]]]:
        """Read the rows below the headings, from the one after number `after`; blank ones are left out."""
        skipped = max(layout.header, after)  # lines are counted whatever becomes of them
        for number, row in itertools.islice(self.rows(layout), skipped, None):
            if any(cell and not cell.isspace() for cell in row):
                yield number, row


__all__ = [
    "DELIMITERS",
    "ENCODINGS",
    "MAX_BYTES",
    "MAX_COLUMNS",
    "Layout",
    "Stored",
    "Unreadable",
]
