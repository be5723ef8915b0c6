"""A small house: two departments, their people, and companies that are owned, shared out and free."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from core.auth.models import User
from core.customers.models import Company, Contact, Phone
from core.testing.harness import People


@dataclass
class House:
    """Users and companies by name; `narrow` leaves a user only his own companies to find."""

    people: People
    users: dict[str, User] = field(default_factory=dict)
    companies: dict[str, int] = field(default_factory=dict)
    contacts: dict[str, int] = field(default_factory=dict)

    def narrow(self, name, scope="own", resource="company", action="query"):
        """Set what the user's group may find."""
        self.people.grant_group(GROUPS.get(name, "staff"), f"core:{resource}:{action}", scope)
        return self.users[name]


GROUPS = {"chief": "supervisor", "boss": "decision_maker", "root": "system_administrator"}


@pytest.fixture
def house(app, people, as_system) -> House:
    made = House(people)
    top = people.department("市场部")
    below = people.department("市场一组", top)
    other = people.department("发行部")
    user = made.users
    user["chief"] = people.user("chief", ("supervisor",), department=top)
    user["zhou"] = people.user("zhou", department=below, supervisor=user["chief"])
    user["li"] = people.user("li", department=other)
    user["boss"] = people.user("boss", ("decision_maker",))
    user["root"] = people.user("root", ("system_administrator",))
    with as_system() as session:
        for name, owner, author in (
            ("zhou", "zhou", "zhou"),
            ("li", "li", "li"),
            ("free", None, "li"),
            ("mine", None, "zhou"),
        ):
            company = Company(name=f"{name}糖酒有限公司", entered_by_id=user[author].id)
            company.owner_id = user[owner].id if owner else None
            contact = Contact(name=f"{name}先生", company=company)
            company.phones.append(Phone(kind="main", number="028-85550142"))
            session.add_all([company, contact])
            session.flush()
            made.companies[name] = company.id
            made.contacts[name] = contact.id
    return made
