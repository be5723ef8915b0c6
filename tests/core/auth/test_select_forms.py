"""Lock L2: whatever form a select takes, it finds only rows within the person's scope, or is refused."""

from __future__ import annotations

import pytest
from sqlalchemy import exists, func, select, text
from sqlalchemy.orm import aliased, joinedload, lazyload, selectinload, subqueryload

from core.auth.models import User
from core.customers.models import Company, Contact
from core.errors import GuardBreach

OTHER = aliased(Company)
TABLE = Company.__table__

NARROWED = {
    "an entity": lambda: select(Company.name).select_from(Company),
    "columns": lambda: select(Company.name, Company.id),
    "an alias": lambda: select(OTHER.name),
    "a relation into an alias": lambda: select(OTHER.name).select_from(Contact).join(Contact.company.of_type(OTHER)),
    "a relation": lambda: select(Company.name).select_from(Contact).join(Contact.company),
    "a join by condition": lambda: select(Company.name).join(Contact, Contact.company_id == Company.id),
    "from a user": lambda: select(Company.name).join(User, Company.owner_id == User.id, isouter=True),
    "a subquery": lambda: select(select(Company.name).subquery().c.name),
    "a limited subquery": lambda: select(select(Company.name).limit(9).subquery().c.name),
    "a common table expression": lambda: select(select(Company.name).cte().c.name),
    "a union": lambda: select(Company.name).union(select(Company.name)),
    "has": lambda: select(Contact.name).where(Contact.company.has()),
    "any": lambda: select(Company.name).where(Company.contacts.any()),
    "in": lambda: select(Contact.name).where(Contact.company_id.in_(select(Company.id))),
    "a scalar subquery": lambda: select(
        select(Company.name).where(Company.id == Contact.company_id).scalar_subquery()
    ).select_from(Contact),
    "an aggregate": lambda: select(func.max(Company.name)),
}
REFUSED = {
    "the table's column": lambda: select(TABLE.c.name),
    "the table": lambda: select(func.count()).select_from(TABLE),
    "the table under an alias": lambda: select(TABLE.alias().c.name),
    "the table beside a model": lambda: select(User.name).where(User.id.in_(select(TABLE.c.owner_id))),
    "a join to the table": lambda: select(User.name).join(TABLE, TABLE.c.owner_id == User.id),
    "the table in a subquery": lambda: select(select(TABLE.c.name).subquery().c.name),
    "the table in a common table expression": lambda: select(select(TABLE.c.name).cte().c.name),
    "the table in a union": lambda: select(User.name).union(select(TABLE.c.name)),
    "the table in exists": lambda: select(exists(select(TABLE.c.name))),
    "text": lambda: text("SELECT name FROM core_company"),
    "text for a model": lambda: select(Company).from_statement(text("SELECT * FROM core_company")),
}


@pytest.fixture
def clerk(people, as_system):
    """Make a clerk who finds only his own companies, of which there is one beside another's."""
    user, other = people.user("zhou", ()), people.user("li")
    people.grant(user, "core:company:query", "own")
    people.grant(user, "core:contact:query", "own")
    with as_system() as session:
        for owner, name in ((user, "mine"), (other, "theirs")):
            company = Company(name=name, owner_id=owner.id)
            session.add(company)
            session.flush()
            session.add(Contact(company_id=company.id, name=name))
    return user


@pytest.mark.parametrize("form", NARROWED)
def test_a_select_finds_only_rows_within_the_scope(clerk, as_user, form):
    with as_user(clerk) as session:
        found = {row[0] for row in session.execute(NARROWED[form]())}
    assert found == {"mine"}


@pytest.mark.parametrize("form", REFUSED)
def test_a_select_past_the_model_is_refused(clerk, as_user, form):
    with as_user(clerk) as session, pytest.raises(GuardBreach):
        session.execute(REFUSED[form]()).all()


LOADED = {
    "joined": joinedload,
    "by a second select": selectinload,
    "by a subquery": subqueryload,
    "when asked for": lazyload,
}


@pytest.mark.parametrize("way", LOADED)
def test_relations_load_within_the_scope(clerk, as_user, way):
    with as_user(clerk) as session:
        companies = session.scalars(select(Company).options(LOADED[way](Company.contacts))).unique().all()
        assert [(c.name, [p.name for p in c.contacts]) for c in companies] == [("mine", ["mine"])]
        contacts = session.scalars(select(Contact).options(LOADED[way](Contact.company))).all()
        assert [p.company.name for p in contacts] == ["mine"]


def test_a_record_is_got_by_its_id_only_within_the_scope(clerk, as_user, as_system):
    with as_system() as session:
        ids = dict(session.execute(select(Company.name, Company.id)).all())
    with as_user(clerk) as session:
        mine = session.get(Company, ids["mine"])
        assert mine.name == "mine"
        session.refresh(mine)
        assert session.get(Company, ids["theirs"]) is None
