"""Decides what a person may do: one source for the SQL condition of lists and the test of one record."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_, inspect, literal_column, or_, select, true
from sqlalchemy.orm import Mapper, Session
from sqlalchemy.orm.util import LoaderCriteriaOption
from sqlalchemy.sql.cache_key import NO_CACHE

from core.auth.models import Department, Grant, Group, Membership, User
from core.columns import Reviewed, RowScope, Scoped
from core.db import Base, current_work
from core.errors import Forbidden, Misdeclared
from core.i18n import _
from core.overlay import overlay
from core.plugin import Permission
from core.state import kept
from core.statements import MARK

SCOPES = ("none", "own", "subordinates", "department", "all")
RANK = {name: rank for rank, name in enumerate(SCOPES)}
DRAFT = "draft"
ADMINISTRATORS = "system_administrator"
SEPARATION_SETTING = "core.separation_of_duties"
NO_ROW = literal_column("1") == literal_column("0")
"""False, but not simplified away together with the mark beside it."""
NO_SCOPE = RowScope()
FINDING = ("query", "read", "read_reviewed")
"""Actions of which a row is never seen wider than its parent."""


@dataclass(frozen=True)
class Source:
    """Where an effective right comes from: a group, the person's own grant, or a denial."""

    kind: str
    name: str
    scope: str


class RowCriteria(LoaderCriteriaOption):
    """A row scope that SQLAlchemy adds wherever a model is read, also where it stands beside itself under an alias."""

    _traverse_internals = LoaderCriteriaOption._traverse_internals
    _key: tuple[Any, list[Any]] | None = None

    def _gen_cache_key(self, anon_map: Any, bindparams: list[Any]) -> Any:
        """Give the part of a statement's key that this makes: once, for it shares nothing with the statement."""
        if self._key is None:
            values: list[Any] = []
            inner = type(anon_map)()
            key = super()._gen_cache_key(inner, values)
            if NO_CACHE in inner:
                anon_map[NO_CACHE] = True
                return None
            self._key = key, values
        bindparams.extend(self._key[1])
        return self._key[0]

    def _resolve_where_criteria(self, ext_info: Any) -> ColumnElement[bool]:
        criteria = super()._resolve_where_criteria(ext_info)
        return ext_info._adapter.traverse(criteria) if ext_info.is_aliased_class else criteria


@functools.cache
def beside(table: Any, role: str) -> Any:
    """Give the alias under which row scopes ask a table: one for all, for each has columns of its own in memory."""
    return table.alias(f"{role}_{table.name}")


