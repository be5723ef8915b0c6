"""Finds the rows of a list: one page by key, with what hangs on its rows; the ids of all; names of records."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from core.ahead import ahead
from core.auth.access import Access
from core.auth.models import User
from core.auth.output import Shown, may_see
from core.auth.queries.names import names_of
from core.columns import Scoped
from core.db import among
from core.errors import Refused
from core.i18n import _
from core.listing.binding import Binding, find_field
from core.listing.figures import COUNT_LIMIT, count_rows, totals
from core.listing.keyset import Key, Place, beyond, order_by, read_place, write_place
from core.listing.state import ListState
from core.listing.values import RECORDS, reference, title_of
from core.plugin import Field, Resource
from core.together import Loader, read_together

GATHERED = "zhike_gathered"
"""Option of a select that a search narrowed to records which it gathered already, few enough to be counted at once."""
CHUNK = 20_000
"""Rows of a file that are read at once. Each time the database looks up what hangs on them, at a price of its own."""
MAX_KEYS = 500

REVIEW_STATE = Field(name="review_state", title="", field_class="brief")
"""Read along where records are reviewed, so that the list can mark those that wait."""

Related = list[tuple[Field, Loader | None, Any]]
"""Fields that no column holds, with the values by record, or with rows of which a loader still has to fold them."""


class Ref(NamedTuple):
    """Another record in a row: its id and its name; the name is empty where the person may not find it."""

    id: int
    title: str


@dataclass
class ListPage:
    """One page of a list. `count` is exact up to 10,000; `over` tells that there are more."""

    rows: list[Shown] = field(default_factory=list)
    first: int = 0
    count: int = 0
    over: bool = False
    previous: str | None = None
    following: str | None = None
    totals: Mapping[str, Any] = field(default_factory=dict)
    took: float = 0.0

    @property
    def last(self) -> int:
        """Give the position of the last row."""
        return self.first + len(self.rows) - 1


def effective_sort(resource: Resource, state: ListState) -> tuple[str, ...]:
    """Give the sort of a state, the resource's own where it names none; what rows are grouped by comes first."""
    sort = state.sort or tuple(part for part in resource.default_sort.split(",") if part)
    if not state.grouped:
        return sort
    own = next((one for one in sort if one.removeprefix("-") == state.grouped), state.grouped)
    return (own, *(one for one in sort if one != own))


def list_page(
    session: Session,
    resource: Resource,
    state: ListState,
    access: Access,
    names: Sequence[str],
    *,
    sums: bool = True,
    most: int | None = COUNT_LIMIT,
) -> ListPage:
    """Find one page with the values of the named fields; rows are counted up to `most`, for None not at all.

    Raises Refused where the state asks for what cannot be.
    """
    started = time.perf_counter()
    reader = Reader(session, resource, access, names)
    keys = reader.binding.keys(effective_sort(resource, state))
    backward = bool(state.before) and not state.after
    token = state.after or state.before
    place = read_place(token, keys) if token else None
    found, counted = reader.page(state, keys, place, backward)
    if backward and len(found) <= state.size:  # the top is nearer than a page: show the first one whole
        backward, place = False, None
        found, counted = reader.page(state, keys, None, False)
    more = len(found) > state.size
    found = found[: state.size]
    if backward:
        found.reverse()
    page = ListPage(rows=reader.rows(found))
    if found:
        page.first = place.position - len(found) if backward and place else (place.position if place else 0) + 1
        page.first = max(page.first, 1)
        if more if backward else place is not None and page.first > 1:
            page.previous = write_place(Place(page.first, reader.key_values(found[0])))
        if backward or more:
            page.following = write_place(Place(page.last, reader.key_values(found[-1])))
    if most is not None:
        known = len(found) if place is None and not more else counted
        page.count, page.over = count_rows(
            session, resource, state, access, fresh=place is None, known=known, most=most
        )
    if sums:
        page.totals = totals(session, resource, state, access, names, fresh=place is None)
    page.took = time.perf_counter() - started
    return page


