"""The controls of the filter line and of the full form."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_babel import get_locale
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.auth.models import User
from core.custom import fields_of
from core.customers.text import person_sort_key
from core.i18n import gettext
from core.listing.binding import Binding, find_field
from core.listing.lists import Look
from core.listing.state import Condition, ListState
from core.listing.values import MEASURED, OFFERED, RECORDS, titles_of
from core.listing.words import operator_titles, people_titles, value_words
from core.overlay import overlay
from core.plugin import Field, Resource
from core.state import EVERY, kept

SHORT = 40
"""More choices than these are looked up while typing instead of being sent along."""
FORM_FIELDS = 12
NAMED_BY_ROWS = frozenset(RECORDS) - {"user"}
"""The kinds of fields of which a value is called as a record is: no counter tells when that changes."""


@dataclass
class Control:
    """One field of a filter form: a select of `choices`, or a text box, two of them for a span."""

    field: Field
    name: str
    title: str
    choices: Sequence[tuple[str, str]] = ()
    values: Sequence[str] = ("",)
    operators: Sequence[tuple[str, str]] = ()
    operator: str = ""
    lookup: str = ""
    hidden: str = ""
    inputmode: str = ""
    keys: frozenset[str] = frozenset()


def quick_controls(session: Session, resource: Resource, binding: Binding, look: Look) -> list[Control]:
    """Make the two or three selects that matter most for this list."""
    controls = []
    for name in resource.quick_filters:
        one = find_field(resource, name)
        if one is None or not one.filterable or not binding.knows(one):
            continue
        mine = [c for c in look.state.conditions if c.field == name]
        current = mine[0] if len(mine) == 1 else None
        make = functools.partial(_quick, session, one, binding, current)
        about = ("quick", resource.key, name, current, str(get_locale()))
        controls.append(make() if named_by_rows(one) else kept(session, EVERY, about, make))
    return controls


def named_by_rows(field: Field) -> bool:
    """Tell whether what a filter on a field offers may change while all counters stand still.

    Choices that a field makes itself may be rows, such as mailings; but for places, which have a counter.
    """
    return field.kind in NAMED_BY_ROWS or (field.choices is not None and field.kind != "division")


def _quick(session: Session, one: Field, binding: Binding, current: Condition | None) -> Control:
    if one.kind in ("date", "datetime") or one.presets:
        return _preset(one, current)
    return _select(session, one, binding, current)


def _preset(one: Field, current: Condition | None) -> Control:
    presets = one.presets or (
        ("between:-7d,", gettext("within 7 days")),
        ("between:-30d,", gettext("within 30 days")),
        ("lt:-90d", gettext("more than 90 days ago")),
        ("empty:1", gettext("never")),
    )
    choices = [("", gettext("any")), *((given, str(title)) for given, title in presets)]
    value = f"{current.op}:{','.join(current.values)}" if current else ""
    known = value in {given for given, _title in choices}
    keys = frozenset([current.key]) if current and known else frozenset()
    return Control(one, f"set.{one.name}", str(one.title), choices, [value if known else ""], keys=keys)


def _select(session: Session, one: Field, binding: Binding, current: Condition | None) -> Control:
    choices: list[tuple[str, str]] = [("", gettext("all"))]
    value = current.values[0] if current and current.op == "eq" and len(current.values) == 1 else ""
    if one.kind == "user":
        people = people_titles()
        choices += [(name, people[name]) for name in ("me", "department", "none")]
        choices += colleagues(session) or []
    elif one.kind == "bool":
        choices += [("1", gettext("Yes")), ("0", gettext("No"))]
    else:
        titles = _offered_titles(one, session) or {}
        if one.kind == "division":
            titles = {code: title for code, title in titles.items() if _offered(code, value)}
        choices += [(code, str(title)) for code, title in titles.items()]
    if value and value not in {code for code, _title in choices}:
        choices.append((value, value_words(session, one, binding, [value])[0]))
    keys = frozenset([one.name]) if value else frozenset()
    return Control(one, one.name, str(one.title), choices, [value], keys=keys)


def _offered_titles(one: Field, session: Session) -> Mapping[str, Any] | None:
    """Give the values to choose from, retired ones too, but not those for which others stand since a merge."""
    titles = titles_of(one, session)
    if titles is None or one.dictionary is None or one.choices is not None:
        return titles
    known = overlay().dictionary(session, one.dictionary)
    return {code: title for code, title in titles.items() if known[code].merged_into is None}


def _offered(code: str, chosen: str) -> bool:
    """Tell whether a place is offered: all provinces, and what lies in the one that is chosen."""
    return code.endswith("0000") or (bool(chosen) and code[:2] == chosen[:2])


def colleagues(session: Session) -> list[tuple[str, str]] | None:
    """List the active users by name, or None where they are too many for a select."""

    def load() -> list[tuple[str, str]] | None:
        if (session.scalar(select(func.count(User.id)).where(User.active)) or 0) > SHORT:
            return None
        people = session.execute(select(User.id, User.name).where(User.active)).all()
        return [(str(one.id), one.name) for one in sorted(people, key=lambda one: (person_sort_key(one.name), one.id))]

    return kept(session, "rights", "listing.colleagues", load)


def form_fields(resource: Resource, binding: Binding, look: Look, *, everything: bool) -> list[Field]:
    """List the fields of the full form: those of the list first, twelve at most unless all are wanted."""
    fields = [f for f in fields_of(resource) if f.filterable and binding.knows(f)]
    shown = {f.name for f in look.columns}
    used = {c.field for c in look.state.conditions}
    ordered = sorted(fields, key=lambda f: (f.name not in used, f.name not in shown, f.order))
    return ordered if everything else ordered[: max(FORM_FIELDS, len(used))]


def form_controls(
    session: Session, resource: Resource, binding: Binding, look: Look, options: str, *, everything: bool
) -> list[Control]:
    """Make the full form: each field with its operator and one or two boxes."""
    titles = operator_titles()
    controls = []
    quick = set(resource.quick_filters)
    for one in form_fields(resource, binding, look, everything=everything):
        if one.name in quick:
            continue
        mine = [c for c in look.state.conditions if c.field == one.name]
        current = mine[0] if len(mine) == 1 else None
        offered = one.operators or OFFERED[one.kind]
        operator, values, keys = offered[0], [""], frozenset[str]()
        if current is not None and _fits(current, offered):
            filled = current.op == "empty" and current.values == ("0",)
            operator = "filled" if filled else current.op
            values = [] if current.op == "empty" else list(current.values)
            keys = frozenset([current.key])
        if "between" in offered:
            values = [*values, "", ""][:2]
        control = Control(
            one,
            f"v.{one.name}",
            str(one.title),
            values=values or [""],
            operators=[(op, titles[op]) for op in offered],
            operator=operator,
            inputmode="decimal" if one.kind in ("number", "money") else "",
            keys=keys,
        )
        _choices(session, control, binding, options)
        controls.append(control)
    return controls


def _fits(condition: Condition, offered: Sequence[str]) -> bool:
    if condition.op == "empty":
        return True
    return condition.op in offered and len(condition.values) == (2 if condition.op == "between" else 1)


def _choices(session: Session, control: Control, binding: Binding, options: str) -> None:
    """Give a control its choices, or the address that finds them."""
    one = control.field
    listed: list[tuple[str, str]] = []
    if one.kind == "bool":
        listed = [("1", gettext("Yes")), ("0", gettext("No"))]
    elif one.kind == "user":
        people = people_titles()
        known = colleagues(session)
        if known is not None:
            owner = one.name == binding.resource.owner
            listed = [*((name, people[name]) for name in people if owner or name != "none"), *known]
    elif one.kind not in (*RECORDS, *MEASURED):
        titles = _offered_titles(one, session)
        if titles and len(titles) <= SHORT:
            listed = [(code, str(title)) for code, title in titles.items()]
    if listed:
        control.choices = [("", "—"), *listed]
    elif one.kind in RECORDS or _offered_titles(one, session):
        control.lookup = url_for(options, field_name=one.name)
        control.values = value_words(session, one, binding, control.values)


def carried(state: ListState, controls: Sequence[Control], look: Look) -> list[tuple[str, str]]:
    """List the parameters that the filter form carries along unseen: those that no control shows."""
    shown = frozenset[str]().union(*(c.keys for c in controls)) if controls else frozenset[str]()
    edited = state.with_(edited=bool(state.view))
    return [(name, value) for name, value in edited.pairs() if name not in shown and name != "q"]


def options(session: Session, one: Field, text: str) -> list[tuple[Any, str]]:
    """Find the choices of a field that hold a text, twenty at most."""
    titles = _offered_titles(one, session) or {}
    wanted = text.lower()
    return [(code, str(title)) for code, title in titles.items() if wanted in str(title).lower()][:20]
