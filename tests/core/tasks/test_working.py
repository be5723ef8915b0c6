"""A task from being given to being closed, and all that may happen on the way."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from core.auth.models import User
from core.auth.services.accounts import set_active
from core.bus.models import StoredEvent
from core.calendar.queries import is_working_day
from core.clock import local_today, to_local
from core.db import transaction
from core.errors import Forbidden, Refused
from core.tasks.models import Task, TaskStep
from core.tasks.recurring import next_date, nth
from core.tasks.services import (
    Wanted,
    accept_task,
    change_task,
    close_task,
    decline_task,
    finish_task,
    give_task,
    hand_over_task,
    leave_to_supervisors,
    make_due_repetitions,
    people_meant,
    put_off_task,
    reopen_task,
)
from core.testing.harness import People

DAY = dt.timedelta(days=1)


def states(as_system: Any, task: Task) -> tuple[str, list[str]]:
    with as_system() as session:
        kinds = session.scalars(select(TaskStep.kind).where(TaskStep.task_id == task.id).order_by(TaskStep.id))
        return session.get_one(Task, task.id).state, list(kinds)


def events(as_system: Any) -> list[str]:
    with as_system() as session:
        names = session.scalars(select(StoredEvent.name).order_by(StoredEvent.id))
        return [name for name in names if name.startswith("core.task_")]


def act(as_user: Any, user: User, task: Task, step: Any, *args: Any, **more: Any) -> Any:
    with as_user(user), transaction() as session:
        found = session.get(Task, task.id)
        if found is None:
            raise Forbidden("not found")
        return step(session, found, *args, by=user.id, **more)


def test_a_task_is_accepted_worked_on_fed_back_and_closed_by_its_giver(
    people: People, as_user: Any, as_system: Any, task_of: Any
) -> None:
    chief, li = people.user("chief", groups=("supervisor",)), people.user("li")
    task = task_of(li, "报价", by=chief)
    act(as_user, li, task, accept_task)
    act(as_user, li, task, finish_task, result="客户要两期")
    with pytest.raises(Refused, match="交办人办结"):
        act(as_user, li, task, close_task)
    assert states(as_system, task) == ("done", ["created", "accepted", "done"])
    act(as_user, chief, task, close_task)
    assert states(as_system, task)[0] == "closed"
    with pytest.raises(Refused, match="交办人已办结"):
        act(as_user, li, task, reopen_task)
    assert events(as_system) == ["core.task_assigned", "core.task_accepted", "core.task_done", "core.task_closed"]


def test_ones_own_task_is_closed_when_it_is_done_and_can_be_taken_back_to_what_it_was(
    people: People, as_user: Any, as_system: Any, task_of: Any
) -> None:
    li = people.user("li")
    task = task_of(li)
    act(as_user, li, task, finish_task)
    assert states(as_system, task)[0] == "closed"
    act(as_user, li, task, reopen_task)
    assert states(as_system, task) == ("accepted", ["created", "done", "reopened"])


def test_a_task_goes_back_to_its_giver_only_with_a_reason(
    people: People, as_user: Any, as_system: Any, task_of: Any
) -> None:
    chief, li = people.user("chief", groups=("supervisor",)), people.user("li")
    task = task_of(li, by=chief)
    with pytest.raises(Refused):
        act(as_user, li, task, decline_task, reason=" ")
    act(as_user, li, task, decline_task, reason="不是我的客户")
    assert states(as_system, task)[0] == "declined"
    act(as_user, chief, task, reopen_task, reason="就是你的")
    assert states(as_system, task)[0] == "new"


def test_putting_off_needs_a_later_day_and_a_reason_and_is_counted(
    people: People, as_user: Any, as_system: Any, task_of: Any
) -> None:
    li = people.user("li")
    task = task_of(li, days=1, at=dt.time(9, 30))
    with pytest.raises(Refused):
        act(as_user, li, task, put_off_task, local_today() + 3 * DAY, reason="")
    with pytest.raises(Refused):
        act(as_user, li, task, put_off_task, local_today() + DAY, reason="忙")
    act(as_user, li, task, put_off_task, local_today() + 3 * DAY, reason="客户出差")
    with as_system() as session:
        found = session.get_one(Task, task.id)
        assert (found.due_on, found.put_off, found.timed) == (local_today() + 3 * DAY, 1, True)
        assert to_local(found.due_at).strftime("%H:%M") == "09:30"


def test_a_task_handed_over_is_the_colleagues_and_its_giver_still_sees_it(
    people: People, as_user: Any, as_system: Any, task_of: Any
) -> None:
    li, wang, zhou = people.user("li"), people.user("wang"), people.user("zhou")
    task = task_of(li)
    assert act(as_user, li, task, hand_over_task, wang.id, note="我出差")
    for person, sees in ((wang, True), (li, True), (zhou, False)):
        with as_user(person) as session:
            assert (session.get(Task, task.id) is not None) is sees
    act(as_user, wang, task, finish_task)
    assert states(as_system, task)[0] == "done"
    with as_system() as session, pytest.raises(Refused, match="账号在用"):
        set_active(session, session.get_one(User, zhou.id), False)
        hand_over_task(session, session.get_one(Task, task.id), zhou.id, by=None)


def test_nobody_sees_changes_or_takes_a_task_that_is_neither_his_nor_given_by_him(
    people: People, as_user: Any, task_of: Any
) -> None:
    press = people.department("发行部")
    li, wang = people.user("li", department=press), people.user("wang", department=press)
    chief, other = people.user("chief", ("supervisor",), department=press), people.user("other", ("supervisor",))
    boss = people.user("boss", ("decision_maker",))
    task = task_of(li)
    for person, sees in ((li, 1), (wang, 0), (chief, 1), (other, 0), (boss, 1)):
        with as_user(person) as session:
            assert session.scalar(select(func.count(Task.id))) == sees
    act(as_user, chief, task, put_off_task, local_today() + DAY, reason="先忙展会")
    people.grant(wang, "core:task:query", "all")
    with pytest.raises(Forbidden):
        act(as_user, wang, task, finish_task)
    with pytest.raises(Forbidden):
        act(as_user, wang, task, hand_over_task, wang.id)
    with pytest.raises(Forbidden), as_user(wang), transaction() as session:
        session.get_one(Task, task.id).giver_id = wang.id
    with pytest.raises(Forbidden):
        act(as_user, boss, task, finish_task)


def test_several_get_a_task_each_and_the_giver_sees_how_far_they_are(
    people: People, as_user: Any, as_system: Any
) -> None:
    market = people.department("市场部")
    east = people.department("东区", market)
    chief = people.user("chief", ("supervisor",), department=market)
    li, wang = people.user("li", department=east), people.user("wang", department=market)
    people.user("zhou")
    with as_system() as session:
        meant = people_meant(session, departments=[market.id], people=[li.id])
        assert sorted(meant) == sorted([li.id, chief.id, wang.id])
        assert len(people_meant(session, everybody=True)) == 4
        wanted = Wanted(title="交辨别表", due_on=local_today())
        made = give_task(session, wanted, meant, by=chief.id)
        assert len({task.bundle for task in made}) == 1
    with as_user(chief) as session:
        assert session.scalar(select(func.count(Task.id)).where(Task.bundle == made[0].bundle)) == 3
    with as_user(li) as session:
        assert session.scalar(select(func.count(Task.id)).where(Task.bundle == made[0].bundle)) == 1


def test_what_a_closed_account_had_to_do_goes_to_the_next_open_supervisor(
    people: People, as_system: Any, task_of: Any
) -> None:
    boss = people.user("boss")
    chief = people.user("chief", supervisor=boss)
    li = people.user("li", supervisor=chief)
    task, over = task_of(li), task_of(li, "早已办完")
    lonely = people.user("lonely")
    left = task_of(lonely)
    with as_system() as session:
        finish_task(session, session.get_one(Task, over.id), by=li.id)
        for person in (chief, li, lonely):
            set_active(session, session.get_one(User, person.id), False)
    with as_system() as session:
        assert leave_to_supervisors(session) == 2
    with as_system() as session:
        owners = {one.id: one.assignee_id for one in session.scalars(select(Task))}
        assert owners == {task.id: boss.id, over.id: li.id, left.id: None}
        assert leave_to_supervisors(session) == 0


def test_what_a_closed_account_gave_is_its_supervisors_to_close(people: People, as_system: Any, task_of: Any) -> None:
    boss = people.user("boss")
    chief = people.user("chief", supervisor=boss)
    li = people.user("li", supervisor=chief)
    running, done, declined, closed = (task_of(li, by=chief) for _n in range(4))
    of_boss, nobodys = task_of(boss, by=chief), task_of(None, by=chief)
    with as_system() as session:
        finish_task(session, session.get_one(Task, done.id), by=li.id)
        finish_task(session, session.get_one(Task, of_boss.id), by=boss.id)
        decline_task(session, session.get_one(Task, declined.id), by=li.id, reason="不归我管")
        close_task(session, session.get_one(Task, closed.id), by=chief.id)
        set_active(session, session.get_one(User, chief.id), False)
    with as_system() as session:
        assert leave_to_supervisors(session) == 5
    with as_system() as session:
        found = {one.id: (one.giver_id, one.state) for one in session.scalars(select(Task))}
        assert found == {
            running.id: (boss.id, "new"),
            done.id: (boss.id, "done"),
            declined.id: (boss.id, "declined"),
            closed.id: (chief.id, "closed"),
            of_boss.id: (boss.id, "closed"),
            nobodys.id: (boss.id, "new"),
        }
        assert leave_to_supervisors(session) == 0


def test_a_leaver_without_supervisor_leaves_his_tasks_to_his_department_or_an_administrator(
    people: People, as_system: Any, task_of: Any
) -> None:
    root, li = people.user("root", ("system_administrator",)), people.user("li")
    house = people.department("总部")
    market = people.department("市场部", house)
    head = people.user("head", ("supervisor",), department=house)
    zhou, qian = people.user("zhou", department=market), people.user("qian")
    for giver in (zhou, qian):
        task_of(li, giver.username, by=giver)
        task_of(giver, f"own {giver.username}")
    with as_system() as session:
        for person in (zhou, qian):
            set_active(session, session.get_one(User, person.id), False)
        assert leave_to_supervisors(session) == 4
    with as_system() as session:
        found = {one.title: (one.assignee_id, one.giver_id) for one in session.scalars(select(Task))}
    assert found == {
        "zhou": (li.id, head.id),
        "own zhou": (head.id, head.id),
        "qian": (li.id, root.id),
        "own qian": (root.id, root.id),
    }


# --- again and again


def test_a_repeated_task_comes_again_when_it_is_done_on_a_working_day_and_goes_when_that_is_taken_back(
    people: People, as_user: Any, as_system: Any, task_of: Any
) -> None:
    li = people.user("li")
    task = task_of(li, "周报", repeat="weekly")
    following = act(as_user, li, task, finish_task)
    assert following.due_on >= local_today() + 7 * DAY
    with as_system() as session:
        assert is_working_day(session, following.due_on)
    act(as_user, li, task, reopen_task)
    with as_system() as session:
        assert session.scalars(select(Task.id)).all() == [task.id]
    assert act(as_user, li, task, finish_task) is not None
    with as_system() as session:
        assert session.scalar(select(func.count(Task.id))) == 2


def test_a_task_repeated_by_the_clock_comes_once_though_the_last_is_not_done(
    people: People, as_system: Any, task_of: Any
) -> None:
    li = people.user("li")
    first = task_of(li, "抄表", days=-1, repeat="monthly", repeat_after="due")
    for _again in range(20):
        with as_system() as session:
            make_due_repetitions(session)
    with as_system() as session:
        tasks = session.scalars(select(Task).order_by(Task.id)).all()
        assert [one.series for one in tasks] == [None, first.id]
        assert tasks[1].due_on > local_today()


def test_a_repetition_ends_on_its_last_day(people: People, as_user: Any, task_of: Any) -> None:
    li = people.user("li")
    task = task_of(li, repeat="monthly", repeat_until=local_today() + 10 * DAY)
    assert act(as_user, li, task, finish_task) is None


def test_a_repetition_that_is_over_before_it_begins_is_refused(people: People, as_user: Any, task_of: Any) -> None:
    li = people.user("li")
    with pytest.raises(Refused) as refused:
        task_of(li, days=5, repeat="weekly", repeat_until=local_today() + 5 * DAY)
    assert "repeat_until" in refused.value.fields
    task = task_of(li, days=5, repeat="weekly", repeat_until=local_today() + 6 * DAY)
    with as_user(li), transaction() as session:
        again = session.get_one(Task, task.id)
        again.due_at += 7 * DAY  # as a day off may move the last one beyond the end
        wanted = Wanted(title="抄表", due_on=again.due_on, repeat="weekly", repeat_until=again.repeat_until)
        assert change_task(session, again, wanted, by=li.id)


@given(st.dates(dt.date(2020, 1, 1), dt.date(2035, 12, 31)), st.integers(1, 6), st.integers(0, 60))
@settings(max_examples=200, deadline=None)
def test_the_31st_is_not_lost_by_short_months(anchor: dt.date, every: int, number: int) -> None:
    found = nth(anchor, "monthly", every, number)
    assert found.day == anchor.day or (found + DAY).day == 1
    after = next_date(anchor, "monthly", every, found)
    assert after is not None
    assert (after.year * 12 + after.month) - (found.year * 12 + found.month) == every
