"""Ties the fields of a Resource to columns: joins, conditions, sort keys, and whom each field is hidden from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, false, null, true
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased
from sqlalchemy.sql.elements import False_

from core.auth.access import NO_ROW, Access, holding, scoped_model
from core.auth.output import NOBODY, REVIEWED, Visibility
from core.columns import RowScope
from core.custom import column_of, fields_of
from core.errors import Misdeclared, Refused
from core.i18n import _
from core.listing.keyset import Key
from core.listing.state import Condition, ListState
from core.listing.values import compare, title_of
from core.plugin import Field, Resource


class Binding:
    """One statement over a resource's rows, as one person may see them."""

    def __init__(self, resource: Resource, access: Access, session: Session) -> None:
        self.resource = resource
        self.model = resource.model
        self.session = session
        self.access = access
        self.visibility = Visibility(access, resource)
        self._aliases: dict[str, Any] = {}
        self._joins: list[tuple[Any, Any]] = []

    # --- fields

    def field(self, name: str) -> Field:
        """Give a field that this person may know of. Raises Refused."""
        found = find_field(self.resource, name)
        if found is None or not self.knows(found):
            raise Refused(_("You may not use the field %(name)s in this list.", name=name[:60]))
        return found

    def knows(self, field: Field) -> bool:
        """Tell whether the person sees the field of any row."""
        return field.field_class != "secret" and self.visibility.anywhere(field.field_class)

    def column(self, path: str) -> InstrumentedAttribute[Any] | None:
        """Give the column at the end of a path, joining what lies between; None where the path runs through a list."""
        entity = self.model
        *steps, last = path.split(".")
        walked = ""
        for step in steps:
            relation = getattr(entity, step)
            if relation.property.uselist:
                return None
            walked = f"{walked}.{step}"
            if walked not in self._aliases:
                alias = aliased(relation.property.mapper.class_)
                self._aliases[walked] = alias
                self._joins.append((alias, relation.of_type(alias)))
            entity = self._aliases[walked]
        found: InstrumentedAttribute[Any] = getattr(entity, last)
        return None if is_relation(found) else found

    def value(self, field: Field) -> Any:
        """Give the column of a field's values; None where they are loaded by the page."""
        if field.custom:
            return column_of(self.model, field)
        if field.path is None and (field.load is not None or not hasattr(self.model, field.name)):
            return None
        return self.column(field.path or field.name)

    def masked(self, field: Field, column: Any) -> Any:
        """Give the column, empty in the rows of which the person does not see the field."""
        if field.field_class in self.visibility.everywhere:
            return column
        return case((self.visibility.condition(field.field_class), column), else_=None)

    # --- order

    def keys(self, names: Sequence[str]) -> list[Key]:
        """Give the sort keys of `-field` names, the id last. Raises Refused."""
        keys = []
        for name in names:
            field = self.field(name.removeprefix("-"))
            if not field.sortable:
                raise Refused(_("This list cannot be sorted by %(name)s", name=str(field.title)))
            path = field.sort_path or field.path or field.name
            column = column_of(self.model, field) if field.custom else self.column(path)
            if column is None:
                raise Misdeclared(f"{self.resource.key}: {field.name} is sortable but has no column")
            everywhere = field.field_class in self.visibility.everywhere
            nullable = not everywhere or "." in path or is_nullable(column)
            keys.append(Key(self.masked(field, column), name.startswith("-"), nullable))
        first_down = keys[0].descending if keys else True
        keys.append(Key(self.model.id, first_down, nullable=False))
        return keys

    # --- conditions

    def conditions(self, state: ListState) -> list[ColumnElement[bool]]:
        """Give the conditions of a state; between fields all of them count. Raises Refused."""
        return [self.condition(one) for one in state.conditions]

    def condition(self, condition: Condition) -> ColumnElement[bool]:
        """Give the SQL of one condition, limited to the rows of which the person sees the field."""
        field = self.field(condition.field)
        if not field.filterable:
            raise Refused(_("This list cannot be filtered by %(name)s", name=str(field.title)))
        if field.where is not None:
            found = field.where(self.session, condition.op, condition.values)
            if found is None:
                raise Refused(_("%(name)s: there is no such operator", name=str(field.title)))
        elif field.custom:
            found = compare(column_of(self.model, field), field, condition, self.access, self.session)
        else:
            found = self._along(self.model, (field.path or field.name).split("."), field, condition)
        if field.field_class not in self.visibility.everywhere:
            found = and_(self.visibility.condition(field.field_class), found)
        # a plain false would swallow the row scope beside it, without which the lock refuses the statement
        return NO_ROW if isinstance(found, False_) else found

    def _along(self, entity: Any, steps: Sequence[str], field: Field, condition: Condition) -> ColumnElement[bool]:
        """Follow a path to its column; through relations by EXISTS, so that no row is doubled."""
        step = getattr(entity, steps[0])
        if not is_relation(step):
            return compare(step, field, condition, self.access, self.session)
        target = step.property.mapper.class_
        inner = condition
        negative = condition.op == "ne" or (condition.op == "empty" and condition.values == ("1",))
        if negative:
            inner = Condition(condition.field, "eq" if condition.op == "ne" else "empty", condition.values)
        if condition.op == "empty" and len(steps) == 1:
            found = step.any() if step.property.uselist else step.has()
        else:
            if condition.op == "empty":
                inner = Condition(condition.field, "empty", ("0",))
            part = self._along(target, steps[1:] or [title_of(target)], field, inner)
            found = step.any(part) if step.property.uselist else step.has(part)
        return ~found if negative else found  # type: ignore[no-any-return]

    def search(self, statement: Select[Any], text: str, *, whole: bool) -> Select[Any]:
        """Narrow a statement to a key word."""
        if self.resource.search is not None:
            found: Select[Any] = self.resource.search(statement, text, self.session, whole=whole)
            return found
        column = self.column(self.resource.title_path)
        if column is None:
            raise Misdeclared(f"{self.resource.key} has no title to search by")
        return statement.where(column.icontains(text, autoescape=True))

    # --- whose a row is

    def owner_columns(self) -> list[ColumnElement[Any]]:
        """Give the columns that decide who sees which class of a row: review state, owner, author, further users."""
        if not self.visibility.scoped:
            return []
        entity, rule = self.model, self.model.__scope__
        also = [getattr(entity, name) for name in rule.also]
        while rule.owner is None:
            entity, rule = self._parent(entity, rule)
            also += [getattr(entity, name) for name in rule.also]
        author = getattr(entity, rule.entered_by) if rule.entered_by else getattr(entity, rule.owner)
        state = self.model.review_state if self.visibility.reviewable else null()
        return [state, getattr(entity, rule.owner), author, *also]

    def _parent(self, entity: Any, rule: RowScope) -> tuple[Any, RowScope]:
        parent = scoped_model(rule.parent)
        walked = f"@{rule.parent}"
        if walked not in self._aliases:
            alias = aliased(parent)
            self._aliases[walked] = alias
            self._joins.append((alias, getattr(entity, rule.via or "") == alias.id))
        return self._aliases[walked], parent.__scope__

    def classes_of(self, marks: Sequence[Any]) -> frozenset[str]:
        """Give the classes of a row from the values of `owner_columns`."""
        if not marks:
            return self.visibility.of_row(NOBODY, False)
        state, owner, author, *also = marks
        whose = holding(owner, author).union(key for key in also if key is not None)
        return self.visibility.of_row(whose, state in REVIEWED)

    def held(self, code: str) -> ColumnElement[bool]:
        """Give the condition of the rows for which a right is held."""
        if self.visibility.scoped:
            return self.access.condition(code, self.model)
        return true() if self.access.may(code) else false()

    # --- statements

    def joined(self, statement: Select[Any]) -> Select[Any]:
        """Add the joins that columns asked for."""
        for alias, on in self._joins:
            statement = (
                statement.outerjoin(alias, on) if not isinstance(on, InstrumentedAttribute) else statement.outerjoin(on)
            )
        return statement

    def narrowed(self, statement: Select[Any], state: ListState, *, whole: bool = True) -> Select[Any]:
        """Add the joins, the rows that lists show at all, the key word and the conditions. Last of all, and once.

        `whole` tells that all rows are wanted, not the first few in an order: a search may take another way then.
        """
        conditions = self.conditions(state)
        statement = self.joined(statement.select_from(self.model))
        if self.resource.only is not None:
            statement = statement.where(self.resource.only())
        if state.q:
            statement = self.search(statement, state.q, whole=whole)
        return statement.where(*conditions)


def find_field(resource: Resource, name: str) -> Field | None:
    """Find a field by name."""
    return next((f for f in fields_of(resource) if f.name == name), None)


def is_relation(attribute: Any) -> bool:
    """Tell whether an attribute leads to other records."""
    return hasattr(attribute, "property") and hasattr(attribute.property, "uselist")


def is_nullable(column: Any) -> bool:
    """Tell whether a mapped column may be empty."""
    parts = getattr(getattr(column, "property", None), "columns", None)
    return bool(parts[0].nullable) if parts else True
