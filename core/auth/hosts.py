"""Rows that hang on a record of any Resource: who reads the record finds them, who changes it changes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, false, literal, literal_column, or_, select
from sqlalchemy.orm import Session

from core.auth.access import DRAFT, Access, beside
from core.auth.output import Visibility
from core.overlay import overlay
from core.plugin import Resource
from core.statements import MARK

LARGEST = 2**53


def noun_of(resource: Resource) -> str:
    """Give the word by which a row names the kind of record that it hangs on: `company`, `journals/subscription`."""
    return resource.name if resource.plugin == "core" else f"{resource.plugin}/{resource.name}"


def hosts() -> Mapping[str, Resource]:
    """Give the resources of core and all plugins on whose records rows can hang, by that word."""
    declared: list[Resource] = overlay().declared("register_resources")
    return {noun_of(one): one for one in declared if _hung_on(one.model) is None}


def find_host(session: Session, resource: Resource, key: int) -> Any:
    """Give a record that the person may find, None where there is none."""
    return session.get(resource.model, key) if 0 < key < LARGEST else None


def host_classes(access: Access, resource: Resource, record: Any) -> frozenset[str]:
    """Tell which field classes of a record the person sees; of one in the bin none, but for those who may delete it.

    Of a person who is held (`held_at`) nobody sees any.
    """
    if getattr(record, "held_at", None) is not None:
        return frozenset()
    if getattr(record, "deleted_at", None) is not None and not access.may(resource.code("delete"), record):
        return frozenset()
    return Visibility(access, resource).of_record(record)


def hung_condition(access: Access, model: type[Any]) -> ColumnElement[bool]:
    """Give the SQL condition of the rows that hang on records which the person reads; the rule of `host_classes`."""
    rule = model.__scope__
    noun, key = (getattr(model, name) for name in rule.hung_on)
    found = []
    for word, resource in hosts().items():
        seen = Visibility(access, resource)
        if not seen.anywhere("inner"):
            continue
        rows = _of_records(seen, "inner", key)
        if rule.hidden is not None:
            open_to_all = getattr(model, rule.hidden).is_(False)
            closed = _of_records(seen, "private", key) if seen.anywhere("private") else false()
            rows = and_(rows, or_(open_to_all, closed))
        found.append(and_(noun == word, rows))
    return or_(false(), *found)


def _of_records(seen: Visibility, field_class: str, key: Any) -> ColumnElement[bool]:
    """Give the condition that the record with this id shows the class, asked by its key for each row."""
    resource = seen.resource
    above = beside(resource.model.__table__, "host")
    rows = [above.c.id == key, above.c.id != literal_column(MARK), seen.condition(field_class, above.c)]
    if seen.scoped:
        rows.append(seen.access.handed_in(seen.resource.model, above.c))
    if "held_at" in above.c:
        rows.append(above.c.held_at.is_(None))
    if "deleted_at" in above.c:
        rows.append(or_(above.c.deleted_at.is_(None), _deletable(seen, above.c)))
    return select(literal(1)).select_from(above).where(*rows).exists()


def _deletable(seen: Visibility, columns: Any) -> ColumnElement[bool]:
    access, model, code = seen.access, seen.resource.model, seen.resource.code("delete")
    if not seen.scoped:
        return literal(access.may(code))
    rows = access.scope_condition(access.scope(code), model, columns)
    return and_(rows, columns.review_state == DRAFT) if access.drafts_only(code, model) else rows


def _hung_on(model: type[Any]) -> tuple[str, str] | None:
    return getattr(getattr(model, "__scope__", None), "hung_on", None)
