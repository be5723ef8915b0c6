"""Says in words what a list is narrowed and sorted by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from core.customers.data.divisions import written_place
from core.i18n import gettext, pgettext
from core.listing.binding import Binding, find_field
from core.listing.lists import Look
from core.listing.queries import record_titles
from core.listing.state import Condition, ListState
from core.listing.values import PEOPLE, RECORDS, RELATIVE, read_day, reference, titles_of
from core.plugin import Field, Resource


@dataclass(frozen=True)
class Chip:
    """A field's conditions in words, and the state without them."""

    field: str
    title: str
    words: str
    state: ListState


def operator_titles() -> Mapping[str, str]:
    """Give the operators as the full form names them."""
    return {
        "contains": pgettext("operator", "contains"),
        "eq": pgettext("operator", "is"),
        "below": pgettext("operator", "is it or belongs to it"),
        "group": pgettext("operator", "belongs to the group of"),
        "ne": pgettext("operator", "is not"),
        "starts": pgettext("operator", "starts with"),
        "between": pgettext("operator", "between"),
        "gt": pgettext("operator", "over"),
        "lt": pgettext("operator", "under"),
        "empty": pgettext("operator", "is empty"),
        "filled": pgettext("operator", "is filled"),
    }


def people_titles() -> dict[str, str]:
    """Give the words for the people that a condition may name without their ids."""
    return {
        "me": gettext("me"),
        "team": gettext("my team"),
        "department": gettext("my department"),
        "none": gettext("nobody"),
    }


def chips(session: Session, resource: Resource, binding: Binding, state: ListState) -> list[Chip]:
    """Say each field's conditions in words."""
    found: dict[str, list[Condition]] = {}
    for condition in state.conditions:
        found.setdefault(condition.field, []).append(condition)
    made = []
    if state.q:
        made.append(Chip("q", gettext("Key word"), state.q, state.with_(q="")))
    for name, conditions in found.items():
        field = find_field(resource, name)
        if field is None or not binding.knows(field):
            continue
        text = pgettext("between conditions on one field", ", ").join(
            words(session, field, binding, c) for c in conditions
        )
        made.append(Chip(name, str(field.title), text, state.without(name)))
    return made


def words(session: Session, field: Field, binding: Binding, condition: Condition) -> str:
    """Say one condition in words."""
    preset = next((t for given, t in field.presets if given == f"{condition.op}:{','.join(condition.values)}"), None)
    if preset is not None:
        return str(preset)
    if condition.op == "empty":
        return str(gettext("empty") if condition.values == ("1",) else gettext("filled"))
    said = value_words(session, field, binding, condition.values)
    if condition.op == "between":
        low, high = said
        if not low:
            return str(gettext("up to %(value)s", value=high))
        if not high:
            return str(gettext("from %(value)s", value=low))
        return str(gettext("%(low)s to %(high)s", low=low, high=high))
    joined = pgettext("between alternatives", " or ").join(said)
    patterns = {
        "ne": gettext("not %(value)s", value=joined),
        "contains": gettext("with %(value)s", value=joined),
        "starts": gettext("starting with %(value)s", value=joined),
        "below": gettext("%(value)s and what belongs to it", value=joined),
        "group": gettext("the group of %(value)s", value=joined),
        "gt": gettext("over %(value)s", value=joined),
        "lt": gettext("under %(value)s", value=joined),
    }
    return str(patterns.get(condition.op, joined))


def value_words(session: Session, field: Field, binding: Binding, values: Sequence[str]) -> list[str]:
    """Say the values of a condition: titles of codes, names of records, dates."""
    if field.kind == "bool":
        return [gettext("Yes") if v.lower() in ("1", "true", "yes") else gettext("No") for v in values]
    if field.kind in RECORDS:
        people = people_titles()
        model = reference(binding.value(field))
        ids = {int(v) for v in values if v.isdecimal() and len(v) < 19}
        names = record_titles(session, model, ids) if model is not None and ids else {}
        return [
            people[v] if field.kind == "user" and v in PEOPLE else names.get(int(v), v) if v.isdecimal() else v
            for v in values
        ]
    if field.kind in ("date", "datetime"):
        return [read_day(v).isoformat() if v and RELATIVE.match(v) else v for v in values]
    titles = titles_of(field, session)
    if field.kind == "division":
        return [str((titles or {}).get(v) or written_place(v)) for v in values]
    return [str(titles.get(v, v)) for v in values] if titles else list(values)


def sort_words(resource: Resource, names: Sequence[str]) -> str:
    """Say what a list is sorted by."""
    said = []
    for name in names:
        field = find_field(resource, name.removeprefix("-"))
        title: Any = field.title if field is not None else name
        said.append(
            gettext("%(field)s, descending", field=str(title))
            if name.startswith("-")
            else gettext("%(field)s, ascending", field=str(title))
        )
    return str(pgettext("between sort fields", ", then ").join(said))


def query_words(session: Session, resource: Resource, binding: Binding, look: Look) -> str:
    """Say the whole query in a line, for prints and the audit trail."""
    said = [
        gettext("%(field)s: %(value)s", field=chip.title, value=chip.words)
        for chip in chips(session, resource, binding, look.state)
    ]
    return str(pgettext("between conditions", "; ").join(said))
