"""Gathers what is to be printed: the rows of a query that the person may print, sorted, incomplete ones apart."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy.orm import Session

from core.auth.access import Access
from core.errors import Refused
from core.i18n import _
from core.listing.binding import Binding
from core.listing.lists import Look, field_names, look, views_of
from core.listing.queries import allowed_ids, found_ids
from core.listing.state import read_query
from core.listing.words import query_words
from core.overlay import overlay
from core.plugin import PrintTemplate, Resource
from core.printing.free import columns_to_print, lines_to_print
from core.printing.render import Label, labels_pdf, list_pdf
from core.printing.sheets import Sheet

MOST_ROWS = 50_000
CHUNK = 1_000
ORDERS = ("postcode", "list")
HOUSE = ("core.house_name", "core.house_address", "core.house_phone")
"""The settings that say whose list it is, as they stand above it."""
Lines = Callable[[Sequence[int]], Sequence[Mapping[str, Any]]]


@dataclass
class Batch:
    """What is to be printed, in order, and what is left out with the reason."""

    rows: list[Mapping[str, Any]] = field(default_factory=list)
    columns: Sequence[Any] = ()
    chosen: Sequence[str] = ()
    house: str = ""
    left_out: list[Mapping[str, Any]] = field(default_factory=list)


def right_of(template: PrintTemplate, resource: Resource) -> str:
    """Give the code of the right to print with a template."""
    return str(template.permission or resource.code("print"))


def gather(
    session: Session,
    access: Access,
    template: PrintTemplate,
    resource: Resource,
    query: str,
    *,
    order: str = "postcode",
    ids: Sequence[int] | None = None,
    parts: Sequence[str] | None = None,
) -> Batch:
    """Find the rows of a query, or of ids, that the person may print, and give them to the template.

    `parts` names the columns of a list in which they are chosen.

    Raises Refused where there are too many or the query cannot be understood.
    """
    if ids is None:
        ids = found_ids(session, resource, seen_of(session, access, resource, query).state, access, MOST_ROWS)
    elif len(ids) > MOST_ROWS:
        raise Refused(_("More than %(n)s records are too many at once.", n=f"{MOST_ROWS:,}"))
    ids = allowed_ids(session, resource, ids, access, right_of(template, resource))
    if template.context is None:
        seen = seen_of(session, access, resource, query)
        fields = columns_to_print(session, access, resource, seen, parts)
        batch = Batch(columns=[one.title for one in fields], chosen=[one.name for one in fields])
        context: Lines = partial(lines_to_print, session, access, resource, fields)
    else:
        batch, context = Batch(columns=template.columns), partial(template.context, session)
    batch.house = " · ".join(text for key in HOUSE if (text := str(overlay().setting(session, key)).strip()))
    for first in range(0, len(ids), CHUNK):
        for row in context(ids[first : first + CHUNK]):
            (batch.left_out if row.get("problem") else batch.rows).append(row)
    if order == "postcode" and template.kind != "list":
        batch.rows.sort(key=lambda row: str(row.get("postcode") or ""))
    return batch


def seen_of(session: Session, access: Access, resource: Resource, query: str) -> Look:
    """Read a query as the list does. Raises Refused where it cannot be understood."""
    state = read_query(query, field_names(resource))
    seen = look(session, resource, access, state, views_of(session, resource, access))
    if seen.state.problems:
        raise Refused(seen.state.problems[0].text)
    return seen


def words_of(session: Session, access: Access, resource: Resource, query: str) -> str:
    """Say in words which rows a query asks for."""
    seen = seen_of(session, access, resource, query)
    return query_words(session, resource, Binding(resource, access, session), seen)


def lines_of(row: Mapping[str, Any], parts: Sequence[str] | None) -> Label:
    """Give the lines of a row as dicts, without the parts that are not wanted."""
    lines = [line if isinstance(line, Mapping) else {"text": str(line)} for line in row["lines"]]
    return [
        dict(line) for line in lines if line["text"] and (parts is None or "part" not in line or line["part"] in parts)
    ]


@contextmanager
def made_pdf(
    template: PrintTemplate,
    batch: Batch,
    sheet: Sheet | None,
    *,
    start: int = 1,
    parts: Sequence[str] | None = None,
    note: str = "",
) -> Iterator[tuple[Path, int]]:
    """Make the PDF in a folder of its own that goes with the block; give its path and the number of pages."""
    with TemporaryDirectory(prefix="zhike-print-") as folder:
        target = Path(folder) / "print.pdf"
        if sheet is None:
            cells = [
                [line["text"] if isinstance(line, Mapping) else str(line) for line in row["lines"]]
                for row in batch.rows
            ]
            pages = list_pdf(str(template.title), [str(c) for c in batch.columns], cells, note, target, batch.house)
        else:
            labels = [lines_of(row, parts) for row in batch.rows]
            codes = [str(row.get("postcode") or "") for row in batch.rows]
            pages = labels_pdf(labels, sheet, target, start=start, postcodes=codes)
        yield target, pages
