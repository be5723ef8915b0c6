"""Births of contacts: solar and lunar days, ages in lists and filters."""

from __future__ import annotations

import datetime as dt
import re
from functools import partial

import pytest
from sqlalchemy import select

from core.clock import local_today
from core.columns import LunarDay, day_of
from core.customers.births import age_of, age_on, birth_words
from core.customers.models import Contact
from core.customers.resources.ages import age_where
from core.customers.services import update_contact
from core.errors import Refused
from core.i18n import speaking
from core.review.services.values import stored_value


def test_a_lunar_birth_is_shown_as_one_and_tells_the_age(clerk, browser_of, company_of, read):
    company = company_of("成都锦城", owner_id=clerk.id)
    browser = browser_of(clerk)
    born = {"name": "王建平", "age": "45", "birth_date": "1968-08-15", "birth_lunar": "y"}
    assert browser.post(f"/contacts/new?company={company.id}", born).status_code == 303
    (contact,) = read(select(Contact))
    page = browser.post(f"/contacts/{contact.id}/private").text
    assert "农历1968年八月十五（公历 1968-10-06）" in page
    age = re.search(r"年龄</dt>\s*<dd[^>]*>(\d+)", page)
    assert age is not None
    assert int(age[1]) == age_on(local_today(), dt.date(1968, 10, 6), lunar=False, leap=False)


def test_every_day_of_the_lunar_calendar_can_be_that_of_a_birth(clerk, browser_of, company_of, read, people, as_system):
    company = company_of("成都锦城", owner_id=clerk.id)
    browser = browser_of(clerk)
    born = {"name": "王建平", "birth_date": "1990-02-30"}
    refused = browser.post(f"/contacts/new?company={company.id}", born)
    assert refused.status_code == 422
    assert "只有农历才有这一天" in refused.text
    for wrong in ("1990-02-31", "1990-04-31", "900228", "1-2-3-4"):
        answer = browser.post(f"/contacts/new?company={company.id}", {**born, "birth_date": wrong, "birth_lunar": "y"})
        assert answer.status_code == 422, wrong
    lunar = {**born, "birth_lunar": "y"}
    assert browser.post(f"/contacts/new?company={company.id}", lunar).status_code == 303
    (contact,) = read(select(Contact))
    assert contact.birth_date == LunarDay(1990, 2, 30)
    assert "农历1990年二月三十（公历 1990-03-26）" in browser.post(f"/contacts/{contact.id}/private").text
    address = f"/contacts/{contact.id}/edit"
    assert 'value="1990-02-30"' in browser.get(address).text
    data = {**lunar, "version": contact.version, "hobbies": "钓鱼"}
    assert browser.post(address, data).status_code == 303
    (contact,) = read(select(Contact))
    assert (contact.birth_date, contact.hobbies) == (LunarDay(1990, 2, 30), "钓鱼")
    form = {"query": "", "format": "csv", "column": ["name", "birth_date", "birth_lunar"]}
    boss = browser_of(people.user("boss", groups=("decision_maker",)))
    assert "1990-02-30" in boss.post("/contacts/export", form).text
    assert "王建平" in boss.get("/contacts?birth_date__between=1990-02-01,1990-03-01").text
    other = {"version": contact.version, **born, "birth_date": "1991-05-06"}
    assert browser.post(address, other).status_code == 303
    assert "1990-02-30" in browser.get(f"/review/history/{contact.id}?of=contacts").text
    assert stored_value(Contact, "birth_date", "1990-02-30") == LunarDay(1990, 2, 30)  # as the history brings it back
    with as_system() as session, pytest.raises(Refused, match="农历"):
        update_contact(session, session.get(Contact, contact.id), {"birth_date": LunarDay(1990, 2, 29)}, by=clerk.id)


