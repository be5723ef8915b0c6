"""Two clerks, their supervisor, and a customer of each clerk."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from core.customers.models import Company, Contact


@pytest.fixture
def house(people, as_system):
    market, press = people.department("市场部"), people.department("发行部")
    chief = people.user("chief", ("supervisor",), department=market)
    clerk = people.user("clerk", department=market, supervisor=chief)
    other = people.user("other", department=press)
    with as_system() as session:
        mine = Company(name="四川川江源酒业有限公司", owner_id=clerk.id, entered_by_id=clerk.id)
        theirs = Company(name="贵州赤河窖酒业有限公司", owner_id=other.id, entered_by_id=other.id)
        session.add_all([mine, theirs])
        session.flush()
        person = Contact(name="王建平", company_id=mine.id)
        session.add(person)
        session.flush()
        ids = {"mine": mine.id, "theirs": theirs.id, "person": person.id}
    return SimpleNamespace(chief=chief, clerk=clerk, other=other, **ids)
