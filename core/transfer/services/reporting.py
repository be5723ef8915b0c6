"""The refused rows of an import as a table of their own, with the reason, to be corrected and imported alone."""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from core.formulas import bare, guarded
from core.transfer.mapping import REASON
from core.transfer.models import ImportBatch, ImportRow
from core.transfer.places import place_of
from core.transfer.reasons import say_all
from core.transfer.tables import Layout


def titles_of(batch: ImportBatch) -> dict[str, str]:
    """Give what the file calls each target."""
    found: dict[str, str] = {}
    for heading, name in zip(batch.headings, batch.mapping, strict=False):
        if name:
            found.setdefault(name, heading)
    return found


def error_table(session: Session, batch: ImportBatch, outcomes: Sequence[str] = ("error",)) -> Iterator[list[str]]:
    """Give the headings and the rows of these outcomes as they stood in the file, the reason in one more column."""
    titles = titles_of(batch)
    width = len(batch.headings)
    yield [*batch.headings, str(REASON)]
    wanted = session.execute(
        select(ImportRow.number, ImportRow.detail)
        .where(ImportRow.batch_id == batch.id, ImportRow.outcome.in_(outcomes))
        .order_by(ImportRow.number)
        .execution_options(yield_per=1000)
    )
    records = place_of(session).stored(batch.folder).records(Layout(**batch.layout))
    for number, detail in wanted:
        cells = next((row for found, row in records if found == number), [])
        cells = [*cells, *[""] * width][:width]
        reason = say_all((detail or {}).get("errors", ()), titles)
        yield [*cells, reason]


def left_empty(session: Session, batch: ImportBatch) -> int:
    """Count the rows of which a cell was left empty, as a list did not know its word."""
    said = cast(ImportRow.detail, Text).contains('"left_empty"')
    statement = select(func.count()).select_from(ImportRow).where(ImportRow.batch_id == batch.id, said)
    return session.scalar(statement) or 0


def cells_of(batch_session: Session, batch: ImportBatch, numbers: Sequence[int]) -> dict[int, list[str]]:
    """Read some rows of the file by number."""
    wanted = set(numbers)
    if not wanted:
        return {}
    last = max(wanted)
    records = place_of(batch_session).stored(batch.folder).records(Layout(**batch.layout))
    until = itertools.takewhile(lambda record: record[0] <= last, records)
    return {number: cells for number, cells in until if number in wanted}


def neutral(cell: str) -> str:
    """Keep a spreadsheet program from taking a cell for a formula; reading it back takes the mark away."""
    return cell if bare(cell) != cell else guarded(cell)


def write_report(rows: Iterator[list[str]], path: Path) -> int:
    """Write a report as CSV or, by the file's ending, as XLSX; give the number of refused rows."""
    count = -1
    if path.suffix.lower() == ".xlsx":
        from xlsxwriter import Workbook

        with Workbook(
            str(path), {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        ) as book:
            sheet = book.add_worksheet()
            for row in rows:
                count += 1
                for place, cell in enumerate(row):
                    sheet.write_string(count, place, cell)
        return max(count, 0)
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        for row in rows:
            count += 1
            writer.writerow([neutral(cell) for cell in row])
    return max(count, 0)
