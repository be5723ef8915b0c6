"""Accounts: the rules behind the pages and the `zhike users` command (A-03, S16)."""

from __future__ import annotations

import dataclasses
import json

import pytest
from sqlalchemy import select

from core.auth.access import access_of
from core.auth.models import User, WebSession
from core.auth.passwords import check_password
from core.auth.services import accounts
from core.config import load_config
from core.db import work
from core.errors import Forbidden, Misdeclared, Refused
from core.testing.harness import PASSWORD


@pytest.fixture
def run(app, monkeypatch, test_database):
    """Run a `zhike` command on the test's database."""
    from click.testing import CliRunner

    from core.cli import cli

    def go(*words, stdin=""):
        return CliRunner().invoke(cli, list(words), input=stdin, obj={"app": app})

    return go


def groups(session, *names):
    return accounts.groups_named(session, names)


def access(app, user):
    zhike = app.extensions["zhike"]
    with work(zhike.database, reason="test") as unit:
        return access_of(unit.session, user.id, zhike.registry.permissions, frozenset())


def test_an_account_is_made_with_groups_department_and_supervisor(app, as_system, people):
    boss = people.user("boss")
    with as_system() as session:
        place = accounts.save_department(session, None, name="市场部", parent_id=None)
        accounts.create_user(
            session,
            username=" Zhou ",
            name="周岚",
            groups=groups(session, "staff"),
            password=PASSWORD,
            department_id=place.id,
            supervisor_id=boss.id,
        )
    with as_system() as session:
        user = session.scalars(select(User).where(User.username == "zhou")).one()
        assert (user.name, user.department.name, user.supervisor_id) == ("周岚", "市场部", boss.id)
        assert [group.name for group in user.groups] == ["staff"]
        assert user.must_change_password
        assert check_password(user.password_hash, PASSWORD)


@pytest.mark.parametrize("name", ["a", "two words", "", "a/b", "x" * 61])
def test_a_user_name_that_cannot_stand_is_refused(app, as_system, name):
    with pytest.raises(Refused), as_system() as session:
        accounts.create_user(session, username=name, groups=[], password=None)


def test_two_accounts_cannot_have_one_name(app, as_system, people):
    people.user("zhou")
    with pytest.raises(Refused) as refused, as_system() as session:
        accounts.create_user(session, username="ZHOU", groups=[], password=None)
    assert "username" in refused.value.fields


def test_nobody_is_his_own_supervisor_by_a_detour(app, as_system, people):
    boss = people.user("boss")
    middle = people.user("middle", supervisor=boss)
    staff = people.user("staff1", supervisor=middle)
    with pytest.raises(Refused), as_system() as session:
        user = session.get(User, boss.id)
        accounts.change_user(session, user, groups=user.groups, department_id=None, supervisor_id=staff.id, active=True)


def test_the_last_administrator_cannot_be_closed_or_degraded(app, as_system, people):
    root = people.user("root", groups=("system_administrator",))
    with pytest.raises(Refused), as_system() as session:
        accounts.set_active(session, session.get(User, root.id), active=False)
    with pytest.raises(Refused), as_system() as session:
        accounts.set_groups(session, session.get(User, root.id), groups(session, "staff"))
    people.user("second", groups=("system_administrator",))
    with as_system() as session:
        accounts.set_active(session, session.get(User, root.id), active=False)


def test_who_may_not_edit_rights_cannot_reach_for_them(app, as_system, people):
    clerk = people.user("clerk")
    people.grant(clerk, "core:user:admin", "all")
    root = people.user("root", groups=("system_administrator",))
    other = people.user("other")
    by = access(app, clerk)
    with as_system() as session:
        with pytest.raises(Forbidden):
            accounts.set_password(session, session.get(User, root.id), PASSWORD, by=by)
        with pytest.raises(Forbidden):
            accounts.set_groups(session, session.get(User, clerk.id), groups(session, "system_administrator"), by=by)
        with pytest.raises(Forbidden):
            accounts.create_user(
                session, username="mole", groups=groups(session, "decision_maker"), password=None, by=by
            )
        accounts.set_password(session, session.get(User, other.id), PASSWORD, by=by)


