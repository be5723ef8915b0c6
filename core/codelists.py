"""Lists that are kept by a code, as files that a spreadsheet opens."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from core.errors import Refused
from core.formulas import bare, guarded
from core.i18n import _

YES = ("1", "yes", "true", "是")


def as_csv(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a list with the heads of its columns; no text of it is taken for a formula."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(heads)
    writer.writerows([guarded(text) for text in row] for row in rows)
    return out.getvalue()


def from_csv(
    data: bytes, heads: Sequence[str], *, title: str, most_bytes: int, most_rows: int
) -> list[tuple[int, dict[str, Any]]]:
    """Read the columns `heads` of a file, each row with the line on which it ends. Raises Refused.

    The columns `code` and `title` must be there; of the others a row holds those that the file has, as texts, and
    whether it is `retired`.
    """
    if len(data) > most_bytes:
        raise Refused(_("This file is too large for a list of codes."))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("gb18030", errors="replace")
    reader = csv.DictReader(io.StringIO(text))
    there = _heads_in(reader)
    if "code" not in there or title not in there:
        raise Refused(_("The file needs the columns code and %(name)s.", name=title))
    found: dict[str, tuple[int, dict[str, Any]]] = {}
    for at, line in _numbered(reader):
        row: dict[str, Any] = {name: bare((line[name] or "").strip()) for name in heads if name in there}
        if not row["code"] or row["code"] in found:
            raise Refused(_("Line %(n)s: the code is missing or stands there twice.", n=at))
        if len(found) >= most_rows:
            raise Refused(_("Such a file has at most %(n)s lines.", n=f"{most_rows:,}"))
        if "retired" in row:
            row["retired"] = row["retired"].lower() in YES
        found[row["code"]] = at, row
    return list(found.values())


def _heads_in(reader: csv.DictReader[str]) -> list[str]:
    """Give the heads of the columns in small letters, by which the rows are read."""
    try:
        heads = [head.strip().lower() for head in reader.fieldnames or ()]
    except csv.Error:
        raise _unreadable(reader) from None
    reader.fieldnames = heads
    return heads


def _numbered(reader: csv.DictReader[str]) -> Iterator[tuple[int, dict[str, str]]]:
    rows = iter(reader)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error:
            raise _unreadable(reader) from None
        yield reader.line_num, row


def _unreadable(reader: csv.DictReader[str]) -> Refused:
    at = reader.reader.line_num  # its own stands where the row before ended
    return Refused(_("Line %(n)s cannot be read. Is a quotation mark missing?", n=at))
