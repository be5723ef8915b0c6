"""Fixtures for tests of core and of plugins: an application on a fresh database, people, browsers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from flask import Flask

    from core.testing.harness import Browser, People, TestDatabase


@pytest.fixture(scope="session")
def test_database(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[TestDatabase]:
    """Make one migrated database per test process; each test gets a fresh copy of it."""
    from core.testing.harness import TestDatabase

    database = TestDatabase.make(tmp_path_factory.mktemp("zhike"), worker_id)
    yield database
    database.drop()


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """Name the test process, also without pytest-xdist."""
    config: Any = request.config
    return str(config.workerinput["workerid"]) if hasattr(config, "workerinput") else "master"


@pytest.fixture(scope="session")
def shared_app(test_database: TestDatabase) -> Flask:
    """Make the application once per test process."""
    return test_database.make_app()


@pytest.fixture
def app(shared_app: Flask, test_database: TestDatabase) -> Iterator[Flask]:
    """Give the application on a database as the migrations leave it."""
    test_database.reset(shared_app)
    with shared_app.app_context():
        yield shared_app


@pytest.fixture
def people(app: Flask) -> People:
    """Make users, departments and grants."""
    from core.testing.harness import People

    return People(app)


@pytest.fixture
def browser_of(app: Flask) -> Callable[..., Browser]:
    """Open a browser in which a user has signed in, or nobody: `browser_of(user).get("/companies")`."""
    from core.testing.harness import Browser

    return lambda user=None: Browser(app, user)


@pytest.fixture
def as_user(app: Flask) -> Callable[..., AbstractContextManager[Any]]:
    """Run a block as a user: `with as_user(user) as session:`; write inside `with transaction() as session:`."""
    from core.testing.harness import acting

    return lambda user: acting(app, user)


@pytest.fixture
def as_system(app: Flask) -> Callable[[], AbstractContextManager[Any]]:
    """Write as the program: `with as_system() as session:` is one transaction."""
    from core.db import system_transaction

    return lambda: system_transaction("test", database=app.extensions["zhike"].database)


def pytest_configure(config: pytest.Config) -> None:
    """Run without the state of a deployment."""
    import os

    os.environ["ZHIKE_ENV"] = "test"
    for name in ("ZHIKE_HOME", "ZHIKE_DATABASE_URL", "ZHIKE_DISABLE", "ZHIKE_SAFE_MODE"):
        os.environ.pop(name, None)
