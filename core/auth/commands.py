"""`zhike users …`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from core.auth.models import Department, User
from core.auth.services import accounts
from core.auth.services.sign_in import username_key
from core.cli import say, the_app
from core.db import system_session, system_transaction
from core.errors import Refused
from core.i18n import _

REASON = "zhike users"


@contextmanager
def _writing() -> Iterator[Session]:
    with system_transaction(REASON, database=the_app().extensions["zhike"].database) as session:
        yield session


def _password(from_stdin: bool) -> tuple[str, bool]:
    """Read the password, or make one up; tell whether it was made up."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n"), False
    return accounts.made_up_password(), True


def _tell(user: User, password: str, made_up: bool, as_json: bool) -> None:
    told = {"id": user.id, "name": user.username}
    if made_up:
        told["password"] = password
    say(told, as_json=as_json)


def _user(session: Session, name: str) -> User:
    user = session.scalar(select(User).where(User.username == username_key(name)))
    if user is None:
        raise Refused(_("There is no account %(name)s.", name=name))
    return user


@click.group("users")
def users_group() -> None:
    """Accounts: make, list, close, new password."""


@users_group.command()
@click.argument("name")
@click.option("--groups", required=True, help="Names of groups, with commas between them.")
@click.option("--department", help="Name of a department; it is made when there is none of this name.")
@click.option("--person", help="The person's name; as NAME when not given.")
@click.option("--supervisor", help="User name of the supervisor.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input; else one is made up.")
@click.option("--json", "as_json", is_flag=True)
def create(
    name: str,
    groups: str,
    department: str | None,
    person: str | None,
    supervisor: str | None,
    password_stdin: bool,
    as_json: bool,
) -> None:
    """Make an account. A made-up password is printed and must be changed at the first sign-in."""
    password, made_up = _password(password_stdin)
    with _writing() as session:
        place = _department(session, department) if department else None
        user = accounts.create_user(
            session,
            username=name,
            name=person,
            groups=accounts.groups_named(session, [g.strip() for g in groups.split(",") if g.strip()]),
            password=password,
            must_change_password=made_up,
            department_id=place.id if place else None,
            supervisor_id=_user(session, supervisor).id if supervisor else None,
        )
    _tell(user, password, made_up, as_json)


def _department(session: Session, name: str) -> Department:
    found = session.scalar(select(Department).where(Department.name == name))
    if found is None:
        click.echo(_("New department: %(name)s", name=name), err=True)
        found = accounts.save_department(session, None, name=name, parent_id=None)
    return found


@users_group.command("list")
@click.option("--json", "as_json", is_flag=True)
def list_users(as_json: bool) -> None:
    """List the accounts."""
    with system_session(REASON, database=the_app().extensions["zhike"].database) as session:
        users = session.scalars(
            select(User).options(selectinload(User.groups), selectinload(User.department)).order_by(User.id)
        ).all()
        say(
            [
                {
                    "id": user.id,
                    "name": user.username,
                    "person": user.name,
                    "groups": ",".join(group.name for group in user.groups),
                    "department": user.department.name if user.department else "",
                    "active": user.active,
                }
                for user in users
            ],
            as_json=as_json,
        )


@users_group.command()
@click.argument("name")
def disable(name: str) -> None:
    """Close an account; its sign-ins end at once."""
    with _writing() as session:
        accounts.set_active(session, _user(session, name), active=False)


@users_group.command()
@click.argument("name")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input; else one is made up.")
@click.option("--json", "as_json", is_flag=True)
def passwd(name: str, password_stdin: bool, as_json: bool) -> None:
    """Set a new password; the account's sign-ins end. A made-up one is printed and must be changed."""
    password, made_up = _password(password_stdin)
    with _writing() as session:
        user = _user(session, name)
        accounts.set_password(session, user, password, must_change=made_up)
    _tell(user, password, made_up, as_json)