def test_closing_an_account_and_setting_its_password_end_its_sign_ins(app, as_system, people, browser_of):
    user = people.user("zhou", password=PASSWORD)
    browser_of(user)
    with as_system() as session:
        accounts.set_password(session, session.get(User, user.id), PASSWORD + "2")
        assert session.scalar(select(WebSession)) is None
    browser = browser_of(user)
    with as_system() as session:
        accounts.set_active(session, session.get(User, user.id), active=False)
    assert browser.get("/account").status_code == 303


def test_a_department_moves_with_all_below_it(app, as_system):
    with as_system() as session:
        top, other = (accounts.save_department(session, None, name=n, parent_id=None) for n in ("总部", "分部"))
        middle = accounts.save_department(session, None, name="市场部", parent_id=top.id)
        low = accounts.save_department(session, None, name="一组", parent_id=middle.id)
        accounts.save_department(session, middle, name="市场部", parent_id=other.id)
        assert low.path == f"/{other.id}/{middle.id}/{low.id}/"
        with pytest.raises(Refused):
            accounts.save_department(session, other, name="分部", parent_id=low.id)
        with pytest.raises(Refused):
            accounts.save_department(session, None, name="分部", parent_id=None)


def test_the_command_makes_lists_and_closes_accounts(app, run, as_system):
    made = run("users", "create", "Zhou", "--groups", "staff", "--department", "市场部", "--json")
    assert made.exit_code == 0
    told = json.loads(made.stdout)
    assert told["name"] == "zhou"
    run("users", "create", "root", "--groups", "system_administrator", "--password-stdin", stdin=PASSWORD + "\n")
    listed = json.loads(run("users", "list", "--json").stdout)
    assert [(u["name"], u["groups"], u["department"], u["active"]) for u in listed] == [
        ("zhou", "staff", "市场部", True),
        ("root", "system_administrator", "", True),
    ]
    with as_system() as session:
        zhou, root = (session.scalars(select(User).where(User.username == n)).one() for n in ("zhou", "root"))
        assert check_password(zhou.password_hash, told["password"])
        assert zhou.must_change_password
        assert check_password(root.password_hash, PASSWORD)
        assert not root.must_change_password
    assert run("users", "disable", "zhou").exit_code == 0
    assert [u["active"] for u in json.loads(run("users", "list", "--json").stdout)] == [False, True]


def test_the_command_sets_a_new_password(app, run, people, as_system):
    user = people.user("zhou", password=PASSWORD)
    assert run("users", "passwd", "zhou", "--password-stdin", stdin="an-other-Password-1\n").exit_code == 0
    with as_system() as session:
        assert check_password(session.get(User, user.id).password_hash, "an-other-Password-1")


@pytest.mark.parametrize(
    "words",
    [
        ("users", "create", "x1", "--groups", "nobody"),
        ("users", "create", "two words", "--groups", "staff"),
        ("users", "disable", "nobody"),
        ("users", "passwd", "nobody"),
    ],
)
def test_the_command_refuses_with_a_reason_and_leaves_nothing(app, run, words, as_system):
    answer = run(*words)
    assert isinstance(answer.exception, Refused)
    with as_system() as session:
        assert session.scalar(select(User)) is None


def production(test_database, **more):
    return load_config(
        {
            "ZHIKE_HOME": str(test_database.home),
            "ZHIKE_DATABASE_URL": test_database.url,
            "ZHIKE_ENV": "production",
            "ZHIKE_SECRET_KEY": "0123456789abcdef" * 4,
            **more,
        }
    )


@pytest.mark.parametrize(
    "setting", [{"ZHIKE_SECRET_KEY": "change-me"}, {"ZHIKE_SECRET_KEY": "short"}, {"ZHIKE_DEBUG": "1"}]
)
def test_production_refuses_the_sample_key_and_debug(app, test_database, setting):
    with pytest.raises(Misdeclared):
        production(test_database, **setting)


def test_production_refuses_passwords_of_demo_data_until_they_are_changed(app, test_database, as_system, people):
    from core.server import check_passwords

    parts = app.extensions["zhike"]
    user = people.user("sales", password=PASSWORD)
    with as_system() as session:
        session.get(User, user.id).prefs = {accounts.SAMPLE: True, "panel": "folded"}
    strict = dataclasses.replace(parts, config=production(test_database))
    with pytest.raises(Misdeclared, match="sales"):
        check_passwords(strict)
    check_passwords(parts)
    with as_system() as session:
        accounts.set_password(session, session.get(User, user.id), PASSWORD + "x")
        assert session.get(User, user.id).prefs == {"panel": "folded"}
    check_passwords(strict)
