"""Turns a workbook or an HTML table into CSV files; runs as a program of its own, within limits of memory and time.

`python extract.py FILE FOLDER MEMORY SECONDS` writes `0.csv`, `1.csv`, … and `sheets.json`. The reader of workbooks
ends its whole process when memory runs out, so it never runs inside ours. Nothing else of ours is imported here.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import sys
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

MAX_ROWS = 1_000_100
MAX_COLUMNS = 500
MAX_SHEETS = 50
MAX_MERGES = 50_000
HEADER_ROWS = 30


class Wide(Exception):
    """A sheet with too many columns."""


class Long(Exception):
    """A sheet with too many rows, were they blank but for the last."""


def limit(memory: int, seconds: int) -> None:
    """Let the system end this process where it takes too much."""
    try:
        import resource
    except ImportError:  # not on this system: the caller's clock and the checks of the package remain
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def cell_text(value: Any) -> str:
    """Write a cell as a person would type it."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        midnight = (value.hour, value.minute, value.second) == (0, 0, 0)
        return value.date().isoformat() if midnight else value.replace(microsecond=0).isoformat(" ")
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return "" if value is None else str(value)


class Merges:
    """Repeats the value of merged cells: down a column everywhere, sideways in the first rows, where headers are."""

    def __init__(self, ranges: Iterable[Any], width: int) -> None:
        self.by_row: dict[int, list[tuple[int, int, int]]] = {}
        for (top, left), (bottom, right) in list(ranges)[:MAX_MERGES]:
            if right - left + 1 >= width > 1:
                continue
            if right > left and top >= HEADER_ROWS:
                continue
            self.by_row.setdefault(top, []).append((bottom, left, right))
        self.open: list[tuple[int, int, int, str]] = []

    def fill(self, number: int, row: list[str]) -> None:
        """Fill the cells of one row; rows come in order."""
        for bottom, left, right in self.by_row.get(number, ()):
            if left < len(row):
                self.open.append((bottom, left, right, row[left]))
        if not self.open:
            return
        self.open = [one for one in self.open if one[0] >= number]
        if not any(row):
            return  # a blank line within a merged column stays one
        for _bottom, left, right, value in self.open:
            for column in range(left, min(right + 1, len(row))):
                row[column] = row[column] or value


def sheets_of_workbook(path: str) -> Iterator[tuple[str, Iterable[list[str]]]]:
    """Give each sheet of XLSX, XLS, XLSB and ODS with its rows."""
    from python_calamine import CalamineWorkbook

    book = CalamineWorkbook.from_path(path)
    for name in book.sheet_names[:MAX_SHEETS]:
        sheet = book.get_sheet_by_name(name)
        if sheet.total_width > MAX_COLUMNS:
            raise Wide
        if sheet.total_height > MAX_ROWS:
            raise Long
        yield name, rows_of_sheet(sheet)


def rows_of_sheet(sheet: Any) -> Iterator[list[str]]:
    """Give the rows of a sheet from its first line, so that numbers are those the program that made it shows."""
    if sheet.start is None:
        return
    merges = Merges(sheet.merged_cell_ranges or (), sheet.total_width)
    top, left = sheet.start
    for _blank in range(top):
        yield []
    margin = [""] * left
    for number, cells in enumerate(sheet.iter_rows(), start=top):
        row = margin + [cell_text(cell) for cell in cells]
        merges.fill(number, row)
        yield row


