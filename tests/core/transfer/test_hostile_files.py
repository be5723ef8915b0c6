"""No file takes the server's memory or time, whatever it says of itself (promises S13 and S15)."""

from __future__ import annotations

import gzip
import random
import resource
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from core.i18n import speaking
from core.transfer.tables import Stored, Unreadable, sheets
from core.transfer.tables.limits import CHILD_MEMORY
from core.transfer.tables.sheets import EXTRACT
from tests.core.transfer.files import write_bomb, write_csv, write_xlsx


def refused(path, folder):
    stored = Stored.keep(path, folder)
    layout = stored.guess(lambda heading: heading == "name")
    for _row in stored.records(layout):
        pass
    return stored


def of_bytes(content):
    return lambda path: path.write_bytes(content)


def sparse(path):
    write_xlsx(path, {"a": [["name"]]})
    from xlsxwriter import Workbook

    with Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "name")
        sheet.write(1_048_575, 16_383, "x")


def encrypted_package(path):
    write_xlsx(path, {"a": [["name"], ["x"]]})
    content = bytearray(path.read_bytes())
    for mark in (b"PK\x01\x02", b"PK\x03\x04"):
        place = content.find(mark)
        while place >= 0:
            flag = place + (8 if mark == b"PK\x01\x02" else 6)
            content[flag] |= 1
            place = content.find(mark, place + 4)
    path.write_bytes(content)


def many_parts(path):
    with zipfile.ZipFile(path, "w") as package:
        for number in range(3000):
            package.writestr(f"xl/{number}.xml", b"<a/>")


def with_part(name):
    def write(path):
        write_xlsx(path, {"a": [["name"], ["x"]]})
        with zipfile.ZipFile(path, "a") as package:
            package.writestr(name, b"x")

    return write


def far_row(path):
    from xlsxwriter import Workbook

    with Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "name")
        sheet.write(1_048_575, 0, "x")


MACROS_OF_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 1_048_500 + "_VBA_PROJECT".encode("utf-16-le")
HOSTILE = {
    "macros": with_part("xl/vbaProject.bin"),
    "macros of an old workbook": of_bytes(MACROS_OF_OLD + b"\x00" * 9000),
    "links to other files": with_part("xl/externalLinks/externalLink1.xml"),
    "a connection to a database": with_part("xl/connections.xml"),
    "a far row": far_row,
    "empty": of_bytes(b""),
    "blanks": of_bytes(b" \n\n \t\n"),
    "noughts": of_bytes(b"\x00" * 5000),
    "picture": of_bytes(b"\x89PNG\r\n\x1a\n" + random.Random(1).randbytes(20_000)),
    "program": of_bytes(b"\x7fELF" + random.Random(2).randbytes(20_000)),
    "noise": of_bytes(random.Random(3).randbytes(50_000)),
    "zip of nothing": of_bytes(b"PK\x03\x04" + b"\x00" * 100),
    "zip of text": lambda path: zipfile.ZipFile(path, "w").writestr("a.txt", "name"),
    "old workbook of noise": of_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + random.Random(4).randbytes(9000)),
    "packed noise": of_bytes(b"\x1f\x8b" + random.Random(5).randbytes(900)),
    "packed and cut off": of_bytes(gzip.compress(b"name,phone\n" * 5000)[:-9]),
    "packed bomb": of_bytes(gzip.compress(b"name,phone\n" * 12_000_000)),
    "packed workbook": lambda path: path.write_bytes(gzip.compress(write_xlsx(path, {"a": [["name"]]}).read_bytes())),
    "workbook bomb": lambda path: write_bomb(path, 200 * 1024 * 1024),
    "sparse workbook": sparse,
    "protected workbook": encrypted_package,
    "many parts": many_parts,
    "open quotation mark": of_bytes(b'name,phone\n"a' + b"bcdefghij\n" * 100_000),
    "one endless line": of_bytes(b"name" * 2_500_000),
    "too many columns": of_bytes(b",".join(b"c%d" % n for n in range(2000)) + b"\n"),
    "nested html": of_bytes(b"<table>" * 300_000),
    "html of columns": of_bytes(b"<table><tr>" + b"<td colspan=99999>x</td>" * 100 + b"</tr></table>"),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_refused_in_words_and_leaves_nothing(app, tmp_path, kind):
    path = tmp_path / "given"
    HOSTILE[kind](path)
    with pytest.raises(Unreadable) as refusal:
        refused(path, tmp_path / "kept")
    assert str(refusal.value)
    if (tmp_path / "kept").exists():  # text is refused while it is read; who keeps it drops it then
        assert not list((tmp_path / "kept").glob("*.csv"))


def test_half_open_markup_is_read_within_the_limits(app, tmp_path):
    path = tmp_path / "a.xls"
    path.write_bytes(b"<html><table>" + b"<tr><td>name<td>x" * 20_000 + b"<!--" * 500)
    stored = refused(path, tmp_path / "kept")
    assert sum(1 for _row in stored.records(stored.guess(lambda heading: heading == "name"))) == 19_999


def test_a_large_workbook_is_read_within_its_memory(tmp_path):
    rows = [[f"{n}号公司", f"139{n:08d}", n, "四川省成都市武侯区人民南路"] for n in range(60_000)]
    path = write_xlsx(tmp_path / "a.xlsx", {"a": [["name", "phone", "n", "address"], *rows]})
    program = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    command = [sys.executable, "-P", str(EXTRACT), str(path), str(tmp_path), str(CHILD_MEMORY), "9"]
    done = subprocess.run([sys.executable, "-c", program, *command], capture_output=True, text=True, check=True)
    assert int(done.stdout) * 1024 < 300 * 1024 * 1024


def test_reading_a_long_text_keeps_no_row(app, tmp_path):
    rows = [["name", "phone"], *([f"{n}号公司" * 4, "1" * 60] for n in range(100_000))]
    path = write_csv(tmp_path / "a.csv", rows)
    assert path.stat().st_size > 9_000_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused(path, tmp_path / "kept")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 40 * 1024


def test_the_reader_of_workbooks_is_stopped_by_the_clock(app, tmp_path, monkeypatch):
    path = write_xlsx(tmp_path / "a.xlsx", {"a": [["name"], ["x"]]})
    endless = tmp_path / "endless.py"
    endless.write_text("import time\ntime.sleep(60)\n", encoding="utf-8")
    monkeypatch.setattr(sheets, "EXTRACT", Path(endless))
    monkeypatch.setattr(sheets, "CHILD_SECONDS", 0.2)
    with pytest.raises(Unreadable):
        Stored.keep(path, tmp_path / "kept")
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("macros", "macros"),
        ("macros of an old workbook", "macros"),
        ("links to other files", "other files"),
        ("a far row", "rows"),
        ("sparse workbook", "large"),
    ],
)
def test_the_refusal_says_what_to_mend(app, tmp_path, kind, word):
    HOSTILE[kind](tmp_path / "given")
    with pytest.raises(Unreadable) as refusal:
        Stored.keep(tmp_path / "given", tmp_path / "kept")
    with speaking("en"):
        assert word in str(refusal.value)
