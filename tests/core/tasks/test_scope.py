"""A task is its assignee's and its giver's: lists and single decisions agree, for every scope and house."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from core.auth.access import SCOPES, access_of
from core.clock import local_today
from core.db import work
from core.tasks.models import Task, TaskStep
from core.tasks.services import end_of
from core.testing.harness import People

PEOPLE = st.none() | st.integers(0, 3)


def test_a_list_is_the_filter_of_all_tasks_by_single_decisions(app: Any, people: People, as_system: Any) -> None:
    market = people.department("市场部")
    chief = people.user("chief", groups=(), department=market)
    users = [
        chief,
        people.user("below", groups=(), supervisor=chief),
        people.user("beside", groups=(), department=market),
        people.user("outside", groups=()),
    ]
    parts = app.extensions["zhike"]

    @given(pairs=st.lists(st.tuples(PEOPLE, PEOPLE), min_size=1, max_size=8), scope=st.sampled_from(SCOPES))
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    def holds(pairs: list[tuple[int | None, int | None]], scope: str) -> None:
        with as_system() as session:
            session.execute(delete(TaskStep))
            session.execute(delete(Task))
            for assignee, giver in pairs:
                task = Task(title="报价", due_at=end_of(local_today()))
                task.assignee_id = users[assignee].id if assignee is not None else None
                task.giver_id = users[giver].id if giver is not None else None
                session.add(task)
        for user in users:
            people.grant(user, "core:task:query", scope)
        for user in users:
            with work(parts.database, reason="test") as unit:
                enabled = parts.registry.enabled(unit.session)
                access = access_of(unit.session, user.id, parts.registry.permissions, enabled)
                assert access is not None
                rows = unit.session.scalars(select(Task)).all()
                expected = {row.id for row in rows if access.may("core:task:query", row)}
                reached = access.people.get(scope, frozenset())
                by_hand = {r.id for r in rows if scope == "all" or reached & {r.assignee_id, r.giver_id}}
                assert expected == by_hand
            with work(parts.database, actor=access) as own:
                assert set(own.session.scalars(select(Task.id))) == expected
                steps = own.session.scalars(select(TaskStep.task_id))
                assert set(steps) <= expected

    holds()
