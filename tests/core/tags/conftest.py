"""A house with two clerks of one department, a supervisor and a decision maker, and customers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from core.customers.models import Company
from core.customers.services import index_company


@pytest.fixture
def house(people: Any) -> SimpleNamespace:
    market = people.department("市场部")
    return SimpleNamespace(
        zhou=people.user("zhou", department=market, name="周岚"),
        li=people.user("li", department=market, name="李放"),
        chief=people.user("chief", ("supervisor",), department=market, name="陈主管"),
        boss=people.user("boss", ("decision_maker",), name="总经理"),
    )


@pytest.fixture
def firm(as_system: Any, house: SimpleNamespace) -> Any:
    """Make a customer of the clerk's: `firm("成都锦城糖酒有限公司")` gives its id."""

    def make(name: str, **values: Any) -> int:
        with as_system() as session:
            company = Company(name=name, **{"review_state": "reviewed", "owner_id": house.zhou.id, **values})
            session.add(company)
            session.flush()
            index_company(session, company)
            return int(company.id)

    return make
