"""Handing over what a person who leaves looks after."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select

from core.admin import handover
from core.auth.models import User
from core.bus.jobs import run_job
from core.bus.models import JobRun
from core.columns import utcnow
from core.customers.models import Company, OwnerChange
from core.listing.models import ListView
from core.tags.models import Segment
from core.tasks.models import Task
from core.tasks.services import leave_to_supervisors
from core.testing.harness import Browser, People


def leaving(as_system: Any, user: User, count: int) -> None:
    with as_system() as session:
        for number in range(count):
            name = f"{number}号公司"
            state = "submitted" if number == 0 else "reviewed"
            session.add(Company(name=name, name_key=name, sort_key=name, owner_id=user.id, review_state=state))
        session.add(ListView(resource="companies", name="我的重点", owner_id=user.id, query="standing=key"))
        session.add(Segment(resource="companies", name=f"我的名单{count}", owner_id=user.id, query="standing=key"))


def owners(as_system: Any) -> dict[int | None, int]:
    with as_system() as session:
        return dict(session.execute(select(Company.owner_id, func.count()).group_by(Company.owner_id)).all())


def confirmed(page: str) -> str:
    found = re.search(r'name="confirmed" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_it_is_previewed_then_dealt_to_several_with_history_and_the_account_closed(
    people: People, browser_of: Callable[..., Browser], as_system: Any
) -> None:
    admin, zhou = people.user("root", groups=("system_administrator",)), people.user("zhou")
    li, wang = people.user("li", name="李四"), people.user("wang", name="王五")
    leaving(as_system, zhou, 5)
    browser = browser_of(admin)
    address = f"/admin/users/{zhou.id}/handover"
    assert f'href="{address}"' in browser.get(f"/admin/users/{zhou.id}").text
    assert "其中 1 条未审核" in browser.get(address).text
    sent = {"successors": [li.id, wang.id], "reason": "离职", "close": "y"}
    page = browser.post(address, sent).text
    assert re.search(r"<dt>李四[^<]*</dt><dd>3 <span[^>]*>客户 3</span></dd><dt>王五[^<]*</dt><dd>2 ", page)
    assert owners(as_system) == {zhou.id: 5}
    leaving(as_system, zhou, 1)  # meanwhile: what was previewed is no longer what would be done
    again = browser.post(address, {**sent, "confirmed": confirmed(page)})
    assert again.status_code == 200
    assert owners(as_system) == {zhou.id: 6}
    assert browser.post(address, {**sent, "confirmed": confirmed(again.text)}).status_code == 303
    assert owners(as_system) == {li.id: 3, wang.id: 3}
    with as_system() as session:
        steps = session.scalars(select(OwnerChange)).all()
        assert {(one.before_id, one.reason, one.changed_by_id) for one in steps} == {(zhou.id, "离职", admin.id)}
        assert len(steps) == 6
        assert set(session.scalars(select(ListView.owner_id))) == {li.id}
        assert set(session.scalars(select(Segment.owner_id))) == {li.id}
        assert not session.get_one(User, zhou.id).active


def test_a_task_goes_to_whom_its_customer_goes(
    app: Any, people: People, browser_of: Callable[..., Browser], as_system: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover, "CHUNK", 3)
    admin, zhou = people.user("root", groups=("system_administrator",)), people.user("zhou")
    li, wang = people.user("li", name="李四"), people.user("wang", name="王五")
    leaving(as_system, zhou, 4)
    with as_system() as session:
        theirs = Company(name="别家", name_key="别家", sort_key="别家", owner_id=wang.id)
        session.add(theirs)
        session.flush()
        of = [*session.scalars(select(Company.id).where(Company.owner_id == zhou.id).order_by(Company.id.desc()))]
        for company in (*of, theirs.id, None, None):
            session.add(Task(title="回访", company_id=company, assignee_id=zhou.id, giver_id=zhou.id, due_at=utcnow()))
    sent = {"successors": [li.id, wang.id], "reason": "离职"}
    browser, address = browser_of(admin), f"/admin/users/{zhou.id}/handover"
    page = browser.post(address, sent).text
    expected = r"<dt>李四[^<]*</dt><dd>5 .*客户 2 · 任务 3.*<dt>王五[^<]*</dt><dd>6 .*客户 2 · 任务 4"
    assert re.search(expected, page), re.findall(r"<dt>[李王].*?</dl>", page)
    assert browser.post(address, {**sent, "confirmed": confirmed(page)}).status_code == 303
    with as_system() as session:
        started = session.scalars(select(JobRun.id).where(JobRun.job == handover.JOB)).all()
    for run in started:
        run_job(app.extensions["zhike"].bus, run)
    with as_system() as session:
        rows = select(Task.assignee_id, Company.owner_id).outerjoin(Company, Company.id == Task.company_id)
        found = [tuple(row) for row in session.execute(rows)]
    assert all(owner is None or owner == assignee for assignee, owner in found), found
    assert sorted(assignee for assignee, _owner in found) == sorted([li.id] * 3 + [wang.id] * 4)


def test_without_successor_all_goes_to_the_pool_and_the_views_stay(
    people: People, browser_of: Callable[..., Browser], as_system: Any
) -> None:
    admin, zhou = people.user("root", groups=("system_administrator",)), people.user("zhou")
    leaving(as_system, zhou, 2)
    browser, address = browser_of(admin), f"/admin/users/{zhou.id}/handover"
    page = browser.post(address, {"reason": "离职"}).text
    assert browser.post(address, {"reason": "离职", "confirmed": confirmed(page)}).status_code == 303
    assert owners(as_system) == {None: 2}
    with as_system() as session:
        assert session.scalars(select(ListView.owner_id)).one() == zhou.id
        assert session.get_one(User, zhou.id).active


def test_it_says_who_hears_of_the_tasks_that_the_leaver_gave_and_gets_his_own(
    app: Any, people: People, browser_of: Callable[..., Browser], as_system: Any
) -> None:
    admin = people.user("root", groups=("system_administrator",), name="陈管理")
    zhou, li = people.user("zhou"), people.user("li")
    leaving(as_system, zhou, 2)
    with as_system() as session:
        for assignee in (zhou, li):
            session.add(Task(title="回访", assignee_id=assignee.id, giver_id=zhou.id, due_at=utcnow()))
    browser, address = browser_of(admin), f"/admin/users/{zhou.id}/handover"
    assert re.search(r"交给别人的任务</dt><dd>1 <span[^>]*>账号关闭后由 陈管理[^<]* 跟进<", browser.get(address).text)
    page = browser.post(address, {"reason": "离职", "close": "y"}).text
    assert re.search(r"公海[^<]*</dt><dd>2</dd><dt>陈管理[^<]*</dt><dd>1 <span[^>]*>任务 1<", page)
    sent = {"reason": "离职", "close": "y", "confirmed": confirmed(page)}
    assert browser.post(address, sent).status_code == 303
    with as_system() as session:
        started = session.scalars(select(JobRun.id).where(JobRun.job == handover.JOB)).one()
    run_job(app.extensions["zhike"].bus, started)
    with as_system() as session:
        leave_to_supervisors(session)
        found = [(one.assignee_id, one.giver_id) for one in session.scalars(select(Task).order_by(Task.id))]
    assert found == [(admin.id, admin.id), (li.id, admin.id)]


def test_nothing_is_handed_to_a_closed_account_or_by_whom_it_is_not_for(
    people: People, browser_of: Callable[..., Browser], as_system: Any
) -> None:
    admin, zhou = people.user("root", groups=("system_administrator",)), people.user("zhou")
    boss = people.user("boss", groups=("decision_maker",))
    leaving(as_system, zhou, 2)
    address = f"/admin/users/{zhou.id}/handover"
    assert browser_of(boss).post(address, {"successors": boss.id}).status_code == 403
    assert browser_of(admin).post(address, {"successors": zhou.id}).status_code == 422
    people.grant(admin, "core:company:assign", "none")
    browser = browser_of(admin)
    page = browser.post(address, {"successors": boss.id}).text
    assert browser.post(address, {"successors": boss.id, "confirmed": confirmed(page)}).status_code == 403
    assert owners(as_system) == {zhou.id: 2}


def test_much_is_left_to_the_worker_which_deals_it_in_parts(
    app: Any, people: People, browser_of: Callable[..., Browser], as_system: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(handover, "AT_ONCE", 4)
    monkeypatch.setattr(handover, "CHUNK", 3)
    admin, zhou = people.user("root", groups=("system_administrator",)), people.user("zhou")
    li, wang = people.user("li"), people.user("wang")
    leaving(as_system, zhou, 8)
    browser, address = browser_of(admin), f"/admin/users/{zhou.id}/handover"
    sent = {"successors": [li.id, wang.id], "reason": "离职"}
    page = browser.post(address, sent).text
    assert browser.post(address, {**sent, "confirmed": confirmed(page)}).status_code == 303
    with as_system() as session:
        started = session.scalars(select(JobRun.id).where(JobRun.job == handover.JOB)).one()
    run_job(app.extensions["zhike"].bus, started)
    assert owners(as_system) == {li.id: 4, wang.id: 4}
    with as_system() as session:
        assert set(session.scalars(select(ListView.owner_id))) == {li.id}
        assert set(session.scalars(select(OwnerChange.changed_by_id))) == {admin.id}
