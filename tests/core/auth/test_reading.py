"""Selects that go straight to the connection are held to the person's rows as all others are."""

from __future__ import annotations

import pytest
from sqlalchemy import Alias, bindparam, func, select
from sqlalchemy.sql.visitors import iterate

from core.auth.access import current_access
from core.customers.models import Company, Contact, Phone
from core.db import prepared, session, transaction
from core.errors import GuardBreach
from core.reading import _compiled, reads_columns

BY_PARENT = prepared(select(Contact.name).join(Contact.company).where(Company.name.startswith(bindparam("start"))))
PHONES = select(Phone.id).join(Company, Company.id == Phone.company_id)
COUNT = prepared(select(func.count()).select_from(PHONES.subquery()))


@pytest.fixture
def two(house):
    house.narrow("zhou")
    house.narrow("zhou", resource="contact")
    return house


def test_columns_are_narrowed_as_records_are(two, as_user):
    for name in ("zhou", "boss", "chief"):
        with as_user(two.users[name]) as current:
            records = {company.name for company in current.scalars(select(Company))}
            assert {row.name for row in current.execute(select(Company.name))} == records
            assert current.scalar(select(func.count(Company.id))) == len(records)
    assert len(records) > 0


def test_a_prepared_select_is_kept_apart_for_each_row_scope(two, as_user):
    wanted = {"zhou": ["mine先生", "zhou先生"], "boss": ["free先生", "li先生", "mine先生", "zhou先生"]}
    for _turn in range(3):
        for name, found in wanted.items():
            with as_user(two.users[name]) as current:
                assert sorted(current.scalars(BY_PARENT, {"start": ""})) == found
                assert current.scalars(BY_PARENT, {"start": "zhou"}).all() == ["zhou先生"]
                assert current.scalar(COUNT) == len(found)


def test_a_prepared_select_is_compiled_once_for_all_with_a_row_scope_of_one_shape(two, as_user):
    statement = prepared(select(Contact.name, Contact.id).where(Contact.name.endswith(bindparam("end"))))
    before = _compiled.cache_info().misses
    for _turn in range(2):
        for name, found in (("zhou", {"zhou先生", "mine先生"}), ("li", {"li先生", "free先生"})):
            with as_user(two.users[name]) as current:
                assert set(current.scalars(statement, {"end": "先生"})) == found
    assert _compiled.cache_info().misses - before == 1


def test_in_a_transaction_what_was_changed_is_seen(two, as_user):
    with as_user(two.users["boss"]), transaction() as current:
        company = current.scalars(select(Company).where(Company.id == two.companies["li"])).one()
        company.name = "宜宾五粮坊酒厂"
        assert current.scalar(select(Company.name).where(Company.id == company.id)) == "宜宾五粮坊酒厂"
        assert current.scalars(BY_PARENT, {"start": "宜宾"}).all() == ["li先生"]


def test_a_result_in_pieces_is_read_in_one_transaction(two, as_user):
    with as_user(two.users["boss"]) as current:
        result = current.execute(select(Company.name).order_by(Company.name), execution_options={"yield_per": 1})
        parts = [[row.name for row in part] for part in result.partitions()]
        assert all(len(part) == 1 for part in parts)
        assert len(parts) == 4
        assert session().connection().get_execution_options().get("isolation_level") != "AUTOCOMMIT"


@pytest.mark.parametrize(
    ("statement", "short"),
    [
        (select(Company.id, Company.name), True),
        (select(func.count(Company.id)), True),
        (select(Company), False),
        (select(Company.id, Contact), False),
        (select(Company.id).union(select(Contact.id)), False),
    ],
)
def test_whole_records_go_the_long_way(statement, short):
    assert reads_columns(statement) is short


def test_rows_are_of_the_moment_when_they_were_asked_for(two, as_user):
    with as_user(two.users["boss"]) as current:
        result = current.execute(select(Company.name).order_by(Company.id))
        first = result.fetchone().name
        with transaction() as writing:
            for company in writing.scalars(select(Company)):
                company.name = f"新{company.name}"
        assert [first, *(row.name for row in result)] == [
            f"{name}糖酒有限公司" for name in ("zhou", "li", "free", "mine")
        ]


def test_a_change_outside_a_transaction_is_found_out_by_any_read(two, as_user):
    with as_user(two.users["boss"]) as current:
        current.scalars(select(Company)).first().name = "宜宾五粮坊酒厂"
        with pytest.raises(GuardBreach):
            current.scalar(select(Company.name))


def test_people_with_equal_rights_share_the_aliases_of_their_row_scope(two, as_user):
    found = []
    for name in ("zhou", "li"):
        with as_user(two.users[name]):
            scope = current_access().loader_options
            found.append({one for option in scope for one in iterate(option.where_criteria) if isinstance(one, Alias)})
    assert found[0] == found[1]
    assert found[0]
