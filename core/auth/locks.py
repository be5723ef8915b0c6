"""Locks L2 to L4: every statement and every write of a user's session is held to his rights (promises, Permissions)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import event, inspect
from sqlalchemy.orm import ORMExecuteState, Session

from core.auth.access import Access, current_access, holding, parent_of, permission_noun, responsible, scoped_model
from core.auth.hosts import find_host, hosts
from core.auth.models import (
    Audit,
    Department,
    DictionaryEntry,
    DivisionEntry,
    Grant,
    Group,
    Membership,
    PluginState,
    SettingValue,
    User,
    WebSession,
)
from core.auth.permissions import Perm
from core.columns import Reviewed, Scoped
from core.db import UserSession
from core.errors import Forbidden, GuardBreach
from core.i18n import _
from core.reading import PREPARED
from core.statements import FLUSH, GUARDED_TABLES, PERMIT, is_permitted, permitted
from core.work import demand_decision

HELD_BY: dict[type[Any], str] = {
    User: Perm.USER_ADMIN,
    Department: Perm.USER_ADMIN,
    Group: Perm.GROUP_ADMIN,
    Membership: Perm.GROUP_ADMIN,
    Grant: Perm.GROUP_ADMIN,
    SettingValue: Perm.SETTING_ADMIN,
    DictionaryEntry: Perm.DICTIONARY_ADMIN,
    DivisionEntry: Perm.DICTIONARY_ADMIN,
    PluginState: Perm.PLUGIN_ADMIN,
}
"""Models without row scope that a user's session changes only for somebody with this right, whoever asks."""

OWN_COLUMNS = frozenset({
    "password_hash", "must_change_password", "phone", "email", "address", "own_note", "locale", "theme", "density",
    "prefs", "version", "updated_at",
})  # fmt: skip
"""What everybody changes of his own account."""

JUDGED: tuple[type[Any], ...] = (Scoped, Audit, WebSession, *HELD_BY)
GUARDED_TABLES.update(model.__tablename__ for model in JUDGED[1:])
PASSED = ("reviewed", "confirmed")
REVIEW_MARKS = frozenset({
    "review_state", "reviewed_at", "reviewed_by_id", "confirmed_at", "confirmed_by_id", "updated_at", "version",
})  # fmt: skip
"""What a decision of the reviewer writes on a record; it needs the right to review, not the one to change."""


# --- L2, L3: statements


@event.listens_for(UserSession, "do_orm_execute")
def narrow(state: ORMExecuteState) -> None:
    """Lock L2: add the row scope to every select of models; refuse bulk writes. L3 judges the text that comes out."""
    if state.is_column_load:
        state.update_execution_options(**{PERMIT: frozenset()})
        return
    if not state.is_orm_statement:
        return  # L3 judges the statement's text
    if not state.is_select:
        if is_permitted():
            return
        mapper = state.bind_mapper
        if mapper is not None and issubclass(mapper.class_, JUDGED):
            raise GuardBreach("bulk writes on guarded records go round the locks: change the objects")
        return
    state.statement, permit = row_scope(state.statement)
    state.update_execution_options(**permit)


def row_scope(statement: Any) -> tuple[Any, Mapping[str, Any]]:
    """Lock L2: add the row scope of the person to a select, and the mark that it was judged."""
    access = current_access()
    options = access.loader_options
    if options and options[0] not in statement._with_options:  # what an object loads later carries them already
        if statement.get_execution_options().get(PREPARED):
            known = access.narrowed_statements.get(statement)
            if known is None:
                known = access.narrowed_statements[statement] = statement.options(*options)
            statement = known
        else:
            statement = statement.options(*options)
    return statement, {PERMIT: access.narrowed_tables}


UserSession.row_scope = staticmethod(row_scope)


@event.listens_for(UserSession, "detached_to_persistent")
def known(session: Session, record: Any) -> None:
    """Lock L2: a session knows the rows that it found. One made by hand would be filled past the row scope."""
    if isinstance(record, JUDGED):
        raise GuardBreach(f"a {type(record).__name__} that this session did not find was added to it: find it")


# --- L4: writes


@event.listens_for(UserSession, "before_flush")
def judge(session: Session, context: Any, instances: Any) -> None:
    """Lock L4: judge every new, changed, deleted and re-owned record before it is written."""
    access = current_access()
    for record in session.new:
        _judge_one(access, record, "create")
    for record in session.deleted:
        _judge_one(access, record, "delete")
    for record in session.dirty:
        if session.is_modified(record, include_collections=not isinstance(record, Scoped)):
            _judge_one(access, record, "edit")
    session.info["flush_permit"] = permit = permitted(FLUSH)
    permit.__enter__()


