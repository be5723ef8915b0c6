"""A person's own look at a list: the views he sees, his columns, and the state that both make of an address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from core.auth.access import Access
from core.auth.models import Department, Group
from core.auth.output import Visibility
from core.custom import fields_of
from core.i18n import _
from core.listing.models import ListPreference, ListView
from core.listing.state import Condition, ListState, Problem, read_query
from core.listing.values import asked_value
from core.plugin import Field, Resource
from core.state import kept, versions


@dataclass(frozen=True)
class View:
    """One view of a list, of the system or saved; `name` is what the address calls it."""

    name: str
    title: Any
    query: str
    columns: tuple[str, ...] | None = None
    counted: bool = False
    hot: bool = False
    saved: bool = False
    owner_id: int | None = None
    audience: str = ""


@dataclass(frozen=True)
class Look:
    """What an address means for one person: the state in force, the view it comes from, the columns in order."""

    state: ListState
    view: View | None
    changed: bool
    columns: tuple[Field, ...]
    preference: Mapping[str, Any]
    base: ListState

    def query(self, state: ListState, *, paging: bool = False) -> str:
        """Write a state as a query string, short where it is the view's own."""
        if not state.view:
            return state.query(paging=paging)
        if (state.q, state.conditions, state.sort or self.base.sort, state.grouped) == (
            self.base.q,
            self.base.conditions,
            self.base.sort,
            self.base.grouped,
        ):
            return replace(state, q="", conditions=(), sort=(), grouped="", edited=False).query(paging=paging)
        return replace(state, edited=True).query(paging=paging)


def field_names(resource: Resource) -> tuple[str, ...]:
    """Give the names that conditions may use; whether this person may is asked later."""
    return tuple(f.name for f in fields_of(resource) if f.field_class != "secret")


def views_of(session: Session, resource: Resource, access: Access) -> list[View]:
    """List the views that a person sees: the system's first, his own and those shared with him after."""
    found = [
        View(
            v.name,
            v.title,
            v.query(session) if callable(v.query) else v.query,
            columns=v.columns or None,
            counted=v.counted,
            hot=v.hot,
        )
        for v in sorted(resource.views, key=lambda v: v.order)
    ]
    if not any(v.query == "" for v in found):
        found.insert(0, View("", _("All"), ""))
    key = ("views", resource.key, access.user_id, versions(session).get("rights"))
    return [*found, *kept(session, "lists", key, lambda: _saved(session, resource, access))]


def _saved(session: Session, resource: Resource, access: Access) -> list[View]:
    above = select(Department.path).where(Department.id == access.department_id).scalar_subquery()
    statement = (
        select(ListView)
        .outerjoin(Group, Group.id == ListView.group_id)
        .outerjoin(Department, Department.id == ListView.department_id)
        .where(
            ListView.resource == resource.key,
            or_(
                ListView.owner_id == access.user_id,
                ListView.audience == "everybody",
                and_(ListView.audience == "group", Group.name.in_(access.groups)),
                and_(ListView.audience == "department", above.like(Department.path + "%")),
            ),
        )
        .order_by(ListView.id)
    )
    return [
        View(
            str(v.id),
            v.name,
            v.query,
            columns=tuple(v.columns) if v.columns is not None else None,
            saved=True,
            owner_id=v.owner_id,
            audience=v.audience,
        )
        for v in session.scalars(statement)
    ]


def preference(session: Session, resource: Resource, access: Access) -> Mapping[str, Any]:
    """Give what a person set for a list."""

    def load() -> dict[str, Any]:
        row = session.get(ListPreference, (access.user_id, resource.key)) if access.user_id is not None else None
        return dict(row.values) if row is not None else {}

    return kept(session, "lists", ("preference", resource.key, access.user_id), load)


def look(session: Session, resource: Resource, access: Access, state: ListState, views: Sequence[View]) -> Look:
    """Work out what an address means: the view's conditions where it names one, and the person's columns."""
    state = asked(session, resource, state)
    view, problems = None, state.problems
    if state.view:
        view = next((v for v in views if v.name == state.view), None)
        if view is None:
            problems = (*problems, Problem("view", _("This view does not exist, or is not shared with you.")))
    else:
        view = next((v for v in views if v.query == "" and not v.saved), None)
    set_up = preference(session, resource, access)
    base = ListState()
    if view is not None and state.view:
        base = asked(session, resource, read_query(view.query, field_names(resource)))
    changed = False
    if view is not None and state.view:
        full = state if state.edited else merged(base, state)
        before = (base.q, base.conditions, base.sort, base.grouped)
        changed = (full.q, full.conditions, full.sort or base.sort, full.grouped) != before
        if state.edited and not full.sort:
            changed = changed or bool(base.sort)
        problems = (*problems, *base.problems)
    else:
        full = state
    names = _columns(resource, view, set_up)
    if view is not None and view.saved and view.columns is not None:
        changed = changed or tuple(names) != view.columns
    visibility = Visibility(access, resource)
    columns = tuple(f for f in chosen(resource, names) if visibility.anywhere(f.field_class))
    return Look(replace(full, edited=changed, problems=problems), view, changed, columns, set_up, base)


def asked(session: Session, resource: Resource, state: ListState) -> ListState:
    """Give a state that asks for the present value where a condition names one that was merged into another."""
    fields = {one.name: one for one in fields_of(resource)}

    def now(one: Condition) -> Condition:
        if one.op not in ("eq", "ne", "in") or one.field not in fields:
            return one
        values = (asked_value(session, fields[one.field], value) for value in one.values)
        return replace(one, values=tuple(dict.fromkeys(values)))

    conditions = tuple(now(one) for one in state.conditions)
    return state if conditions == state.conditions else replace(state, conditions=conditions)


def merged(base: ListState, state: ListState) -> ListState:
    """Lay the conditions of an address over those of a view; on the same field the address counts."""
    named = {c.field for c in state.conditions}
    conditions: tuple[Condition, ...] = (*(c for c in base.conditions if c.field not in named), *state.conditions)
    return replace(
        state,
        q=state.q or base.q,
        conditions=conditions,
        sort=state.sort or base.sort,
        grouped=state.grouped or base.grouped,
    )


def _columns(resource: Resource, view: View | None, set_up: Mapping[str, Any]) -> Sequence[str]:
    own: Mapping[str, Sequence[str]] = set_up.get("columns", {})
    if view is not None and view.saved:
        if view.name in own:
            return own[view.name]
        if view.columns is not None:
            return view.columns
    if view is not None and view.columns is not None:
        return own.get(view.name) or view.columns
    return own.get("") or [f.name for f in listed(resource) if f.default]


def listed(resource: Resource) -> list[Field]:
    """List the fields that can be columns, in the resource's order."""
    fields = [f for f in fields_of(resource) if f.listed and f.field_class != "secret"]
    return sorted(fields, key=lambda f: f.order)


def title_field(resource: Resource) -> Field:
    """Give the field that names a record; it is the first column and stays."""
    fields = listed(resource)
    return next((f for f in fields if (f.path or f.name) == resource.title_path), fields[0])


def chosen(resource: Resource, names: Sequence[str]) -> list[Field]:
    """Give the columns in order, the title first."""
    title = title_field(resource)
    by_name = {f.name: f for f in listed(resource)}
    return [title, *(by_name[n] for n in names if n in by_name and n != title.name)]
