"""Whom a message goes to: people, departments with what is below, groups, everybody, or users who meet conditions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, or_, select
from sqlalchemy.orm import Session

from core.auth.access import access_of
from core.auth.models import Department, Group, Membership, User
from core.auth.words import group_title
from core.bus.house import bus_of
from core.db import among, system_session
from core.errors import Refused
from core.i18n import _, gettext

EVERYBODY = "all"
ALL = ("全体", "全员", "所有人")
"""What is typed for everybody."""
SHOWN = 6
"""So many names stand in the words of an audience; the rest is counted."""


@dataclass(frozen=True)
class Conditions:
    """A query over the accounts (C-09): those who meet all of what is given."""

    department_id: int | None = None
    group_id: int | None = None
    position: str = ""
    region: str = ""

    def __bool__(self) -> bool:
        return any((self.department_id, self.group_id, self.position, self.region))


@dataclass(frozen=True)
class Audience:
    """What the sender chose."""

    people: tuple[int, ...] = ()
    departments: tuple[int, ...] = ()
    groups: tuple[int, ...] = ()
    everybody: bool = False
    conditions: Conditions = Conditions()

    def __bool__(self) -> bool:
        return bool(self.people or self.is_many)

    @property
    def is_many(self) -> bool:
        """Tell whether it names more than single people, which needs a right of its own."""
        return bool(self.departments or self.groups or self.everybody or self.conditions)


@dataclass(frozen=True)
class Choice:
    """Something that can be chosen: its token, its name, and what it is."""

    token: str
    title: str
    note: str


def read_tokens(tokens: Sequence[str]) -> Audience:
    """Read `u5`, `d3`, `g2` and `all`. What is none of them is passed over."""
    numbers: dict[str, list[int]] = {"u": [], "d": [], "g": []}
    for token in tokens:
        kind, number = token[:1], token[1:]
        if kind in numbers and number.isascii() and number.isdigit() and len(number) < 16:
            numbers[kind].append(int(number))
    return Audience(
        people=tuple(dict.fromkeys(numbers["u"])),
        departments=tuple(dict.fromkeys(numbers["d"])),
        groups=tuple(dict.fromkeys(numbers["g"])),
        everybody=EVERYBODY in tokens,
    )


def tokens_of(audience: Audience) -> list[str]:
    """Write an audience, but its conditions, as tokens."""
    found = [f"{kind}{number}" for kind, numbers in _named(audience) for number in numbers]
    return [*found, EVERYBODY] if audience.everybody else found


def _named(audience: Audience) -> list[tuple[str, tuple[int, ...]]]:
    return [("u", audience.people), ("d", audience.departments), ("g", audience.groups)]


def people_in(session: Session, audience: Audience, *, but: int | None = None) -> Select[Any]:
    """Give the select of the ids of the open accounts that an audience reaches; `but` only where he is named."""
    reached: list[ColumnElement[bool]] = [among(session, User.id, audience.people)]
    wide: list[ColumnElement[bool]] = []
    if audience.everybody:
        wide.append(User.id.is_not(None))
    if audience.departments:
        wide.append(_in_departments(session, audience.departments))
    if audience.groups:
        wide.append(_in_groups(audience.groups))
    if audience.conditions:
        wide.append(_meeting(session, audience.conditions))
    if wide:
        many = or_(*wide)
        reached.append(many if but is None else many & (User.id != but))
    return select(User.id).where(User.active, or_(*reached))


def _in_departments(session: Session, ids: Sequence[int]) -> ColumnElement[bool]:
    paths = session.scalars(select(Department.path).where(Department.id.in_(ids))).all()
    below = [Department.path.startswith(path, autoescape=True) for path in paths]
    return User.department_id.in_(select(Department.id).where(or_(false(), *below)))


def _in_groups(ids: Sequence[int]) -> ColumnElement[bool]:
    return User.id.in_(select(Membership.user_id).where(Membership.group_id.in_(ids)))


def _meeting(session: Session, wanted: Conditions) -> ColumnElement[bool]:
    found: ColumnElement[bool] = User.active.is_(True)
    if wanted.department_id is not None:
        found &= _in_departments(session, [wanted.department_id])
    if wanted.group_id is not None:
        found &= _in_groups([wanted.group_id])
    if wanted.position:
        found &= User.position.icontains(wanted.position, autoescape=True)
    if wanted.region:
        found &= User.region.icontains(wanted.region, autoescape=True)
    return found


def count_people(session: Session, audience: Audience, *, but: int | None = None) -> int:
    """Count whom an audience reaches."""
    return session.scalar(select(func.count()).select_from(people_in(session, audience, but=but).subquery())) or 0


def choices_of(session: Session, audience: Audience) -> list[Choice]:
    """Name what an audience holds, but its conditions; what is gone is left out."""
    found = []
    for row in session.execute(select(User.id, User.name, User.position).where(User.id.in_(audience.people))):
        found.append(Choice(f"u{row.id}", row.name, row.position or ""))
    for department in session.scalars(select(Department).where(Department.id.in_(audience.departments))):
        found.append(Choice(f"d{department.id}", department.name, gettext("Department")))
    for group in session.scalars(select(Group).where(Group.id.in_(audience.groups))):
        found.append(Choice(f"g{group.id}", str(group_title(group.name, group.title)), gettext("Group")))
    if audience.everybody:
        found.append(Choice(EVERYBODY, gettext("Everybody"), ""))
    return found


def in_words(session: Session, audience: Audience) -> str:
    """Say whom a message went to, for its sender and its receivers."""
    names = [one.title for one in choices_of(session, audience)]
    if audience.conditions:
        names.append(gettext("people by conditions"))
    if len(names) <= SHOWN:
        return "、".join(names)[:300]
    return gettext("%(names)s and %(count)s more", names="、".join(names[:SHOWN]), count=len(names) - SHOWN)[:300]


def read_names(session: Session, text: str, audience: Audience) -> Audience:
    """Add what was typed as names, divided by commas: people, departments, groups, everybody. Raises Refused."""
    names = [part.strip() for part in text.replace("，", ",").replace("、", ",").split(",") if part.strip()]
    if not names:
        return audience
    groups = {str(group_title(row.name, row.title)): row.id for row in session.scalars(select(Group))}
    for name in names:
        audience = _with_name(session, name, groups, audience)
    return audience


def _with_name(session: Session, name: str, groups: dict[str, int], audience: Audience) -> Audience:
    found = session.scalars(
        select(User.id).where(User.active, or_(User.name == name, User.username == name)).limit(2)
    ).all()
    if len(found) == 1:
        return replace(audience, people=(*audience.people, found[0]))
    if len(found) > 1:
        raise Refused(_("Several people are called %(name)s. Choose one of the list.", name=name[:60]))
    department = session.scalar(select(Department.id).where(Department.name == name, Department.retired.is_(False)))
    if department is not None:
        return replace(audience, departments=(*audience.departments, department))
    if name in groups:
        return replace(audience, groups=(*audience.groups, groups[name]))
    if name in (*ALL, gettext("Everybody")):
        return replace(audience, everybody=True)
    raise Refused(_("Nobody is called %(name)s.", name=name[:60]))


def who_may(code: str, record: Any, *, besides: int) -> list[int]:
    """List the colleagues who hold a right over a record, without one; rights are remembered until they change."""
    with system_session("messages: who may agree") as everything:
        registry = bus_of(everything).registry
        enabled = registry.enabled(everything)
        others = everything.scalars(select(User.id).where(User.active, User.id != besides)).all()
        found = ((key, access_of(everything, key, registry.permissions, enabled)) for key in others)
        return [key for key, access in found if access is not None and access.may(code, record)]
