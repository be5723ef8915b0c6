"""Makes the files that the tests of the import read."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook

HEADINGS = ["客户编号", "单位名称", "电话", "省份", "城市", "邮编", "联系人", "手机", "成立日期"]


def rows_of(count: int, *, first: int = 1) -> list[list[str]]:
    """Make rows of invented customers, each with its own id."""
    return [
        [
            f"K{n:06d}",
            f"试验{n}号食品有限公司",
            f"028-5555{n % 10000:04d}",
            "四川省",
            "成都市",
            "610000",
            f"张{chr(0x4E00 + n % 500)}",
            f"139{n % 10**8:08d}",
            "2010-05-06",
        ]
        for n in range(first, first + count)
    ]


def text_of(rows: Sequence[Sequence[str]], delimiter: str = ",") -> str:
    """Write rows as CSV."""
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter).writerows(rows)
    return out.getvalue()


def write_csv(path: Path, rows: Sequence[Sequence[str]], encoding: str = "utf-8", delimiter: str = ",") -> Path:
    """Write rows as a CSV file."""
    path.write_bytes(text_of(rows, delimiter).encode(encoding))
    return path


def write_xlsx(path: Path, sheets: dict[str, Sequence[Sequence[Any]]], merges: Sequence[Any] = ()) -> Path:
    """Write a workbook; `merges` are `(first row, first column, last row, last column, text)` of the first sheet."""
    with Workbook(str(path), {"default_date_format": "yyyy-mm-dd"}) as book:
        for number, (name, rows) in enumerate(sheets.items()):
            sheet = book.add_worksheet(name)
            for place, row in enumerate(rows):
                sheet.write_row(place, 0, row)
            for merge in merges if number == 0 else ():
                sheet.merge_range(*merge)
    return path


def write_bomb(path: Path, size: int) -> Path:
    """Write a workbook whose sheet unpacks to `size` bytes of nothing."""
    write_xlsx(path, {"a": [["name"], ["x"]]})
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, data in parts.items():
            if not name.endswith("sheet1.xml"):
                out.writestr(name, data)
        with out.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>')
            for _part in range(size // 65536):
                sheet.write(b" " * 65536)
            sheet.write(b"</sheetData></worksheet>")
    return path