@dataclass
class Access:
    """One person's effective rights. Immutable but for `decisions`, which one request collects."""

    user_id: int | None
    username: str
    name: str
    groups: tuple[str, ...]
    department_id: int | None
    scopes: Mapping[str, str]
    sources: Mapping[str, Sequence[Source]]
    people: Mapping[str, frozenset[int]]
    """The users whose rows each scope covers: own, subordinates, department."""
    owner_of_resource: Mapping[str, str] = field(default_factory=dict)
    only_reads: bool = False
    """These are the rights of a program: it writes nothing for the person, whatever view it asks."""
    narrowed_statements: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)
    """The prepared selects that pages ask, with this person's row scope."""

    def scope(self, code: str) -> str:
        """Give the scope of a right, `none` when it is not held."""
        return self.scopes.get(code, "none")

    def may(self, code: str, record: Any = None) -> bool:
        """Tell whether the right is held: at all, or for one record (an ORM row of a scoped model)."""
        scope = self.scopes.get(code, "none")
        if scope == "none":
            return False
        if record is None:
            return True
        return self.covers(scope, record) and not (self.drafts_only(code, type(record)) and not is_draft(record))

    def drafts_only(self, code: str, model: type[Any]) -> bool:
        """State narrows: whoever deletes his own records only deletes what nobody has been asked to review yet."""
        return self.scope(code) == "own" and code.endswith(":delete") and issubclass(model, Reviewed)

    def demand(self, code: str, record: Any = None) -> None:
        """Raise Forbidden, naming the right, unless it is held."""
        if not self.may(code, record):
            raise Forbidden(_("You do not have the right to do this."), permission=code)

    def covers(self, scope: str, record: Any) -> bool:
        """Tell whether a scope reaches a record."""
        if self._is_others_draft(record):
            return False
        if scope == "all":
            return True
        return not self.people.get(scope, frozenset()).isdisjoint(holders(record))

    def _is_others_draft(self, record: Any) -> bool:
        rule: RowScope = record.__scope__ if isinstance(record, Scoped) else NO_SCOPE
        if rule.until is None or getattr(record, rule.until) is not None:
            return False
        return bool(getattr(record, str(rule.owner)) != self.user_id)

    def handed_in(self, model: type[Any], columns: Any = None) -> ColumnElement[bool]:
        """Give the condition that a row is no draft of somebody else's."""
        rule: RowScope = model.__scope__
        if rule.until is None:
            return true()
        columns = model if columns is None else columns
        handed_in: ColumnElement[bool] = getattr(columns, rule.until).is_not(None)
        return or_(handed_in, getattr(columns, str(rule.owner)) == self.user_id)

    def condition(self, code: str, model: type[Any]) -> ColumnElement[bool]:
        """Give the SQL condition of the rows of `model` for which the right is held; the same rule as `may`."""
        scope = self.scope(code)
        rows = self.scope_condition(scope, model)
        return and_(rows, model.review_state == DRAFT) if self.drafts_only(code, model) else rows

    def scope_condition(self, scope: str, model: type[Any], columns: Any = None) -> ColumnElement[bool]:
        """Give the SQL condition of a scope; the same rule as `covers`. `columns` stand for those of an alias."""
        rule: RowScope = model.__scope__
        if scope == "all":
            return self.handed_in(model, columns)
        people = self.people.get(scope)
        if not people:
            return NO_ROW
        columns = model if columns is None else columns
        theirs = [getattr(columns, name).in_(sorted(people)) for name in rule.also]
        rows = or_(self._whose(scope, rule, columns, sorted(people)), *theirs)
        return rows if rule.until is None else and_(rows, self.handed_in(model, columns))

    def _whose(self, scope: str, rule: RowScope, columns: Any, people: Sequence[int]) -> ColumnElement[bool]:
        """Give the condition of the rows that belong to one of the people by their owner or by their parent."""
        if rule.owner is not None:
            owner = getattr(columns, rule.owner)
            mine: ColumnElement[bool] = owner.in_(people)
            if rule.entered_by is None:
                return mine
            return or_(mine, and_(owner.is_(None), getattr(columns, rule.entered_by).in_(people)))
        if rule.through is not None:
            below = scoped_model(rule.through[0])
            theirs = beside(below.__table__, "scope")
            held = and_(theirs.c.id != literal_column(MARK), self.scope_condition(scope, below, theirs.c))
            # looked up for each record: a list of all that a person holds would be gathered anew by every statement
            shared = select(theirs.c.id).where(theirs.c[rule.through[1]] == columns.id, held)
            return shared.correlate_except(theirs).exists()
        parent = scoped_model(rule.parent)
        above = beside(parent.__table__, "scope")
        rows = and_(above.c.id != literal_column(MARK), self.scope_condition(scope, parent, above.c))
        belongs: ColumnElement[bool] = getattr(columns, str(rule.via)).in_(select(above.c.id).where(rows))
        return belongs

    def visible_classes(self, record: Any, resource: str, plugin: str = "core") -> frozenset[str]:
        """Tell which field classes of a record this person sees: of brief, inner, private. Secret is in no answer."""
        code = f"{plugin}:{resource}:"
        classes = {"brief"} if self.may(code + "query", record) else set()
        if self.may(code + "read", record) or (
            getattr(record, "is_reviewed", False) and self.may(code + "read_reviewed", record)
        ):
            classes |= {"brief", "inner"}
            if self.may(code + "private", record):
                classes.add("private")
        return frozenset(classes)

    @functools.cached_property
    def loader_options(self) -> tuple[Any, ...]:
        """The criteria that lock L2 adds to every select: one per scoped model that this person does not see whole."""
        return tuple(
            RowCriteria(
                model,
                and_(model.id != literal_column(MARK), self._found(model)),
                include_aliases=True,
            )
            for model in self.narrowed
        )

    @functools.cached_property
    def narrowed(self) -> tuple[type[Any], ...]:
        """The scoped models of which this person does not find every row."""
        return tuple(m for m in scoped_models() if _hides(m) or self._finding(m) != "all")

    @functools.cached_property
    def narrowed_tables(self) -> frozenset[str]:
        """Their tables."""
        return frozenset(model.__tablename__ for model in self.narrowed)

    def _found(self, model: type[Any]) -> ColumnElement[bool]:
        if model.__scope__.hung_on is not None:
            from core.auth.hosts import hung_condition

            return hung_condition(self, model)
        return self.scope_condition(self._finding(model), model)

    def _finding(self, model: type[Any]) -> str:
        return self.scope(f"{permission_noun(model)}:query")

    # --- as the actor of a unit of work

    def allows_commit(self) -> bool:
        """Lock L6: a writing request needs a positive decision for a writing action; a program has none."""
        return not self.only_reads and bool(current_work().info.get("may_write"))


