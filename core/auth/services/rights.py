"""The rules of changing rights: of groups, and of single accounts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth.access import Access, load_access
from core.auth.audit import record
from core.auth.models import Grant, Group, Membership, User
from core.auth.permissions import Perm
from core.errors import Conflict, Refused
from core.i18n import _
from core.plugin import Permission
from core.state import bump

CODE = re.compile(r"^[a-z][a-z0-9_]{1,39}$")


@dataclass(frozen=True)
class Cell:
    """What a group holds of one right: its scope, and what the code declares for it."""

    scope: str
    default: str

    @property
    def own(self) -> bool:
        """Tell whether an administrator set it."""
        return self.scope != self.default


@dataclass(frozen=True)
class Change:
    """A right that a group or an account holds differently from now on."""

    holder_id: int
    code: str
    before: str
    after: str


@dataclass(frozen=True)
class Effect:
    """What becomes of one person's effective rights: `(code, before, after)`."""

    user_id: int
    username: str
    name: str
    rights: tuple[tuple[str, str, str], ...]


def mark(session: Session) -> str:
    """Fingerprint every stored right and membership, so that a stale save is noticed."""
    rows = session.execute(select(Grant.group_id, Grant.user_id, Grant.code, Grant.scope))
    pairs = session.execute(select(Membership.user_id, Membership.group_id))
    lines = sorted(repr(tuple(row)) for row in [*rows, *pairs])
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:32]


def demand_unchanged(session: Session, seen: str) -> None:
    """Refuse to save over what somebody else changed meanwhile. Raises Conflict."""
    if seen != mark(session):
        raise Conflict(_("Rights were changed meanwhile. Nothing was saved; look at the page again."))


def cells(session: Session, groups: Iterable[Group], permissions: Sequence[Permission]) -> dict[tuple[int, str], Cell]:
    """Give what each group holds of each right, by group id and code."""
    stored = {(g.group_id, g.code): g.scope for g in session.scalars(select(Grant).where(Grant.group_id.is_not(None)))}
    found = {}
    for group in groups:
        for permission in permissions:
            default = permission.defaults.get(group.name, "none")
            found[group.id, permission.code] = Cell(stored.get((group.id, permission.code), default), default)
    return found


def personal_rights(session: Session, user_id: int) -> dict[str, str]:
    """Give what is given or denied to one account, by code."""
    return {g.code: g.scope for g in session.scalars(select(Grant).where(Grant.user_id == user_id))}


def group_changes(
    session: Session,
    groups: Iterable[Group],
    permissions: Sequence[Permission],
    wanted: Mapping[tuple[int, str], str],
) -> list[Change]:
    """Tell what `wanted` would change; what is not named there stays. Raises Refused for a scope that cannot be."""
    known = {p.code: p for p in permissions}
    changes = []
    for (group_id, code), cell in cells(session, groups, permissions).items():
        scope = wanted.get((group_id, code), cell.scope)
        if scope != cell.scope:
            _check_scope(known[code], scope)
            changes.append(Change(group_id, code, cell.scope, scope))
    return changes


def _check_scope(permission: Permission, scope: str) -> None:
    allowed = ("none", "own", "subordinates", "department", "all") if permission.scoped else ("none", "all")
    if scope not in allowed:
        raise Refused(_("Choose one of the list"))


def change_groups(
    session: Session, changes: Sequence[Change], permissions: Sequence[Permission], *, by: Access | None = None
) -> None:
    """Store changed rights of groups: only what differs from the code's default. Raises Refused."""
    defaults = {p.code: p.defaults for p in permissions}
    for group_id in dict.fromkeys(change.holder_id for change in changes):
        group = session.get_one(Group, group_id)
        own = [change for change in changes if change.holder_id == group_id]
        for change in own:
            default = defaults[change.code].get(group.name, "none")
            _store(session, change, None if change.after == default else change.after)
        told = {change.code: [change.before, change.after] for change in own}
        record(session, "rights", entity="core_group", entity_id=group.id, changes=told, note=group.name)
    session.flush()
    bump(session, "rights")
    keep_hold(session, by, permissions)


