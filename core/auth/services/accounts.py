"""The rules of accounts: names, passwords, groups, supervisors, departments."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from core.auth.access import ADMINISTRATORS, Access
from core.auth.audit import record
from core.auth.models import Department, Grant, Group, Membership, User
from core.auth.passwords import check_password, check_policy, hash_password
from core.auth.permissions import Perm
from core.auth.services.sign_in import username_key
from core.auth.sessions import end_sessions
from core.db import permitted
from core.errors import Forbidden, Misdeclared, Refused
from core.i18n import _
from core.state import bump

SAMPLE = "sample_password"
"""Key in a user's `prefs` that marks a password as known from demo data; it goes with the password."""
PROFILE = (
    "name",
    "gender",
    "birth_date",
    "region",
    "position",
    "phone",
    "email",
    "address",
    "appraisal",
    "supervisor_note",
)
_ends_too: list[Callable[[Session, int, str], None]] = []
_NAME = re.compile(r"^[^\s/\\:;,<>\"'\x00-\x1f]{2,60}$")


def ends_with_account(end: Callable[[Session, int, str], None]) -> None:
    """Let `end(session, user_id, why)` be called when an account is closed or its password changed.

    It ends what opens the house in the person's name beside his sign-ins; `why` is `closed` or `password`.
    """
    if end not in _ends_too:
        _ends_too.append(end)


def _end_credentials(session: Session, user_id: int, why: str, *, but: str | None = None) -> None:
    """End every sign-in of a person, `but` the one with this token, and whatever else opens the house for him."""
    end_sessions(session, user_id, but=but)
    for end in _ends_too:
        end(session, user_id, why)


def create_user(
    session: Session,
    *,
    username: str,
    groups: Iterable[Group],
    password: str | None,
    by: Access | None = None,
    must_change_password: bool = True,
    department_id: int | None = None,
    supervisor_id: int | None = None,
    **profile: Any,
) -> User:
    """Make an account (A-03). Without a password nobody can sign in with it. Raises Refused, Forbidden."""
    key = username_key(username)
    if not _NAME.match(key):
        raise Refused(
            _("A user name has 2 to 60 characters, without blanks and quotation marks."),
            fields={"username": _("A user name has 2 to 60 characters, without blanks and quotation marks.")},
        )
    if session.scalar(select(User.id).where(User.username == key)) is not None:
        raise Refused(_("This user name is taken."), fields={"username": _("This user name is taken.")})
    user = User(username=key, name=profile.pop("name", None) or key, department_id=department_id)
    for name, value in profile.items():
        setattr(user, name, value)
    if password is not None:
        check_policy(password, username=key, name=user.name)
        user.password_hash = hash_password(password)
        user.must_change_password = must_change_password
    session.add(user)
    session.flush()
    _set_supervisor(session, user, supervisor_id)
    set_groups(session, user, groups, by=by)
    return user


def change_user(
    session: Session,
    user: User,
    *,
    groups: Iterable[Group],
    department_id: int | None,
    supervisor_id: int | None,
    active: bool,
    by: Access | None = None,
    **profile: Any,
) -> None:
    """Change an account. Raises Refused, Forbidden."""
    _may_touch(session, user, by)
    for name, value in profile.items():
        setattr(user, name, value)
    user.department_id = department_id
    _set_supervisor(session, user, supervisor_id)
    if active != user.active:
        set_active(session, user, active, by=by)
    set_groups(session, user, groups, by=by)


def set_active(session: Session, user: User, active: bool, *, by: Access | None = None) -> None:
    """Close or open an account; closing it ends its sign-ins at once."""
    _may_touch(session, user, by)
    if by is not None and by.user_id == user.id and not active:
        raise Refused(_("You cannot close your own account."))
    user.active = active
    if not active:
        _end_credentials(session, user.id, "closed")
    session.flush()
    if not active and any(group.name == ADMINISTRATORS for group in user.groups):
        _keep_one_administrator(session)
    bump(session, "rights")


def set_password(
    session: Session, user: User, password: str, *, must_change: bool = True, by: Access | None = None
) -> None:
    """Set somebody's password; his sign-ins end. Raises Refused for the field `password`."""
    _may_touch(session, user, by)
    check_policy(password, username=user.username, name=user.name)
    _store_password(user, password)
    user.must_change_password = must_change
    _end_credentials(session, user.id, "password")
    record(session, "password", entity="core_user", entity_id=user.id)
    bump(session, "rights")


def change_own_password(session: Session, user_id: int, new: str, *, token: str) -> User:
    """Change the password of somebody who has just given it; his other sign-ins end. Raises Refused."""
    user = session.get_one(User, user_id)
    if check_password(user.password_hash, new):
        raise Refused(_("Choose a new password."), fields={"password": _("Choose a new password.")})
    check_policy(new, username=user.username, name=user.name)
    _store_password(user, new)
    user.must_change_password = False
    _end_credentials(session, user.id, "password", but=token)
    record(session, "password", entity="core_user", entity_id=user.id)
    return user


def _store_password(user: User, password: str) -> None:
    user.password_hash = hash_password(password)
    user.prefs = {key: value for key, value in (user.prefs or {}).items() if key != SAMPLE}


def keep_choices(session: Session, user_id: int, values: Mapping[str, Any]) -> None:
    """Store how somebody wants his screen, past the version: it must not spoil an administrator's open form."""
    if values.keys() - {"locale", "theme", "density", "prefs"}:
        raise ValueError(f"not a choice about one's screen: {sorted(values)}")
    with permitted():
        session.execute(update(User).where(User.id == user_id).values(**values))


