"""Turns rows into a PDF: typst in a child process, a chunk of sheets at a time, merged with pypdf."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.errors import Refused, ZhikeError
from core.i18n import _
from core.printing.sheets import Sheet, check_start

CHUNK = 1_500
LIST_ROWS = 5_000
HERE = Path(__file__).parent
SHIPPED_FONTS = HERE.parent / "static" / "fonts"
FAMILIES = ("Noto Sans SC", "Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Micro Hei", "Microsoft YaHei")
SECONDS = 300

Label = Sequence[dict[str, Any]]
"""The lines of one label: `{text, large, bold, small, spaced}`."""


def labels_pdf(
    labels: Sequence[Label],
    sheet: Sheet,
    target: Path,
    *,
    start: int = 1,
    offset: tuple[float, float] = (0, 0),
    postcodes: Sequence[str] = (),
) -> int:
    """Write the labels as a PDF; return the number of pages.

    The first label goes to place `start` of the first sheet; `offset` moves everything by millimetres for a printer
    that pulls paper askew; `postcodes` fill the boxes of an envelope. Raises Refused without labels or a Chinese font.
    """
    if not labels:
        raise Refused(_("There is nothing to print."))
    check_start(sheet, start)
    per_chunk = max(CHUNK // sheet.per_page, 1) * sheet.per_page
    boxes = list(postcodes) if sheet.boxes else []
    jobs = []
    first, place = 0, start - 1
    while first < len(labels):
        last = first + per_chunk - place
        jobs.append(_sheets(labels[first:last], boxes[first:last], sheet, place, offset))
        first, place = last, 0
    return _typeset("labels.typ", jobs, target)


def list_pdf(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], note: str, target: Path, house: str = ""
) -> int:
    """Write a table as a PDF, the house above it, page numbers and `note` at the foot; return the number of pages."""
    if not rows:
        raise Refused(_("There is nothing to print."))
    if len(rows) > LIST_ROWS:
        raise Refused(_("A printed list holds %(n)s rows at most. Narrow the conditions.", n=f"{LIST_ROWS:,}"))
    width = max(len(columns), *(len(row) for row in rows))
    job = {
        "title": title,
        "columns": [*columns, *[""] * (width - len(columns))] if columns else [],
        "rows": [[*row, *[""] * (width - len(row))] for row in rows],
        "width": width,
        "note": note,
        "house": house,
        "fonts": FAMILIES,
    }
    return _typeset("list.typ", [json.dumps(job, ensure_ascii=False)], target)


def _sheets(
    labels: Sequence[Label], boxes: Sequence[str], sheet: Sheet, place: int, offset: tuple[float, float]
) -> str:
    pages: dict[int, list[dict[str, Any]]] = {}
    for index, lines in enumerate(labels):
        page, x, y = sheet.position(place + index)
        label = {"x": x + offset[0], "y": y + offset[1], "lines": list(lines), "box": boxes[index] if boxes else ""}
        pages.setdefault(page, []).append(label)
    shape = {"page": sheet.page, "label": sheet.label, "inset": sheet.inset, "size": sheet.size}
    return json.dumps({"sheet": shape, "pages": list(pages.values()), "fonts": FAMILIES}, ensure_ascii=False)


def _typeset(source: str, jobs: Sequence[str], target: Path) -> int:
    fonts = [str(folder) for folder in font_folders()]
    with tempfile.TemporaryDirectory(prefix="zhike-print-") as name:
        folder = Path(name)
        parts = [folder / f"{number:05d}.pdf" for number in range(len(jobs))]
        listed = [
            {"source": str(HERE / source), "input": job, "target": str(part)}
            for job, part in zip(jobs, parts, strict=True)
        ]
        order = folder / "job.json"
        order.write_text(json.dumps({"fonts": fonts, "parts": listed}, ensure_ascii=False), encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-I", str(HERE / "typeset.py"), str(order)],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        if done.returncode:
            raise ZhikeError(f"typst failed: {done.stderr[-2000:]}")
        return _merge(parts, target)


def _merge(parts: Sequence[Path], target: Path) -> int:
    from pypdf import PdfReader, PdfWriter

    if len(parts) == 1:
        shutil.copyfile(parts[0], target)
        return len(PdfReader(target).pages)
    writer = PdfWriter()
    for part in parts:
        writer.append(part)
    writer.compress_identical_objects()
    with target.open("wb") as out:
        writer.write(out)
    return len(writer.pages)


def font_folders() -> list[Path]:
    """Find folders with a Chinese font: the one that ships, else the system's. Raises Refused where there is none."""
    if any(SHIPPED_FONTS.glob("*.ttf")):
        return [SHIPPED_FONTS]
    finder = shutil.which("fc-list")
    if finder:
        listed = subprocess.run([finder, ":lang=zh-cn", "file"], capture_output=True, text=True, check=False).stdout
        folders = sorted({Path(line.split(":")[0]).parent for line in listed.splitlines() if line.strip()})
        if folders:
            return folders
    for folder in (Path("C:/Windows/Fonts"), Path("/System/Library/Fonts"), Path("/Library/Fonts")):
        if folder.is_dir():
            return [folder]
    raise Refused(_("No Chinese font was found: build the front end once (`python3 run.py setup`), it brings one."))
