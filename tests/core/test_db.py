"""Transactions, versions of what processes keep, and the rules of the session."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from sqlalchemy import select, text

from core.auth.models import Audit, Department, User
from core.columns import Money, UTCDateTime
from core.db import on_commit, permitted, session, system_session, transaction, work
from core.errors import GuardBreach


def test_a_change_outside_a_transaction_is_refused(app, people, as_user):
    user = people.user("zhou", ("system_administrator",))
    with as_user(user) as current:
        current.add(Department(name="市场部"))
        with pytest.raises(GuardBreach):
            current.flush()


def test_transactions_do_not_nest(app, people, as_user):
    with (
        as_user(people.user("zhou", ("system_administrator",))),
        transaction(),
        pytest.raises(GuardBreach),
        transaction(),
    ):
        pass


def test_a_failed_transaction_leaves_nothing_and_runs_no_callback(app, people, as_user):
    user, called = people.user("zhou", ("system_administrator",)), []
    with as_user(user):
        with pytest.raises(ZeroDivisionError), transaction() as current:
            current.add(Department(name="市场部"))
            current.flush()
            on_commit(current, lambda: called.append(1))
            1 / 0
        assert session().scalar(select(Department)) is None
    assert called == []


def test_callbacks_run_after_the_commit(app, people, as_user):
    seen = []
    database = app.extensions["zhike"].database
    with as_user(people.user("zhou", ("system_administrator",))):

        def look() -> None:
            with system_session("test", database=database) as other:
                seen.append(other.scalar(select(Department.name)))

        with transaction() as current:
            current.add(Department(name="市场部"))
            on_commit(current, look)
            assert seen == []
    assert seen == ["市场部"]


def test_every_change_is_in_the_audit_trail_and_sealed(app, people, as_user):
    from core.auth.audit import sealed

    user = people.user("zhou", ("system_administrator",))
    with as_user(user):
        with transaction() as current:
            current.add(Department(name="市场部"))
        with transaction() as current:
            current.scalars(select(Department)).one().name = "开发部"
        lines = session().scalars(select(Audit).where(Audit.entity == "core_department").order_by(Audit.id)).all()
        assert [line.kind for line in lines] == ["create", "edit"]
        assert lines[1].changes == {"name": ["市场部", "开发部"]}
        assert lines[1].user_id == user.id
        assert all(sealed(line) for line in lines)
        lines[1].changes = {"name": ["市场部", "别的"]}
        assert not sealed(lines[1])
        session().expunge_all()


def test_the_audit_trail_cannot_be_changed_through_a_users_session(app, people, as_user):
    with as_user(people.user("zhou", ("system_administrator",))):
        with transaction() as current:
            current.add(Department(name="市场部"))
        with pytest.raises(GuardBreach), transaction() as current:
            current.scalars(select(Audit)).first().note = "x"


def test_a_stale_save_is_noticed(app, people, as_user):
    from sqlalchemy.orm.exc import StaleDataError

    with as_user(people.user("zhou", ("system_administrator",))):
        with transaction() as current:
            current.add(Department(name="市场部"))
        with pytest.raises(StaleDataError), transaction() as current:
            row = current.scalars(select(Department)).one()
            with permitted():  # somebody else, meanwhile
                current.connection().execute(text("UPDATE core_department SET version = version + 1"))
            row.name = "开发部"


def test_money_is_exact_and_refuses_parts_of_a_fen():
    money = Money()
    assert money.process_bind_param(Decimal("96900.10"), None) == 9690010
    assert money.process_result_value(9690010, None) == Decimal("96900.10")
    with pytest.raises(ValueError):
        money.process_bind_param(Decimal("0.001"), None)


def test_a_naive_moment_is_refused():
    with pytest.raises(ValueError):
        UTCDateTime().process_bind_param(dt.datetime(2026, 1, 1), None)


def test_a_switch_of_rights_is_seen_by_the_next_unit_of_work(app, people):
    from core.auth.access import access_of

    zhike = app.extensions["zhike"]
    user = people.user("zhou", ("system_administrator",))
    for scope in ("all", "none"):
        people.grant(user, "core:user:admin", scope)
        with work(zhike.database, reason="test") as unit:
            access = access_of(unit.session, user.id, zhike.registry.permissions, frozenset())
            assert access is not None
            assert access.may("core:user:admin") is (scope == "all")


def test_a_user_is_versioned(app, people, as_system):
    user = people.user("zhou", ("system_administrator",))
    with as_system() as current:
        current.get(User, user.id).name = "周岚"
    with as_system() as current:
        assert current.get(User, user.id).version == user.version + 1


def test_what_a_unit_of_work_remembers_is_forgotten_when_it_writes(app):
    with work(app.extensions["zhike"].database, reason="test") as unit:
        unit.memory["figure"] = 1
        with transaction():
            assert unit.memory == {}
            unit.memory["figure"] = 2
        assert unit.memory == {}


def test_a_statement_has_one_plan_whatever_the_size_of_its_numbers(app):
    database = app.extensions["zhike"].database
    if database.is_sqlite:
        pytest.skip("PostgreSQL keeps plans")
    with database.engine.connect() as connection:
        for number in (1, 40_000, 3_000_000_000) * 3:
            connection.execute(text("SELECT name FROM core_company WHERE id = :id"), {"id": number})
        kept = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT name FROM core_company%'"
        assert connection.scalar(text(kept)) == 1
