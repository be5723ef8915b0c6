"""The audit trail as it is searched and shown (A-11): within the reader's scope, without what he may not see."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import unquote_plus

from sqlalchemy import ColumnElement, Text, and_, cast, inspect, or_, select, true
from sqlalchemy.orm import Session

from core.auth.access import Access, parent_of, permission_noun, scoped_models
from core.auth.audit import sealed
from core.auth.models import Audit, User
from core.auth.permissions import Perm
from core.auth.words import (
    AUDIENCES,
    CODES,
    COLUMNS,
    CONTACTS,
    DERIVED,
    ENTITIES,
    FIELD_CLASSES,
    KINDS,
    OF_TABLE,
    PART_KINDS,
    PEOPLE,
    SCOPES,
    right_title,
    scopes_of,
)
from core.clock import start_of, to_local
from core.columns import Base
from core.custom import fields_of
from core.errors import Refused
from core.i18n import gettext, pgettext
from core.listing.binding import Binding
from core.listing.lists import field_names
from core.listing.queries import record_titles
from core.listing.state import read_query
from core.listing.words import chips
from core.overlay import overlay
from core.plugin import Field, Permission, Resource, Setting
from core.review.queries.wording import words_of

PAGE = 30
PERSONAL = frozenset(
    {
        "birth_date",
        "phone",
        "email",
        "address",
        "appraisal",
        "own_note",
        "supervisor_note",
        "region",
        "gender",
        "prefs",
    }
)
"""Columns of an account that only administrators of accounts and the person himself see."""


@dataclass(frozen=True)
class Sought:
    """What to look for."""

    user_id: int | None = None
    kind: str = ""
    entity: str = ""
    entity_id: int | None = None
    since: dt.date | None = None
    until: dt.date | None = None
    text: str = ""
    before: int | None = None
    """Only lines older than this one: the key of the next page."""


@dataclass(frozen=True)
class Changed:
    """One field of a line; `hidden` when the reader may not see its values."""

    title: Any
    before: str
    after: str
    hidden: bool = False


@dataclass(frozen=True)
class Line:
    """One line as it is shown."""

    id: int
    happened_at: dt.datetime
    who: str
    kind: Any
    what: Any
    entity_id: int | None
    name: str
    """What the record is called; of a part, the customer it belongs to. Empty where the reader does not find it."""

    detail: str | None
    """The endpoint of the record's page."""

    changes: tuple[Changed, ...]
    note: str
    address: str
    whole: bool


