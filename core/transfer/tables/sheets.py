"""Tables in workbooks and HTML: checks the package, then has `extract` write each sheet as CSV."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from core.i18n import _
from core.transfer.tables.limits import (
    CHILD_MEMORY,
    CHILD_SECONDS,
    MAX_PARTS,
    MAX_RATIO,
    MAX_UNPACKED,
    RATIO_FROM,
    Unreadable,
    not_a_table,
    too_large,
    too_many_columns,
    too_many_rows,
)

ZIP = b"PK\x03\x04"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MARKUP = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head", b"<div", b"<style")
MACROS = ("vbaproject.bin", "vbadata.xml", "/scripts/")
OLD_MACROS = "_VBA_PROJECT".encode("utf-16-le")
LINKS = ("xl/externallinks/", "xl/connections.xml", "xl/querytables/", "xl/model/", "xl/embeddings/")
EXTRACT = Path(__file__).with_name("extract.py")


def is_book(start: bytes) -> bool:
    """Tell a workbook or a page of HTML by its first bytes, whatever its name says."""
    if start.startswith((ZIP, OLE)):
        return True
    plain = start.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00").replace(b"\x00", b"").lower()
    return plain.startswith(MARKUP)


def check_package(path: Path) -> None:
    """Refuse a ZIP package that would unpack to far more than a table. Raises Unreadable."""
    try:
        with zipfile.ZipFile(path) as package:
            parts = package.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise Unreadable(_("This file is damaged: it could not be unpacked.")) from None
    unpacked = sum(part.file_size for part in parts)
    bomb = unpacked > RATIO_FROM and unpacked > path.stat().st_size * MAX_RATIO
    if len(parts) > MAX_PARTS or bomb or unpacked > MAX_UNPACKED:
        raise too_large()
    if any(part.flag_bits & 1 for part in parts):
        raise Unreadable(_("This workbook is protected by a password. Save it without one and try again."))
    names = [part.filename.lower() for part in parts]
    if any(name.endswith(MACROS) for name in names):
        raise with_macros()
    if any(name.startswith(LINKS) for name in names):
        raise Unreadable(
            _("This workbook takes values from other files or from the network. Save it as CSV and try again.")
        )


def with_macros() -> Unreadable:
    """Refuse a workbook that holds a program."""
    return Unreadable(_("This workbook holds macros. Save it as XLSX or CSV, which have none, and try again."))


def check_old_workbook(path: Path) -> None:
    """Refuse a workbook of the old format (XLS) that holds macros: its directory names their storage."""
    with path.open("rb") as source:
        while block := source.read(1024 * 1024):
            if OLD_MACROS in block:
                raise with_macros()
            if len(block) == 1024 * 1024:
                source.seek(-len(OLD_MACROS), 1)


def extract_sheets(path: Path, folder: Path) -> list[dict[str, Any]]:
    """Write each sheet of a workbook as CSV into `folder`; give their names, files and sizes. Raises Unreadable."""
    with path.open("rb") as source:
        start = source.read(8)
    if start.startswith(ZIP):
        check_package(path)
    elif start == OLE:
        check_old_workbook(path)
    arguments = [str(path), str(folder), str(CHILD_MEMORY), str(CHILD_SECONDS)]
    command = [sys.executable, "-P", "-X", "utf8", str(EXTRACT), *arguments]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=CHILD_SECONDS + 1,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise too_large() from None
    if done.returncode == 3:
        raise not_a_table()
    if done.returncode == 6:
        raise too_many_rows()
    if done.returncode == 4:
        raise too_many_columns()
    if done.returncode != 0:
        raise too_large()
    sheets: list[dict[str, Any]] = json.loads((folder / "sheets.json").read_text(encoding="utf-8"))
    if not any(sheet["rows"] for sheet in sheets):
        raise not_a_table()
    return sheets
