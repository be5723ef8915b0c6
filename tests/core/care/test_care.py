"""Care: birthdays of both calendars, festivals, anniversaries, key and changing customers, and the words for them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lunar_python import Solar
from sqlalchemy import event, select

from core.calendar.queries import add_working_days
from core.care import queries, reminders
from core.care.agenda import EACH
from core.care.days import falls_on, lunar_in, solar_in
from core.care.models import Festival
from core.care.services import save_festival, save_greetings
from core.care.settings import DAYS_BEFORE
from core.care.words import fill, salute
from core.clock import local_today
from core.columns import read_day
from core.customers.models import Company, Contact
from core.customers.services import bar, change_standing
from core.errors import Refused
from core.overlay import overlay
from core.testing.harness import Browser, People

DAY = dt.timedelta(days=1)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.fixture
def known(as_system: Any) -> Callable[..., int]:
    """Enter a contact of a customer; give its id."""

    def make(owner_id: int | None, birth: str, *, lunar: bool = False, **values: Any) -> int:
        with as_system() as session:
            company = Company(name="成都锦城糖酒有限公司", owner_id=owner_id, review_state="reviewed", standing="key")
            session.add(company)
            session.flush()
            contact = Contact(company_id=company.id, name="邓晓梅", review_state="reviewed", **values)
            contact.birth_date, contact.birth_lunar = read_day(birth), lunar
            session.add(contact)
            session.flush()
            return contact.id

    return make


# --- days of every year


@pytest.mark.parametrize(
    ("year", "month", "number", "solar"),
    [
        (2026, 1, 1, "2026-02-17"),  # Spring Festival
        (2026, 5, 5, "2026-06-19"),
        (2026, 8, 15, "2026-09-25"),
        (2025, 6, 15, "2025-07-09"),  # the ordinary sixth month, not the leap one that follows
        (2020, 4, 8, "2020-04-30"),
        (2026, 12, 30, "2027-02-05"),  # a month of 29 days: kept on the 29th
        (2025, 12, 29, "2026-02-16"),
    ],
)
def test_a_lunar_day_is_found_in_the_solar_year(year: int, month: int, number: int, solar: str) -> None:
    assert lunar_in(year, month, number) == day(solar)


def test_the_29th_of_february_is_kept_on_the_28th_of_common_years() -> None:
    assert solar_in(2027, 2, 29) == day("2027-02-28")
    assert solar_in(2028, 2, 29) == day("2028-02-29")
    assert (2, 29) in falls_on(day("2027-02-28"))[0]
    assert (2, 29) not in falls_on(day("2028-02-28"))[0]


@given(st.integers(2000, 2060), st.integers(1, 12), st.integers(1, 30))
@settings(max_examples=300, deadline=None)
def test_every_lunar_day_is_kept_once_a_lunar_year_and_found_on_that_day(year: int, month: int, number: int) -> None:
    there = lunar_in(year, month, number)
    assert (month, number) in falls_on(there)[1]
    following = lunar_in(year + 1, month, number)
    between = [there + n * DAY for n in range(1, (following - there).days)]
    assert [one for one in between if (month, number) in falls_on(one)[1]] == []
    assert 353 <= (following - there).days <= 385


@pytest.mark.parametrize(
    ("year", "month", "number", "solar"),
    [
        (2025, 6, 15, "2025-08-08"),  # the year has a leap sixth month: kept in it
        (2026, 6, 15, "2026-07-28"),  # it has none: kept in the ordinary month
        (2017, 6, 15, "2017-08-06"),
        (2020, 6, 15, "2020-08-04"),  # a leap month, but another one
        (2020, 4, 8, "2020-05-30"),
        (2033, 11, 1, "2033-12-22"),  # the year in which old tables were wrong: the leap month follows the eleventh
        (2025, 6, 30, "2025-08-22"),  # a leap month of 29 days: kept on the 29th
    ],
)
def test_a_day_of_a_leap_month_is_kept_in_it_or_in_the_ordinary_month(
    year: int, month: int, number: int, solar: str
) -> None:
    assert lunar_in(year, month, number, leap=True) == day(solar)
    assert (month, number) in falls_on(day(solar))[2]


@given(st.integers(2000, 2060), st.integers(1, 12), st.integers(1, 30))
@settings(max_examples=300, deadline=None)
def test_a_day_of_a_leap_month_is_kept_once_a_lunar_year(year: int, month: int, number: int) -> None:
    there, following = lunar_in(year, month, number, leap=True), lunar_in(year + 1, month, number, leap=True)
    assert (month, number) in falls_on(there)[2]
    between = [there + place * DAY for place in range(1, (following - there).days)]
    assert [one for one in between if (month, number) in falls_on(one)[2]] == []


# --- birthdays


def test_who_was_born_in_a_leap_month_is_greeted_in_it_and_in_other_years_in_the_ordinary_one(
    people: People, as_system: Any, known: Any
) -> None:
    li = people.user("li")
    leap = known(li.id, "1987-06-15", lunar=True, birth_leap=True)
    plain = known(li.id, "1987-06-15", lunar=True)
    with as_system() as session:

        def greeted(first: str, last: str) -> dict[int | None, list[dt.date]]:
            found: dict[int | None, list[dt.date]] = {}
            for one in queries.birthdays(session, day(first), day(last)):
                found.setdefault(one.contact_id, []).append(one.day)
            return found

        assert greeted("2025-01-29", "2026-02-16") == {leap: [day("2025-08-08")], plain: [day("2025-07-09")]}
        assert greeted("2026-02-17", "2027-02-05") == {leap: [day("2026-07-28")], plain: [day("2026-07-28")]}


def test_the_last_day_of_the_second_lunar_month_is_kept(known, people, as_system):
    li = people.user("li")
    last = known(li.id, "1990-02-30", lunar=True)
    with as_system() as session:

        def kept(first: str, until: str) -> list[tuple[int | None, str]]:
            found = queries.birthdays(session, day(first), day(until))
            return [(one.contact_id, one.day.isoformat()) for one in found]

        # the second month of 2025 has 29 days, that of 2027 has 30
        assert kept("2025-02-01", "2025-12-31") == [(last, "2025-03-28")]
        assert kept("2027-02-01", "2027-12-31") == [(last, "2027-04-06")]


def test_a_lunar_birthday_is_found_in_its_window_and_one_who_must_not_be_reached_is_not(
    people: People, as_system: Any, known: Any
) -> None:
    li = people.user("li")
    known(li.id, "1968-08-15", lunar=True)
    known(li.id, "1968-09-25")
    known(li.id, "1968-09-25", do_not_contact=True)
    known(li.id, "1968-09-25", invalid=True)
    known(None, "1968-09-25")
    known(li.id, "1968-09-24")
    with as_system() as session:
        found = queries.birthdays(session, day("2026-09-25"), day("2026-09-25"))
        assert [one.owner_id for one in found] == [li.id, li.id]
        assert {one.day for one in found} == {day("2026-09-25")}


def test_a_birthday_is_told_working_days_before_once_and_only_to_whom_may_see_it(
    people: People, as_system: Any, known: Any
) -> None:
    li, blind = people.user("li"), people.user("blind")
    people.grant(blind, "core:contact:private", "none")
    contact = known(li.id, "1968-10-08", salutation="chief")
    known(blind.id, "1968-10-08")
    with as_system() as session:  # 2026-10-08 is the first working day after the holidays; three before: 09-28
        lead = add_working_days(session, day("2026-10-08"), -3)
        assert lead == day("2026-09-28")
        assert list(reminders.birthdays(session, lead - 5 * DAY, lead - DAY)) == []
        due = list(reminders.birthdays(session, lead - DAY, lead))
        assert [(one.key, one.user_id, one.due_on) for one in due] == [
            (f"core.birthday:{contact}:2026", li.id, day("2026-10-08"))
        ]
        assert due[0].note.startswith("邓总，您好！")
        assert list(reminders.birthdays(session, lead, lead + 30 * DAY)) == []
        assert [one.key for one in reminders.birthdays(session, lead - 40 * DAY, lead + 40 * DAY)] == [due[0].key]


def test_the_list_shows_birthdays_only_to_whom_may_see_them(
    people: People, browser_of: Callable[..., Browser], known: Any
) -> None:
    chief = people.user("chief", ("supervisor",))
    li, other = people.user("li", supervisor=chief), people.user("other")
    near = local_today() + 3 * DAY
    known(li.id, f"1968-{near:%m-%d}" if (near.month, near.day) != (2, 29) else "1968-02-28")
    for person, address, sees in (
        (li, "/care", True),
        (chief, "/care", False),
        (chief, "/care?whose=all", True),
        (other, "/care?whose=all", False),
    ):
        assert ("邓晓梅" in browser_of(person).get(address).text) is sees, (person.username, address)


def test_the_list_says_which_birthday_is_of_the_lunar_calendar(
    people: People, browser_of: Callable[..., Browser], known: Any
) -> None:
    li = people.user("li")
    lunar = Solar.fromYmd(*(local_today() + 3 * DAY).timetuple()[:3]).getLunar()
    number = min(lunar.getDay(), 28)
    known(li.id, f"1968-{abs(lunar.getMonth()):02d}-{number:02d}", lunar=True)
    page = browser_of(li).get("/care").text
    assert "邓晓梅" in page
    assert "农历</span>" in page


# --- festivals, anniversaries


def test_each_owner_is_told_once_of_a_festival_and_finds_the_words_for_each_customer(
    people: People, as_system: Any, known: Any, browser_of: Callable[..., Browser]
) -> None:
    li, idle = people.user("li"), people.user("idle")
    contact = known(li.id, "1968-01-01", salutation="manager")
    with as_system() as session:
        company = session.get_one(Company, session.get_one(Contact, contact).company_id)
        company.primary_contact_id = contact
        overlay().change_setting(session, DAYS_BEFORE, 2)
    with as_system() as session:
        festival = session.scalars(select(Festival).where(Festival.name == "中秋节")).one()
        due = list(reminders.festivals(session, day("2026-09-01"), day("2026-09-30")))
        assert [(one.key, one.due_on) for one in due if "国庆" not in str(one.text)] == [
            (f"core.festival:{festival.id}:2026:{li.id}", day("2026-09-25"))
        ]
        assert "问候 1 家客户" in str(due[0].text)
    page = browser_of(li).get(f"/care/festivals/{festival.id}").text
    assert "邓经理，您好！中秋节将至" in page
    assert "成都锦城糖酒有限公司" not in browser_of(idle).get(f"/care/festivals/{festival.id}").text


def test_an_anniversary_counts_its_years(people: People, as_system: Any, known: Any) -> None:
    li = people.user("li")
    contact = known(li.id, "1968-01-01")
    with as_system() as session:
        session.get_one(Company, session.get_one(Contact, contact).company_id).founded_on = day("2006-06-18")
    with as_system() as session:
        due = list(reminders.anniversaries(session, day("2026-06-01"), day("2026-06-18")))
        assert [(str(one.text), one.due_on) for one in due] == [
            ("成都锦城糖酒有限公司 成立 20 周年", day("2026-06-18"))
        ]
        assert "成立 20 周年" in due[0].note


def test_a_changed_rating_and_a_key_account_without_contact_ask_for_care(
    people: People, as_system: Any, known: Any
) -> None:
    li = people.user("li")
    contact = known(li.id, "1968-01-01")
    today = local_today()
    with as_system() as session:
        company = session.get_one(Company, session.get_one(Contact, contact).company_id)
        company.last_contact_on = today - 30 * DAY
        change_standing(session, company, "regular", by=None)
        change_standing(session, company, "key", by=None)
    with as_system() as session:
        due = list(reminders.changes(session, today - DAY, today))
        assert len({one.key for one in due}) == 2
        assert list(reminders.changes(session, today, today + DAY)) == []
        assert [one.company_id for one in reminders.key_accounts(session, today - DAY, today)] == [company.id]
        session.get_one(Company, company.id).last_contact_on = today
        key = f"core.care_key:{company.id}:{today - 30 * DAY}"
        session.flush()
        assert reminders.REMINDERS[3].settled is not None
        assert list(reminders.REMINDERS[3].settled(session, [key])) == [key]


# --- the words


def test_a_greeting_knows_its_placeholders_and_nothing_else() -> None:
    values = {"salutation": "何总", "name": "何建国", "company": "锦城{姓名}", "occasion": "春节"}
    assert fill("{称谓}（{姓名}），{节日}好！{company}", values) == "何总（何建国），春节好！锦城{姓名}"
    assert fill("{0} {称谓.__class__} {{姓名}}", values) == "{0} {称谓.__class__} {何建国}"
    assert salute("欧阳修", "总") == "欧阳总"
    assert salute("何建国", "") == "何建国"


def test_the_administrator_changes_words_and_festivals(
    people: People, browser_of: Callable[..., Browser], as_system: Any
) -> None:
    admin = browser_of(people.user("root", ("system_administrator",)))
    texts = {"birthday": "{称谓}生日快乐", "festival": "{节日}好", "anniversary": "贺", "care": "去看看"}
    assert admin.post("/admin/care", texts).status_code == 303
    refused = admin.post("/admin/care", {**texts, "birthday": "{电话}"})
    assert refused.status_code == 422
    assert "没有占位符 {电话}" in refused.text
    form = {"name": "重阳节", "calendar": "lunar", "month": 9, "day": 9, "active": "y"}
    assert admin.post("/admin/care/festivals/new", form).status_code == 303
    assert "重阳节" in admin.get("/admin/care").text
    assert admin.post("/admin/care/festivals/new", form).status_code == 422
    wrong = {**form, "name": "二月三十", "calendar": "solar", "month": 2, "day": 30}
    assert admin.post("/admin/care/festivals/new", wrong).status_code == 422
    with as_system() as session:
        assert queries.greetings(session)["birthday"] == "{称谓}生日快乐"
        festival = session.scalars(select(Festival).where(Festival.name == "重阳节")).one()
        with pytest.raises(Refused):
            save_festival(session, festival, name="春节", lunar=True, month=9, day=9, active=True)
        with pytest.raises(Refused):
            save_greetings(session, {"birthday": "{nobody}"})
    stale = {**form, "name": "重阳", "version": festival.version}
    assert admin.post(f"/admin/care/festivals/{festival.id}", stale).status_code == 303
    assert admin.post(f"/admin/care/festivals/{festival.id}", stale).status_code == 422


def test_what_a_rule_changed_in_masses_makes_no_tasks(people: People, as_system: Any) -> None:
    li = people.user("li")
    today = local_today()
    with as_system() as session:
        for number in range(queries.MANY + 3):
            company = Company(name=f"{number}号公司", owner_id=li.id, review_state="reviewed", standing="customer")
            session.add(company)
            session.flush()
            rule = (7, "新规则") if number <= queries.MANY else (8, "老规则")
            change_standing(session, company, "lost", by=None, reason="久未联系", rule=rule)
    with as_system() as session:
        found = list(queries.changed_customers(session, today - DAY, today))
        assert sorted(name for _key, _id, name, _owner, _what in found) == ["11号公司", "12号公司"]


def test_many_birthdays_of_a_day_are_one_line_of_the_schedule_that_opens_them_all(
    people: People, browser_of: Callable[..., Browser], known: Any, as_system: Any
) -> None:
    li, wang = people.user("li"), people.user("wang")
    people.grant(wang, "core:company:query", "all")
    kept = [known(li.id, "1980-11-12") for _ in range(EACH + 1)]
    kept.append(known(li.id, "1975-11-12"))
    barred = known(li.id, "1980-11-12", do_not_contact=True)
    known(wang.id, "1980-11-12")
    known(li.id, "1980-11-13")
    with as_system() as session:
        for contact_id in kept[: EACH + 1]:
            session.get_one(Contact, contact_id).company.founded_on = day("2006-11-20")
        house = session.get_one(Contact, kept[0]).company
        bar(session, house, None, "call", "不要打电话", by=None)

    page = browser_of(li).get("/calendar?month=2026-11&of=core.care").text
    lines = re.findall(r'<a href="([^"]*)" class="pl[^"]*" title="([^"]*)"', page)
    titles = [title for _href, title in lines if "生日" in title or "周年" in title]
    assert titles == [f"{EACH + 1} 位联系人生日", "生日：邓晓梅 · 成都锦城糖酒有限公司", f"{EACH + 1} 家客户成立周年"]
    (address,) = [unescape(href) for href, title in lines if title.endswith("人生日")]
    opened = browser_of(li).get(address).text
    shown = {int(one) for one in re.findall(r'href="/contacts/(\d+)">邓晓梅', opened)}
    assert shown == set(kept[1:]), "the list is the one that was counted"
    assert barred not in shown
    assert browser_of(wang).get(address).text.count("邓晓梅") == 0, "a birthday is private"
    assert browser_of(li).get("/care?day=2026-13-01").status_code == 404
    assert browser_of(li).get("/care?day=2026-11-12&whose=x").text.count("邓晓梅</a>") == EACH + 1


def test_a_reminder_asks_for_no_more_days_than_it_is_to_tell(as_system: Any) -> None:
    asked: list[tuple[dt.date, dt.date]] = []
    with as_system() as session:
        lead = reminders.lead_of(session, day("2026-09-25"))
        assert (
            list(reminders.led(session, lead - DAY, lead, lambda first, last: asked.append((first, last)) or [])) == []
        )
        ((first, last),) = asked
        assert first <= day("2026-09-25") <= last
        assert reminders.lead_of(session, first) == reminders.lead_of(session, last) == lead
        assert reminders.lead_of(session, first - DAY) < lead < reminders.lead_of(session, last + DAY)


def test_the_days_of_the_year_are_found_by_their_index(app: Any, as_system: Any) -> None:
    asked: list[tuple[str, Any]] = []
    with as_system() as session:
        engine = session.get_bind()
        listen = lambda _c, _cursor, statement, values, *_rest: asked.append((statement, values))  # noqa: E731
        event.listen(engine, "before_cursor_execute", listen)
        queries.birthdays(session, day("2026-11-01"), day("2026-11-30"), each=EACH)
        queries.anniversaries(session, day("2026-11-01"), day("2026-11-30"), (), each=EACH)
        event.remove(engine, "before_cursor_execute", listen)
        connection = session.connection()
        if connection.dialect.name != "sqlite":
            pytest.skip("with so few rows the planner of PostgreSQL reads them all")
        plans = [
            str(connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {one}", values).all())
            for one, values in asked
            if "STRFTIME" in one.upper() or "SUBSTR" in one.upper()
        ]
    assert len(plans) == 2
    assert "ix_core_contact_birthday" in plans[0]
    assert "ix_core_company_anniversary" in plans[1]


def test_birthdays_anniversaries_and_festivals_stand_on_the_schedule_of_whom_may_see_them(
    people: People, browser_of: Callable[..., Browser], known: Any, as_system: Any
) -> None:
    li, wang = people.user("li", name="李四"), people.user("wang")
    people.grant(wang, "core:company:query", "all")
    contact_id = known(li.id, "1980-11-12")
    with as_system() as session:
        company = session.get_one(Contact, contact_id).company
        company.founded_on = day("2006-11-20")
        company_id = company.id
        save_festival(session, None, name="糖酒会开幕", month=11, day=25, lunar=False, active=True)

    def shown(user: Any, query: str = "") -> list[str]:
        page = browser_of(user).get(f"/calendar?month=2026-11&of=core.care{query}").text
        return re.findall(r'class="pl[^"]*" title="([^"]*)"', page)

    mine = ["生日：邓晓梅 · 成都锦城糖酒有限公司", "成都锦城糖酒有限公司成立 20 周年 · 成都锦城糖酒有限公司"]
    assert [one for one in shown(li) if "锦城" in one] == mine
    assert "糖酒会开幕" in shown(li)
    assert shown(li, f"&company={company_id}") == mine
    assert not [one for one in shown(wang) if "锦城" in one], "they are another's"
    assert mine[0] not in shown(wang, f"&company={company_id}"), "a birthday is private"
    feed = browser_of(li).post("/calendar/feed", {"action": "open"}).text
    address = re.search(r"(/calendar/[\w-]+\.ics)", feed)
    assert address is not None
    assert "生日：邓晓梅" in browser_of().get(address[1]).text


@pytest.mark.parametrize("address", ["/calendar?view=month&month=2026-11&whose=all", "/care?whose=all"])
def test_an_anniversary_is_told_only_to_whom_the_day_of_foundation_is_shown(
    people: People, browser_of: Callable[..., Browser], known: Any, as_system: Any, address: str
) -> None:
    li, boss = people.user("li"), people.user("boss", ("decision_maker",))
    brief = people.user("brief", ())
    for right in ("core:company:query", "core:task:query"):
        people.grant(brief, right, "all")
    contact_id = known(li.id, "1980-02-12")
    with as_system() as session:
        session.get_one(Contact, contact_id).company.founded_on = local_today().replace(year=2004)
    address = address.replace("2026-11", f"{local_today():%Y-%m}")
    words = "成都锦城糖酒有限公司成立" if "schedule" in address else "成都锦城糖酒有限公司"
    assert words in browser_of(boss).get(address).text
    page = browser_of(brief).get(address)
    assert page.status_code == 200
    assert words not in page.text
