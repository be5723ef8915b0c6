"""Companies and contacts for tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core.customers.models import Company, Contact, Email, Phone
from core.customers.services import index_company, index_contact
from core.db import system_session


@pytest.fixture
def company_of(as_system: Any) -> Callable[..., Company]:
    """Make a company, found by searching: `company_of("成都锦城糖酒有限公司", owner_id=1, phones=["028-85552290"])`."""

    def make(name: str, *, phones: Any = (), emails: Any = (), contacts: Any = (), **values: Any) -> Company:
        with as_system() as session:
            company = Company(name=name, **{"review_state": "reviewed", **values})
            session.add(company)
            session.flush()
            session.add_all(Phone(company=company, kind="office", number=number) for number in phones)
            session.add_all(Email(company=company, kind="office", address=address) for address in emails)
            for person in contacts:
                contact = Contact(company=company, name=person, review_state=company.review_state)
                session.add(contact)
                index_contact(session, contact)
            index_company(session, company)
        return company

    return make


@pytest.fixture
def clerk(people: Any) -> Any:
    """Make a clerk."""
    return people.user("zhou", name="周岚")


@pytest.fixture
def read(app: Any) -> Callable[[Any], Any]:
    """Read rows as the program itself: `read(select(Contact))`."""

    def one(statement: Any) -> Any:
        with system_session("test", database=app.extensions["zhike"].database) as session:
            return session.scalars(statement).all()

    return one
