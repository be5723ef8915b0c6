"""Pages of tasks: list, form, record, quick task, board, card, the customer's page."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select

from core.bus.delivery import sweep
from core.bus.jobs import run_job
from core.bus.models import JobRun
from core.calendar.queries import next_working_day
from core.clock import local_today
from core.customers.models import Company
from core.customers.services import Wish, merge_companies
from core.messages.finding import search_messages
from core.messages.models import Message, MessageCopy
from core.messages.services import Record, notify
from core.tasks.models import Task
from core.tasks.services import finish_task
from core.testing.harness import Browser, People

DAY = dt.timedelta(days=1)


def only(as_system: Any) -> Task:
    with as_system() as session:
        found: Task = session.scalars(select(Task)).one()
    return found


def test_the_views_of_the_list_show_whose_and_when(
    people: People, browser_of: Callable[..., Browser], task_of: Any
) -> None:
    press = people.department("发行部")
    chief, li = people.user("chief", ("supervisor",), department=press), people.user("li", department=press)
    task_of(li, "逾期的", days=-3)
    task_of(li, "今天的")
    task_of(li, "以后的", days=30)
    task_of(li, "交办的", by=chief)
    task_of(None, "没人的")
    shown = {
        (li, "today"): "逾期的 今天的 交办的",
        (li, "overdue"): "逾期的",
        (li, "mine"): "逾期的 今天的 以后的 交办的",
        (li, "given"): "",
        (chief, "given"): "交办的",
        (chief, "department"): "逾期的 今天的 以后的 交办的",
        (chief, "today"): "",
    }
    for (person, view), titles in shown.items():
        page = browser_of(person).get(f"/tasks?view={view}").text
        found = set(re.findall(r">(逾期的|今天的|以后的|交办的|没人的)<", page))
        assert found == set(titles.split()), (person.username, view)
    boss = people.user("boss", ("decision_maker",))
    assert "没人的" in browser_of(boss).get("/tasks?view=nobody").text
    page = browser_of(li).get("/tasks?view=today").text
    assert page.index("逾期的") < page.index("今天的")
    assert "逾期 3 天" in page


def test_a_task_is_given_by_its_form_once_however_often_it_is_sent(
    people: People, browser_of: Callable[..., Browser], company_of: Any, as_system: Any
) -> None:
    chief, li = people.user("chief", ("supervisor",)), people.user("li")
    company = company_of("成都锦城糖酒有限公司")
    browser = browser_of(chief)
    form = {
        "title": "报价", "due_on": "+3", "at": "17:30", "assignee_id": li.id, "company_id": company.id,
        "company_id-text": company.name, "priority": "high", "repeat": "monthly", "repeat_every": 2,
        "repeat_after": "done", "source": "activity", "idempotency_key": "abc",
    }  # fmt: skip
    assert f'value="{company.id}"' in browser.get(f"/tasks/new?company={company.id}").text
    for _twice in range(2):
        assert browser.post("/tasks/new", form).status_code == 303
    task = only(as_system)
    assert (task.assignee_id, task.giver_id, task.company_id) == (li.id, chief.id, company.id)
    assert (task.priority, task.repeat, task.repeat_every, task.source) == ("high", "monthly", 2, "activity")
    assert task.due_on == local_today() + 3 * DAY
    page = browser_of(li).get(f"/tasks/{task.id}").text
    assert "每 2 个月" in page
    assert "市场活动" in page or "活动" in page
    for wrong in ({"title": ""}, {"due_on": "x"}, {"at": "25:00"}, {"assignee_id": 999}, {"repeat": "hourly"}):
        assert browser.post("/tasks/new", {**form, **wrong, "idempotency_key": "d"}).status_code == 422, wrong


def test_the_page_of_a_repeated_task_says_how_often_and_until_when(
    people: People, browser_of: Callable[..., Browser], task_of: Any
) -> None:
    li = people.user("li")
    until = local_today() + dt.timedelta(days=60)
    task = task_of(li, repeat="weekly", repeat_every=2, repeat_until=until)
    assert f"每 2 周，到 {until}" in browser_of(li).get(f"/tasks/{task.id}").text


def test_a_changed_task_is_not_overwritten(
    people: People, browser_of: Callable[..., Browser], task_of: Any, as_system: Any
) -> None:
    li = people.user("li")
    task = task_of(li, days=2)
    browser = browser_of(li)
    form = {
        "title": "改过", "due_on": local_today().isoformat(), "priority": "low", "repeat": "", "repeat_every": 1,
        "repeat_after": "done", "version": task.version,
    }  # fmt: skip
    assert browser.post(f"/tasks/{task.id}/edit", form).status_code == 303
    assert "刚被别人修改过" in browser.post(f"/tasks/{task.id}/edit", {**form, "title": "旧的"}).text
    assert (only(as_system).title, only(as_system).due_on) == ("改过", local_today())


def test_a_whole_department_is_sent_work_by_a_supervisor_only(
    people: People, browser_of: Callable[..., Browser], as_system: Any
) -> None:
    market = people.department("市场部")
    chief = people.user("chief", ("supervisor",), department=market)
    li, wang = people.user("li", department=market), people.user("wang", department=market)
    form = {
        "title": "交辨别表", "due_on": "+1", "priority": "normal", "repeat": "", "repeat_every": 1,
        "repeat_after": "done", "source": "hand",
    }  # fmt: skip
    refused = browser_of(li).post("/tasks/new", {**form, "assignee_id": li.id, "departments": market.id})
    assert refused.status_code == 303  # the field is not his: it is not read
    with as_system() as session:
        assert session.scalar(select(func.count(Task.id))) == 1
    sent = browser_of(chief).post("/tasks/new", {**form, "assignee_id": chief.id, "departments": market.id})
    page = browser_of(chief).get(sent.headers["Location"]).text
    assert "3 人中 0 人完成" in page
    with as_system() as session:
        his = session.scalars(select(Task.id).where(Task.assignee_id == wang.id)).one()
    assert browser_of(wang).post(f"/tasks/{his}/done").status_code == 303
    assert "3 人中 1 人完成" in browser_of(chief).get(sent.headers["Location"]).text


def test_done_from_a_card_leads_back_with_undo_and_not_to_foreign_places(
    people: People, browser_of: Callable[..., Browser], task_of: Any, as_system: Any
) -> None:
    li = people.user("li")
    task = task_of(li, "回访客户")
    browser = browser_of(li)
    assert "回访客户" in browser.get("/").text
    answer = browser.post(f"/tasks/{task.id}/done", {"next": "/?tasks=today"})
    assert answer.headers["Location"] == "/?tasks=today"
    page = browser.get("/?tasks=today").text
    undo = re.search(r'action="(/tasks/\d+/reopen[^"]*)"', page)
    assert undo is not None
    assert browser.post(undo[1].replace("&amp;", "&")).headers["Location"] == "/?tasks=today"
    assert only(as_system).open
    for address in ("//evil.example", "https://evil.example/", "/\\evil.example", "http://[", "//[x"):
        answer = browser.post(f"/tasks/{task.id}/start", {"next": address})
        assert answer.headers["Location"] == f"/tasks/{task.id}"
    assert browser.get("/tasks/quick?here=//[x").status_code == 200


def test_a_task_that_is_over_is_not_passed_on(
    people: People, browser_of: Callable[..., Browser], task_of: Any, as_system: Any
) -> None:
    li, wang = people.user("li"), people.user("wang")
    task = task_of(li)
    browser = browser_of(li)
    assert browser.post(f"/tasks/{task.id}/done").status_code == 303
    answer = browser.post(f"/tasks/{task.id}/hand-over", {"assignee_id": wang.id})
    assert answer.status_code == 422
    assert "已经结束" in answer.text
    assert only(as_system).assignee_id == li.id


def test_a_quick_task_is_about_the_record_whose_page_is_open(
    people: People, browser_of: Callable[..., Browser], company_of: Any, as_system: Any
) -> None:
    li = people.user("li")
    company = company_of("成都锦城糖酒有限公司", owner_id=li.id)
    browser = browser_of(li)
    for at in (f"/companies/{company.id}", f"/companies/{company.id}/contacts?kind=a"):
        page = browser.get("/tasks/quick", query_string={"here": at}).text
        assert "为“成都锦城糖酒有限公司”安排任务" in page
        assert "3 周后" in page
    assert "新任务" in browser.get("/tasks/quick", query_string={"here": "/help"}).text
    sent = {"of": "companies", "id": company.id, "title": "回访", "preset": "21d", "here": f"/companies/{company.id}"}
    assert browser.post("/tasks/quick", {**sent, "next": f"/companies/{company.id}"}).status_code == 303
    task = only(as_system)
    assert (task.company_id, task.resource, task.record_id) == (company.id, "company", company.id)
    with as_system() as session:
        assert task.due_on == next_working_day(session, local_today() + 21 * DAY)
    page = browser.get(f"/companies/{company.id}").text
    assert "下一步" in page
    assert f"/tasks/{task.id}" in page
    assert f"/tasks/{task.id}" in browser.get(f"/companies/{company.id}/tasks").text


def test_a_day_chosen_by_its_digit_stands_while_the_words_are_missing(
    people: People, browser_of: Callable[..., Browser], as_system: Any
) -> None:
    sent = {"title": "", "due_on": local_today().isoformat(), "preset": "21d", "here": "/companies"}
    answer = browser_of(people.user("li")).post("/tasks/quick", sent)
    assert answer.status_code == 422
    with as_system() as session:
        day = next_working_day(session, local_today() + 21 * DAY)
    [field] = re.findall(r'<input[^>]* name="due_on"[^>]*>', answer.text)
    assert f'value="{day}"' in field


def test_a_record_that_one_may_not_find_is_no_subject(
    people: People, browser_of: Callable[..., Browser], company_of: Any, as_system: Any
) -> None:
    li, other = people.user("li"), people.user("other")
    company = company_of("别人的公司", owner_id=other.id)
    people.grant_group("staff", "core:company:query", "own")
    browser = browser_of(li)
    page = browser.get("/tasks/quick", query_string={"here": f"/companies/{company.id}"}).text
    assert "别人的公司" not in page
    form = {
        "title": "偷看", "due_on": "+1", "priority": "normal", "repeat": "", "repeat_every": 1, "repeat_after": "done",
        "source": "hand", "assignee_id": li.id,
    }  # fmt: skip
    assert browser.post("/tasks/new", {**form, "company_id": company.id}).status_code == 422
    assert browser.post("/tasks/new", {**form, "resource": "companies", "record_id": company.id}).status_code == 404
    with as_system() as session:
        assert session.scalar(select(func.count(Task.id))) == 0


def test_another_persons_task_does_not_exist(people: People, browser_of: Callable[..., Browser], task_of: Any) -> None:
    li, wang = people.user("li"), people.user("wang")
    task = task_of(li, "秘密")
    browser = browser_of(wang)
    for path in ("", "/edit", "/put-off", "/hand-over", "/decline", "/preview"):
        assert browser.get(f"/tasks/{task.id}{path}").status_code == 404, path
    for path in ("done", "accept", "start", "close", "note", "reopen", "put-off", "hand-over"):
        assert browser.post(f"/tasks/{task.id}/{path}").status_code == 404, path


def test_many_are_done_put_off_and_handed_over_at_once(
    people: People, browser_of: Callable[..., Browser], task_of: Any, as_system: Any
) -> None:
    li, wang = people.user("li"), people.user("wang")
    ids = [task_of(li, f"任务{n}").id for n in range(3)]
    browser = browser_of(li)
    sent = {"id": ids, "query": "view=today"}
    later = (local_today() + 5 * DAY).isoformat()
    form = {**sent, "action": "put_off", "confirmed": "1", "day": later, "reason": "展会"}
    assert browser.post("/tasks/batch", form).status_code == 303
    form = {**sent, "action": "hand_over", "confirmed": "1", "assignee_id": wang.id}
    assert browser.post("/tasks/batch", form).status_code == 303
    assert browser_of(wang).post("/tasks/batch", {**sent, "action": "done"}).status_code == 303
    with as_system() as session:
        rows = session.execute(select(Task.assignee_id, Task.state, Task.put_off)).all()
    assert rows == [(wang.id, "done", 1)] * 3


def test_the_board_counts_what_its_links_show(people: People, browser_of: Callable[..., Browser], task_of: Any) -> None:
    press = people.department("发行部")
    chief = people.user("chief", ("supervisor",), department=press)
    li = people.user("li", department=press, name="李敏")
    stranger = people.user("stranger", name="外人")
    for days in (-4, -1, 0, 3):
        task_of(li, days=days)
    task_of(stranger, days=-1)
    page = browser_of(chief).get("/tasks/board").text
    assert "外人" not in page
    overdue = re.search(rf'href="(/tasks\?assignee_id={li.id}&amp;when=overdue)">(\d+)<', page)
    assert overdue is not None
    assert overdue[2] == "2"
    assert browser_of(chief).get(overdue[1].replace("&amp;", "&")).text.count("data-preview") == 2
    assert "4 天" in page
    done = task_of(li)
    assert browser_of(li).post(f"/tasks/{done.id}/done", {"result": "办好了"}).status_code == 303
    page = browser_of(chief).get("/tasks/board").text
    finished = re.search(rf'href="(/tasks\?assignee_id={li.id}&amp;done_at__between=[^"]*)">1<', page)
    assert finished is not None
    assert browser_of(chief).get(finished[1].replace("&amp;", "&")).text.count("data-preview") == 1


def test_a_task_that_is_over_is_not_called_overdue(
    people: People, browser_of: Callable[..., Browser], task_of: Any
) -> None:
    li = people.user("li")
    late, later = task_of(li, days=-3), task_of(li, days=30)
    browser = browser_of(li)
    assert "逾期 3 天" in browser.get(f"/tasks/{late.id}").text
    assert browser.post(f"/tasks/{late.id}/done", {"result": "办好了"}).status_code == 303
    assert "逾期" not in browser.get(f"/tasks/{late.id}").text.partition("<main")[2]
    due = later.due_on.strftime("%m-%d")
    assert f"· {due}" not in browser.get(f"/tasks/{later.id}").text  # the day stands there already


def test_the_menu_counts_what_is_due_and_is_red_once_something_is_overdue(
    people: People, browser_of: Callable[..., Browser], task_of: Any
) -> None:
    li, wang = people.user("li"), people.user("wang")
    task_of(li, days=-1)
    task_of(li)
    task_of(wang)
    panels = [browser_of(person).get("/panel?path=/&menu=my").text for person in (li, wang)]
    marks = [re.search(r'任务管理</span><span class="([^"]+)">(\d+)<', panel) for panel in panels]
    assert [(mark[1], mark[2]) for mark in marks if mark] == [("c hot", "2"), ("c", "1")]


def test_the_leavers_open_tasks_are_handed_over_though_the_administrator_does_not_see_them(
    app: Any, people: People, browser_of: Callable[..., Browser], task_of: Any, as_system: Any
) -> None:
    admin, li, wang = people.user("root", ("system_administrator",)), people.user("li"), people.user("wang")
    task = task_of(li, "机密事项")
    browser, address = browser_of(admin), f"/admin/users/{li.id}/handover"
    page = browser.post(address, {"successors": [wang.id], "reason": "离职"}).text
    assert "机密事项" not in page
    confirmed = re.search(r'name="confirmed" value="([^"]+)"', page)
    assert confirmed is not None
    sent = {"successors": [wang.id], "reason": "离职", "confirmed": confirmed[1]}
    assert browser.post(address, sent).status_code == 303
    with as_system() as session:
        started = session.scalars(select(JobRun.id).where(JobRun.job == "core.hand_over")).one()
    assert run_job(app.extensions["zhike"].bus, started)
    with as_system() as session:
        found = session.get_one(Task, task.id)
        assert (found.assignee_id, found.giver_id) == (wang.id, wang.id)


def test_a_merged_customers_tasks_are_about_the_one_that_stays(
    people: People, browser_of: Callable[..., Browser], company_of: Any, as_system: Any
) -> None:
    li = people.user("li")
    source, target = company_of("旧公司", owner_id=li.id), company_of("新公司", owner_id=li.id)
    browser = browser_of(li)
    sent = {"of": "companies", "id": source.id, "title": "回访", "preset": "7d"}
    assert browser.post("/tasks/quick", sent).status_code == 303
    with as_system() as session:
        merge_companies(session, Wish(target.id, [source.id]), by=None)
    task = only(as_system)
    assert (task.company_id, task.record_id) == (target.id, target.id)
    assert f"/tasks/{task.id}" in browser.get(f"/companies/{target.id}").text


def test_an_erased_customers_tasks_say_nothing_of_its_people(
    app: Any, people: People, company_of: Any, task_of: Any, as_system: Any
) -> None:
    li, chief = people.user("li"), people.user("chief", ("supervisor",))
    company = company_of("旧公司", owner_id=li.id)
    task = task_of(li, "给张三打电话", by=chief, text="张三喜欢钓鱼", company_id=company.id)
    task_of(li, "盘点样刊", by=chief)
    told = select(Message.content).where(Message.kind == "core.task_assigned").order_by(Message.id)
    sweep(app.extensions["zhike"].bus)
    with as_system() as session:
        assert "\n".join(session.scalars(told)) == "给张三打电话\n盘点样刊"
        finish_task(session, session.get_one(Task, task.id), by=li.id, result="张三住院了")
    with as_system() as session:
        customer = session.get_one(Company, company.id)
        app.extensions["zhike"].registry.before("before_customer_erase", session=session, customer=customer)
    with as_system() as session:
        found = session.get_one(Task, task.id)
        assert "张三" not in f"{found.title}{found.text}{found.result}{[step.note for step in found.steps]}"
        assert found.state == "done"
        assert "\n".join(session.scalars(told)) == "—\n盘点样刊"
        held = select(MessageCopy).join(Message, Message.id == MessageCopy.message_id)
        assert session.scalars(search_messages(held, "张三", session)).all() == []


def test_people_selected_on_the_board_get_a_task_each(
    people: People, browser_of: Callable[..., Browser], as_system: Any
) -> None:
    press = people.department("发行部")
    chief = people.user("chief", ("supervisor",), department=press)
    li, wang = people.user("li", department=press), people.user("wang", department=press)
    browser = browser_of(chief)
    assert f'name="to" value="{li.id}"' in browser.get("/tasks/board").text
    page = browser.get(f"/tasks/new?to={li.id}&to={wang.id}").text
    assert len(re.findall(r'<input checked[^>]*name="people"', page)) == 2
    form = {
        "title": "盘点样刊", "due_on": "+1", "priority": "normal", "repeat": "", "repeat_every": 1,
        "repeat_after": "done", "source": "hand", "assignee_id": chief.id, "people": [li.id, wang.id],
    }  # fmt: skip
    assert browser.post("/tasks/new", form).status_code == 303
    with as_system() as session:
        assert sorted(session.scalars(select(Task.assignee_id))) == sorted([li.id, wang.id])


def test_a_message_becomes_a_task_in_its_own_words_and_about_its_customer(
    people: People, browser_of: Callable[..., Browser], company_of: Any, as_system: Any
) -> None:
    li = people.user("li")
    company = company_of("成都锦城糖酒有限公司", owner_id=li.id)
    with as_system() as session:
        about = Record(kind="company", id=company.id, company_id=company.id)
        notify(session, [li.id], "请核对客户电话", module="core.customers", record=about)
        copy_id = session.scalars(select(MessageCopy.id)).one()
    browser = browser_of(li)
    page = browser.get("/tasks/new", query_string={"of": "message", "id": copy_id}).text
    assert 'value="请核对客户电话"' in page
    sent = {"of": "message", "id": copy_id, "preset": "21d"}
    page = browser.get("/tasks/quick", query_string=sent).text
    assert 'value="请核对客户电话"' in page
    assert browser.post("/tasks/quick", {**sent, "title": "请核对客户电话"}).status_code == 303
    task = only(as_system)
    assert (task.title, task.company_id, task.resource, task.record_id) == (
        "请核对客户电话",
        company.id,
        "message",
        copy_id,
    )
