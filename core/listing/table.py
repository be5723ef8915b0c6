"""Draws the rows of a list: lines of the table, and cards for phones, each as one piece of HTML."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import current_app, url_for
from markupsafe import Markup, escape
from sqlalchemy.orm import Session

from core.auth.access import Access
from core.auth.guard import guard_of
from core.auth.output import Shown
from core.custom import fields_of
from core.i18n import gettext
from core.listing import cells
from core.listing.groups import Heading, card_of, row_of
from core.listing.lists import Look, title_field
from core.listing.queries import ListPage, Ref, allowed_ids
from core.plugin import BatchAction, Field, Resource
from core.web import zhike

NO_MARK = Markup("")
NOTHING_SAID: tuple[Any, ...] = (None, "", [], ())
NOTHING: Mapping[int, Heading] = {}
CAME_FROM = "list"
"""The parameter of a record's address that tells the state of the list from which it was opened."""


def actions_of(resource: Resource, access: Access) -> list[BatchAction]:
    """List what this person may do with rows that he chooses; what leads to a page only where he may open the page."""

    def leads(action: BatchAction) -> bool:
        guard = guard_of(current_app.view_functions.get(action.page or ""))
        return guard is not None and guard.admits(access)

    return [a for a in resource.actions if access.may(a.permission) and (a.page is None or leads(a))]


@dataclass(frozen=True)
class Drawn:
    """The rows of a page twice: as lines of the table and as cards."""

    rows: Markup = NO_MARK
    cards: Markup = NO_MARK


def draw(
    session: Session,
    resource: Resource,
    access: Access,
    seen: Look,
    page: ListPage,
    preview: str,
    chosen: Sequence[str] = (),
    headed: Mapping[int, Heading] = NOTHING,
) -> Drawn:
    """Draw the rows and their cards; `preview` is the endpoint that shows a record beside the list.

    `headed` are the headings above the rows that begin a group.
    """
    if not page.rows:
        return Drawn()
    pen = Pen(session, resource, access, seen)
    if resource.detail:
        pen.preview = record_link(preview, seen.query(seen.state))
    pen.chosen = frozenset(chosen)
    pen.cells = editable_in(session, resource, access, [row.id for row in page.rows])
    lines, cards = [], []
    width = len(seen.columns) + int(pen.pick)
    for row in page.rows:
        name = pen.name(row)
        heading = headed.get(row.id)
        if heading is not None:
            lines.append(row_of(heading, width))
            cards.append(card_of(heading))
        lines.append(pen.line(row, name))
        cards.append(pen.card(row, name))
    return Drawn(Markup("\n").join(lines), Markup("\n").join(cards))


def editable_in(
    session: Session, resource: Resource, access: Access, ids: Sequence[int]
) -> dict[str, frozenset[int] | None]:
    """Tell of each field that is changed in its cell in which rows the person may; None where in all of them."""
    found: dict[str, frozenset[int] | None] = {}
    known: dict[str, frozenset[int] | None] = {}
    for cell in resource.cells:
        code = resource.code(cell.action)
        if not access.may(code):
            continue
        if code not in known:
            every = access.scope(code) == "all"
            known[code] = None if every else frozenset(allowed_ids(session, resource, ids, access, code))
        found[cell.field] = known[code]
    return found