def test_lists_tell_and_filter_the_age_by_the_date_of_birth(clerk, browser_of, company_of, as_system, as_user, people):
    company = company_of("成都锦城", owner_id=clerk.id)
    today = local_today()

    def born(years: int, days: int) -> dt.date:
        return today.replace(year=today.year - years, month=3, day=1) - dt.timedelta(days=days)

    lunar = [
        (1968, 8, 15, False),
        (1987, 6, 15, False),
        (1987, 6, 15, True),
        (1987, 7, 1, False),
        (2001, 2, 28, False),
        (1990, 2, 29, False),
        (1990, 2, 30, False),
    ]
    persons = [
        Contact(company=company, name=f"农历{n}", age=99, birth_date=day_of(y, m, d), birth_lunar=True, birth_leap=leap)
        for n, (y, m, d, leap) in enumerate(lunar)
    ]
    persons += [Contact(company=company, name=f"公历{n}", age=99, birth_date=born(40, n)) for n in (0, 1, 300)]
    persons += [
        Contact(company=company, name="估计", age=45),
        Contact(company=company, name="不详"),
        Contact(company=company, name="未来", age=7, birth_date=today + dt.timedelta(days=30)),
    ]
    with as_system() as session:
        session.add_all(persons)
        session.flush()
        known = {one.name: age_of(one, today) for one in persons}
    assert known["公历0"] in (39, 40)
    assert (known["估计"], known["不详"], known["未来"]) == (45, None, 7)
    form = {"query": "", "format": "csv", "column": ["name", "age"]}
    exported = browser_of(people.user("boss", groups=("decision_maker",))).post("/contacts/export", form).text
    assert "农历0" in exported
    assert "99" not in exported
    with as_user(clerk) as session:

        def found(op: str, *values: object) -> set[str]:
            where = age_where(session, op, [str(one) for one in values])
            return set(session.scalars(select(Contact.name).where(where)))

        for age in {one for one in known.values() if one is not None} | {0, 44, 130}:
            assert found("eq", age) == {name for name, one in known.items() if one == age}
            assert found("ne", age) == {name for name, one in known.items() if one != age}
            assert found("gt", age) == {name for name, one in known.items() if one is not None and one > age}
            assert found("lt", age) == {name for name, one in known.items() if one is not None and one < age}
            assert found("between", age, "") == {name for name, one in known.items() if one is not None and one >= age}
        assert found("empty", 1) == {"不详"}
        assert found("between", 7, 45) == {name for name, one in known.items() if one is not None and 7 <= one <= 45}
        for age in (-(10**25), -5, 1999, 2026, 10**25):
            assert found("gt", age) == ({name for name, one in known.items() if one is not None} if age < 0 else set())
    refused = browser_of(clerk).get("/contacts?age=老")
    assert refused.status_code == 422


@pytest.mark.parametrize("today", [dt.date(2026, 1, 10), dt.date(2028, 2, 29), dt.date(2026, 11, 30)])
def test_an_age_that_nobody_has_is_asked_for_on_every_day_of_the_year(clerk, browser_of, monkeypatch, today):
    monkeypatch.setattr("core.customers.resources.ages.local_today", lambda: today)
    for years in ("2025", "9999", "-9999999999999999999999"):
        assert browser_of(clerk).get(f"/contacts?age__gt={years}").status_code == 200


def test_days_of_births_in_words(app):
    words = partial(birth_words, lunar=True)
    with speaking("zh_CN"):
        assert words(dt.date(1987, 6, 15), leap=True) == "农历1987年闰六月十五（公历 1987-08-09）"
        assert words(dt.date(1988, 6, 15), leap=True) == "农历 1988-06-15"  # that year has no such month
        assert birth_words(dt.date(1987, 6, 15), lunar=False, leap=False) == "1987-06-15"
    assert age_on(dt.date(2026, 10, 5), dt.date(1968, 8, 15), lunar=True, leap=False) == 57
    assert age_on(dt.date(2026, 10, 6), dt.date(1968, 8, 15), lunar=True, leap=False) == 58
    assert age_on(dt.date(2026, 10, 6), dt.date(2030, 1, 1), lunar=False, leap=False) is None