@event.listens_for(UserSession, "after_flush_postexec")
def _flushed(session: Session, context: Any) -> None:
    _end_permit(session)


@event.listens_for(UserSession, "after_soft_rollback")
def _rolled_back(session: Session, previous: Any) -> None:
    _end_permit(session)


def _end_permit(session: Session) -> None:
    permit = session.info.pop("flush_permit", None)
    if permit is not None:
        permit.__exit__(None, None, None)


def _judge_one(access: Access, record: Any, action: str) -> None:
    if isinstance(record, Scoped):
        _judge_scoped(access, record, action)
    elif isinstance(record, Audit):
        raise GuardBreach("the audit trail is only added to, by core.auth.audit")
    elif isinstance(record, tuple(HELD_BY)):
        _judge_held(access, record, action)


def _judge_held(access: Access, record: Any, action: str) -> None:
    if isinstance(record, User) and action == "edit":
        changed = {name for name, attribute in inspect(record).attrs.items() if attribute.history.has_changes()}
        if record.id == access.user_id and changed <= OWN_COLUMNS:
            return
        if "groups" in changed and _beyond_staff(record) and not access.may(Perm.GROUP_ADMIN):
            raise Forbidden(_("You do not have the right to do this."), permission=str(Perm.GROUP_ADMIN))
    access.demand(str(HELD_BY[type(record)]))


def _beyond_staff(user: User) -> bool:
    change = inspect(user).attrs.groups.history
    return any(group.name != "staff" for group in (*change.added, *change.deleted))


def _judge_scoped(access: Access, record: Any, action: str) -> None:
    rule = record.__scope__
    if rule.hung_on is not None:
        _judge_hung(access, record)
        return
    before = _parent_before(record) if action == "edit" and rule.via is not None else None
    if rule.resource is None:  # a part: a change of it is a change of the whole
        whole = parent_of(record)
        if whole is None:
            raise GuardBreach(f"a {type(record).__name__} belongs to nothing that this person may find")
        for one in (whole, before):
            if one is not None and not inspect(one).pending:
                _judge_whole(access, one)
        return
    noun = permission_noun(type(record))
    if isinstance(record, Reviewed):
        _judge_review(access, noun, record, action)
    if action == "create":
        _judge_creation(access, noun, record)
        return
    if action == "edit" and _changes_hands(record):
        _judge_owner(access, noun, record)
        return
    if action == "edit" and _goes_to_or_from_the_bin(record):
        action = "delete"
    elif action == "edit" and _is_decision(record) and access.may(f"{noun}:review", record):
        action = "review"
    if before is not None and not access.covers(access.scope(f"{noun}:{action}"), before):
        raise _forbidden(f"{noun}:{action}")
    if not access.may(f"{noun}:{action}", record):
        raise _forbidden(f"{noun}:{action}")


def _judge_whole(access: Access, whole: Any) -> None:
    """Judge the change of a part as a change of the whole; of a part that is itself one, as of what it belongs to."""
    if whole.__scope__.resource is None:
        _judge_scoped(access, whole, "edit")
        return
    noun = permission_noun(type(whole))
    if _changes_hands(whole):
        return  # judged with the change of owner
    if not access.may(f"{noun}:edit", whole):
        raise _forbidden(f"{noun}:edit")


def _judge_hung(access: Access, record: Any) -> None:
    """Judge the change of what hangs on a record as a change of that record, and of the one that it is taken from."""
    state = inspect(record)
    places = [tuple(getattr(record, name) for name in record.__scope__.hung_on)]
    before = [state.attrs[name].history.deleted for name in record.__scope__.hung_on]
    if any(before):
        places.append(tuple(old[0] if old else now for old, now in zip(before, places[0], strict=True)))
    for noun, key in places:
        resource = hosts().get(noun)
        if resource is None:
            raise GuardBreach(f"a {type(record).__name__} hangs on {noun!r}, which is no resource")
        host = find_host(state.session, resource, key)
        if host is None or not access.may(resource.code("edit"), host):
            raise _forbidden(resource.code("edit"))


def _forbidden(code: str) -> Forbidden:
    return Forbidden(_("You do not have the right to change this record."), permission=code)


