"""Accounts, departments and groups as the administrators' pages list them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_, select, true
from sqlalchemy.orm import Session, selectinload

from core.auth.models import Department, Group, Membership, User
from core.auth.words import group_title

PAGE = 50


@dataclass(frozen=True)
class Wanted:
    """Which accounts to list. `state` is open, closed or all."""

    text: str = ""
    department_id: int | None = None
    group_id: int | None = None
    state: str = "open"


def find_users(session: Session, wanted: Wanted, page: int = 1) -> tuple[list[User], int]:
    """Give one page of the accounts, by user name, and how many there are; a department counts with what is below."""
    statement = _narrowed(session, select(User), wanted)
    count = session.scalar(select(func.count()).select_from(statement.with_only_columns(User.id).subquery())) or 0
    loaded = statement.options(selectinload(User.groups), selectinload(User.department))
    rows = session.scalars(loaded.order_by(User.username).limit(PAGE).offset((page - 1) * PAGE))
    return list(rows), count


def _narrowed(session: Session, statement: Select[Any], wanted: Wanted) -> Select[Any]:
    if wanted.text:
        columns = (User.username, User.name, User.phone)
        statement = statement.where(or_(*(c.icontains(wanted.text, autoescape=True) for c in columns)))
    if wanted.department_id is not None:
        path = session.scalar(select(Department.path).where(Department.id == wanted.department_id)) or "-"
        below = select(Department.id).where(Department.path.startswith(path, autoescape=True))
        statement = statement.where(User.department_id.in_(below))
    if wanted.group_id is not None:
        members = select(Membership.user_id).where(Membership.group_id == wanted.group_id)
        statement = statement.where(User.id.in_(members))
    if wanted.state != "all":
        statement = statement.where(User.active.is_(wanted.state == "open"))
    return statement


@dataclass(frozen=True)
class Branch:
    """A department in the tree: how deep it lies and how many open accounts belong to it."""

    department: Department
    depth: int
    people: int

    @property
    def indented(self) -> str:
        """Give the name as a list of choices shows it."""
        return "　" * self.depth + self.department.name


def department_tree(session: Session) -> list[Branch]:
    """List the departments from the top down, each above what lies below it."""
    below: dict[int | None, list[Department]] = {}
    for one in session.scalars(select(Department).order_by(Department.id)):
        below.setdefault(one.parent_id, []).append(one)
    counted = select(User.department_id, func.count()).where(User.active).group_by(User.department_id)
    people: dict[int | None, int] = {row[0]: row[1] for row in session.execute(counted)}
    found: list[Branch] = []

    def walk(parent: int | None, depth: int) -> None:
        for one in below.get(parent, ()):
            found.append(Branch(one, depth, people.get(one.id, 0)))
            walk(one.id, depth + 1)

    walk(None, 0)
    return found


def department_choices(session: Session, keep: int | None = None) -> list[tuple[str, str]]:
    """List the departments to choose from; a retired one only where the record has it."""
    branches = department_tree(session)
    return [(str(b.department.id), b.indented) for b in branches if not b.department.retired or b.department.id == keep]


def person_choices(
    session: Session, keep: int | None = None, but: int | None = None, closed: bool = False
) -> list[tuple[str, str]]:
    """List the open accounts to choose from, with `closed` the others too."""
    offered = true() if closed else or_(User.active, User.id == keep)
    rows = session.execute(select(User.id, User.name, User.username).where(offered).order_by(User.username))
    return [(str(row.id), f"{row.name} ({row.username})") for row in rows if row.id != but]


def groups(session: Session) -> list[Group]:
    """List the groups, the built-in ones first."""
    return list(session.scalars(select(Group).order_by(Group.builtin.desc(), Group.id)))


def group_titles(session: Session) -> Callable[[str], Any]:
    """Give the function that names a group."""
    titles = {row.name: row.title for row in session.execute(select(Group.name, Group.title))}
    return lambda name: group_title(name, titles.get(name, ""))


def member_counts(session: Session) -> dict[int, int]:
    """Count the open accounts of each group."""
    counted = select(Membership.group_id, func.count()).join(User).where(User.active).group_by(Membership.group_id)
    return {row[0]: row[1] for row in session.execute(counted)}


def members(session: Session, group_id: int) -> list[User]:
    """List the accounts in a group, closed ones last."""
    statement = select(User).join(Membership).where(Membership.group_id == group_id)
    return list(session.scalars(statement.order_by(User.active.desc(), User.username)))
