"""Rights as rules: a list is the filter of all by single decisions, and ordinary staff change only what is theirs (S2).

Both are held against random houses; the second against a reference policy of its own, written from promises.md.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete, select, update

from core.auth.access import SCOPES, access_of
from core.auth.models import Audit, Department, Grant, Membership, User
from core.customers.models import Company, Contact
from core.db import system_transaction, transaction, work
from core.errors import Forbidden
from core.review.models import ReviewStep
from core.state import bump

QUICK = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
CODES = [f"core:{noun}:{action}" for noun in ("company", "contact") for action in ("query", "read", "edit", "delete")]
STATES = ("draft", "submitted", "reviewed", "confirmed", "returned")


@dataclass
class Plan:
    """A random house: departments and supervisors by number of the one above, people, grants, owners."""

    departments: list[int | None]
    people: list[tuple[int | None, int | None]]
    grants: list[tuple[int, str, str]]
    companies: list[tuple[int | None, int | None, str]]


def numbers(below: int):
    return st.none() | st.integers(0, below - 1) if below else st.none()


@st.composite
def plans(draw) -> Plan:
    departments = [draw(numbers(n)) for n in range(draw(st.integers(1, 4)))]
    count = draw(st.integers(1, 6))
    people = [(draw(numbers(len(departments))), draw(numbers(n))) for n in range(count)]
    who = st.integers(0, count - 1)
    grants = draw(
        st.lists(
            st.tuples(who, st.sampled_from(CODES), st.sampled_from(SCOPES)), max_size=14, unique_by=lambda g: g[:2]
        )
    )
    companies = draw(
        st.lists(st.tuples(numbers(count), numbers(count), st.sampled_from(STATES)), min_size=1, max_size=8)
    )
    return Plan(departments, people, grants, companies)


def wipe(session) -> None:
    session.execute(update(Company).values(primary_contact_id=None))
    for model in (Contact, Company, Grant, Membership):
        session.execute(delete(model))
    session.execute(delete(ReviewStep))
    session.execute(update(User).values(supervisor_id=None, department_id=None))
    session.execute(delete(User))
    session.execute(update(Department).values(parent_id=None))
    session.execute(delete(Department))
    session.execute(delete(Audit))


def build(session, plan: Plan) -> list[User]:
    """Store a plan; return its people."""
    places: list[Department] = []
    for number, above in enumerate(plan.departments):
        place = Department(name=f"部门{number}", parent_id=places[above].id if above is not None else None)
        session.add(place)
        session.flush()
        place.path = f"{places[above].path if above is not None else '/'}{place.id}/"
        places.append(place)
    users: list[User] = []
    for number, (place, above) in enumerate(plan.people):
        user = User(username=f"u{number}", name=f"u{number}")
        user.department_id = places[place].id if place is not None else None
        user.supervisor_id = users[above].id if above is not None else None
        session.add(user)
        session.flush()
        users.append(user)
    for who, code, scope in plan.grants:
        session.add(Grant(user_id=users[who].id, code=code, scope=scope))
    for number, (owner, author, state) in enumerate(plan.companies):
        company = Company(name=f"公司{number}", review_state=state)
        company.owner_id = users[owner].id if owner is not None else None
        company.entered_by_id = users[author].id if author is not None else None
        session.add(company)
        session.flush()
        session.add(Contact(name="某人", company_id=company.id, review_state=state))
    session.flush()
    bump(session, "rights")
    return users


def accesses(app, users):
    parts = app.extensions["zhike"]
    with work(parts.database, reason="test") as unit:
        enabled = parts.registry.enabled(unit.session)
        return [access_of(unit.session, user.id, parts.registry.permissions, enabled) for user in users]


@given(plan=plans())
@QUICK
def test_a_list_is_the_filter_of_all_rows_by_single_decisions(app, plan):
    parts = app.extensions["zhike"]
    with system_transaction("test", database=parts.database) as session:
        wipe(session)
        users = build(session, plan)
    for access in accesses(app, users):
        with work(parts.database, reason="test") as unit:
            kinds: tuple[tuple[type[Company] | type[Contact], str], ...] = ((Company, "company"), (Contact, "contact"))
            for model, noun in kinds:
                rows: list[Company | Contact] = [*unit.session.scalars(select(model))]
                for code in (c for c in CODES if c.startswith(f"core:{noun}:")):
                    listed = set(unit.session.scalars(select(model.id).where(access.condition(code, model))))
                    assert listed == {row.id for row in rows if access.may(code, row)}, (code, access.scope(code))
                found = {row.id for row in rows if access.may(f"core:{noun}:query", row)}
                with work(parts.database, actor=access) as own:
                    assert set(own.session.scalars(select(model.id))) == found


# --- the reference policy: staff and supervisors of promises.md, in plain words

ABOVE = {"zhou": "chief", "wang": "chief", "chief": None, "li": None}
PLACE = {"zhou": "market", "wang": "market", "chief": "market", "li": "press"}
CHIEFS = {"chief"}


def reached(who: str) -> set[str]:
    """Tell whose records somebody changes: his own; a supervisor those of his department and of his people."""
    if who not in CHIEFS:
        return {who}
    return {other for other in PLACE if PLACE[other] == PLACE[who] or ABOVE[other] == who}


def may_change(who: str, owner: str | None, author: str) -> bool:
    return (owner or author) in reached(who)


def may_own(who: str, owner: str | None, author: str, new: str | None) -> bool:
    """A supervisor gives away what he may change; everybody claims for himself what nobody owns."""
    return (who in CHIEFS and may_change(who, owner, author)) or (owner is None and new == who)


def may_delete(who: str, owner: str | None, author: str, state: str) -> bool:
    return may_change(who, owner, author) and (who in CHIEFS or state == "draft")


def may_review(who: str, owner: str | None, author: str) -> bool:
    return who in CHIEFS and author != who and may_change(who, owner, author)


def may_make(who: str, owner: str | None) -> bool:
    return owner is None or owner in reached(who)


PEOPLE = st.sampled_from(sorted(PLACE))
OWNERS = st.sampled_from([*sorted(PLACE), None])
PICK = st.integers(0, 10_000)
LOOK_EVERY = 5
SEEN: dict[str, int] = {"steps": 0, "allowed": 0, "refused": 0}


class Staff(RuleBasedStateMachine):
    """Tries everything that people do to companies, and compares with the reference policy and with the tables."""

    app: ClassVar[Any] = None
    users: ClassVar[dict[str, int]] = {}
    access: ClassVar[dict[str, Any]] = {}

    def __init__(self) -> None:
        super().__init__()
        self.database = self.app.extensions["zhike"].database
        self.known: dict[int, dict[str, Any]] = {}

    @initialize(seed=st.integers(0, 2**16))
    def begin(self, seed):
        dice = random.Random(seed)
        with system_transaction("test", database=self.database) as session:
            session.execute(update(Company).values(primary_contact_id=None))
            for model in (Contact, Company, Audit):
                session.execute(delete(model))
            for number in range(6):
                owner, author = dice.choice([*PLACE, None]), dice.choice([*PLACE])
                state = dice.choice(STATES[:3])
                company = Company(name=f"公司{number}", review_state=state, entered_by_id=self.users[author])
                company.owner_id = self.users.get(owner)
                session.add(company)
                session.flush()
                self.known[company.id] = {"owner": owner, "author": author, "state": state, "name": company.name}

    def attempt(self, who, allowed, act):
        SEEN["steps"] += 1
        with work(self.database, actor=self.access[who]) as unit:
            unit.info["may_write"] = True
            try:
                with transaction() as session:
                    result = act(session)
            except Forbidden:
                SEEN["refused"] += 1
                assert not allowed, f"{who} was refused what is his"
                return None
        SEEN["allowed"] += 1
        assert allowed, f"{who} did what is not his"
        return result or True

    def pick(self, number):
        key = sorted(self.known)[number % len(self.known)]
        return key, self.known[key]

    @rule(who=PEOPLE, number=PICK)
    def edit(self, who, number):
        key, row = self.pick(number)
        name = f"{row['name'][:20]}+"
        if self.attempt(
            who,
            may_change(who, row["owner"], row["author"]),
            lambda s: setattr(s.get(Company, key), "name", name),
        ):
            row["name"] = name
            if row["state"] == "reviewed" and not may_review(who, row["owner"], row["author"]):
                row["state"] = "submitted"  # what was reviewed is no longer what is there

    @rule(who=PEOPLE, number=PICK, new=OWNERS)
    def give(self, who, number, new):
        key, row = self.pick(number)
        if new == row["owner"]:
            new = who if row["owner"] is None else None
        if self.attempt(
            who,
            may_own(who, row["owner"], row["author"], new),
            lambda s: setattr(s.get(Company, key), "owner_id", self.users.get(new)),
        ):
            row["owner"] = new

    @rule(who=PEOPLE, number=PICK)
    def review(self, who, number):
        key, row = self.pick(number)
        state = "returned" if row["state"] == "reviewed" else "reviewed"
        policy = may_review if state == "reviewed" else may_change
        if self.attempt(
            who,
            policy(who, row["owner"], row["author"]),
            lambda s: setattr(s.get(Company, key), "review_state", state),
        ):
            row["state"] = state

    @rule(who=PEOPLE, number=PICK)
    def remove(self, who, number):
        key, row = self.pick(number)
        if len(self.known) > 2 and self.attempt(
            who,
            may_delete(who, row["owner"], row["author"], row["state"]),
            lambda s: s.delete(s.get(Company, key)),
        ):
            del self.known[key]

    @rule(who=PEOPLE, owner=OWNERS)
    def make(self, who, owner):
        def act(session):
            company = Company(name="新公司", owner_id=self.users.get(owner), review_state="draft")
            session.add(company)
            session.flush()
            return company.id

        made = self.attempt(who, may_make(who, owner), act)
        if made is not None:
            self.known[made] = {"owner": owner, "author": who, "state": "draft", "name": "新公司"}

    @invariant()
    def tables_hold_what_was_allowed(self):
        if SEEN["steps"] % LOOK_EVERY == 0:
            self.look()

    def teardown(self):
        self.look()

    def look(self):
        with work(self.database, reason="test") as unit:
            rows = unit.session.execute(
                select(Company.id, Company.owner_id, Company.entered_by_id, Company.review_state, Company.name)
            )
            stored = {row.id: tuple(row)[1:] for row in rows}
        assert stored == {
            key: (self.users.get(row["owner"]), self.users[row["author"]], row["state"], row["name"])
            for key, row in self.known.items()
        }


@pytest.fixture
def staff(app, people):
    places = {name: people.department(name) for name in ("market", "press")}
    users: dict[str, User] = {}
    for name in ("chief", "zhou", "wang", "li"):
        group = "supervisor" if name in CHIEFS else "staff"
        above = users[ABOVE[name]] if ABOVE[name] else None
        users[name] = people.user(name, (group,), department=places[PLACE[name]], supervisor=above)
    Staff.app = app
    Staff.users = {name: user.id for name, user in users.items()}
    Staff.access = dict(zip(users, accesses(app, users.values()), strict=True))
    SEEN.update(steps=0, allowed=0, refused=0)
    return Staff


def test_ordinary_staff_change_only_their_own_in_five_thousand_steps(staff):
    run_state_machine_as_test(
        staff,
        settings=settings(
            max_examples=66,
            stateful_step_count=100,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert SEEN["steps"] >= 5000
    assert SEEN["allowed"] > 500
    assert SEEN["refused"] > 500
