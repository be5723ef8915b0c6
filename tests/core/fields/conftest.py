"""An administrator with fields of every kind, and customers that have values in them."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from core.admin.fields import create_field
from core.auth.models import CustomField
from core.bus.jobs import due_runs, run_job
from core.customers.lists import COMPANIES, CONTACTS
from core.db import work
from plugins.journals.resources import SUBSCRIPTION
from tests.core.customers.conftest import company_of
from tests.core.transfer.conftest import imports

__all__ = ["company_of", "imports"]

RESOURCES = {one.key: one for one in (COMPANIES, CONTACTS, SUBSCRIPTION)}


@pytest.fixture
def chief(people):
    return people.user("chief", ("system_administrator",), name="管理员")


@pytest.fixture
def add_field(as_system):
    """Add a field: `add_field("会员号", "text", only_once=True)`; give its name."""

    def add(title: str, kind: str = "text", *, of: str = "companies", choices: Any = (), **values: Any) -> str:
        with as_system() as session:
            given = {"title": title, "kind": kind, "field_class": "inner", "checked": True, **values}
            return create_field(session, RESOURCES[of], given, choices).name

    return add


@pytest.fixture
def field_id(app):
    def find(name: str) -> int:
        with work(app.extensions["zhike"].database, reason="test") as unit:
            return unit.session.scalar(select(CustomField.id).where(CustomField.name == name))

    return find


@pytest.fixture
def run_jobs(app):
    """Run what waits, as a worker does."""

    def run() -> None:
        bus = app.extensions["zhike"].bus
        for number in due_runs(bus):
            run_job(bus, number)

    return run