def _hides(model: type[Any]) -> bool:
    """Tell whether some rows of a model are hidden from whoever finds all of them: drafts, and what hangs on others."""
    return model.__scope__.hung_on is not None or model.__scope__.until is not None


def is_draft(record: Any) -> bool:
    """Tell whether a record was not handed in for review yet."""
    return bool(record.review_state == DRAFT)


def responsible(record: Any) -> tuple[int | None, int | None]:
    """Give owner and author of a record, through its parent where it has no owner of its own."""
    rule: RowScope = record.__scope__
    if rule.owner is not None:
        author = getattr(record, rule.entered_by) if rule.entered_by else None
        return getattr(record, rule.owner), author
    parent = parent_of(record)
    return responsible(parent) if parent is not None else (None, None)


def holders(record: Any) -> frozenset[int]:
    """Give the users whose record it is: the owner, else the author, and all whom `also` names, up to the top."""
    rule: RowScope = record.__scope__
    also = {key for name in rule.also if (key := getattr(record, name)) is not None}
    if rule.through is not None:
        return frozenset(also) | _holders_below(record, *rule.through)
    if rule.owner is None:
        parent = parent_of(record)
        return frozenset(also) | (holders(parent) if parent is not None else frozenset())
    return frozenset(also) | holding(*responsible(record))


def _holders_below(record: Any, name: str, key: str) -> frozenset[int]:
    """Give the users who have a row of the model that refers to this record, as far as the session finds them."""
    session, below = inspect(record).session, scoped_model(name)
    if session is None or record.id is None:
        return frozenset()
    rows = session.scalars(select(below).where(getattr(below, key) == record.id))
    return frozenset().union(*(holders(row) for row in rows))


def holding(owner: int | None, author: int | None) -> frozenset[int]:
    """Give the one whose record it is: the owner, else the author."""
    one = owner if owner is not None else author
    return frozenset() if one is None else frozenset({one})


def parent_of(record: Any) -> Any:
    """Give the record that a row of a `via` scope belongs to, or None while it has none."""
    rule: RowScope = record.__scope__
    if rule.via is None or rule.parent is None:
        return None
    state = inspect(record)
    relation = rule.via.removesuffix("_id")
    key = getattr(record, rule.via)
    if relation in state.mapper.relationships and relation in state.dict:
        known = state.dict[relation]
        if known is not None and (known.id == key or state.attrs[relation].history.added):
            return known
    session = state.session
    return session.get(scoped_model(rule.parent), key) if session is not None and key is not None else None


@functools.cache
def scoped_models() -> tuple[type[Any], ...]:
    """List the mapped classes with a row scope. Kept for good: models are only defined at start."""
    return tuple(m.class_ for m in Base.registry.mappers if issubclass(m.class_, Scoped))


@functools.cache
def scoped_model(name: str | None) -> type[Any]:
    """Find a scoped model by class name."""
    for model in scoped_models():
        if model.__name__ == name:
            return model
    raise Misdeclared(f"no scoped model is called {name!r}")


def permission_noun(model: Any) -> str:
    """Give `<plugin>:<resource>` of the permissions that judge a scoped model; a part is judged as its parent."""
    return _noun(model)


@functools.cache
def _noun(model: Any) -> str:
    rule: RowScope = model.__scope__
    if rule.resource is None:
        return permission_noun(scoped_model(rule.parent))
    mapper: Mapper[Any] = inspect(model)
    plugin = mapper.local_table.name.split("_", 1)[0]  # type: ignore[attr-defined]
    return f"{plugin}:{rule.resource}"


ANONYMOUS = Access(user_id=None, username="", name="", groups=(), department_id=None, scopes={}, sources={}, people={})