class Tables(HTMLParser):
    """Collects the rows of HTML tables and of spreadsheets in XML (`Row`, `Cell`, `Data`)."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.rows: list[list[str]] = []
        self.row: list[str] | None = None
        self.cell: list[str] | None = None
        self.span = 1
        self.held: dict[int, tuple[int, str]] = {}
        self.down = 1
        self.mute = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Begin a row or a cell."""
        tag = tag.rpartition(":")[2]
        if tag in ("script", "style"):
            self.mute += 1
        elif tag in ("tr", "row"):
            self.end_row()
            self.row = []
        elif tag in ("td", "th", "cell") and self.row is not None:
            self.end_cell()
            found = {name.rpartition(":")[2]: value or "" for name, value in attrs}
            self.span = number(found.get("colspan"), 1) if tag != "cell" else number(found.get("mergeacross"), 0) + 1
            self.down = number(found.get("rowspan"), 1)
            if place := number(found.get("index"), 0):
                self.row.extend([""] * (min(place - 1, MAX_COLUMNS) - len(self.row)))
            self.cell = []
        elif tag == "br" and self.cell is not None:
            self.cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """End a cell or a row."""
        tag = tag.rpartition(":")[2]
        if tag in ("script", "style"):
            self.mute = max(0, self.mute - 1)
        elif tag in ("td", "th", "cell"):
            self.end_cell()
        elif tag in ("tr", "row", "table"):
            self.end_row()

    def handle_data(self, data: str) -> None:
        """Take the text of a cell."""
        if self.cell is not None and not self.mute:
            self.cell.append(data)

    def end_cell(self) -> None:
        """Put the cell into its row, after the cells that hang down from above."""
        if self.cell is None or self.row is None:
            self.cell = None
            return
        text = "".join(self.cell).strip()
        self.cell = None
        self.hang()
        for _repeat in range(min(max(self.span, 1), MAX_COLUMNS)):
            if self.down > 1:
                self.held[len(self.row)] = (min(self.down, MAX_ROWS) - 1, text)
            self.row.append(text)
        if len(self.row) > MAX_COLUMNS:
            raise Wide

    def hang(self) -> None:
        """Repeat cells that span rows."""
        assert self.row is not None
        while (held := self.held.get(len(self.row))) is not None:
            left, text = held
            if left == 1:
                del self.held[len(self.row)]
            else:
                self.held[len(self.row)] = (left - 1, text)
            self.row.append(text)

    def end_row(self) -> None:
        """Keep the finished row."""
        if self.row is None:
            return
        self.end_cell()
        self.hang()
        self.rows.append(self.row)
        self.row = None
        if len(self.rows) > MAX_ROWS:
            raise Long


def number(text: str | None, default: int) -> int:
    """Read a whole number of at most six digits."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 6 else default


def sheets_of_markup(path: str, encoding: str) -> Iterator[tuple[str, Iterable[list[str]]]]:
    """Give the rows of every table of a page as one sheet."""
    reader = Tables()
    with Path(path).open(encoding=encoding, errors="replace") as source:
        while block := source.read(256 * 1024):
            reader.feed(block)
    reader.close()
    reader.end_row()
    yield "", reader.rows


def markup_encoding(start: bytes) -> str:
    """Tell the encoding of a page: its mark, what it says of itself, else strict UTF-8, else GB18030."""
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    said = start[:4096].lower()
    if b"charset=gb" in said or b'charset="gb' in said or b'encoding="gb' in said:
        return "gb18030"
    if b"utf-8" in said:
        return "utf-8-sig"
    try:
        start.decode("utf-8")
    except UnicodeDecodeError as error:
        return "utf-8-sig" if error.start > len(start) - 4 else "gb18030"
    return "utf-8-sig"


def main(path: str, folder: str, memory: str, seconds: str) -> int:
    """Write the sheets of a file as CSV; the exit code tells why it cannot.

    3 is unreadable, 4 too wide, 5 too large, 6 too long.
    """
    limit(int(memory), int(seconds))
    with Path(path).open("rb") as source:
        start = source.read(64 * 1024)
    markup = start.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00").startswith(b"<")
    found = []
    try:
        sheets = sheets_of_markup(path, markup_encoding(start)) if markup else sheets_of_workbook(path)
        for place, (name, rows) in enumerate(sheets):
            target = Path(folder) / f"{place}.csv"
            count = width = filled = 0
            with target.open("w", encoding="utf-8", newline="", errors="replace") as out:
                writer = csv.writer(out)
                for row in rows:
                    while row and not row[-1]:
                        row.pop()
                    count += 1
                    width = max(width, len(row))
                    filled += bool(row)
                    writer.writerow(row)
            found.append({"name": name, "file": target.name, "rows": filled, "columns": width})
    except MemoryError:
        return 5
    except Wide:
        return 4
    except Long:
        return 6
    except Exception as error:  # whatever a hostile file provokes, it is no table to us
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 3
    (Path(folder) / "sheets.json").write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
