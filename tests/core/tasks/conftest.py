"""Tasks for tests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from core.auth.models import User
from core.bus.jobs import run_job
from core.bus.services import start_job
from core.clock import local_today
from core.customers.models import Company
from core.customers.services import index_company
from core.tasks.models import Task
from core.tasks.services import Wanted, give_task


@pytest.fixture
def task_of(as_system: Any) -> Callable[..., Task]:
    """Make a task: `task_of(li, "回访", by=chief, days=-2)`; by oneself unless told otherwise."""

    def make(person: User | None, title: str = "回访", *, by: User | None = None, days: int = 0, **values: Any) -> Task:
        with as_system() as session:
            giver = by if by is not None else person
            wanted = Wanted(title=title, due_on=local_today() + dt.timedelta(days=days), **values)
            return give_task(session, wanted, [person.id if person else None], by=giver.id if giver else None)[0]

    return make


@pytest.fixture
def company_of(as_system: Any) -> Callable[..., Company]:
    """Make a customer."""

    def make(name: str, **values: Any) -> Company:
        with as_system() as session:
            company = Company(name=name, **{"review_state": "reviewed", **values})
            session.add(company)
            session.flush()
            index_company(session, company)
        return company

    return make


@pytest.fixture
def run(app: Any, as_system: Any) -> Callable[[str], bool]:
    """Run a job once, as the worker does; tell whether it went through."""

    def go(name: str) -> bool:
        with as_system() as session:
            number = start_job(session, name).id
        return run_job(app.extensions["zhike"].bus, number)

    return go