class Trail:
    """Reads the trail for one person."""

    def __init__(
        self,
        session: Session,
        access: Access,
        resources: Sequence[Resource],
        permissions: Sequence[Permission],
        settings: Sequence[Setting] = (),
        templates: Mapping[str, Any] | None = None,
    ) -> None:
        self.session = session
        self.access = access
        self.resources = {one.model.__tablename__: one for one in resources}
        self.by_key = {one.key: one for one in resources}
        """Exports and prints are of a list, not of a table."""

        self.people: dict[int, str] = {}
        self.contacts: Mapping[int, str] = {}
        self.parts = {**_parts(resources), **ENTITIES}
        self.scoped = {model.__tablename__: model for model in scoped_models()}
        self.rights = {p.code: p for p in permissions}
        self.settings = {one.key: one for one in settings}
        self.templates = templates or {}
        self._records: dict[tuple[str, int], Any] = {}
        self._classes: dict[tuple[str, int | None], frozenset[str]] = {}

    # --- searching

    def rows(self) -> ColumnElement[bool]:
        """Give the condition of the lines that this person may read."""
        scope = self.access.scope(str(Perm.AUDIT_READ))
        if scope == "all":
            return true()
        return Audit.user_id.in_(sorted(self.access.people.get(scope, frozenset())))

    def find(self, sought: Sought) -> tuple[list[Line], int | None]:
        """Give a page of lines, newest first, and the key of the next page."""
        statement = select(Audit).where(self.rows(), *self._conditions(sought)).order_by(Audit.id.desc())
        found = list(self.session.scalars(statement.limit(PAGE + 1)))
        shown = found[:PAGE]
        return self._lines(shown), shown[-1].id if len(found) > PAGE else None

    def _conditions(self, sought: Sought) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if sought.user_id is not None:
            found.append(Audit.user_id == sought.user_id)
        if sought.kind:
            found.append(Audit.kind == sought.kind)
        if sought.entity:
            found.append(Audit.entity == sought.entity)
        if sought.entity_id is not None:
            found.append(Audit.entity_id == sought.entity_id)
        if sought.since is not None:
            found.append(Audit.happened_at >= start_of(sought.since))
        if sought.until is not None:
            found.append(Audit.happened_at < start_of(sought.until + dt.timedelta(days=1)))
        if sought.before is not None:
            found.append(Audit.id < sought.before)
        if sought.text:
            stored = json.dumps(sought.text)[1:-1]  # the column holds JSON in plain ASCII
            changes = cast(Audit.changes, Text).icontains(stored, autoescape=True)
            found.append(
                or_(
                    Audit.note.icontains(sought.text, autoescape=True),
                    Audit.address == sought.text,
                    and_(self._searchable(), changes),
                )
            )
        return found

    def _searchable(self) -> ColumnElement[bool]:
        """Give the condition of the lines whose values may be searched: those of which this person sees all."""
        hidden = [name for name in self.scoped if "private" not in self._whole(name)]
        if not self.access.may(str(Perm.USER_ADMIN)):
            hidden.append("core_user")
        return Audit.entity.not_in(hidden) if hidden else true()

    # --- showing

    def _lines(self, found: Sequence[Audit]) -> list[Line]:
        told = self._numbers(found, self._is_person)
        self.people = self._names(told | {line.user_id for line in found if line.user_id is not None})
        contacts = self._numbers(found, lambda _line, name: name in CONTACTS)
        self.contacts = record_titles(self.session, self.resources["core_contact"].model, contacts) if contacts else {}
        names, called = self.people, self._called(found)
        return [
            Line(
                id=line.id,
                happened_at=line.happened_at,
                who=names.get(line.user_id, f"#{line.user_id}") if line.user_id is not None else "",
                kind=KINDS.get(line.kind, line.kind),
                what=self.entity_title(line.entity),
                entity_id=line.entity_id,
                name=called.get(self._subject(line), ""),
                detail=self.resources[line.entity].detail if line.entity in self.resources else None,
                changes=tuple(self._changes(line)),
                note=line.note,
                address=line.address,
                whole=sealed(line),
            )
            for line in found
        ]

    @staticmethod
    def _is_person(line: Audit, name: str) -> bool:
        return name in PEOPLE or name.endswith("_by_id") or line.entity == "core_owner_change"

    @staticmethod
    def _numbers(found: Sequence[Audit], named: Callable[[Audit, str], bool]) -> set[int]:
        """Gather the numbers in the changes of a page, to be named together."""
        values = (
            one
            for line in found
            for name, value in (line.changes or {}).items()
            if named(line, name)
            for one in (value if isinstance(value, list) else [value])
        )
        return {one for one in values if type(one) is int}

    def _names(self, ids: set[int]) -> dict[int, str]:
        return {row.id: row.name for row in self.session.execute(select(User.id, User.name).where(User.id.in_(ids)))}

    def _subject(self, line: Audit) -> tuple[str, int | None]:
        part = line.entity in self.scoped and line.entity not in self.resources
        return ("core_company", line.company_id) if part else (line.entity, line.entity_id)

    def _called(self, found: Sequence[Audit]) -> dict[tuple[str, int | None], str]:
        """Name the records that lines are about, those that the person finds."""
        wanted: dict[str, set[int]] = {}
        for entity, key in map(self._subject, found):
            if entity in self.resources and key is not None and self._may_be_named(entity):
                wanted.setdefault(entity, set()).add(key)
        return {
            (entity, key): name
            for entity, keys in wanted.items()
            for key, name in record_titles(self.session, self.resources[entity].model, keys).items()
        }

    def _may_be_named(self, entity: str) -> bool:
        """Tell whether this person may find such records at all: of those with a row scope the session judges each."""
        return entity in self.scoped or "brief" in self._whole(entity)

    def entity_title(self, entity: str) -> Any:
        """Name what a line is about."""
        resource = self.resources.get(entity) or self.by_key.get(entity)
        return ENTITIES.get(entity) or (
            resource.title if resource else self.parts.get(entity) or _titled(entity, entity)
        )

    def entities(self) -> list[tuple[str, Any]]:
        """List what may be looked for."""
        return list({**{name: one.title for name, one in self.resources.items()}, **self.parts}.items())

    def _changes(self, line: Audit) -> list[Changed]:
        found = []
        rights = line.kind == "rights"
        for name, value in (line.changes or {}).items():
            field = self._field(line.entity, name)
            if field is None and (name in DERIVED or (name == "position" and line.entity in PART_KINDS)):
                continue  # it stands elsewhere, or is an order on the screen
            title = field.title if field else self._title(line, name)
            if rights and name in self.rights:
                title = right_title(self.rights[name])
            pair = isinstance(value, list) and len(value) == 2 and name != "columns"
            before, after = value if pair else (None, value)
            setting = self.settings.get(name) if line.entity == "core_setting" else None
            if setting is not None:
                found.append(Changed(setting.title, self._set_to(setting, before), self._set_to(setting, after)))
            elif self._may_see(line, name, field):
                told = partial(self._words, field) if field else partial(self._plain, line, name)
                found.append(Changed(title, told(before), told(after)))
            elif title != name:  # of what has no name, that it is hidden tells nothing
                found.append(Changed(title, "", "", hidden=True))
        return found

    def _title(self, line: Audit, name: str) -> Any:
        if line.kind == "erase":  # so many rows of each table
            return self.entity_title(name)
        if line.entity == "core_email" and name == "address":
            return self.entity_title(line.entity)
        return OF_TABLE.get((line.entity, name)) or COLUMNS.get(name) or _told(line.entity, name).get("title", name)

    def _plain(self, line: Audit, name: str, value: Any) -> str:
        """Write a value that no field describes."""
        listed = self.by_key.get(line.entity)
        if value is None or value == "":
            return words(value)
        if name in self.rights:
            return str(scopes_of(self.rights[name]).get(str(value), value))
        if line.entity == "core_grant" and name == "scope":
            return str(SCOPES.get(str(value), value))
        if line.entity == "core_grant" and name == "code" and value in self.rights:
            return str(right_title(self.rights[value]))
        if name == "kind" and line.entity in PART_KINDS:
            return overlay().title(self.session, PART_KINDS[line.entity], str(value))
        dictionary = CODES.get((line.entity, name)) or _told(line.entity, name).get("dictionary")
        if dictionary is not None:
            return self._titles(dictionary, value)
        if self._is_person(line, name) and isinstance(value, int):
            return self.people.get(value, f"#{value}")
        if name in CONTACTS and isinstance(value, int):
            return self.contacts.get(value, f"#{value}")
        if name.endswith("_at") and isinstance(value, str):
            return to_local(dt.datetime.fromisoformat(value)).strftime("%Y-%m-%d %H:%M")
        if name == "resource":
            return str(self.entity_title(str(value)))
        if name == "query":
            return self._asked(self.by_key.get(line.entity), str(value))
        if name in ("template", "field_class", "audience"):
            known = {"template": self.templates, "field_class": FIELD_CLASSES, "audience": AUDIENCES}[name]
            return str(known.get(str(value), value))
        if name == "columns" and listed is not None and isinstance(value, list):
            titles = {one.name: one.title for one in fields_of(listed)}
            return words([str(titles.get(one, one)) for one in value])
        return words(value)

    def _titles(self, dictionary: str, value: Any) -> str:
        """Write codes of a dictionary; the channel of a bar may be every one."""
        codes = value if isinstance(value, list) else [value]
        every = {"all": gettext("every channel")} if dictionary == "contact_channel" else {}
        return words([every.get(code) or overlay().title(self.session, dictionary, str(code)) for code in codes])

    def _asked(self, resource: Resource | None, query: str) -> str:
        """Write what a list was narrowed by, as its page says it; what the reader may not know of is left out."""
        if resource is None:  # not of a list, or of one that is there no more
            return unquote_plus(query)
        state = read_query(query, field_names(resource))
        try:
            said = chips(self.session, resource, Binding(resource, self.access, self.session), state)
        except Refused:
            return unquote_plus(query)
        if state.problems:  # a condition is in it that the list does not know, or no more
            return unquote_plus(query)
        told = [gettext("%(field)s: %(value)s", field=one.title, value=one.words) for one in said]
        return pgettext("between conditions", "; ").join(told) or "—"

    def _set_to(self, setting: Setting, value: Any) -> str:
        """Write a setting's value as its page shows it."""
        if setting.kind == "choice":
            return str(dict(setting.choices).get(str(value), value))
        if setting.kind == "codes" and value:
            codes = str(value).split(",")
            return words([overlay().title(self.session, str(setting.dictionary), code) for code in codes])
        return words(value)

    def _words(self, field: Field | None, value: Any) -> str:
        if field is None or isinstance(value, Mapping):
            return words(value)
        return words_of(self.session, field, value) or "—"

    def _field(self, entity: str, name: str) -> Field | None:
        resource = self.resources.get(entity)
        for one in fields_of(resource) if resource else ():
            if (one.path or one.name) == name:
                return one
        return None

    def _may_see(self, line: Audit, name: str, field: Field | None) -> bool:
        if line.entity == "core_user" and name in PERSONAL:
            return line.entity_id == self.access.user_id or self.access.may(str(Perm.USER_ADMIN))
        if line.entity not in self.scoped and line.entity not in self.resources:
            return True
        said = _told(line.entity, name).get("field_class", "inner" if name in PLAIN else "private")
        wanted = field.field_class if field else said
        return wanted != "secret" and wanted in self._classes_of(line.entity, line.entity_id)

    def _classes_of(self, entity: str, entity_id: int | None) -> frozenset[str]:
        """Tell which field classes of a line's record this person sees; of one that is gone, by rights over all."""
        key = (entity, entity_id)
        if key not in self._classes:
            self._classes[key] = self._judge(entity, entity_id)
        return self._classes[key]

    def _judge(self, entity: str, entity_id: int | None) -> frozenset[str]:
        whole = self._whole(entity)
        model = self.scoped.get(entity)
        if "private" in whole or model is None or entity_id is None:
            return whole
        record = self.session.get(model, entity_id)
        if record is None and model.__scope__.hung_on is not None:
            return frozenset()
        judged = record
        while judged is not None and judged.__scope__.resource is None:
            judged = parent_of(judged)
        if judged is None:
            return whole
        plugin, resource = permission_noun(type(judged)).split(":")
        return self.access.visible_classes(judged, resource, plugin)

    def _whole(self, entity: str) -> frozenset[str]:
        """Give the field classes that this person sees of every row."""
        model, resource = self.scoped.get(entity), self.resources.get(entity)
        noun = permission_noun(model) if model is not None else f"{resource.plugin}:{resource.name}" if resource else ""
        scopes = {action: self.access.scope(f"{noun}:{action}") for action in ("query", "read", "private")}
        held = {action for action, scope in scopes.items() if scope == "all" or (model is None and scope != "none")}
        classes = {"brief"} if "query" in held else set()
        if "read" in held:
            classes |= {"brief", "inner"}
            if "private" in held:
                classes.add("private")
        return frozenset(classes)


