"""Tables in plain text: encoding, separator and rows."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import itertools
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, cast

from core.i18n import _
from core.transfer.tables.limits import (
    MAX_CELL,
    MAX_COLUMNS,
    MAX_RATIO,
    MAX_ROWS,
    MAX_UNPACKED,
    RATIO_FROM,
    Unreadable,
    not_a_table,
    too_large,
    too_many_columns,
    too_many_rows,
)

ENCODINGS = ("utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "big5")
DELIMITERS = (",", "\t", ";", "|", "，")
BLOCK = 1024 * 1024
SNIFFED = 64 * 1024
CONTROLS = bytes({*range(32)} - {9, 10, 11, 12, 13, 26, 27})
"""Bytes that no text holds, but for a slip."""
GZIP = b"\x1f\x8b"


class Counted(io.RawIOBase):
    """Unpacks a file and stops a bomb: more than `MAX_UNPACKED`, or far more than the packed size explains."""

    def __init__(self, source: IO[bytes], packed: int) -> None:
        self.source = source
        self.packed = max(packed, 1)
        self.read_so_far = 0

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read the next bytes. Raises Unreadable when they are too many, or the file is damaged."""
        view = memoryview(buffer).cast("B")
        try:
            data = self.source.read(min(len(view), BLOCK))
        except (OSError, EOFError, zlib.error):
            raise Unreadable(_("This file is damaged: it could not be unpacked.")) from None
        self.read_so_far += len(data)
        bomb = self.read_so_far > RATIO_FROM and self.read_so_far > self.packed * MAX_RATIO
        if bomb or self.read_so_far > MAX_UNPACKED:
            raise too_large()
        view[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Close the file."""
        self.source.close()
        super().close()


def open_bytes(path: Path) -> IO[bytes]:
    """Open a text file for its bytes, unpacking `.gz`."""
    with path.open("rb") as start:
        packed = start.read(2) == GZIP
    source = cast("IO[bytes]", gzip.GzipFile(path)) if packed else path.open("rb")
    return io.BufferedReader(Counted(source, path.stat().st_size), BLOCK)


def detect_encoding(path: Path) -> str:
    """Tell the encoding of a text: by its mark, else strict UTF-8, else strict GB18030, else what breaks least."""
    with open_bytes(path) as source:
        block = source.read(BLOCK)
        if not block:
            raise not_a_table()
        if block.startswith(codecs.BOM_UTF8):
            return "utf-8-sig"
        if block.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        sample = block[:4096]
        if sample.count(0) > len(sample) // 8:
            return _wide(sample)
        if len(sample) - len(sample.translate(None, CONTROLS)) > len(sample) // 100:
            raise not_a_table()
        tried = {name: codecs.getincrementaldecoder(name)("strict") for name in ("utf-8-sig", "gb18030")}
        first = block
        while tried and block:
            following = source.read(BLOCK)
            for name, decoder in list(tried.items()):
                try:
                    decoder.decode(block, final=not following)
                except UnicodeDecodeError:
                    del tried[name]
            block = following
    if tried:
        return next(iter(tried))
    broken = {name: first.decode(name, "replace").count("\ufffd") for name in ("utf-8-sig", "gb18030", "big5")}
    best = min(broken, key=broken.__getitem__)
    if broken[best] > len(first) // 20:
        raise not_a_table()
    return best


def _wide(sample: bytes) -> str:
    """Tell UTF-16 without a mark from bytes that are no text."""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > 4 * even:
        return "utf-16-le"
    if even > 4 * odd:
        return "utf-16-be"
    raise not_a_table()


def open_text(path: Path, encoding: str) -> io.TextIOWrapper:
    """Open a text file for reading; a broken byte becomes U+FFFD, which the row it stands in is refused for."""
    if encoding not in ENCODINGS:
        raise Unreadable(_("This encoding is not known."))
    return io.TextIOWrapper(open_bytes(path), encoding=encoding, errors="replace", newline="")


def detect_delimiter(path: Path, encoding: str) -> str:
    """Tell what separates the columns: the mark that cuts most of the first rows into the same number of cells."""
    with open_text(path, encoding) as source:
        sample = source.read(SNIFFED)
    named = sample.lstrip("\ufeff")[:6].lower()
    if named.startswith("sep=") and named[4:5] in DELIMITERS:
        return named[4]
    best, best_score = ",", (0.0, 0)
    for mark in DELIMITERS:
        rows = itertools.islice(_quiet(csv.reader(io.StringIO(sample, newline=""), delimiter=mark)), 60)
        counts = Counter(len(row) for row in rows if any(row))
        wide = Counter({n: many for n, many in counts.items() if n > 1})
        if not wide:
            continue
        cells, many = wide.most_common(1)[0]
        score = (round(many / counts.total(), 2), cells)
        if score > best_score:
            best, best_score = mark, score
    return best


def _quiet(rows: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from rows
    except csv.Error:
        return


def read_plain(path: Path, encoding: str, delimiter: str) -> Iterator[list[str]]:
    """Read the rows of a text file one by one, blank ones included. Raises Unreadable where the limits end."""
    csv.field_size_limit(MAX_CELL)
    with open_text(path, encoding) as source:
        rows = csv.reader(source, delimiter=delimiter)
        number = 0
        while True:
            try:
                row = next(rows, None)
            except csv.Error:
                raise Unreadable(
                    _(
                        "Row %(n)s cannot be read: a cell is far too long, or a quotation mark is not closed.",
                        n=number + 1,
                    )
                ) from None
            if row is None:
                return
            number += 1
            if number > MAX_ROWS + 100:
                raise too_many_rows()
            if len(row) > MAX_COLUMNS:
                raise too_many_columns()
            if number == 1 and len(row) <= 2 and row and row[0].lower().startswith("sep="):
                row = []
            yield row
