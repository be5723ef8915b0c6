"""People with tokens, the programs that send them, and a few customers."""

from __future__ import annotations

import contextvars
import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from core.api.models import ApiToken
from core.api.queries import hash_of, noun_of
from core.auth.models import User
from core.clock import local_today
from core.customers.models import Company, Contact, Phone
from tests.core.fields.conftest import add_field, run_jobs

__all__ = ["add_field", "run_jobs"]

ALL = object()


@dataclass
class Program:
    """A program that reads with a token."""

    app: Flask
    token: str
    id: int

    def get(self, address: str, **headers: str) -> Any:
        """Ask for something under `/api/v1/`."""
        sent = {"Authorization": f"Bearer {self.token}", **{k.replace("_", "-"): v for k, v in headers.items()}}
        return contextvars.Context().run(self.app.test_client().get, f"/api/v1/{address}", headers=sent)

    def items(self, address: str) -> list[dict[str, Any]]:
        """Read a list to its end."""
        found: list[dict[str, Any]] = []
        following: str | None = f"/api/v1/{address}"
        while following:
            answer = self.get(following.removeprefix("/api/v1/"))
            assert answer.status_code == 200, answer.text
            found += answer.json["items"]
            following = answer.json["next"]
        return found


@pytest.fixture
def program_of(app, as_system) -> Callable[..., Program]:
    """Give a person a program: `program_of(user, nouns=("core:company",), private=True, days=5)`."""
    made: list[str] = []

    def make(user: User, *, nouns: Any = ALL, private: bool = False, days: int = 30, **values: Any) -> Program:
        token = f"zhk_test-{user.username}-{len(made)}"
        made.append(token)
        chosen: Iterable[str] = nouns
        if nouns is ALL:
            chosen = [noun_of(one) for one in app.extensions["zhike"].registry.resources(everywhere=True)]
        with as_system() as session:
            row = ApiToken(user_id=user.id, title="test", prefix=token[:12], token_hash=hash_of(token), private=private)
            row.nouns, row.expires_on = list(chosen), local_today() + dt.timedelta(days=days)
            for name, value in values.items():
                setattr(row, name, value)
            session.add(row)
            session.flush()
            return Program(app, token, row.id)

    return make


@pytest.fixture
def firm(as_system) -> Callable[..., int]:
    """Make a reviewed customer with one contact; give its number."""

    def make(name: str, owner: User | None = None, **values: Any) -> int:
        with as_system() as session:
            company = Company(name=name, owner_id=owner.id if owner else None, review_state="reviewed", **values)
            company.phones.append(Phone(kind="office", number="028-85550142"))
            session.add_all([company, Contact(name=f"{name}联系人", company=company, hobbies=f"钓鱼{name}")])
            session.flush()
            return company.id

    return make


@pytest.fixture
def zhou(people):
    return people.user("zhou", password="zhou's long secret")


@pytest.fixture
def li(people):
    return people.user("li")


@pytest.fixture
def root(people):
    return people.user("root", ("system_administrator",))


SECRET_LIMIT = Decimal("987654.32")
