"""Reminders: caught up after missed nights, never twice, kept until settled."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from sqlalchemy import func, select, update

from core.auth.models import User
from core.auth.services.accounts import set_active
from core.bus.models import JobRun
from core.clock import local_today
from core.customers.models import Company
from core.customers.services import change_owner
from core.db import transaction
from core.errors import Refused
from core.overlay import overlay
from core.plugin import Due, Reminder
from core.tasks import reminders
from core.tasks.models import ReminderRun, Task
from core.tasks.services import finish_task, put_off_task
from core.tasks.services.heirs import heir_of
from core.tasks.services.reminding import follow_owner, keep_window, new_of, remind, window_of
from core.tasks.settings import NO_CONTACT_DAYS, NO_CONTACT_OPEN
from core.testing.harness import People

DAY = dt.timedelta(days=1)
TODAY = dt.date(2026, 3, 18)


class Birthdays:
    """A reminder whose things fall due on given days; what is settled is told by hand."""

    def __init__(self, days: dict[str, dt.date], user_id: int | None = None) -> None:
        self.days = days
        self.user_id = user_id
        self.over: set[str] = set()
        self.looked: list[tuple[dt.date, dt.date]] = []

    def due(self, session: Any, since: dt.date, until: dt.date) -> Iterable[Due]:
        self.looked.append((since, until))
        for key, day in self.days.items():
            if since < day <= until:
                yield Due(key=f"demo.test:{key}", user_id=self.user_id, text=f"到期 {key}", due_on=day)

    def settled(self, session: Any, keys: Any) -> list[str]:
        return [key for key in keys if key in self.over]

    def reminder(self, *, settles: bool = False) -> Reminder:
        return Reminder(name="demo.test", title="", due=self.due, settled=self.settled if settles else None)


def night(as_system: Any, reminder: Reminder, day: dt.date) -> int:
    """One run of the job on a day."""
    with as_system() as session:
        window = window_of(session, reminder, day)
        if window is None:
            return 0
        made = remind(session, reminder, new_of(session, reminder, reminder.due(session, window.since, window.until)))
        keep_window(session, reminder, window, made)
        return made


def test_missed_nights_are_caught_up_and_twenty_reruns_send_nothing_twice(people: People, as_system: Any) -> None:
    li = people.user("li")
    things = Birthdays({str(n): TODAY + n * DAY for n in range(1, 11)}, li.id)
    reminder = things.reminder()
    assert night(as_system, reminder, TODAY) == 0
    assert night(as_system, reminder, TODAY + DAY) == 1
    assert night(as_system, reminder, TODAY + 6 * DAY) == 5  # four nights were missed
    for _again in range(20):
        assert night(as_system, reminder, TODAY + 6 * DAY) == 0
    with as_system() as session:  # what a run that was killed before its end leaves behind
        session.get_one(ReminderRun, "demo.test").until = TODAY
    for _again in range(20):
        assert night(as_system, reminder, TODAY + 6 * DAY) == 0
    assert night(as_system, reminder, TODAY + 30 * DAY) == 4
    with as_system() as session:
        assert session.scalar(select(func.count(Task.id))) == 10
        assert session.scalar(select(func.count(func.distinct(Task.reminder_key)))) == 10


def test_windows_join_without_gap_or_overlap(as_system: Any) -> None:
    things = Birthdays({})
    for day in (TODAY, TODAY + DAY, TODAY + 5 * DAY):
        night(as_system, things.reminder(), day)
    assert [until for _since, until in things.looked[:-1]] == [since for since, _until in things.looked[1:]]


def test_what_was_entered_after_its_day_is_found_where_it_can_be_settled(people: People, as_system: Any) -> None:
    li = people.user("li")
    things = Birthdays({}, li.id)
    reminder = things.reminder(settles=True)
    night(as_system, reminder, TODAY)
    things.days = {"late": TODAY - 3 * DAY, "late and settled": TODAY - 3 * DAY}
    things.over = {"demo.test:late and settled"}
    assert night(as_system, reminder, TODAY + DAY) == 1


def test_a_task_of_the_program_stays_until_it_is_settled_and_can_only_be_put_off(
    people: People, as_user: Any, as_system: Any
) -> None:
    li = people.user("li")
    things = Birthdays({"a": TODAY}, li.id)
    night(as_system, things.reminder(settles=True), TODAY)
    with as_system() as session:
        task = session.scalars(select(Task)).one()
        assert (task.kept, task.source, task.giver_id, task.state) == (True, "rule", None, "new")
    with as_user(li), pytest.raises(Refused, match="只能推迟"), transaction() as session:
        finish_task(session, session.get_one(Task, task.id), by=li.id)
    with as_user(li), transaction() as session:
        put_off_task(session, session.get_one(Task, task.id), local_today() + 40 * DAY, by=li.id, reason="等客户")


def test_a_reminder_that_fails_stops_no_other_and_is_told(
    app: Any, people: People, as_system: Any, company_of: Any, run: Callable[[str], bool], monkeypatch: Any
) -> None:
    li = people.user("li")
    company_of("成都锦城糖酒有限公司", owner_id=li.id, standing="key", last_contact_on=local_today() - 60 * DAY)

    def broken(session: Any, since: dt.date, until: dt.date) -> Iterable[Due]:
        raise ValueError("no")

    registry = app.extensions["zhike"].registry
    own = registry._declared["demo"]["register_reminders"]
    monkeypatch.setitem(
        registry._declared["demo"], "register_reminders", (Reminder(name=own[0].name, title="", due=broken),)
    )
    assert not run("core.look_for_reminders")
    with as_system() as session:
        assert session.scalars(select(Task.reminder)).all() == ["core.no_contact"]
        assert "demo.revisit" in session.scalars(select(JobRun.error)).one()
    monkeypatch.undo()
    assert run("core.look_for_reminders")
    with as_system() as session:
        assert session.scalar(select(func.count(Task.id))) == 1


# --- who is reminded


def test_nobodys_and_a_leavers_reminders_find_somebody(people: People, as_system: Any, company_of: Any) -> None:
    chief = people.user("chief")
    li = people.user("li", supervisor=chief)
    mine, pool, gone = company_of("甲公司", owner_id=li.id), company_of("乙公司"), company_of("丙公司", owner_id=li.id)
    with as_system() as session:
        set_active(session, session.get_one(User, li.id), False)
        session.get_one(Company, gone.id).deleted_at = dt.datetime.now(dt.UTC)
    dues = [
        Due(key=f"demo.test:{one.id}", user_id=None, text="催", due_on=TODAY, company_id=one.id)
        for one in (mine, pool, gone)
    ]
    with as_system() as session:
        assert remind(session, Birthdays({}).reminder(), dues) == 2
        owners = {task.company_id: task.assignee_id for task in session.scalars(select(Task))}
    assert owners == {mine.id: chief.id, pool.id: None}


def test_what_the_program_asks_of_a_customer_goes_along_to_its_new_owner(
    people: People, as_system: Any, company_of: Any, task_of: Any
) -> None:
    li, wang = people.user("li"), people.user("wang")
    company = company_of("甲公司", owner_id=li.id)
    own = task_of(li, "我自己的", company_id=company.id)
    with as_system() as session:
        due = Due(key="demo.test:1", user_id=None, text="催", due_on=TODAY, company_id=company.id)
        remind(session, Birthdays({}).reminder(), [due])
        change_owner(session, session.get_one(Company, company.id), wang.id, by=None)
        assert follow_owner(session, company.id, li.id, wang.id) == 1
        assert session.get_one(Task, own.id).assignee_id == li.id


def test_what_the_program_asks_goes_to_the_same_as_a_leavers_tasks_when_a_customer_is_nobodys(
    people: People, as_system: Any, company_of: Any
) -> None:
    house = people.department("总部")
    head, li = people.user("head", ("supervisor",), department=house), people.user("li", department=house)
    company = company_of("甲公司", owner_id=li.id)
    with as_system() as session:
        due = Due(key="demo.test:1", user_id=None, text="催", due_on=TODAY, company_id=company.id)
        remind(session, Birthdays({}).reminder(), [due])
        assert heir_of(session, li.id) == head.id
        assert follow_owner(session, company.id, li.id, None) == 1
        assert session.scalars(select(Task.assignee_id)).all() == [head.id]


# --- no contact for a while


def test_customers_without_contact_are_named_once_unless_something_is_planned(
    people: People, as_system: Any, company_of: Any, task_of: Any, run: Callable[[str], bool]
) -> None:
    li = people.user("li")
    long_ago = local_today() - 60 * DAY
    quiet = company_of("甲公司", owner_id=li.id, standing="key", last_contact_on=long_ago)
    planned = company_of("乙公司", owner_id=li.id, standing="key", last_contact_on=long_ago)
    company_of("丙公司", standing="key", last_contact_on=long_ago)
    company_of("丁公司", owner_id=li.id, standing="lost", last_contact_on=long_ago)
    company_of("戊公司", owner_id=li.id, standing="key", last_contact_on=long_ago + DAY)
    task_of(li, company_id=planned.id)
    assert run("core.look_for_reminders")
    assert run("core.look_for_reminders")
    with as_system() as session:
        task = session.scalars(select(Task).where(Task.reminder == "core.no_contact")).one()
        assert (task.company_id, task.kept) == (quiet.id, False)
        session.get_one(Company, quiet.id).last_contact_on = local_today()
    assert run("core.tend_tasks")
    with as_system() as session:
        assert session.get_one(Task, task.id).state == "closed"


def test_who_was_silent_before_the_rule_was_set_comes_by_and_by_and_once(
    people: People, as_system: Any, company_of: Any, task_of: Any, run: Callable[[str], bool]
) -> None:
    li, wang, gone = people.user("li"), people.user("wang"), people.user("gone")
    many = [
        company_of(f"甲{n}公司", owner_id=li.id, standing="key", last_contact_on=TODAY - (61 + n) * DAY)
        for n in range(5)
    ]
    old = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    never = company_of("乙公司", owner_id=wang.id, standing="key", created_at=old)
    planned = company_of("丙公司", owner_id=wang.id, standing="key", last_contact_on=TODAY - 300 * DAY)
    company_of("丁公司", owner_id=wang.id, standing="lost", last_contact_on=TODAY - 300 * DAY)
    company_of("戊公司", owner_id=gone.id, standing="key", last_contact_on=TODAY - 300 * DAY)
    task_of(wang, company_id=planned.id)
    with as_system() as session:
        session.get_one(User, gone.id).active = False
        overlay().change_setting(session, NO_CONTACT_OPEN, 2)
    [reminder] = reminders.REMINDERS

    def look(day: dt.date) -> list[str]:
        night(as_system, reminder, day)
        with as_system() as session:
            rows = select(Task).where(Task.reminder == "core.no_contact").order_by(Task.id)
            return [task.title for task in session.scalars(rows)]

    with as_system() as session:  # the rule has run for years, for longer silences
        session.add(ReminderRun(name=reminder.name, until=TODAY - DAY, ran_at=old, found=0))
    first = ["甲0公司 已 61 天未联系", "甲1公司 已 62 天未联系", "乙公司 没有联系记录"]
    assert look(TODAY) == first
    assert look(TODAY) == first, "once a day"
    assert look(TODAY + DAY) == first, "two are open"
    with as_system() as session:
        task = session.scalars(select(Task).where(Task.company_id == many[0].id)).one()
        finish_task(session, task, by=li.id, result="电话没人接")
    assert look(TODAY + 2 * DAY) == [*first, "甲2公司 已 65 天未联系"], "one is done, one comes; none twice"
    with as_system() as session:
        session.get_one(Company, never.id).last_contact_on = TODAY
        overlay().change_setting(session, NO_CONTACT_OPEN, 0)
        session.execute(update(Task).values(state="closed", open=False))
    assert len(look(TODAY + 3 * DAY)) == 4


def test_no_days_remind_of_nobody(as_system: Any, people: People, company_of: Any) -> None:
    li = people.user("li")
    company_of("甲公司", owner_id=li.id, standing="key", last_contact_on=TODAY - 60 * DAY)
    with as_system() as session:
        overlay().change_setting(session, NO_CONTACT_DAYS, 0)
    with as_system() as session:
        assert list(reminders.no_contact(session, TODAY - 10 * DAY, TODAY)) == []


def test_a_plugins_reminder_is_the_owners_task_until_what_it_asks_for_is_on_record(
    app: Any, people: People, as_system: Any, company_of: Any, run: Callable[[str], bool]
) -> None:
    visit_model = app.extensions["zhike"].registry.resource("demo/visits", everywhere=True).model
    li = people.user("li")
    company = company_of("甲公司", owner_id=li.id)
    with as_system() as session:
        session.add(visit_model(company_id=company.id, topic="看新厂房", visited_on=local_today() - 90 * DAY))
    for _night in range(3):
        assert run("core.look_for_reminders")
        assert run("core.tend_tasks")
    with as_system() as session:
        task = session.scalars(select(Task)).one()
        assert (task.title, task.assignee_id, task.kept, task.state) == ("看新厂房", li.id, True, "new")
        session.add(visit_model(company_id=company.id, topic="又去了", visited_on=local_today()))
    assert run("core.tend_tasks")
    with as_system() as session:
        assert session.get_one(Task, task.id).state == "closed"