def _parts(resources: Sequence[Resource]) -> dict[str, Any]:
    """Name the tables of what belongs to records, as the field that they stand for."""
    found: dict[str, Any] = {}
    for resource in resources:
        relations = inspect(resource.model).relationships
        titles = {one.name: one.title for one in resource.fields}
        for name, (field, _column) in resource.parts.items():
            if field in titles:
                found.setdefault(relations[name].mapper.class_.__tablename__, titles[field])
    return found


def _told(entity: str, name: str) -> Mapping[str, Any]:
    """Give what a table says of one of its columns: its title, the dictionary of its codes, its class."""
    table = Base.metadata.tables.get(entity)
    column = table.columns.get(name) if table is not None else None
    return column.info if column is not None else {}


def _titled(entity: str, default: str) -> Any:
    table = Base.metadata.tables.get(entity)
    return table.info.get("title", default) if table is not None else default


PLAIN = frozenset({"id", "company_id", "owner_id", "entered_by_id", "review_state", "created_at", "reviewed_at"})
"""Columns of records that say nothing private though no Resource declares them."""


def words(value: Any) -> str:
    """Write a stored value for people."""
    if value is None or value == "":
        return "—"
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, Mapping):
        told = (gettext("%(field)s: %(value)s", field=key, value=words(one)) for key, one in value.items())
        return pgettext("between values", ", ").join(told)
    if isinstance(value, list):
        return pgettext("between values", ", ").join(words(one) for one in value) or "—"
    return str(value)
