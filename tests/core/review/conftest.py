"""A house with a clerk, two supervisors of his department, and customers that wait."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from core.customers.models import Company, Contact, Phone
from core.customers.services import index_company, index_contact


@pytest.fixture
def house(people: Any) -> SimpleNamespace:
    market = people.department("市场部")
    press = people.department("发行部")
    return SimpleNamespace(
        zhou=people.user("zhou", department=market, name="周岚"),
        li=people.user("li", department=market, name="李放"),
        chief=people.user("chief", ("supervisor",), department=market, name="陈主管"),
        deputy=people.user("deputy", ("supervisor",), department=market, name="何主管"),
        stranger=people.user("stranger", ("supervisor",), department=press, name="外主管"),
        boss=people.user("boss", ("decision_maker",), name="总经理"),
    )


@pytest.fixture
def firm(as_system: Any, house: SimpleNamespace) -> Any:
    """Make a customer of the clerk's: `firm("成都锦城糖酒有限公司", review_state="submitted")`."""

    def make(name: str, state: str = "submitted", *, phone: str = "", contact: str = "", **values: Any) -> int:
        with as_system() as session:
            zhou = house.zhou.id
            company = Company(name=name, **{"review_state": state, "owner_id": zhou, "entered_by_id": zhou, **values})
            session.add(company)
            session.flush()
            if phone:
                session.add(Phone(company=company, kind="office", number=phone))
            if contact:
                person = Contact(company=company, name=contact, review_state=state, entered_by_id=zhou)
                session.add(person)
                session.flush()
                index_contact(session, person)
            index_company(session, company)
            return int(company.id)

    return make
