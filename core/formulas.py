"""Text that a spreadsheet program would take for a formula: made harmless in every file that leaves, and back again."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from core.errors import Refused
from core.i18n import _

DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
MARK = "'"
SUSPECT = frozenset((*DANGEROUS, MARK, " ", "\u3000", "\xa0"))
"""What a text must begin with for a closer look to be worth it."""


def _looks_like_one(text: str) -> bool:
    return text.startswith(DANGEROUS) or text.lstrip().startswith(DANGEROUS)


def guarded(text: str) -> str:
    """Put an apostrophe before a text that would be a formula, and before one that would be taken for a guarded one."""
    return MARK + text if text and _looks_like_one(text.lstrip(MARK)) else text


def bare(text: str) -> str:
    """Take the apostrophe away that `guarded` put before a text; `bare(guarded(text))` is the text."""
    rest = text[1:]
    return rest if text.startswith(MARK) and rest and guarded(rest) != rest else text


def heads_in(reader: csv.DictReader[str]) -> list[str]:
    """Give the heads of a file's columns in small letters, by which its rows are read. Raises Refused."""
    try:
        heads = [head.strip().lower() for head in reader.fieldnames or ()]
    except csv.Error:
        raise _unreadable(reader) from None
    reader.fieldnames = heads
    return heads


def _unreadable(reader: csv.DictReader[str]) -> Refused:
    at = reader.reader.line_num  # its own stands where the row before ended
    return Refused(_("Line %(n)s cannot be read. Is a quotation mark missing?", n=at))


def numbered(reader: csv.DictReader[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Give the rows of a file, each with the line on which it ends. Raises Refused where a line cannot be read."""
    rows = iter(reader)
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error:
            raise _unreadable(reader) from None
        yield reader.line_num, row