class Pen:
    """Knows how each column of one list is drawn. Built as text, because a page has hundreds of cells."""

    def __init__(self, session: Session, resource: Resource, access: Access, seen: Look) -> None:
        self.own = record_link(resource.detail, seen.query(seen.state)) if resource.detail else None
        self.preview: Callable[[int], str] | None = None
        self.chosen: frozenset[str] = frozenset()
        self.cells: Mapping[str, frozenset[int] | None] = {}
        self.title = title_field(resource)
        self.marks = cells.macro(self.title.render) if self.title.render else None
        self.reviewed = resource.reviewed
        self.review = review_marks()
        self.select = gettext("Select %(name)s", name="\x00")
        self.pick = bool(actions_of(resource, access))
        links = record_links()
        self.columns = [
            (f.name, f' class="{css}"' if (css := cells.css_class(f)) else "", cells.drawer(f, session, links))
            for f in seen.columns[1:]
        ]
        self.card_macro = cells.macro(resource.card_template) if resource.card_template else None
        by_name = {f.name: f for f in fields_of(resource)}
        self.parts = [
            [(n, cells.drawer(by_name[n], session, None)) for n in names if n in by_name]
            for names in card_parts(resource, seen.columns)
        ]

    def name(self, row: Shown) -> str:
        """Give a row's name, escaped."""
        value = row.get(self.title.name)
        return str(escape("" if value is None else value.title if isinstance(value, Ref) else value))

    def line(self, row: Shown, name: str) -> Markup:
        """Draw a row of the table."""
        number = row.id
        beside = f' data-preview="{self.preview(number)}"' if self.preview is not None else ""
        parts = [f'<tr data-id="{number}"{beside}>']
        if self.pick:
            label = self.select.replace("\x00", name)
            parts.append(
                f'<td class="st pk"><input class="ck" type="checkbox" name="id" value="{number}" form="batch" '
                f'aria-label="{label}"{" checked" if str(number) in self.chosen else ""} data-pick></td>'
            )
        parts.append(f'<td class="st {"st2" if self.pick else "st1"}"><span class="nm">')
        if self.own is not None:
            parts.append(f'<a class="name el" href="{self.own(number)}">{name}</a>')
        else:
            parts.append(f'<span class="name el">{name}</span>')
        if self.reviewed:
            parts.append(self.review.get(row.get("review_state"), ""))
        if self.marks is not None:
            parts.append(escape(self.marks(row.get(self.title.name), row)))
        parts.append("</span></td>")
        values = row.values_by_name
        for field, css, cell in self.columns:
            drawn = cell(values[field], row) if field in values else cells.DASH
            mark = f' data-cell="{field}"' if field in self.cells and self._may_edit(field, number) else ""
            parts.append(f"<td{css}{mark}>{drawn if isinstance(drawn, Markup) else escape(drawn)}</td>")
        parts.append("</tr>")
        return cells.html("".join(parts))

    def _may_edit(self, field: str, number: int) -> bool:
        held = self.cells[field]
        return held is None or number in held

    def card(self, row: Shown, name: str) -> Markup:
        """Draw a card: title and marks, what is told below, what stands at its foot."""
        mark = self.review.get(row.get("review_state"), "") if self.reviewed else ""
        head = f'<div class="l1"><b class="el">{name}</b>{mark}<span class="sp"></span>'
        if self.card_macro is not None:
            inner = f"{head}</div>{escape(self.card_macro(row))}"
        else:
            values = row.values_by_name
            right, below, foot = (
                [str(escape(cell(values[field], row))) for field, cell in part if values.get(field) not in NOTHING_SAID]
                for part in self.parts
            )
            inner = head + "".join(right) + "</div>"
            if below:
                inner += f'<div class="l2">{" · ".join(below)}</div>'
            if foot:
                inner += f'<div class="l3">{foot[0]}<span class="sp"></span>{"".join(foot[1:])}</div>'
        if self.own is None:
            return cells.html(f'<div class="mc">{inner}</div>')
        mark = f' data-id="{row.id}"' if self.pick else ""
        return cells.html(f'<a class="mc"{mark} href="{self.own(row.id)}">{inner}</a>')


def review_marks() -> Mapping[Any, Markup]:
    """Draw the mark of each review state: what waits or came back in words, what passed as a sign."""
    tag, sign = Markup('<span class="tag %s">%s</span>'), Markup('<span class="c-ok s12" title="%s">%s</span>')
    return {
        "draft": tag % ("o", gettext("draft")),
        "submitted": tag % ("w", gettext("to be checked")),
        "returned": tag % ("bad", gettext("returned")),
        "reviewed": sign % (gettext("first review passed"), "✓"),
        "confirmed": sign % (gettext("second review passed"), "✓✓"),
    }


def card_parts(
    resource: Resource, columns: Sequence[Field]
) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Give the fields of a card: the resource's own choice, else the first columns."""
    if resource.card is not None:
        return resource.card
    toned = [f.name for f in columns[1:] if f.tones][:1]
    rest = [f.name for f in columns[1:] if f.name not in toned]
    return tuple(toned), tuple(rest[:3]), tuple(rest[3:5])


def card_fields(resource: Resource, columns: Sequence[Field]) -> list[str]:
    """List the fields that cards draw."""
    return [name for part in card_parts(resource, columns) for name in part]


def record_links() -> Mapping[str, Callable[[int], str]]:
    """Find the pages of companies and contacts, for cells that lead there."""
    found = {}
    for other in zhike().registry.resources():
        if other.plugin == "core" and other.name in ("company", "contact") and other.detail:
            found[other.name] = record_link(other.detail)
    return found


def record_link(endpoint: str, came_from: str | None = None) -> Callable[[int], str]:
    """Make the function that gives a record's address; the endpoint takes one argument, the id.

    `came_from` is the query of the list that leads there; the record's page walks on in it.
    """
    argument = next(iter(next(iter(current_app.url_map.iter_rules(endpoint))).arguments))
    values: dict[str, Any] = {argument: 9_007_199_254}
    before, _mark, after = str(escape(url_for(endpoint, **values))).partition("9007199254")
    if came_from is not None:
        after = f"{after}?{CAME_FROM}={quote(came_from, safe='')}"
    return lambda number: f"{before}{number}{after}"
