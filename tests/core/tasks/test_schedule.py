"""The schedule and its private address for other programs."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from core.auth.models import Grant, User
from core.auth.services.accounts import set_active
from core.clock import local_today, start_of
from core.state import bump
from core.tasks.ics import Entry, calendar
from core.testing.harness import Browser, People
from core.worklogs.models import WorkLog

DAY = dt.timedelta(days=1)
NOW = dt.datetime(2026, 3, 18, 8, tzinfo=dt.UTC)


def unfolded(text: str) -> list[str]:
    return text.replace("\r\n ", "").split("\r\n")


def test_the_month_shows_ones_own_and_with_the_right_a_colleagues_tasks(
    people: People, browser_of: Callable[..., Browser], task_of: Any
) -> None:
    press = people.department("发行部")
    chief, li = people.user("chief", ("supervisor",), department=press), people.user("li", department=press)
    stranger = people.user("stranger")
    task_of(li, "李的事", at=dt.time(9, 30))
    task_of(stranger, "外人的事")
    shown = {
        (li, ""): {"李的事"},
        (chief, ""): set(),
        (chief, f"?whose={li.id}"): {"李的事"},
        (chief, "?whose=all"): {"李的事"},
        (li, f"?whose={stranger.id}"): set(),
        (li, "?month=2001-01"): set(),
    }
    for (person, query), titles in shown.items():
        page = browser_of(person).get(f"/calendar{query}").text
        assert set(re.findall("李的事|外人的事", page)) == titles, (person.username, query)
    assert "09:30" in browser_of(li).get("/calendar").text
    assert "春节" in browser_of(li).get("/calendar?month=2026-02").text
    for month in ("x", "2026-13", "0001-01"):
        assert browser_of(li).get(f"/calendar?month={month}").status_code == 404


def test_a_private_address_gives_ones_open_tasks_until_it_is_ended(
    people: People, browser_of: Callable[..., Browser], task_of: Any, as_system: Any
) -> None:
    li, wang = people.user("li", name="李四"), people.user("wang")
    task_of(li, "报价，第一版; 加急", at=dt.time(9, 30))
    task_of(li, "整天的", days=1)
    task_of(wang, "王的事")
    browser, program = browser_of(li), browser_of()

    def made() -> str:
        found = re.search(r"(/calendar/[\w-]+\.ics)", browser.post("/calendar/feed", {"action": "open"}).text)
        assert found is not None
        return found[1]

    first = made()
    answer = program.get(first)
    assert answer.content_type == "text/calendar; charset=utf-8"
    lines = unfolded(answer.text)
    assert "SUMMARY:报价，第一版\\; 加急" in lines
    assert f"DTSTART;VALUE=DATE:{local_today() + DAY:%Y%m%d}" in lines
    assert f"DTSTART:{local_today():%Y%m%d}T013000Z" in lines
    assert "王的事" not in answer.text
    second = made()
    assert program.get(first).status_code == 404
    assert program.get(second).status_code == 200
    assert browser.post("/calendar/feed", {"action": "close"}).status_code == 303
    assert program.get(second).status_code == 404
    third = made()
    with as_system() as session:
        set_active(session, session.get_one(User, li.id), False)
    assert program.get(third).status_code == 404


def test_the_private_address_shows_no_more_than_its_person_finds(
    people: People, browser_of: Callable[..., Browser], task_of: Any, company_of: Any
) -> None:
    li, wang = people.user("li"), people.user("wang")
    theirs = company_of("贵州赤河窖酒业有限公司", owner_id=wang.id)
    task_of(li, "送样书", by=wang, company_id=theirs.id)
    page = browser_of(li).post("/calendar/feed", {"action": "open"}).text
    found = re.search(r"(/calendar/[\w-]+\.ics)", page)
    assert found is not None
    assert "贵州赤河窖酒业有限公司" in browser_of().get(found[1]).text
    people.grant_group("staff", "core:company:query", "own")
    answer = browser_of().get(found[1]).text
    assert "送样书" in answer
    assert "贵州赤河窖" not in answer
    people.grant(li, "core:task:query", "none")
    assert browser_of().get(found[1]).status_code == 404


@given(st.text(max_size=300))
def test_every_line_is_short_and_every_text_comes_back(text: str) -> None:
    written = calendar("日程", [Entry(uid="1", title=text, changed_at=NOW, day=NOW.date())])
    assert all(len(line.encode("utf-8", "surrogatepass")) <= 75 for line in written.split("\r\n"))
    summary = written.replace("\r\n ", "").split("SUMMARY:", 1)[1].split("\r\nEND:VEVENT")[0]
    back = re.sub(r"\\(.)", lambda found: "\n" if found[1] == "n" else found[1], summary)
    assert back == text.replace("\r\n", "\n").replace("\r", "\n")


def test_departments_to_choose_from_are_those_with_people_whom_one_finds(
    people: People, browser_of: Callable[..., Browser]
) -> None:
    house = people.department("发行中心")
    press, empty = people.department("发行部", house), people.department("空部门")
    people.user("li", department=press)
    chief, boss = people.user("chief", ("supervisor",), department=press), people.user("boss", ("decision_maker",))
    other = people.department("广告部")
    people.user("wang", department=other)
    offered = {
        person.username: set(re.findall(r'<option value="d(\d+)"', browser_of(person).get("/calendar").text))
        for person in (chief, boss)
    }
    assert offered == {
        "chief": {str(house.id), str(press.id)},
        "boss": {str(house.id), str(press.id), str(other.id)},
    }
    assert str(empty.id) not in offered["boss"]


def entries(page: str) -> list[str]:
    """Read what stands on a schedule."""
    return re.findall(r'class="pl[^"]*" title="([^"]*)"', page)


def test_visits_and_planned_contacts_stand_beside_tasks_by_person_department_and_customer(
    people: People, browser_of: Callable[..., Browser], task_of: Any, company_of: Any, as_system: Any
) -> None:
    press = people.department("发行部")
    chief, li = people.user("chief", ("supervisor",), department=press), people.user("li", department=press)
    wang = people.user("wang")
    first, second = company_of("成都锦城酒业", owner_id=li.id), company_of("德阳乳香食品", owner_id=wang.id)
    noon = start_of(local_today()) + dt.timedelta(hours=12)
    with as_system() as session:
        session.add(WorkLog(kind="visit", company_id=first.id, author_id=li.id, happened_at=noon))
        session.add(
            WorkLog(
                kind="call", company_id=first.id, author_id=li.id, happened_at=noon, next_on=local_today(),
                next_step="送样刊",
            )
        )  # fmt: skip
        session.add(WorkLog(kind="visit", company_id=second.id, author_id=wang.id, happened_at=noon))
    task_of(li, "李的事", company_id=first.id)
    own = "of=core.tasks&of=core.worklogs"
    mine = ["李的事 · 成都锦城酒业", "送样刊 · 成都锦城酒业", "拜访：成都锦城酒业 · 成都锦城酒业"]
    assert sorted(entries(browser_of(li).get(f"/calendar?{own}").text)) == sorted(mine)
    assert entries(browser_of(li).get("/calendar?of=core.tasks").text) == mine[:1]
    assert sorted(entries(browser_of(chief).get(f"/calendar?whose=d{press.id}&{own}").text)) == sorted(mine)
    assert sorted(entries(browser_of(li).get(f"/calendar?company={first.id}").text)) == sorted(mine)
    nothing = browser_of(li).get(f"/calendar?company={second.id}").text
    assert entries(nothing) == []
    assert "没有安排" in nothing
    typed = browser_of(chief).get("/calendar?whose=all&company-text=锦城&company=").text
    assert sorted(entries(typed)) == sorted(mine), "a customer is named by its words"
    assert 'value="锦城"' in typed
    unknown = browser_of(chief).get("/calendar?whose=all&company-text=没有这家&company=").text
    assert "没有这家客户" in unknown
    assert "12:00" in browser_of(li).get("/calendar").text
    today = local_today()
    monday = today - today.weekday() * DAY
    for view, day in (("day", today), ("week", monday), ("week", monday + 6 * DAY)):
        page = browser_of(li).get(f"/calendar?view={view}&day={day}&{own}").text
        assert sorted(entries(page)) == sorted(mine), (view, day)
    for view, day in (("day", today - DAY), ("day", today + DAY), ("week", monday - DAY), ("week", monday + 7 * DAY)):
        page = browser_of(li).get(f"/calendar?view={view}&day={day}&{own}").text
        assert entries(page) == [], (view, day)
    page = browser_of(li).get(f"/calendar?view=week&day={today}&{own}").text
    for address in (monday - 7 * DAY, monday + 7 * DAY):
        assert f"view=week&amp;day={address}" in page
    for wrong in ("x", "2026-02-30", "0001-01-01"):
        assert browser_of(li).get(f"/calendar?view=day&day={wrong}").status_code == 404


def test_a_planned_contact_stands_once_in_the_schedule_when_it_has_become_a_task(
    people: People, browser_of: Callable[..., Browser], task_of: Any, company_of: Any, as_system: Any
) -> None:
    li, wang = people.user("li"), people.user("wang")
    company, today = company_of("成都锦城酒业", owner_id=li.id), local_today()
    noon = start_of(today) - dt.timedelta(hours=12)
    with as_system() as session:
        log = WorkLog(kind="call", company_id=company.id, author_id=li.id, happened_at=noon, next_on=today)
        log.next_step = "送样刊"
        session.add(log)
        session.flush()
        key = f"core.planned_contact:{log.id}:{today}"
    assert entries(browser_of(li).get("/calendar").text) == ["送样刊 · 成都锦城酒业"]
    task_of(li, "送样刊", company_id=company.id, source="rule", reminder="core.planned_contact", reminder_key=key)
    assert entries(browser_of(li).get("/calendar").text) == ["送样刊 · 成都锦城酒业"]
    assert entries(browser_of(wang).get("/calendar").text) == []


def test_a_full_day_of_the_month_leads_to_the_whole_of_it(
    people: People, browser_of: Callable[..., Browser], task_of: Any
) -> None:
    li = people.user("li")
    for number in range(8):
        task_of(li, f"第 {number} 件")
    browser = browser_of(li)
    page = browser.get("/calendar?of=core.tasks").text
    assert len(entries(page)) == 6
    (address,) = re.findall(r'href="([^"]*)">全部 8 条', page)
    assert len(entries(browser.get(address.replace("&amp;", "&")).text)) == 8


def test_the_private_address_gives_what_the_person_finds_on_that_day(
    people: People, browser_of: Callable[..., Browser], company_of: Any, as_system: Any
) -> None:
    li, wang = people.user("li", name="李四"), people.user("wang")
    company, other = company_of("成都锦城酒业", owner_id=li.id), company_of("德阳乳香食品", owner_id=wang.id)
    tomorrow = local_today() + DAY
    with as_system() as session:
        for about, author in ((company, li), (other, wang)):
            session.add(
                WorkLog(kind="call", company_id=about.id, author_id=author.id, next_on=tomorrow, next_step=about.name)
            )
    made = re.search(r"(/calendar/[\w-]+\.ics)", browser_of(li).post("/calendar/feed", {"action": "open"}).text)
    assert made is not None
    lines = unfolded(browser_of().get(made[1]).text)
    assert "SUMMARY:成都锦城酒业" in lines
    assert f"DTSTART;VALUE=DATE:{tomorrow:%Y%m%d}" in lines
    assert any(re.fullmatch(r"URL:http://[^/]+/worklogs/\d+", line) for line in lines)
    assert "SUMMARY:德阳乳香食品" not in lines


def test_the_private_address_names_no_customer_that_the_person_does_not_find(
    people: People, browser_of: Callable[..., Browser], company_of: Any, task_of: Any, as_system: Any
) -> None:
    li = people.user("li")
    company = company_of("成都锦城酒业", owner_id=li.id)
    task_of(li, "回访老客户", company_id=company.id)
    made = re.search(r"(/calendar/[\w-]+\.ics)", browser_of(li).post("/calendar/feed", {"action": "open"}).text)
    assert made is not None
    assert "DESCRIPTION:成都锦城酒业" in unfolded(browser_of().get(made[1]).text)
    with as_system() as session:
        session.add(Grant(user_id=li.id, code="core:company:query", scope="none"))
        bump(session, "rights")
    text = browser_of().get(made[1]).text
    assert "SUMMARY:回访老客户" in unfolded(text)
    assert "成都锦城酒业" not in text


def test_the_private_address_ends_with_the_password(
    people: People, browser_of: Callable[..., Browser], as_system: Any
) -> None:
    li = people.user("li")
    browser, program = browser_of(li), browser_of()

    def made() -> str:
        found = re.search(r"(/calendar/[\w-]+\.ics)", browser.post("/calendar/feed", {"action": "open"}).text)
        assert found is not None
        return found[1]

    first = made()
    assert "原来的私密地址已停用" not in browser.get("/calendar").text
    with as_system() as session:
        session.get_one(User, li.id).password_hash = "another"
    assert program.get(first).status_code == 404
    assert "原来的私密地址已停用" in browser.get("/calendar").text
    assert program.get(made()).status_code == 200
