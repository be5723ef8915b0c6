"""Rows that stand together under a heading: by which fields, and the heading of each group with its list."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape
from sqlalchemy.orm import Session

from core.auth.access import Access
from core.auth.output import Shown
from core.custom import fields_of
from core.listing import cells
from core.listing.binding import Binding, find_field
from core.listing.figures import COUNT_LIMIT, count_rows
from core.listing.lists import Look, title_field
from core.listing.queries import Ref
from core.listing.state import Condition, ListState
from core.plugin import Field, Resource

KINDS = ("choice", "user", "company", "contact", "bool", "date")
COUNTED = 8
"""Of so many groups on a page each is counted; of more none, since every one is a statement."""


@dataclass(frozen=True)
class Heading:
    """What stands above a group: its value in words, how many rows it has, and the list of them."""

    words: Any
    count: str
    href: str


def groupable(resource: Resource, binding: Binding) -> list[Field]:
    """List the fields by which a person may group a list."""
    title = title_field(resource)
    return [
        one
        for one in fields_of(resource)
        if one.kind in KINDS and one.sortable and one.filterable and one.name != title.name and binding.knows(one)
    ]


def plain(value: Any) -> str:
    """Write a value as conditions take it; an empty text for none."""
    if isinstance(value, Ref):
        return str(value.id)
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if value is None else str(value)


def headings(
    session: Session,
    resource: Resource,
    access: Access,
    seen: Look,
    rows: Sequence[Shown],
    address: Callable[[str], str],
) -> dict[int, Heading]:
    """Give the heading above each row that begins a group, by the row's id; `address(query)` is that of the list."""
    field = find_field(resource, seen.state.grouped)
    if field is None:
        return {}
    begins: list[tuple[Shown, str]] = []
    for row in rows:
        value = plain(row.get(field.name))
        if not begins or begins[-1][1] != value:
            begins.append((row, value))
    draw = cells.drawer(field, session, None)
    found = {}
    for row, value in begins:
        state = narrowed(seen.state, field, value)
        count = ""
        if len(begins) <= COUNTED:
            number, over = count_rows(session, resource, state, access, fresh=False)
            count = f"{COUNT_LIMIT:,}+" if over else f"{number:,}"
        words = draw(row[field.name], row) if value else cells.DASH
        found[row.id] = Heading(words, count, address(seen.query(state)))
    return found


def narrowed(state: ListState, field: Field, value: str) -> ListState:
    """Give the list of one group."""
    condition = Condition(field.name, "eq", (value,)) if value else Condition(field.name, "empty", ("1",))
    return state.having(condition).with_(grouped="")


def row_of(heading: Heading, columns: int) -> Markup:
    """Draw the line of the table above a group."""
    count = f' <span class="num t3">{escape(heading.count)}</span>' if heading.count else ""
    words = heading.words if isinstance(heading.words, Markup) else escape(heading.words)
    link = f'<a href="{escape(heading.href)}">{words}</a>{count}'
    return cells.html(f'<tr><th class="st st1" scope="rowgroup" colspan="{columns}">{link}</th></tr>')


def card_of(heading: Heading) -> Markup:
    """Draw the same above the cards of a phone."""
    count = f' <span class="num t3">{escape(heading.count)}</span>' if heading.count else ""
    words = heading.words if isinstance(heading.words, Markup) else escape(heading.words)
    return cells.html(f'<h2 class="s13"><a href="{escape(heading.href)}">{words}</a>{count}</h2>')