class Reader:
    """Reads rows of a resource with the values of some fields, masked for one person."""

    def __init__(self, session: Session, resource: Resource, access: Access, names: Sequence[str]) -> None:
        self.session = session
        self.resource = resource
        self.binding = Binding(resource, access, session)
        self.fields = self._fields(names)
        self.columns: list[tuple[Field, int]] = []
        self.loaded: list[Field] = []
        self._selected: list[ColumnElement[Any]] = [resource.model.id]
        for one in self.fields:
            column = self.binding.value(one)
            if column is not None:
                self.columns.append((one, len(self._selected)))
                self._selected.append(column)
            elif one.load is not None:
                self.loaded.append(one)
        everywhere = self.binding.visibility.everywhere
        self._masked = any(
            f.field_class not in everywhere or (f.masked and "private" not in everywhere) for f in self.fields
        )
        self._marks = slice(0, 0)
        if self._masked:
            marks = self.binding.owner_columns()
            self._marks = slice(len(self._selected), len(self._selected) + len(marks))
            self._selected.extend(marks)
        self._keys = len(self._selected)
        self._references = {one.name: reference(column) for one, column in self._record_columns()}

    def _fields(self, names: Sequence[str]) -> list[Field]:
        """Give the named fields with those that their drawing needs, without what this person never sees."""
        found: dict[str, Field] = {}
        queue = [*names, "review_state"] if self.resource.reviewed else list(names)
        while queue:
            name = queue.pop(0)
            one = find_field(self.resource, name) or (REVIEW_STATE if name == "review_state" else None)
            if one is not None and name not in found and self.binding.knows(one):
                found[name] = one
                queue.extend(one.needs)
        return list(found.values())

    def _record_columns(self) -> Iterator[tuple[Field, Any]]:
        for one, place in self.columns:
            if one.kind in RECORDS:
                yield one, self._selected[place]

    def statement(self, state: ListState, keys: Sequence[Key] = ()) -> Select[Any]:
        """Give the select of the rows of a state; the values of the keys come last."""
        columns = (*self._selected, *(key.column for key in keys))
        return self.binding.narrowed(select(*columns), state, whole=not keys)

    def page(
        self, state: ListState, keys: Sequence[Key], place: Place | None, backward: bool
    ) -> tuple[list[Any], int | None]:
        """Read the rows beyond a place, one more than a page has, and count all where it costs no more than them."""
        statement = self.statement(state, keys).order_by(*order_by(keys, backward=backward)).limit(state.size + 1)
        if place is not None:
            statement = statement.where(beyond(keys, place.values, backward=backward))
        elif statement.get_execution_options().get(GATHERED):
            return self._counted(state, keys, backward)
        return list(self.session.execute(statement).all()), None

    def _counted(self, state: ListState, keys: Sequence[Key], backward: bool) -> tuple[list[Any], int]:
        """Read the first rows and count all in one statement.

        They are counted within and ordered without: PostgreSQL up to 15 believes that a limit ends the counting early,
        and goes through a whole index of the order.
        """
        within = self.statement(state, keys).add_columns(func.count().over()).subquery()
        *columns, _count = within.c
        ordered = [replace(key, column=column) for key, column in zip(keys, columns[self._keys :], strict=True)]
        statement = select(*within.c).order_by(*order_by(ordered, backward=backward)).limit(state.size + 1)
        rows = self.session.execute(statement).all()
        return [row[:-1] for row in rows], rows[0][-1] if rows else 0

    def key_values(self, row: Any) -> tuple[Any, ...]:
        """Give the values of the sort keys of a row."""
        return tuple(row[self._keys :])

    def readable(self, field: Field) -> bool:
        """Tell whether a field has values that rows can show: a column or a loader."""
        return field.load is not None or self.binding.value(field) is not None

    def found(self, ids: Sequence[int]) -> list[Shown]:
        """Give some rows, in the order of the ids."""
        model = self.resource.model
        statement = self.binding.joined(select(*self._selected).select_from(model))
        rows = self.session.execute(statement.where(among(self.session, model.id, ids))).all()
        known = {row.id: row for row in self.rows(rows)}
        return [known[i] for i in ids if i in known]

    def named(self, ids: Sequence[int], name: str) -> list[Any]:
        """Give one field's values of some rows, in the order of the ids."""
        return [row.get(name) for row in self.found(ids)]

    def stream(
        self, state: ListState, extra: Sequence[ColumnElement[bool]] = (), limit: int | None = None
    ) -> Iterator[dict[str, Sequence[Any]]]:
        """Read all rows of a state in its order, some at a time, as columns of values by field."""
        keys = self.binding.keys(effective_sort(self.resource, state))
        statement = self.statement(state).where(*extra).order_by(*order_by(keys)).limit(limit)
        result = self.session.execute(statement, execution_options={"yield_per": CHUNK})
        parts = ((part, self._read([row[0] for row in part]), self._titles(part)) for part in result.partitions())
        # a server works while this process writes; SQLite would do it on the same core
        for part, related, titles in ahead(parts) if self.session.get_bind().dialect.name == "postgresql" else parts:
            yield self._columns(part, related, titles)

    def _columns(
        self, found: Sequence[Any], related: Related, titles: Mapping[str, Mapping[int, str]]
    ) -> dict[str, Sequence[Any]]:
        """Turn rows of the database into columns of what the person sees: what `rows` gives, for files."""
        columns = list(zip(*found, strict=True))
        ids = columns[0]
        values: dict[str, Sequence[Any]] = {}
        for one, place in self.columns:
            names = titles.get(one.name)
            column: Sequence[Any] = columns[place]
            values[one.name] = column if names is None else [Ref(v, names.get(v, "")) if v else v for v in column]
        for one, of_id in _folded(related):
            values[one.name] = [of_id.get(i) for i in ids]
        if self._masked:
            seen = [self.binding.classes_of(row[self._marks]) for row in found]
            for one in self.fields:
                if one.field_class not in self.binding.visibility.everywhere and one.name in values:
                    pairs = zip(values[one.name], seen, strict=True)
                    values[one.name] = [value if may_see(one, classes) else None for value, classes in pairs]
                if one.masked is not None and one.name in values:
                    pairs = zip(values[one.name], seen, strict=True)
                    values[one.name] = [v if not v or "private" in classes else one.masked(v) for v, classes in pairs]
        return values

    def rows(self, found: Sequence[Any]) -> list[Shown]:
        """Turn rows of the database into what the person sees, with one query for each kind of related value."""
        if not found:
            return []
        loaded = _folded(self._read([row[0] for row in found]))
        titles = self._titles(found)
        rows = []

        @functools.cache
        def seen(classes: frozenset[str]) -> tuple[list[Any], list[Any]]:
            """Say what is shown of a row: name, place and titles of a column; name and values of what was loaded."""
            columns = [(one.name, place, titles.get(one.name)) for one, place in self.columns if may_see(one, classes)]
            return columns, [(one.name, told) for one, told in loaded if may_see(one, classes)]

        everything = self.binding.visibility.everywhere
        for row in found:
            classes = self.binding.classes_of(row[self._marks]) if self._masked else everything
            columns, others = seen(classes)
            values: dict[str, Any] = {}
            for name, place, names in columns:
                value = row[place]
                values[name] = Ref(value, names.get(value, "")) if names is not None and value else value
            for name, told in others:
                values[name] = told.get(row[0])
            rows.append(Shown(row[0], values, classes))
        return rows

    def _read(self, ids: Sequence[int]) -> Related:
        """Ask each loader once, and those that can be asked together in one statement."""
        together = tuple(dict.fromkeys(one.load for one in self.loaded if isinstance(one.load, Loader)))
        rows = dict(zip(together, read_together(self.session, ids, together), strict=True))
        related: Related = []
        for one in self.loaded:
            if isinstance(one.load, Loader):
                related.append((one, one.load, rows[one.load]))
            elif one.load is not None:
                related.append((one, None, one.load(self.session, ids)))
        return related

    def _titles(self, found: Sequence[Any]) -> dict[str, dict[int, str]]:
        """Find the names of related records, one query for each table."""
        wanted: dict[type[Any], set[int]] = {}
        for one, place in self.columns:
            model = self._references.get(one.name)
            if model is not None:
                wanted.setdefault(model, set()).update(row[place] for row in found if row[place] is not None)
        names = {model: record_titles(self.session, model, ids) for model, ids in wanted.items()}
        return {name: names[model] for name, model in self._references.items() if model is not None}


