"""What of a record is reviewed, and which Resource a table belongs to: from the declarations, once per registry."""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from core.columns import Reviewed
from core.custom import PREFIX, Own, own_fields
from core.db import Database, Work
from core.plugin import Field, Resource
from core.registry import Registry

MARKS = frozenset(
    {
        "id", "version", "created_at", "updated_at", "owner_id", "claimed_at", "entered_by_id", "review_state",
        "reviewed_at", "reviewed_by_id", "confirmed_at", "confirmed_by_id", "deleted_at", "deleted_by_id",
        "merged_into_id",
    }
)  # fmt: skip
"""Columns that say how a record is handled, not what it says."""


@dataclass(frozen=True)
class Part:
    """Rows of a table that belong to a record: the key that leads to it, the field they stand for, what names one.

    `fields` are the columns that the history shows and restores, `name` that of the relation.
    """

    model: type[Any]
    key: str
    relation: str | None
    optional: bool
    checked: bool
    field: str
    column: str
    name: str = ""
    fields: Mapping[str, Field] = dataclass_field(default_factory=dict)


@dataclass(frozen=True)
class Rule:
    """What of a resource's records is reviewed: columns by name with their fields, and parts by table."""

    resource: Resource
    declared: Mapping[str, Field]
    parts: Mapping[str, Part]

    @property
    def fields(self) -> Mapping[str, Field]:
        """The fields by column; those that an administrator added by their own names."""
        own = {one.field.name: one.field for one in self._own()}
        return {**self.declared, **own} if own else self.declared

    def _own(self) -> Sequence[Own]:
        return own_fields(self.resource.key) if self.resource.extensible else ()

    @property
    def entity(self) -> str:
        """The table's name, by which the audit trail knows it."""
        return str(self.resource.model.__tablename__)

    @property
    def columns(self) -> frozenset[str]:
        """The columns whose change needs a new review, and an administrator's own fields that are to be checked."""
        own = {one.field.name for one in self._own() if one.checked}
        return frozenset(set(self.declared) - set(self.resource.unchecked) | own)

    @property
    def author(self) -> str:
        """The column with the person who entered a record."""
        return str(getattr(self.resource.model, "__author__", "entered_by_id"))

    def part_restorable(self, part: Part) -> bool:
        """Tell whether rows of a part can be brought back."""
        return self.resource.change is not None and self.resource.part_values is not None and bool(part.fields)

    def restorable(self, column: str) -> bool:
        """Tell whether an old value of a column can be brought back."""
        known = column in self.columns or column.startswith(PREFIX)
        return self.resource.change is not None and known and column != self.resource.customer


def rule_of(resource: Resource) -> Rule:
    """Work out what of a resource's records is reviewed."""
    mapper = inspect(resource.model)
    columns = set(mapper.column_attrs.keys()) - MARKS
    fields = {
        path: one
        for one in resource.fields
        if (path := one.path or one.name) in columns and one.field_class != "secret"
    }
    parts = {}
    for name, (field, column) in resource.parts.items():
        relation = mapper.relationships[name]
        _own, remote = relation.local_remote_pairs[0]
        model = relation.mapper.class_
        parts[model.__tablename__] = Part(
            model=model,
            key=inspect(model).get_property_by_column(remote).key,
            relation=relation.back_populates,
            optional=bool(remote.nullable),
            checked=name not in resource.unchecked,
            field=field,
            column=column,
            name=name,
            fields={one.path or one.name: one for one in resource.part_fields.get(name, ())},
        )
    return Rule(resource, fields, parts)


class Known:
    """The rules of one registry's resources."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self._rules: dict[str, Rule] = {}
        self._reviewed: dict[type[Any], Rule] | None = None
        self._parts: dict[type[Any], list[tuple[Part, Rule]]] = {}

    def rule(self, key: str) -> Rule:
        """Give the rule of an enabled plugin's resource. Raises KeyError."""
        return self._rule(self.registry.resource(key))

    def _rule(self, resource: Resource) -> Rule:
        if resource.key not in self._rules:
            self._rules[resource.key] = rule_of(resource)
        return self._rules[resource.key]

    def queues(self) -> list[Rule]:
        """List the reviewed resources of the enabled plugins, in order."""
        found = [one for one in self.registry.resources() if one.reviewed and issubclass(one.model, Reviewed)]
        return [self._rule(one) for one in sorted(found, key=lambda one: one.order)]

    @property
    def reviewed(self) -> Mapping[type[Any], Rule]:
        """The reviewed resources of all installed plugins, by model."""
        if self._reviewed is None:
            rules = [self._rule(one) for one in self.registry.resources(everywhere=True) if one.reviewed]
            self._reviewed = {rule.resource.model: rule for rule in rules if issubclass(rule.resource.model, Reviewed)}
            for rule in self._reviewed.values():
                for part in rule.parts.values():
                    self._parts.setdefault(part.model, []).append((part, rule))
            for owners in self._parts.values():
                owners.sort(key=lambda pair: not pair[0].optional)  # a contact's phone is the contact's, not the firm's
        return self._reviewed

    def owners_of_part(self, model: type[Any]) -> list[tuple[Part, Rule]]:
        """List whose part a row may be, the nearest first."""
        return self._parts.get(model, []) if self.reviewed else []


_known: weakref.WeakKeyDictionary[Database, Known] = weakref.WeakKeyDictionary()


def use(database: Database, registry: Registry) -> None:
    """Set which registry declares what a database holds; once, at start."""
    _known[database] = Known(registry)


def known(session: Session) -> Known | None:
    """Give the rules that hold for a session; None outside an application, as in migrations."""
    unit: Work | None = session.info.get("work")
    return _known.get(unit.database) if unit is not None else None


def rules(session: Session) -> Known:
    """Give the rules that hold for a session of an application."""
    found = known(session)
    if found is None:
        raise LookupError("this session belongs to no application")
    return found
