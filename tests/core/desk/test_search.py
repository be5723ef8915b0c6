"""The palette and the search page: what is found, and only for those who may."""

from __future__ import annotations

import datetime as dt
import re

import pytest

from core.calendar.queries import next_working_day
from core.customers.models import Company, Contact
from core.customers.services.index import index_contact
from core.desk.queries import fits
from core.testing.harness import Browser, People

PART = {"HX-Request": "true"}


def palette(browser: Browser, text: str) -> str:
    """Ask the palette; what matched is not marked here."""
    part = browser.get("/palette", query_string={"q": text}, headers=PART).get_data(as_text=True)
    return re.sub("</?mark>", "", part)


def test_a_menu_is_found_by_its_words_and_by_pinyin_initials(clerk: Browser) -> None:
    assert 'href="/"' in palette(clerk, "工作台")
    assert 'href="/"' in palette(clerk, "gzt")
    assert 'href="/"' in palette(clerk, "gongzuo")


def test_menus_that_may_not_be_opened_are_not_found(clerk: Browser, supervisor: Browser) -> None:
    assert "/sample/things" in palette(supervisor, "thing")
    assert "/sample/things" not in palette(clerk, "thing")


def test_colleagues_are_found_by_name_and_initials(clerk: Browser) -> None:
    People(clerk.app).user("zhoulan", name="周岚")
    for text in ("周", "zl", "@zl", "zhoulan"):
        assert "周岚" in palette(clerk, text), text


def test_a_prefix_narrows_the_answer_to_one_kind(clerk: Browser) -> None:
    People(clerk.app).user("keys", name="Keys")
    clerk.client.set_cookie("zhike_locale", "en")
    assert "Commands" in palette(clerk, ">keys")
    assert "Colleagues" not in palette(clerk, ">keys")
    assert "Colleagues" in palette(clerk, "@keys")
    assert "Menus" not in palette(clerk, "@keys")
    assert "Menus" in palette(clerk, "/keys")


def test_the_search_page_gives_the_same_answers_without_scripts(clerk: Browser) -> None:
    page = clerk.get("/search?q=gzt").get_data(as_text=True)
    assert 'class="pal-o" href="/"' in page


@pytest.mark.parametrize(
    "text", ["' OR 1=1 --", "%", "_", "\\", "#", "#99999999999999999999", "<b>", "a" * 5000, "😀", "\x00"]
)
def test_no_text_breaks_the_search(clerk: Browser, text: str) -> None:
    for address in ("/search", "/palette"):
        answer = clerk.get(address, query_string={"q": text})
        assert answer.status_code == 200
        assert "<b>" not in answer.get_data(as_text=True).replace("<b></b>", "")


def test_what_was_typed_fits_a_title_as_written_or_by_pinyin() -> None:
    assert fits("khk", "客户库")
    assert fits("客户", "客户库")
    assert fits("", "anything")
    assert not fits("xyz", "客户库")


def test_a_colleagues_page_shows_how_to_reach_him_at_work(clerk: Browser) -> None:
    user = People(clerk.app).user("wang", name="Wang Shan")
    page = clerk.get(f"/colleagues/{user.id}")
    assert "<h1>Wang Shan</h1>" in page.get_data(as_text=True)
    assert clerk.get("/colleagues/999999").status_code == 404


def test_help_of_a_page_opens_as_part_and_as_page(clerk: Browser) -> None:
    part = clerk.get("/help/desk.search", headers=PART).get_data(as_text=True)
    assert "<html" not in part
    assert "<h1>" in clerk.get("/help/desk.search").get_data(as_text=True)


@pytest.mark.parametrize("name", ["../../base", "..", "a.b.c", "desk/../../x", "no.such"])
def test_a_strange_name_of_a_help_page_shows_the_general_one(clerk: Browser, name: str) -> None:
    assert clerk.get(f"/help/{name}").status_code in (200, 404)