def change_user_rights(
    session: Session,
    user: User,
    wanted: Mapping[str, str | None],
    permissions: Sequence[Permission],
    *,
    by: Access | None = None,
) -> int:
    """Give or deny single rights to an account (A-05); None leaves a right to the groups. Raises Refused."""
    known = {p.code: p for p in permissions}
    present = personal_rights(session, user.id)
    told = {}
    for code, scope in wanted.items():
        before = present.get(code)
        if code not in known or scope == before:
            continue
        if scope is not None:
            _check_scope(known[code], scope)
        _store(session, Change(user.id, code, before or "", scope or ""), scope, user=True)
        told[code] = [before, scope]
    if told:
        session.flush()
        record(session, "rights", entity="core_user", entity_id=user.id, changes=told, note=user.username)
        bump(session, "rights")
        keep_hold(session, by, permissions)
    return len(told)


def _store(session: Session, change: Change, scope: str | None, *, user: bool = False) -> None:
    holder = Grant.user_id if user else Grant.group_id
    row = session.scalar(select(Grant).where(holder == change.holder_id, Grant.code == change.code))
    if scope is None:
        if row is not None:
            session.delete(row)
    elif row is not None:
        row.scope = scope
    else:
        holding = {"user_id": change.holder_id} if user else {"group_id": change.holder_id}
        session.add(Grant(code=change.code, scope=scope, **holding))


def keep_hold(session: Session, by: Access | None, permissions: Sequence[Permission]) -> None:
    """Refuse what would take from a person his own right to edit rights: somebody who can undo it always stays."""
    code = str(Perm.GROUP_ADMIN)
    if by is None or by.user_id is None or not by.may(code):
        return
    after = load_access(session, by.user_id, [p for p in permissions if p.code == code])
    if after is None or not after.may(code):
        raise Refused(_("With this change you would lose the right to edit rights yourself. Nothing was saved."))


def effects(
    session: Session, group_ids: Iterable[int], permissions: Sequence[Permission], change: Callable[[], None]
) -> list[Effect]:
    """Make a change and tell whose effective rights differ by it. For a transaction that is rolled back afterwards."""
    concerned = select(Membership.user_id).where(Membership.group_id.in_(sorted(set(group_ids))))
    people = list(session.scalars(select(User).where(User.active, User.id.in_(concerned)).order_by(User.username)))
    before = {user.id: load_access(session, user.id, permissions) for user in people}
    change()
    found = []
    for user in people:
        old, new = before[user.id], load_access(session, user.id, permissions)
        if old is None or new is None:
            continue
        rights = tuple(
            (p.code, old.scope(p.code), new.scope(p.code))
            for p in permissions
            if old.scope(p.code) != new.scope(p.code)
        )
        if rights:
            found.append(Effect(user.id, user.username, user.name, rights))
    return found


# --- groups ----------------------------------------------------------------------------------------------------------


def save_group(session: Session, group: Group | None, *, name: str, title: str) -> Group:
    """Make a group, or give it another title; a built-in one keeps its own. Raises Refused."""
    if group is None:
        if not CODE.match(name):
            problem = _("A code has small letters, digits and underscores, and starts with a letter.")
            raise Refused(problem, fields={"name": problem})
        if session.scalar(select(Group.id).where(Group.name == name)) is not None:
            problem = _("There is a group with this code.")
            raise Refused(problem, fields={"name": problem})
        group = Group(name=name)
        session.add(group)
    elif group.builtin:
        raise Refused(_("A built-in group keeps its name."))
    same = select(Group.id).where(Group.title == title, Group.name != group.name)
    if session.scalar(same) is not None:
        problem = _("There is a group of this name.")
        raise Refused(problem, fields={"title": problem})
    group.title = title
    session.flush()
    bump(session, "rights")
    return group


def delete_group(session: Session, group: Group) -> None:
    """Remove a group that nobody is in any more. Raises Refused."""
    if group.builtin:
        raise Refused(_("A built-in group cannot be removed."))
    if session.scalar(select(Membership.user_id).where(Membership.group_id == group.id).limit(1)) is not None:
        raise Refused(_("There are accounts in this group. Take them out first."))
    session.delete(group)
    session.flush()
    bump(session, "rights")
