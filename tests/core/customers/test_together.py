"""What hangs on several records comes in one statement, each part whole, and nothing that the person may not find."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from core.customers.models import Company, Contact, Email, Phone
from core.customers.queries.record import hanging_on
from core.customers.resources import loads
from core.together import Part, Together, read_together


def test_no_row_is_doubled_and_none_is_missing(as_user, company_of, people):
    boss = people.user("he", groups=("decision_maker",))
    one = company_of("成都锦城糖酒有限公司", phones=["85550001", "85550002", "85550003"], contacts=["王一", "李二"])
    company_of("乐山糖果厂", phones=["85550009"], emails=["a@example.com"], contacts=["赵"])
    parts = Together(
        Part(Phone.company_id),
        Part(Email.company_id),
        Part(Contact.company_id, [Contact.id, Contact.name], where=Contact.name != "李二"),
    )
    with as_user(boss) as session:
        phones, emails, contacts = parts.read(session, [one.id])
        assert sorted(phone.digits for phone in phones) == ["85550001", "85550002", "85550003"]
        assert emails == []
        assert sorted(name for _id, name in contacts) == ["王一"]


@pytest.mark.parametrize("groups", [("staff",), ("supervisor",), ("decision_maker",), ("finance",)])
def test_a_person_gets_what_he_would_get_one_by_one(as_user, as_system, company_of, people, groups):
    user = people.user("zhou", groups=groups)
    other = people.user("li")
    mine = company_of("成都锦城糖酒有限公司", owner_id=user.id, phones=["85550001"], contacts=["王一"])
    theirs = company_of(
        "乐山糖果厂", owner_id=other.id, phones=["85550002"], emails=["b@example.com"], contacts=["赵三"]
    )
    draft = company_of("眉山酒厂", owner_id=other.id, review_state="draft", phones=["85550003"], contacts=["钱四"])
    models: tuple[Any, ...] = (Phone, Email, Contact)
    ids = [mine.id, theirs.id, draft.id]
    with as_user(user) as session:
        alone = [sorted(session.scalars(select(model.id).where(model.company_id.in_(ids)))) for model in models]
        together = Together(*(Part(model.company_id) for model in models)).read(session, ids)
        assert [sorted(row.id for row in rows) for rows in together] == alone
        for one in ids:
            found = session.get(Company, one)
            if found is not None:
                hanging = hanging_on(session, found)
                assert {row.company_id for row in hanging.reach.phones} <= {one}
                assert {row.company_id for row in hanging.contacts} <= {one}


def loaded(session, ids, loaders):
    return [loader.fold(rows) for loader, rows in zip(loaders, read_together(session, ids, loaders), strict=True)]


def test_loaders_that_read_the_same_model_all_load(as_user, company_of, people):
    boss = people.user("he", groups=("decision_maker",))
    one = company_of("成都锦城糖酒有限公司", phones=["028-85550001", "028-85550002"], emails=["a@example.com"])
    other = company_of("乐山糖果厂", phones=["0833-2100200"])
    office = loads.first(Phone, "number", "company", ("office",))
    fax = loads.first(Phone, "number", "company", ("fax",))
    number = loads.several(Phone, "digits")
    mail = loads.first(Email, "address", "company", ("office",))
    assert office.part is fax.part
    with as_user(boss) as session:
        for ids in ([one.id, other.id], [one.id, other.id, *range(10_000, 10_300)]):
            found = loaded(session, ids, [office, fax, number, mail])
            assert found == [
                {one.id: "028-85550001", other.id: "0833-2100200"},
                {},
                {one.id: ["02885550001", "02885550002"], other.id: ["08332100200"]},
                {one.id: "a@example.com"},
            ]
            assert office(session, ids) == found[0]
        assert loaded(session, [], [office]) == [{}]