def test_what_can_be_done_with_the_record_of_the_page_comes_first(people, browser_of, as_system) -> None:
    user = people.user("owner")
    with as_system() as session:
        company = Company(name="成都锦城酒业有限公司", owner_id=user.id, entered_by_id=user.id)
        session.add(company)
        session.flush()
        number = company.id

    def asked(text: str, at: str) -> list[str]:
        answer = browser_of(user).get("/palette", query_string={"q": text, "at": at}, headers=PART)
        return re.findall(r'aria-selected="false" href="([^"]+)"', answer.get_data(as_text=True))

    for at in (f"/companies/{number}", f"/companies/{number}/tasks"):
        links = asked("", at)
        assert links[:2] == [f"/worklogs/quick?company={number}", f"/tasks/new?of=company&amp;id={number}"]
        assert f"/companies/{number}/edit" in links
    assert f"/worklogs/quick?company={number}" in asked(">xrz", f"/companies/{number}")
    for at in ("/companies", "/companies/999999", "/no/such", "https://elsewhere.example/"):
        assert not [link for link in asked("", at) if "worklogs/quick" in link], at


@pytest.mark.parametrize(
    ("text", "days", "said"),
    [
        ("3周", 21, "3 周后回访"),
        ("3w", 21, "3 周后回访"),
        ("三周后", 21, "3 周后回访"),
        ("两个星期", 14, "2 周后回访"),
        ("10天", 10, "10 天后回访"),
        ("2 weeks", 14, "2 周后回访"),
        ("1个月", 31, "1 个月后回访"),
        ("2m", 61, "2 个月后回访"),
    ],
)
def test_how_much_later_is_typed_on_a_record_and_opens_a_task_for_that_day(
    people, browser_of, as_system, monkeypatch, text: str, days: int, said: str
) -> None:
    monkeypatch.setattr("core.desk.search.local_today", lambda: dt.date(2026, 3, 18))
    user = people.user("owner")
    with as_system() as session:
        company = Company(name="成都锦城酒业有限公司", owner_id=user.id, entered_by_id=user.id)
        session.add(company)
        session.flush()
        number = company.id
        day = next_working_day(session, dt.date(2026, 3, 18) + dt.timedelta(days=days))
    browser = browser_of(user)
    query = {"q": text, "at": f"/companies/{number}"}
    part = browser.get("/palette", query_string=query, headers=PART).text
    links = re.findall(r'aria-selected="false" href="([^"]+)"', part)
    assert links[0] == f"/tasks/new?of=company&amp;id={number}&amp;day={day}"
    assert f"{said} 成都锦城酒业有限公司" in re.sub("<[^>]+>", "", part)
    form = browser.get(links[0].replace("&amp;", "&")).text
    assert f'value="{day}"' in form
    assert 'value="回访 成都锦城酒业有限公司"' in form
    elsewhere = browser.get("/palette", query_string={"q": text, "at": "/companies"}, headers=PART).text
    assert "day=" not in elsewhere


@pytest.mark.parametrize("text", ["0周", "3", "周", "3周年", "-3w", "9999天", "3wx"])
def test_what_is_no_time_offers_no_task(people, browser_of, as_system, text: str) -> None:
    user = people.user("owner")
    with as_system() as session:
        company = Company(name="成都锦城酒业有限公司", owner_id=user.id, entered_by_id=user.id)
        session.add(company)
        session.flush()
        query = {"q": text, "at": f"/companies/{company.id}"}
    assert "day=" not in browser_of(user).get("/palette", query_string=query, headers=PART).text


@pytest.mark.parametrize("text", ["新任务", "新建任务", "xrw", ">xjrw"])
def test_a_new_task_is_found_from_anywhere_by_how_people_call_it(people, browser_of, text: str) -> None:
    browser = browser_of(people.user("clerk"))
    assert 'href="/tasks/new"' in browser.get("/palette", query_string={"q": text}, headers=PART).text


def test_a_record_of_a_customer_says_whose_it_is_where_the_customer_is_found(people, browser_of, as_system) -> None:
    clerk, other = people.user("clerk"), people.user("other")
    people.grant_group("staff", "core:contact:query", "all")
    people.grant_group("staff", "core:company:query", "own")
    with as_system() as session:
        for name, owner in (("四川川江源酒业有限公司", clerk), ("贵州赤河窖酒业有限公司", other)):
            company = Company(name=name, owner_id=owner.id)
            session.add(company)
            session.flush()
            person = Contact(name="王建平", company_id=company.id)
            session.add(person)
            session.flush()
            index_contact(session, person)
    found = palette(browser_of(clerk), "王建平")
    assert found.count("王建平") == 2
    assert "四川川江源酒业有限公司" in found
    assert "贵州赤河窖酒业有限公司" not in found
