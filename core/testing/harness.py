"""The parts behind the fixtures: databases that reset in milliseconds, people, browsers."""

from __future__ import annotations

import contextvars
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import create_engine, insert, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from core.app import create_app
from core.auth.access import access_of
from core.auth.models import Department, Grant, Group, Membership, User, WebSession
from core.auth.sessions import COOKIE, ServerSession, form_token, new_token, token_hash
from core.config import Config, load_config
from core.db import system_transaction, work
from core.engines import sqlite_module
from core.migrate import Migrations
from core.registry import Registry
from core.state import bump, forget
from core.testing.rewind import Rewinder

PASSWORD = "a-long-Passw0rd-for-tests"


@dataclass
class TestDatabase:
    """One migrated database and its pristine copy: a file on SQLite, a template database on PostgreSQL."""

    __test__ = False

    home: Path
    url: str
    pristine: str
    touched: bool = False
    rewinder: Rewinder | None = None

    @classmethod
    def make(cls, home: Path, worker: str) -> TestDatabase:
        """Migrate a new database; `ZHIKE_TEST_DATABASE_URL` names the PostgreSQL server to use."""
        server = os.environ.get("ZHIKE_TEST_DATABASE_URL", "")
        if server:
            base = make_url(server.replace("postgresql://", "postgresql+psycopg://", 1))
            name = f"{base.database or 'zhike'}_{worker}_{os.getpid()}"
            made = cls(home, base.set(database=name).render_as_string(hide_password=False), f"{name}_pristine")
            made._server(*_creating(name))
        else:
            made = cls(home, f"sqlite:///{home / 'test.db'}", str(home / "pristine.db"))
        registry = Registry()
        registry.load()
        Migrations(made.url, registry).upgrade()
        if server:
            made._server(f'CREATE DATABASE "{made.pristine}" TEMPLATE "{name}"')
            made.rewinder = Rewinder.of(made.url.replace("+psycopg", "", 1))
        else:
            made._checkpoint()
            shutil.copyfile(home / "test.db", made.pristine)
        return made

    def config(self) -> Config:
        """Give the configuration of a test deployment."""
        return load_config(
            {
                "ZHIKE_HOME": str(self.home),
                "ZHIKE_DATABASE_URL": self.url,
                "ZHIKE_ENV": "test",
                "ZHIKE_SECRET_KEY": "0123456789abcdef" * 4,
            }
        )

    def make_app(self) -> Flask:
        """Make an application on this database."""
        return create_app(self.config())

    def reset(self, app: Flask) -> None:
        """Put the pristine copy back."""
        database = app.extensions["zhike"].database
        database.engine.dispose()
        forget(database)
        if not self.touched:
            self.touched = True
            return
        if database.is_sqlite:
            module = sqlite_module()
            with (
                closing(module.connect(self.pristine)) as source,
                closing(module.connect(self.home / "test.db")) as target,
            ):
                source.backup(target)  # whole, also while a connection that a test forgot is still open
        else:
            if self.rewinder is not None and self.rewinder.rewind():
                return
            name = make_url(self.url).database
            self._server(f'DROP DATABASE "{name}" WITH (FORCE)', *_creating(name, self.pristine))

    def drop(self) -> None:
        """Remove what was made on the server."""
        if self.url.startswith("postgresql"):
            names = (make_url(self.url).database, self.pristine)
            self._server(*(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)' for name in names))

    def _server(self, *statements: str) -> None:
        engine = create_engine(make_url(self.url).set(database="postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()

    def _checkpoint(self) -> None:
        from core.db import make_engine

        engine = make_engine(self.url)
        with engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        engine.dispose()


def _creating(name: str | None, template: str = "template1") -> Sequence[str]:
    """Give the statements that make a database for tests: what is committed there need not outlive a power cut."""
    return (
        f'CREATE DATABASE "{name}" TEMPLATE "{template}"',
        f'ALTER DATABASE "{name}" SET synchronous_commit TO off',
    )


class People:
    """Makes accounts, departments and grants."""

    def __init__(self, app: Flask) -> None:
        self.database = app.extensions["zhike"].database

    def department(self, name: str, parent: Department | None = None) -> Department:
        """Make a department."""
        with system_transaction("test", database=self.database) as session:
            made = Department(name=name, parent_id=parent.id if parent else None)
            session.add(made)
            session.flush()
            made.path = f"{parent.path if parent else '/'}{made.id}/"
        return made

    def user(
        self,
        username: str,
        groups: Sequence[str] = ("staff",),
        *,
        department: Department | None = None,
        supervisor: User | None = None,
        name: str | None = None,
        password: str | None = None,
    ) -> User:
        """Make a user in these groups; without a password nobody can sign in with it."""
        with system_transaction("test", database=self.database) as session:
            made = User(username=username, name=name or username)
            made.department_id = department.id if department else None
            made.supervisor_id = supervisor.id if supervisor else None
            if password is not None:
                from core.auth.passwords import hash_password

                made.password_hash = hash_password(password)
            session.add(made)
            session.flush()
            for group in session.scalars(select(Group).where(Group.name.in_(groups))):
                session.execute(insert(Membership).values(user_id=made.id, group_id=group.id))
            bump(session, "rights")
        return made

    def grant(self, user: User, code: str, scope: str) -> None:
        """Give a user a right of his own, or deny it with the scope `none`."""
        with system_transaction("test", database=self.database) as session:
            self._grant(session, code, scope, user_id=user.id)

    def grant_group(self, name: str, code: str, scope: str) -> None:
        """Set a right of a group."""
        with system_transaction("test", database=self.database) as session:
            group = session.scalars(select(Group).where(Group.name == name)).one()
            self._grant(session, code, scope, group_id=group.id)

    def _grant(self, session: Session, code: str, scope: str, **holder: int) -> None:
        row = session.scalar(select(Grant).filter_by(code=code, **holder))
        if row is None:
            row = Grant(code=code, scope=scope, **holder)
            session.add(row)
        row.scope = scope
        bump(session, "rights")


class Browser:
    """A browser in a test: keeps cookies and sends the form token by itself.

    Nothing of the test's own context reaches a request.
    """

    def __init__(self, app: Flask, user: User | None = None) -> None:
        self.app = app
        self.client = app.test_client()
        self.token = new_token()
        if user is not None:
            with system_transaction("test", database=app.extensions["zhike"].database) as session:
                session.add(WebSession(token_hash=token_hash(self.token), user_id=user.id))
        self.client.set_cookie(COOKIE, self.token)

    @property
    def form_token(self) -> str:
        """Give the token that this browser's forms carry."""
        cookie = self.client.get_cookie(COOKIE)
        token = cookie.value if cookie else self.token
        return form_token(self.app.extensions["zhike"].config.secret_key, ServerSession(token))

    def get(self, address: str, **more: Any) -> TestResponse:
        """Ask for a page."""
        return contextvars.Context().run(self.client.get, address, **more)

    def post(self, address: str, data: dict[str, Any] | None = None, **more: Any) -> TestResponse:
        """Send a form with its token."""
        form = {"csrf_token": self.form_token, **(data or {})}
        return contextvars.Context().run(self.client.post, address, data=form, **more)


@contextmanager
def acting(app: Flask, user: User) -> Iterator[Session]:
    """Run a block as a user, as a request would, with the decision to write already taken."""
    zhike = app.extensions["zhike"]
    with work(zhike.database, reason="test") as unit:
        enabled = zhike.registry.enabled(unit.session)
        access = access_of(unit.session, user.id, zhike.registry.permissions, enabled)
    with work(zhike.database, actor=access) as unit:
        unit.info["may_write"] = True
        yield unit.session
