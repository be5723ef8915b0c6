"""Lock L5: what leaves the program is a view object in which the fields that a person may not see are absent."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_, true

from core.auth.access import Access, holders
from core.columns import Reviewed, Scoped
from core.custom import fields_of, value_of
from core.plugin import Field, Resource

NOBODY: frozenset[int] = frozenset()
REVIEWED = ("reviewed", "confirmed")
"""The review states in which a record counts as reviewed; as `Reviewed.is_reviewed`."""


class Shown(Mapping[str, Any]):
    """A record as one person sees it: the values by field name, those of hidden classes absent."""

    __slots__ = ("classes", "id", "values_by_name")

    def __init__(self, id: int, values: Mapping[str, Any], classes: frozenset[str]) -> None:
        self.id = id
        self.values_by_name = values
        self.classes = classes

    def __getitem__(self, name: str) -> Any:
        return self.values_by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.values_by_name)

    def __len__(self) -> int:
        return len(self.values_by_name)

    def __contains__(self, name: object) -> bool:
        return name in self.values_by_name


class Visibility:
    """Which field classes of a resource's rows a person sees, as SQL and for one row; the rule of `visible_classes`."""

    def __init__(self, access: Access, resource: Resource) -> None:
        self.access = access
        self.resource = resource
        self.scoped = issubclass(resource.model, Scoped) and resource.model.__scope__.hung_on is None
        self.reviewable = issubclass(resource.model, Reviewed)
        self.reading = ("read", *resource.inner_with)
        self._scopes = {
            name: access.scope(resource.code(name)) for name in ("query", *self.reading, "read_reviewed", "private")
        }
        self._known: dict[tuple[frozenset[int], bool], frozenset[str]] = {}
        self.everywhere = self._everywhere()

    def _everywhere(self) -> frozenset[str]:
        """Give the classes that are seen of every row that is found."""
        found = {"brief"}
        if any(self._whole(action) for action in self.reading):
            found.add("inner")
            if self._whole("private"):
                found.add("private")
        return frozenset(found)

    def _whole(self, action: str) -> bool:
        return self._scopes[action] == "all" or (not self.scoped and self._scopes[action] != "none")

    def anywhere(self, field_class: str) -> bool:
        """Tell whether the class may be seen of any row at all."""
        if field_class in self.everywhere:
            return True
        reading = any(self._scopes[action] != "none" for action in self.reading)
        read = reading or (self.reviewable and self._scopes["read_reviewed"] != "none")
        return read and (field_class == "inner" or (field_class == "private" and self._scopes["private"] != "none"))

    def condition(self, field_class: str, columns: Any = None) -> ColumnElement[bool]:
        """Give the SQL condition of the rows of which the class is seen. `columns` stand for those of an alias."""
        if field_class in self.everywhere:
            return true()
        if not self.anywhere(field_class):
            return false()
        columns = self.resource.model if columns is None else columns
        rows = or_(false(), *(self._rows(action, columns) for action in self.reading))
        if self.reviewable:
            reviewed = columns.review_state.in_(REVIEWED)
            rows = or_(rows, and_(reviewed, self._rows("read_reviewed", columns)))
        return and_(rows, self._rows("private", columns)) if field_class == "private" else rows

    def _rows(self, action: str, columns: Any) -> ColumnElement[bool]:
        if self._whole(action):
            return true()
        if not self.scoped:
            return false()
        return self.access.scope_condition(self._scopes[action], self.resource.model, columns)

    def of_row(self, whose: frozenset[int], reviewed: bool) -> frozenset[str]:
        """Give the classes of a row that is these users'."""
        key = (whose, reviewed)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._judge(whose, reviewed)
        return found

    def _judge(self, whose: frozenset[int], reviewed: bool) -> frozenset[str]:
        def held(action: str) -> bool:
            if self._whole(action):
                return True
            return not self.access.people.get(self._scopes[action], NOBODY).isdisjoint(whose)

        classes = {"brief"} if held("query") else set()
        if any(held(action) for action in self.reading) or (reviewed and held("read_reviewed")):
            classes |= {"brief", "inner"}
            if held("private"):
                classes.add("private")
        return frozenset(classes)

    def of_record(self, record: Any) -> frozenset[str]:
        """Give the classes of a record."""
        whose = holders(record) if self.scoped else NOBODY
        return self.of_row(whose, bool(getattr(record, "is_reviewed", False)))


def may_see(field: Field, classes: frozenset[str]) -> bool:
    """Tell whether a field is among the classes; a secret one never is."""
    return field.field_class != "secret" and field.field_class in classes


def shown(record: Any, resource: Resource, access: Access) -> Shown:
    """Give the view object of a record for one person, without what has a loader or lies behind a list of rows."""
    classes = Visibility(access, resource).of_record(record)
    values = {}
    for field in fields_of(resource):
        if field.custom and may_see(field, classes):
            values[field.name] = value_of(record, field)
        elif may_see(field, classes) and not (field.load and field.path is None):
            known, value = follow(record, field.path or field.name)
            if known:
                values[field.name] = value
    return Shown(record.id, values, classes)


def follow(record: Any, path: str) -> tuple[bool, Any]:
    """Walk a dotted path; the first part of the answer is False where it leads into a list."""
    value = record
    steps = path.split(".")
    for step in steps:
        if value is None:
            return True, None
        if step is not steps[-1] and _is_list((type(value), step)):
            return False, None
        value = getattr(value, step)
    return True, value


@functools.cache
def _is_list(attribute: tuple[type[object], str]) -> bool:
    """Tell whether an attribute of a model leads to several rows; asked before they would be loaded."""
    mapped = getattr(getattr(*attribute, None), "property", None)
    return bool(getattr(mapped, "uselist", False))
