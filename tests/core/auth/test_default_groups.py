"""The default groups hold exactly what promises.md (Permissions) says."""

from __future__ import annotations

import pytest

from core.auth.access import access_of
from core.customers.models import Company
from core.db import work

GROUPS = ("staff", "supervisor", "decision_maker", "system_administrator")

TABLE = {
    "core:company:query": ("all", "all", "all", "all"),
    "core:company:read": ("own", "all", "all", "all"),
    "core:company:read_reviewed": ("all", "all", "all", "all"),
    "core:company:private": ("own", "department", "all", "all"),
    "core:company:create": ("own", "department", "all", "all"),
    "core:company:edit": ("own", "department", "all", "all"),
    "core:company:delete": ("own", "department", "all", "all"),
    "core:company:review": ("none", "department", "all", "all"),
    "core:company:assign": ("none", "department", "all", "all"),
    "core:company:print": ("own", "all", "all", "all"),
    "core:company:export": ("none", "none", "all", "all"),
    "core:company:mail": ("none", "none", "all", "all"),
    "core:company:duplicate": ("all", "all", "all", "all"),
    "core:company:claim": ("all", "all", "all", "all"),
    "core:contact:query": ("all", "all", "all", "all"),
    "core:contact:read": ("own", "all", "all", "all"),
    "core:contact:private": ("own", "subordinates", "all", "all"),
    "core:contact:create": ("own", "department", "all", "all"),
    "core:contact:edit": ("own", "department", "all", "all"),
    "core:contact:delete": ("own", "department", "all", "all"),
    "core:contact:review": ("none", "department", "all", "all"),
    "core:contact:export": ("none", "none", "all", "all"),
    "core:contact:mail": ("none", "none", "all", "all"),
    "core:user:admin": ("none", "none", "none", "all"),
    "core:group:admin": ("none", "none", "none", "all"),
    "core:plugin:admin": ("none", "none", "none", "all"),
    "core:setting:admin": ("none", "none", "none", "all"),
    "core:dictionary:admin": ("none", "none", "none", "all"),
    "core:standing:admin": ("none", "none", "all", "all"),
    "core:system:admin": ("none", "none", "none", "all"),
    "core:bus:admin": ("none", "none", "none", "all"),
    "core:attachment:admin": ("none", "none", "none", "all"),
    "core:import:admin": ("none", "none", "all", "all"),
    "core:privacy:admin": ("none", "none", "all", "all"),
    "core:contact:copy": ("none", "none", "all", "all"),
    "core:contact:erase": ("none", "none", "all", "all"),
    "core:company:erase": ("none", "none", "all", "all"),
    "core:tag:admin": ("none", "all", "all", "all"),
    "core:audit:read": ("own", "department", "all", "all"),
}


@pytest.fixture
def access(app, people):
    """Give the rights of a person in one group."""
    parts = app.extensions["zhike"]

    def of(group, **more):
        user = people.user(f"in_{group}", (group,), **more)
        with work(parts.database, reason="test") as unit:
            return access_of(unit.session, user.id, parts.registry.permissions, parts.registry.enabled(unit.session))

    return of


@pytest.mark.parametrize("group", GROUPS)
def test_a_default_group_holds_what_the_table_says(access, group):
    held = access(group)
    column = GROUPS.index(group)
    assert {code: held.scope(code) for code in TABLE} == {code: row[column] for code, row in TABLE.items()}


def test_no_administrative_right_of_core_is_left_out_of_the_table(app):
    codes = {p.code for p in app.extensions["zhike"].registry.permissions() if p.code.startswith("core:")}
    assert {code for code in codes if code.endswith(":admin")} <= TABLE.keys()
    assert {code for code in codes if code.split(":")[1] == "company"} <= TABLE.keys()


def test_a_person_in_no_group_holds_nothing(app, people):
    parts = app.extensions["zhike"]
    user = people.user("nobody", ())
    with work(parts.database, reason="test") as unit:
        held = access_of(unit.session, user.id, parts.registry.permissions, frozenset())
    assert set(held.scopes.values()) == {"none"}


def test_of_several_groups_the_widest_counts_and_a_denial_of_ones_own_wins(app, people):
    parts = app.extensions["zhike"]
    user = people.user("both", ("staff", "supervisor"))
    people.grant(user, "core:company:export", "own")
    people.grant(user, "core:company:print", "none")
    with work(parts.database, reason="test") as unit:
        held = access_of(unit.session, user.id, parts.registry.permissions, frozenset())
    assert held.scope("core:company:edit") == "department"
    assert held.scope("core:company:export") == "own"
    assert held.scope("core:company:print") == "none"
    assert not held.may("core:company:print", Company(owner_id=user.id))


def test_separation_of_duties_takes_private_data_from_the_post_of_administrator(app, people, as_system):
    from core.overlay import overlay

    parts = app.extensions["zhike"]
    root = people.user("root", ("system_administrator",))
    both = people.user("both", ("system_administrator", "decision_maker"))

    def scopes(code):
        with work(parts.database, reason="test") as unit:
            return [
                access_of(unit.session, user.id, parts.registry.permissions, frozenset()).scope(code)
                for user in (root, both)
            ]

    assert scopes("core:contact:private") == ["all", "all"]
    with as_system() as session:
        overlay().change_setting(session, "core.separation_of_duties", True)
    assert scopes("core:contact:private") == ["none", "all"]
    assert scopes("core:contact:read") == ["all", "all"]
    people.grant_group("system_administrator", "core:contact:private", "all")
    assert scopes("core:contact:private") == ["none", "all"]
