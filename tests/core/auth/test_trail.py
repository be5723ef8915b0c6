"""Security events are on record, and a line changed past the application is found (S18)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from core.auth.audit import seal, sealed
from core.auth.models import Audit, Grant, Group, PluginState, User
from core.auth.services import accounts
from core.columns import utcnow
from core.db import transaction
from core.overlay import overlay
from core.testing.harness import PASSWORD

NEW = "another-Secret-sentence"


def sign_in(browser, password=PASSWORD):
    browser.get("/login")
    return browser.post("/login", {"username": "zhou", "password": password})


def own_password(h):
    h.browser_of(h.zhou).post("/account/password", {"old": PASSWORD, "password": NEW, "again": NEW})


def as_root(act):
    def run(h):
        with h.as_user(h.root), transaction() as session:
            act(session, h)

    return run


def group(session, name):
    return session.scalars(select(Group).where(Group.name == name)).one()


EVENTS = {
    "sign-in": ("sign_in", lambda h: sign_in(h.browser_of())),
    "refused sign-in": ("sign_in_failed", lambda h: sign_in(h.browser_of(), "wrong")),
    "sign-out": ("sign_out", lambda h: h.browser_of(h.zhou).post("/logout")),
    "sign-out everywhere": ("sign_out", lambda h: h.browser_of(h.zhou).post("/account/sign-out-everywhere")),
    "own password": ("password", own_password),
    "somebody's password": (
        "password",
        as_root(lambda s, h: accounts.set_password(s, s.get(User, h.zhou.id), NEW)),
    ),
    "new account": ("create", as_root(lambda s, h: accounts.create_user(s, username="mei", groups=[], password=None))),
    "changed account": ("edit", as_root(lambda s, h: setattr(s.get(User, h.zhou.id), "region", "西南"))),
    "closed account": ("edit", as_root(lambda s, h: accounts.set_active(s, s.get(User, h.zhou.id), active=False))),
    "membership": (
        "rights",
        as_root(lambda s, h: accounts.set_groups(s, s.get(User, h.zhou.id), [group(s, "supervisor")])),
    ),
    "grant to a person": (
        "create",
        as_root(lambda s, h: s.add(Grant(user_id=h.zhou.id, code="core:company:export", scope="own"))),
    ),
    "grant to a group": (
        "create",
        as_root(lambda s, h: s.add(Grant(group_id=group(s, "staff").id, code="core:company:export", scope="own"))),
    ),
    "new group": ("create", as_root(lambda s, h: s.add(Group(name="press")))),
    "new department": (
        "create",
        as_root(lambda s, h: accounts.save_department(s, None, name="市场部", parent_id=None)),
    ),
    "setting": (
        "edit",
        as_root(lambda s, h: overlay().change_setting(s, "core.session_idle_minutes", 5)),
    ),
    "module switch": ("create", as_root(lambda s, h: s.add(PluginState(name="journals", enabled=False)))),
}


@dataclass
class Scene:
    """Who acts, and how."""

    zhou: User
    root: User
    browser_of: Callable[..., Any]
    as_user: Callable[..., Any]


@pytest.fixture
def house(people, browser_of, as_user) -> Scene:
    zhou = people.user("zhou", password=PASSWORD)
    return Scene(zhou, people.user("root", ("system_administrator",)), browser_of, as_user)


@pytest.mark.parametrize("event", EVENTS)
def test_a_security_event_is_on_record_and_sealed(house, as_system, event):
    kind, act = EVENTS[event]
    with as_system() as session:
        before = session.scalar(select(Audit.id).order_by(Audit.id.desc()).limit(1)) or 0
    act(house)
    with as_system() as session:
        lines = session.scalars(select(Audit).where(Audit.id > before)).all()
        assert kind in {line.kind for line in lines}
        assert all(sealed(line) for line in lines)
        told = " ".join(f"{line.changes}{line.note}" for line in lines)
        assert PASSWORD not in told
        assert NEW not in told
        assert "argon2" not in told


def test_one_changed_line_of_ten_thousand_is_found(as_system):
    now = utcnow()
    lines = []
    for number in range(10_000):
        line = {
            "happened_at": now,
            "user_id": 1,
            "kind": "edit",
            "entity": "core_company",
            "entity_id": number,
            "company_id": number,
            "changes": {"name": ["甲", f"乙{number}"]},
            "note": "",
            "address": "10.0.0.1",
        }
        lines.append({**line, "mac": seal(line)})
    with as_system() as session:
        session.connection().execute(insert(Audit), lines)
    with as_system() as session:
        session.execute(update(Audit).where(Audit.entity_id == 7_777).values(user_id=2))
    with as_system() as session:
        rows = session.scalars(select(Audit).where(Audit.entity == "core_company"))
        assert [row.entity_id for row in rows if not sealed(row)] == [7_777]