def _folded(related: Related) -> list[tuple[Field, Mapping[int, Any]]]:
    """Make values by record of what was read; what several fields show is folded once."""
    folded = {loader: loader.fold(rows) for _one, loader, rows in related if loader is not None}
    return [(one, found if loader is None else folded[loader]) for one, loader, found in related]


def record_titles(session: Session, model: type[Any], ids: set[int]) -> dict[int, str]:
    """Find the names of records by id, those that the person may find."""
    if not ids:
        return {}
    if model is User:
        return names_of(session, ids)
    title = getattr(model, title_of(model))
    found: dict[int, str] = {}
    ordered = sorted(ids)
    for start in range(0, len(ordered), MAX_KEYS):
        part = ordered[start : start + MAX_KEYS]
        found.update((r[0], str(r[1])) for r in session.execute(select(model.id, title).where(model.id.in_(part))))
    return found


def record_choices(session: Session, model: type[Any], text: str) -> list[tuple[int, str]]:
    """Find records by a part of their name, twenty at most, for a field that looks them up."""
    title = getattr(model, title_of(model))
    statement = select(model.id, title).where(title.icontains(text, autoescape=True)).order_by(title).limit(20)
    if hasattr(model, "alive"):
        statement = statement.where(model.alive())
    return [(row[0], str(row[1])) for row in session.execute(statement)]


def found_ids(session: Session, resource: Resource, state: ListState, access: Access, limit: int) -> list[int]:
    """Find the ids of the rows of a state in its order. Raises Refused when there are more than the limit."""
    binding = Binding(resource, access, session)
    keys = binding.keys(effective_sort(resource, state))
    statement = binding.narrowed(select(resource.model.id), state).order_by(*order_by(keys)).limit(limit + 1)
    ids = list(session.scalars(statement))
    if len(ids) > limit:
        raise Refused(_("More than %(n)s records are too many at once. Narrow the conditions.", n=f"{limit:,}"))
    return ids


def allowed_ids(session: Session, resource: Resource, ids: Sequence[int], access: Access, code: str) -> list[int]:
    """Give those of the ids that exist and for which the person holds a right, in the order given."""
    model = resource.model
    known: set[int] = set()
    for start in range(0, len(ids), MAX_KEYS):
        statement = select(model.id).where(model.id.in_(ids[start : start + MAX_KEYS]))
        if resource.only is not None:
            statement = statement.where(resource.only())
        if issubclass(model, Scoped):
            statement = statement.where(access.condition(code, model))
        elif not access.may(code):
            return []
        known.update(session.scalars(statement))
    return [i for i in ids if i in known]
