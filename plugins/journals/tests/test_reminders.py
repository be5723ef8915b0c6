"""The reminder of a renewal: a task that stays until the subscription is renewed or cancelled (C-05)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from core.bus.jobs import run_job
from core.bus.services import start_job
from core.calendar.queries import add_working_days
from core.clock import local_today
from core.customers.models import Company
from core.overlay import overlay
from core.tasks.models import Task
from core.testing.harness import Browser, People
from plugins.journals.models import Call, Issue, Subscription
from plugins.journals.panels import EXPIRY_DAYS
from plugins.journals.plugin import register_reminders
from plugins.journals.queries.subscriptions import settled_calls
from plugins.journals.tests import factories


@pytest.fixture
def run(app: Any, as_system: Any) -> Callable[[str], None]:
    def go(name: str) -> None:
        with as_system() as session:
            number = start_job(session, name).id
        assert run_job(app.extensions["zhike"].bus, number)

    return go


@pytest.mark.parametrize("outcome", ["renewed", "cancelled"])
def test_a_subscription_that_ends_is_asked_about_until_it_is_renewed_or_cancelled(
    people: People, as_system: Any, browser_of: Callable[..., Browser], run: Callable[[str], None], outcome: str
) -> None:
    li = people.user("li")
    with as_system() as session:
        issues = factories.issues(session, factories.publication(session))
        company = factories.company(session, owner_id=li.id)
        subscription = factories.subscription(session, company, issues[0], count=2)
        overlay().change_setting(session, EXPIRY_DAYS, (subscription.ends_on - local_today()).days)
    run("core.look_for_reminders")
    run("core.look_for_reminders")
    with as_system() as session:
        task = session.scalars(select(Task).where(Task.reminder == "journals.renewal")).one()
        assert (task.assignee_id, task.company_id, task.kept) == (li.id, company.id, True)
        assert task.due_on == subscription.ends_on
    browser = browser_of(li)
    refused = browser.post(f"/tasks/{task.id}/done")
    assert refused.status_code == 422
    assert "只能推迟" in refused.text
    run("core.tend_tasks")
    with as_system() as session:
        assert session.get_one(Task, task.id).open
        if outcome == "renewed":
            following = session.get_one(Issue, issues[2].id)
            factories.subscription(session, session.get_one(Company, company.id), following, count=2)
        else:
            session.get_one(Subscription, subscription.id).state = "cancelled"
    assert browser.post(f"/tasks/{task.id}/done").status_code == 303  # at once: it is recorded now
    run("core.tend_tasks")
    with as_system() as session:
        assert session.get_one(Task, task.id).state == "closed"


def test_the_first_subscription_is_remembered_every_year_some_working_days_before(
    people: People, as_system: Any
) -> None:
    li = people.user("li")
    with as_system() as session:
        issues = factories.issues(session, factories.publication(session))
        company = factories.company(session, owner_id=li.id, standing="key")
        for year, taken in ((0, dt.date(2024, 6, 18)), (1, dt.date(2025, 3, 2))):
            factories.subscription(session, company, issues[4 * year], count=2).taken_on = taken
    reminder = next(one for one in register_reminders() if one.name == "journals.first_order")
    with as_system() as session:
        due = list(reminder.due(session, dt.date(2026, 1, 1), dt.date(2026, 12, 31)))
        assert [(one.due_on, one.user_id) for one in due] == [(dt.date(2026, 6, 18), li.id)]
        assert "2 周年" in str(due[0].text)
        lead = add_working_days(session, dt.date(2026, 6, 18), -3)
        assert len(list(reminder.due(session, lead - dt.timedelta(days=1), lead))) == 1
        assert list(reminder.due(session, lead, lead + dt.timedelta(days=20))) == []


def test_a_promised_call_is_settled_by_the_next_one(people: People, as_system: Any) -> None:
    li = people.user("li")
    with as_system() as session:
        company = factories.company(session, owner_id=li.id)
        first = Call(company_id=company.id, called_by_id=li.id, outcome="later", next_call_on=local_today())
        session.add(first)
        session.flush()
        key = f"journals.call:{first.id}"
        assert settled_calls(session, [key]) == []
        session.add(Call(company_id=company.id, called_by_id=li.id, outcome="renewed"))
        session.flush()
        assert settled_calls(session, [key]) == [key]