def made_up_password() -> str:
    """Make a password that can be read out: four groups of five."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(4))


def refuse_sample_passwords(session: Session) -> None:
    """Refuse to go on while an open account has a password known from demo data (promise S16). Raises Misdeclared."""
    found = session.execute(select(User.username, User.prefs).where(User.active).order_by(User.username))
    names = [row.username for row in found if (row.prefs or {}).get(SAMPLE)]
    if names:
        raise Misdeclared(
            f"accounts with sample passwords: {', '.join(names)}. "
            "Set others with `zhike users passwd NAME`, or close them with `zhike users disable NAME`."
        )


# --- groups, supervisors, departments --------------------------------------------------------------------------------


def set_groups(session: Session, user: User, groups: Iterable[Group], *, by: Access | None = None) -> None:
    """Put an account into exactly these groups. Whoever may not edit rights can only make ordinary staff."""
    wanted = {group.id: group for group in groups}
    before = {group.id: group for group in user.groups}
    if wanted.keys() == before.keys():
        bump(session, "rights")
        return
    changed = [g.name for key, g in (wanted | before).items() if (key in wanted) != (key in before)]
    if by is not None and not by.may(Perm.GROUP_ADMIN) and set(changed) - {"staff"}:
        raise Forbidden(_("You do not have the right to put people into this group."), permission=str(Perm.GROUP_ADMIN))
    names = [sorted(g.name for g in one.values()) for one in (before, wanted)]
    if by is not None and by.user_id == user.id and ADMINISTRATORS in names[0] and ADMINISTRATORS not in names[1]:
        raise Refused(_("You cannot take yourself out of the group of system administrators."))
    user.groups = list(wanted.values())
    session.flush()
    if ADMINISTRATORS in names[0] and ADMINISTRATORS not in names[1]:
        _keep_one_administrator(session)
    record(session, "rights", entity="core_user", entity_id=user.id, changes={"groups": names})
    bump(session, "rights")


def _may_touch(session: Session, user: User, by: Access | None) -> None:
    """Whoever may not edit rights keeps his hands off the accounts of those who may: their password would be theirs."""
    if by is None or by.user_id == user.id or by.may(Perm.GROUP_ADMIN):
        return
    groups = [group.id for group in user.groups]
    given = select(Grant.id).where(
        Grant.code == str(Perm.GROUP_ADMIN),
        Grant.scope != "none",
        or_(Grant.user_id == user.id, Grant.group_id.in_(groups)),
    )
    if any(group.name == ADMINISTRATORS for group in user.groups) or session.scalar(given.limit(1)):
        raise Forbidden(
            _("Only somebody who may edit rights can change this account."), permission=str(Perm.GROUP_ADMIN)
        )


def _keep_one_administrator(session: Session) -> None:
    """Refuse what leaves nobody who could undo it."""
    left = select(User.id).join(Membership).join(Group).where(Group.name == ADMINISTRATORS, User.active).limit(1)
    if session.scalar(left) is None:
        raise Refused(_("At least one open account must stay in the group of system administrators."))


def _set_supervisor(session: Session, user: User, supervisor_id: int | None) -> None:
    above, seen = supervisor_id, {user.id}
    while above is not None:
        if above in seen:
            problem = _("Nobody can be his own supervisor, not by a detour either.")
            raise Refused(problem, fields={"supervisor_id": problem})
        seen.add(above)
        above = session.scalar(select(User.supervisor_id).where(User.id == above))
    user.supervisor_id = supervisor_id
    session.flush()
    bump(session, "rights")


def groups_named(session: Session, names: Sequence[str]) -> list[Group]:
    """Find groups by name. Raises Refused naming the unknown ones and those that exist."""
    found = {group.name: group for group in session.scalars(select(Group))}
    unknown = [name for name in names if name not in found]
    if unknown:
        raise Refused(
            _(
                "There is no group %(unknown)s. There are: %(known)s",
                unknown=", ".join(unknown),
                known=", ".join(sorted(found)),
            )
        )
    return [found[name] for name in dict.fromkeys(names)]


def save_department(
    session: Session,
    department: Department | None,
    *,
    name: str,
    parent_id: int | None,
    profile: str | None = None,
    retired: bool = False,
) -> Department:
    """Make or change a department; what lies below it moves along. Raises Refused."""
    same = select(Department.id).where(Department.name == name)
    if department is not None:
        same = same.where(Department.id != department.id)
    if session.scalar(same) is not None:
        raise Refused(
            _("There is a department of this name."), fields={"name": _("There is a department of this name.")}
        )
    parent = session.get(Department, parent_id) if parent_id is not None else None
    if department is None:
        department = Department(name=name)
        session.add(department)
        session.flush()
    old = department.path
    if parent is not None and old and parent.path.startswith(old):
        problem = _("A department cannot lie below itself.")
        raise Refused(problem, fields={"parent_id": problem})
    if retired and not department.retired:
        _may_retire(session, department)
    department.name, department.profile, department.retired = name, profile, retired
    department.parent_id = parent.id if parent else None
    department.path = f"{parent.path if parent else '/'}{department.id}/"
    if old and old != department.path:
        below = select(Department).where(Department.path.startswith(old, autoescape=True))
        for one in session.scalars(below.where(Department.id != department.id)):
            one.path = department.path + one.path[len(old) :]
    session.flush()
    bump(session, "rights")
    return department


def _may_retire(session: Session, department: Department) -> None:
    """Refuse to retire what is in use."""
    people = select(User.id).where(User.department_id == department.id, User.active).limit(1)
    below = select(Department.id).where(Department.parent_id == department.id, Department.retired.is_(False)).limit(1)
    if session.scalar(people) is not None or session.scalar(below) is not None:
        problem = _("There are open accounts or departments in it. Move them first.")
        raise Refused(problem, fields={"retired": problem})