def load_access(session: Session, user_id: int, permissions: Sequence[Permission]) -> Access | None:
    """Work out one user's effective rights; None when there is no such active user. Read with a system session."""
    user = session.get(User, user_id)
    if user is None or not user.active:
        return None
    groups = session.execute(
        select(Group.id, Group.name).join(Membership).where(Membership.user_id == user_id).order_by(Group.id)
    ).all()
    group_ids = {g.id: g.name for g in groups}
    changed: dict[str, dict[str, str]] = {name: {} for name in group_ids.values()}
    personal: dict[str, str] = {}
    for grant in session.scalars(
        select(Grant).where(or_(Grant.user_id == user_id, Grant.group_id.in_(list(group_ids) or [0])))
    ):
        if grant.user_id is not None:
            personal[grant.code] = grant.scope
        elif grant.group_id is not None:
            changed[group_ids[grant.group_id]][grant.code] = grant.scope

    scopes: dict[str, str] = {}
    sources: dict[str, list[Source]] = {}
    apart = duties_are_apart(session)
    for permission in permissions:
        granted = {name: changed[name].get(permission.code) for name in group_ids.values()}
        if apart and permission.action == "private" and ADMINISTRATORS in granted:
            granted[ADMINISTRATORS] = "none"
        scope, found = effective(permission, granted, personal.get(permission.code), user.username)
        scopes[permission.code], sources[permission.code] = scope, found
    cap(scopes, sources)
    return Access(
        user_id=user.id,
        username=user.username,
        name=user.name,
        groups=tuple(group_ids.values()),
        department_id=user.department_id,
        scopes=scopes,
        sources=sources,
        people=people_of(session, user),
    )


def effective(
    permission: Permission, granted: Mapping[str, str | None], own: str | None, username: str
) -> tuple[str, list[Source]]:
    """Work out one right: a personal denial wins, else the widest scope of the groups and of the person's own grant.

    `granted` gives for each group what an administrator set, None where what the code declares holds.
    """
    found = []
    for name, changed in granted.items():
        scope = permission.defaults.get(name, "none") if changed is None else changed
        if scope != "none":
            found.append(Source("group", name, scope))
    if own == "none":
        return "none", [*found, Source("denied", username, "none")]
    if own is not None:
        found.append(Source("personal", username, own))
    return max((s.scope for s in found), key=RANK.__getitem__, default="none"), found


def cap(scopes: dict[str, str], sources: dict[str, list[Source]]) -> None:
    """Hold rights on what belongs to a record within those on the record (RowScope): never found or read wider."""
    for noun, parent, whole in capped_nouns():
        for code in [c for c in scopes if c.startswith(noun + ":")]:
            action = code.rsplit(":", 1)[1]
            above = scopes.get(f"{parent}:{action}")
            if above is None or not (whole or action in FINDING) or RANK[above] >= RANK[scopes[code]]:
                continue
            scopes[code] = above
            sources[code] = [*sources[code], Source("capped", parent, above)]


@functools.cache
def capped_nouns() -> tuple[tuple[str, str, bool], ...]:
    """List `(noun, noun of the parent, for all actions)` of the resources that belong to another; parents first."""
    found = {}
    for model in scoped_models():
        rule: RowScope = model.__scope__
        if rule.resource is not None and rule.via is not None:
            found[permission_noun(model)] = (permission_noun(scoped_model(rule.parent)), rule.as_parent)
    ordered: list[tuple[str, str, bool]] = []

    def place(noun: str) -> None:
        if noun in found and noun not in (one[0] for one in ordered):
            place(found[noun][0])
            ordered.append((noun, *found[noun]))

    for noun in found:
        place(noun)
    return tuple(ordered)


def people_of(session: Session, user: User) -> dict[str, frozenset[int]]:
    """Find the users whose rows the scopes own, subordinates and department of this user cover."""
    below: dict[int | None, list[int]] = {}
    for person, supervisor in session.execute(select(User.id, User.supervisor_id)):
        below.setdefault(supervisor, []).append(person)
    reached, queue = {user.id}, [user.id]
    while queue:
        for person in below.get(queue.pop(), ()):
            if person not in reached:
                reached.add(person)
                queue.append(person)
    department = {user.id} | reached
    if user.department_id is not None:
        path = session.scalar(select(Department.path).where(Department.id == user.department_id))
        if path:
            department |= set(
                session.scalars(
                    select(User.id).join(Department).where(Department.path.startswith(path, autoescape=True))
                )
            )
    return {"own": frozenset({user.id}), "subordinates": frozenset(reached), "department": frozenset(department)}


def access_of(
    session: Session, user_id: int, permissions: Callable[[], Sequence[Permission]], enabled: frozenset[str]
) -> Access | None:
    """Give one user's rights from memory while the counter `rights` stands still and the same plugins are on."""
    key = (user_id, enabled, duties_are_apart(session))
    return kept(session, "rights", key, lambda: load_access(session, user_id, permissions()))


def duties_are_apart(session: Session) -> bool:
    """Tell whether the post of system administrator gives no private data here (promise S5)."""
    return bool(overlay().setting(session, SEPARATION_SETTING))


def current_access() -> Access:
    """Give the rights of the person of this unit of work; of nobody where nobody signed in."""
    actor = current_work().actor
    return actor if isinstance(actor, Access) else ANONYMOUS
