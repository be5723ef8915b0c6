"""What hangs on a customer is asked for only where there is any; whatever there is, is told."""

from __future__ import annotations

from random import Random

import pytest
from sqlalchemy import select

from core.auth.access import current_access
from core.customers.models import Company, CompanyRelation, Contact, Phone
from core.customers.views.parts import hung_on_customers
from core.db import session, transaction
from core.presence import are_known_absent, find_with, is_known_absent
from core.tags.models import Tagging
from core.testing.rows import Rows
from core.worklogs.models import WorkLog


@pytest.fixture
def boss(people):
    return people.user("he", groups=("decision_maker",), name="何建国")


def test_what_is_not_there_is_noted_with_the_record(app, boss, company_of, as_user):
    company, bare = company_of("成都甲酒业有限公司", phones=["028-85550001"]), company_of("成都乙酒业有限公司")
    hung = (Phone.company_id, Contact.company_id)
    with as_user(boss):
        assert find_with(session(), Company, company.id, hung).name == company.name
        assert find_with(session(), Company, bare.id, hung).name == bare.name
        table = Company.__tablename__
        assert not is_known_absent(Phone, table, company.id)
        assert is_known_absent(Contact, table, company.id)
        assert not are_known_absent(hung, table, company.id)
        assert are_known_absent(hung, table, bare.id)
        assert not is_known_absent(CompanyRelation, table, bare.id), "nobody asked"
        assert not are_known_absent((), table, bare.id)
        assert find_with(session(), Company, 2**40, hung) is None


def test_one_of_several_columns_is_enough(app, boss, company_of, as_user):
    near, far = company_of("成都甲酒业有限公司"), company_of("成都乙酒业有限公司")
    with as_user(boss), transaction() as writing:
        writing.add(CompanyRelation(company_id=near.id, other_id=far.id, kind="supplier"))
    hung = (CompanyRelation.company_id, CompanyRelation.other_id)
    with as_user(boss):
        for one in (near, far):
            find_with(session(), Company, one.id, hung)
            assert not is_known_absent(CompanyRelation, Company.__tablename__, one.id)


def test_what_is_noted_is_forgotten_when_something_is_written(app, boss, company_of, as_user):
    company = company_of("成都甲酒业有限公司")
    with as_user(boss):
        find_with(session(), Company, company.id, (Contact.company_id,))
        with transaction() as writing:
            writing.add(Contact(company_id=company.id, name="王芳"))
        assert not is_known_absent(Contact, Company.__tablename__, company.id)


def test_rows_that_the_person_does_not_find_count_as_none(app, people, company_of, as_user):
    """The row scope holds in this question as in every other."""
    clerk, other = people.user("li"), people.user("wu")
    company = company_of("成都甲酒业有限公司", owner_id=clerk.id)
    with as_user(other), transaction() as writing:
        writing.add(WorkLog(kind="call", company_id=company.id, author_id=other.id, text="问过价"))
    for who, absent in ((other, False), (clerk, None)):
        with as_user(who):
            found = session().scalars(select(WorkLog.id)).all()
            if find_with(session(), Company, company.id, (WorkLog.company_id,)) is not None:
                known = is_known_absent(WorkLog, Company.__tablename__, company.id)
                assert known is (not found)
                assert absent is None or known is absent


def test_of_every_kind_that_a_page_asks_for_a_row_is_found(boss, company_of, as_user, as_system):
    """A declaration that named the wrong column would hide what there is."""
    with as_user(boss):
        kinds = hung_on_customers(current_access())
    assert len(kinds) > 8
    random, rows = Random(1), None
    for one in kinds:
        model = one[0] if isinstance(one, tuple) else one.class_
        bare, company = company_of("成都甲酒业有限公司"), company_of("成都乙酒业有限公司")
        if isinstance(one, tuple):
            named = {"entity": "company" if model is Tagging else Company.__tablename__, "record_id": company.id}
        else:
            named = {one.key: company.id}
        with as_system() as program:
            rows = rows or Rows(program.connection(), random)
            rows.connection = program.connection()
            rows.make(model.__table__, **named)
            for record in (bare, company):
                find_with(program, Company, record.id, kinds)
            assert is_known_absent(model, Company.__tablename__, bare.id), model
            assert not is_known_absent(model, Company.__tablename__, company.id), model


@pytest.mark.parametrize("scope", ["own", "subordinates", "department"])
def test_a_page_opens_whatever_the_scope_of_finding_customers(people, company_of, browser_of, scope):
    clerk = people.user("wu", ["staff"], department=people.department("销售部"))
    people.grant_group("staff", "core:company:query", scope)
    company = company_of("成都甲酒业有限公司", owner_id=clerk.id)
    browser = browser_of(clerk)
    for tab in ("", "/contacts", "/history"):
        assert browser.get(f"/companies/{company.id}{tab}").status_code == 200, tab