def _parent_before(record: Any) -> Any:
    """Give the parent that a record is taken from, None when it stays where it is."""
    rule = record.__scope__
    state = inspect(record)
    relation = rule.via.removesuffix("_id")
    change = state.attrs[rule.via].history
    keys = [key for key in change.deleted if key is not None]
    if not keys and relation in state.dict and state.attrs[relation].history.added:
        keys = [key for key in change.unchanged if key is not None]  # the key follows the relation in the flush
    if not keys:
        return None
    found = state.session.get(scoped_model(rule.parent), keys[0])
    if found is None:
        raise _forbidden(f"{permission_noun(type(record))}:edit")
    return found


def _judge_creation(access: Access, noun: str, record: Any) -> None:
    """A new record is the maker's, or of somebody whose records he may make; one that nobody owns is his entry."""
    rule = record.__scope__
    scope = access.scope(f"{noun}:create")
    if rule.owner is None:
        allowed = access.covers(scope, record)
    else:
        owner, author = responsible(record)
        if rule.entered_by is not None and author is None:
            setattr(record, rule.entered_by, access.user_id)
            author = access.user_id
        allowed = scope == "all" or (
            scope != "none" and author in (None, access.user_id) and (owner is None or access.covers(scope, record))
        )
    if not allowed:
        raise _forbidden(f"{noun}:create")


def _changes_hands(record: Any) -> bool:
    rule = record.__scope__
    attributes = inspect(record).attrs
    people = (rule.owner, *rule.also) if rule.owner is not None else ()
    return any(attributes[name].history.has_changes() for name in people)


def _person_before(record: Any, name: str) -> int | None:
    change = inspect(record).attrs[name].history
    if not change.has_changes():
        found: int | None = getattr(record, name)
        return found
    return change.deleted[0] if change.deleted else None


def _judge_owner(access: Access, noun: str, record: Any) -> None:
    """A new owner needs `assign` over the record as it was; then whatever else changed is allowed with it."""
    rule = record.__scope__
    before = _person_before(record, rule.owner)
    also = {name: _person_before(record, name) for name in rule.also}
    scope = access.scope(f"{noun}:assign")
    people = access.people.get(scope, frozenset())
    author = responsible(record)[1]
    holders = holding(before, author).union(key for key in also.values() if key is not None)
    if scope == "all" or not people.isdisjoint(holders):
        return
    taken = before is None and getattr(record, rule.owner) == access.user_id
    taken = taken and all(getattr(record, name) == was for name, was in also.items())
    if taken and access.may(_claiming(access, noun)):
        return  # claiming from the pool (挂牌)
    raise Forbidden(_("Only a supervisor may change the owner of this record."), permission=f"{noun}:assign")


def _claiming(access: Access, noun: str) -> str:
    """Name the right to claim: one of its own where the resource has it, else that to add."""
    code = f"{noun}:claim"
    return code if code in access.scopes else f"{noun}:create"


def _judge_review(access: Access, noun: str, record: Any, action: str) -> None:
    """Passing a review needs the right, and another person than the author (promise S7).

    The second review is another person's than the first.
    """
    state = inspect(record)
    passes = record.review_state in PASSED and (
        action == "create" or (action == "edit" and state.attrs.review_state.history.has_changes())
    )
    if not passes:
        return
    if author_of(record) == access.user_id:
        raise Forbidden(_("Nobody reviews his own entry."), permission=f"{noun}:review")
    if record.review_state == "confirmed" and action == "edit" and record.reviewed_by_id == access.user_id:
        raise Forbidden(_("The second review is another person's than the first."), permission=f"{noun}:review")
    if not access.may(f"{noun}:review", record):
        raise _forbidden(f"{noun}:review")


def _is_decision(record: Any) -> bool:
    """Tell whether nothing but the marks of a reviewer's decision changes."""
    if not isinstance(record, Reviewed) or record.review_state not in (*PASSED, "returned"):
        return False
    changed = {name for name, attribute in inspect(record).attrs.items() if attribute.history.has_changes()}
    return bool(changed & (REVIEW_MARKS - {"updated_at", "version"})) and changed <= REVIEW_MARKS


def author_of(record: Any) -> int | None:
    """Tell who entered a record; where that is not kept, nobody knows."""
    name = record.__author__ if isinstance(record, Reviewed) else "entered_by_id"
    return getattr(record, name, None)


def _goes_to_or_from_the_bin(record: Any) -> bool:
    state = inspect(record)
    return "deleted_at" in state.mapper.column_attrs and state.attrs.deleted_at.history.has_changes()


@event.listens_for(UserSession, "after_flush")
def _wrote(session: Session, context: Any) -> None:
    """Lock L6 at the first write, not only at the end: nothing is done on the strength of it meanwhile."""
    demand_decision()
